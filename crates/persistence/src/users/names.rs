//! What users are called, as a process knows it already.
//!
//! Whoever changes a name raises the version of its organization's names in the same transaction. A name
//! that was read in a transaction which had read the version before is as new as that version says, or
//! newer; a transaction that reads the same version need not read the name again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use evenhand_domain::ids::{OrganizationId, UserId};
use evenhand_domain::user::UserName;
use sea_orm::Value;

use crate::{Read, Result, Tx, intake};

/// The most names that are kept, some megabytes. Beyond that all are forgotten.
const MOST: usize = 20_000;

/// The versions of the names of organizations, as a transaction has read them before any name.
pub type NamesVersions = HashMap<OrganizationId, i64>;

/// Names by key.
pub type Names = HashMap<(OrganizationId, UserId), UserName>;

/// Names of users at the versions that they were read at.
#[derive(Debug, Default)]
pub struct KnownNames(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    of: HashMap<OrganizationId, (i64, HashMap<UserId, UserName>)>,
    count: usize,
}

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
    fn get(
        &self,
        (organization, user): (OrganizationId, UserId),
        versions: &NamesVersions,
    ) -> Option<UserName> {
        let known = self.known();
        let (version, names) = known.of.get(&organization)?;
        names.get(&user).filter(|_| versions.get(&organization) == Some(version)).cloned()
    }

    fn keep(&self, names: &Names, versions: &NamesVersions) {
        let mut known = self.known();
        for ((organization, user), name) in names {
            if let Some(version) = versions.get(organization) {
                known.keep(*organization, *version, (*user, name.clone()));
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // What a panic left behind is whole: the version says whether it holds.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn keep(
        &mut self,
        organization: OrganizationId,
        version: i64,
        (user, name): (UserId, UserName),
    ) {
        if self.count >= MOST {
            *self = Self::default();
        }
        let (at, names) = self.of.entry(organization).or_insert_with(|| (version, HashMap::new()));
        // Another transaction may have read a later one meanwhile.
        if *at > version {
            return;
        }
        if *at < version {
            self.count -= names.len();
            (*at, *names) = (version, HashMap::new());
        }
        if names.insert(user, name).is_none() {
            self.count += 1;
        }
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
    fn a_later_version_takes_the_place_of_an_earlier_one_and_not_the_other_way_round() {
        let known = KnownNames::default();
        keep(&known, user(1, "Lee"), 3);
        keep(&known, user(2, "Kim"), 4);
        assert_eq!(kept(&known, 1, 4), None);
        keep(&known, user(1, "Lee"), 3);
        assert_eq!((kept(&known, 1, 4), kept(&known, 2, 4).as_deref()), (None, Some("Kim")));
        assert_eq!(known.known().count, 1);
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let known = KnownNames::default();
        (0..MOST as u128).for_each(|number| keep(&known, user(number, "Lee"), 1));
        assert_eq!(known.known().count, MOST);
        keep(&known, user(u128::MAX, "Kim"), 1);
        assert_eq!(kept(&known, 0, 1), None);
        assert_eq!(known.known().count, 1);
    }
}
