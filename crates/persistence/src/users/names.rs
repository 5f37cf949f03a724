//! What users are called, as a process knows it already.
//!
//! Whoever changes a name raises the version of its organization's names in the same transaction. A name
//! that was read in a transaction which had read the version before is as new as that version says, or
//! newer; a transaction that reads the same version need not read the name again.

use std::collections::HashMap;
use std::fmt;

use evenhand_domain::ids::{OrganizationId, UserId};
use evenhand_domain::user::UserName;
use quick_cache::sync::Cache;
use sea_orm::Value;

use crate::{Read, Result, Tx, intake};

/// The most names that are kept, some megabytes.
const MOST: usize = 20_000;

/// The versions of the names of organizations, as a transaction has read them before any name.
pub type NamesVersions = HashMap<OrganizationId, i64>;

/// Names by key.
pub type Names = HashMap<(OrganizationId, UserId), UserName>;

/// Names of users, each with the version that it was read at.
pub struct KnownNames(Cache<(OrganizationId, UserId), (i64, UserName)>);

/// The names of users; unknown users are missing. What is `known` at the organization's version is not
/// read.
///
/// # Errors
/// When the database fails.
pub async fn names(
    db: &impl Read,
    wanted: impl IntoIterator<Item = (OrganizationId, UserId)>,
    known: Option<(&KnownNames, &NamesVersions)>,
) -> Result<Names> {
    let (mut names, mut unknown) = (Names::new(), Vec::new());
    for key in wanted {
        match known.and_then(|(known, versions)| known.get(key, versions)) {
            Some(name) => drop(names.insert(key, name)),
            None => unknown.push(key),
        }
    }
    let read: Names = (intake::users(db, &unknown).await?.into_iter())
        .map(|(key, (name, _))| (key, name))
        .collect();
    if let Some((known, versions)) = known {
        known.keep(&read, versions);
    }
    names.extend(read);
    Ok(names)
}

/// Says that a name of this organization has changed. The last lock of its transaction but those that
/// no other change of a user takes.
pub(super) async fn raise(tx: &mut Tx, organization_id: OrganizationId) -> Result<()> {
    let sql = "INSERT INTO user_names (organization_id, version) VALUES ($1, 1) \
               ON CONFLICT (organization_id) DO UPDATE SET version = user_names.version + 1";
    tx.db().execute(sql, [Value::from(organization_id.uuid())]).await?;
    Ok(())
}

impl KnownNames {
    fn get(&self, key: (OrganizationId, UserId), versions: &NamesVersions) -> Option<UserName> {
        let (version, name) = self.0.get(&key)?;
        (versions.get(&key.0) == Some(&version)).then_some(name)
    }

    fn keep(&self, names: &Names, versions: &NamesVersions) {
        for (key, name) in names {
            if let Some(version) = versions.get(&key.0) {
                self.0.insert(*key, (*version, name.clone()));
            }
        }
    }
}

impl Default for KnownNames {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl fmt::Debug for KnownNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KnownNames").field(&self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn organization() -> OrganizationId {
        OrganizationId::from_uuid(Uuid::from_u128(1))
    }

    fn user(number: u128, name: &str) -> (UserId, UserName) {
        let id = UserId::from_uuid(Uuid::from_u128(number));
        (id, UserName { id, first_name: name.to_owned(), last_name: None, partner: false })
    }

    fn at(version: i64) -> NamesVersions {
        HashMap::from([(organization(), version)])
    }

    fn kept(known: &KnownNames, number: u128, version: i64) -> Option<String> {
        let name = known.get((organization(), user(number, "").0), &at(version));
        name.map(|name| name.first_name)
    }

    fn keep(known: &KnownNames, (id, name): (UserId, UserName), version: i64) {
        known.keep(&HashMap::from([((organization(), id), name)]), &at(version));
    }

    #[test]
    fn a_name_holds_at_the_version_it_was_read_at_and_no_other() {
        let known = KnownNames::default();
        keep(&known, user(1, "Lee"), 3);
        assert_eq!(kept(&known, 1, 3).as_deref(), Some("Lee"));
        assert_eq!(kept(&known, 1, 4), None, "one was changed since");
        assert_eq!(kept(&known, 1, 2), None, "this transaction began before");
        assert_eq!(kept(&known, 2, 3), None);
        assert_eq!(known.get((organization(), user(1, "").0), &HashMap::new()), None);
    }

    #[test]
    fn what_was_read_last_takes_the_place_of_what_was_known() {
        let known = KnownNames::default();
        keep(&known, user(1, "Lee"), 3);
        keep(&known, user(1, "Kim"), 4);
        assert_eq!((kept(&known, 1, 3), kept(&known, 1, 4).as_deref()), (None, Some("Kim")));
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let known = KnownNames::default();
        (0..2 * MOST as u128).for_each(|number| keep(&known, user(number, "Lee"), 1));
        assert!(known.0.len() <= MOST);
    }
}
