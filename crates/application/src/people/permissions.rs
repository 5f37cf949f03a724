//! What is granted and denied to people besides their roles' permissions.

use std::collections::HashMap;

use evenhand_domain::error::{Conflict, Error, Faults};
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{
    Grant, ManagePermissions, Overrides, Permission, PermissionSet, first_unheld, require_power,
};
use evenhand_domain::user::{User, UserStatus};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::{Tx, invitations, organizations, permission_overrides, users};
use serde_json::json;

use super::guard::require_another_owner;
use super::invite::names;
use crate::{Services, check_version};

/// The most users that permissions are copied to at once.
pub const MAX_COPIES: usize = 100;

/// A user with what is granted and denied to them.
#[derive(Debug, Clone)]
pub struct UserPermissions {
    /// The user.
    pub user: User,
    /// What is granted and denied.
    pub overrides: Overrides,
}

/// What a request names as granted and denied; a permission in both is refused before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WantedPermissions {
    /// Granted, in the request's order.
    pub grant: Vec<Permission>,
    /// Denied, in the request's order.
    pub deny: Vec<Permission>,
}

impl WantedPermissions {
    fn overrides(&self) -> Overrides {
        Overrides { grant: PermissionSet::of(&self.grant), deny: PermissionSet::of(&self.deny) }
    }

    /// Where in the request a permission that somebody gains comes from: it is granted there, or
    /// not denied any more.
    fn pointer(&self, gained: Permission) -> String {
        let index = self.grant.iter().position(|permission| *permission == gained);
        index.map_or_else(|| "/deny".to_owned(), |index| format!("/grant/{index}"))
    }
}

/// What a user's permissions are made of.
///
/// # Errors
/// [`Error::NotFound`], unavailability.
pub async fn permissions_of(
    services: &Services,
    grant: &Grant<ManagePermissions>,
    id: UserId,
) -> Result<UserPermissions, Error> {
    let store = &services.store;
    let user = users::find(store, grant, id).await?.ok_or(Error::NotFound("user"))?;
    let overrides = permission_overrides::of(store, grant, id).await?;
    Ok(UserPermissions { user, overrides })
}

/// Makes these a user's grants and denials, as they are named: what the role has or lacks anyway
/// is kept too, and counts when the role changes.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], [`Error::PersonRequired`];
/// [`Error::Denied`] for a user whose role is above the actor's; [`Conflict::OwnPermissions`];
/// faults `permission_not_held` where the actor would give what they lack;
/// [`Conflict::LastOwner`] for what the last active owner needs to manage people.
pub async fn set_permissions(
    services: &Services,
    grant: &Grant<ManagePermissions>,
    id: UserId,
    wanted: &WantedPermissions,
    expected_version: Option<i64>,
) -> Result<UserPermissions, Error> {
    let actor = grant.actor();
    let (mut tx, ref grant) = services.begin(grant).await?;
    organizations::lock(&mut tx, grant).await?;
    let user = users::lock(&mut tx, grant, id).await?.ok_or(Error::NotFound("user"))?;
    require_power(actor, user.role, Permission::PermissionsManage)?;
    if grant.user_id() == Some(id) {
        return Err(Error::Conflict(Conflict::OwnPermissions));
    }
    check_version(expected_version, user.version)?;
    let before = permission_overrides::of(&tx, grant, id).await?;
    let after = wanted.overrides();
    if after == before {
        return Ok(UserPermissions { user, overrides: before });
    }
    let mut faults = Faults::default();
    let gained = after.effective(user.role).minus(before.effective(user.role));
    for permission in gained.minus(actor.permissions).iter() {
        let detail = format!("you do not hold {permission}, so you cannot give it");
        faults.add(wanted.pointer(permission), "permission_not_held", detail);
    }
    faults.into_result(())?;
    if takes_power(after) {
        require_another_owner(&mut tx, grant.organization_id(), &user).await?;
    }
    save(&mut tx, grant, &[(user, before, after)], None).await?;
    let user = users::find(&tx, grant, id).await?.ok_or(Error::NotFound("user"))?;
    tx.commit().await?;
    Ok(UserPermissions { user, overrides: after })
}

/// Whether an owner with these overrides could not manage people.
fn takes_power(overrides: Overrides) -> bool {
    overrides.deny.has(Permission::UsersManage) || overrides.deny.has(Permission::PermissionsManage)
}

/// Makes what each of the others may do equal to what a user may do, whatever their roles: all of
/// them or none.
///
/// # Errors
/// [`Error::NotFound`] for the user to copy from, [`Error::PersonRequired`]; at
/// `/to_user_ids/{index}` faults `unknown_user`, `own_permissions`, `permission_denied` for a role
/// above the actor's, `permission_not_held`, `last_owner`.
pub async fn copy_permissions(
    services: &Services,
    grant: &Grant<ManagePermissions>,
    from: UserId,
    to: &[UserId],
) -> Result<Vec<UserPermissions>, Error> {
    grant.user_id().ok_or(Error::PersonRequired)?;
    let (mut tx, ref grant) = services.begin(grant).await?;
    organizations::lock(&mut tx, grant).await?;
    let named: Vec<UserId> = to.iter().copied().chain([from]).collect();
    let locked = users::lock_each(&mut tx, grant, &named).await?;
    let known: HashMap<UserId, User> = locked.into_iter().map(|user| (user.id, user)).collect();
    let overrides = permission_overrides::of_each(&tx, grant, &named).await?;
    let of = |id: UserId| overrides.get(&id).copied().unwrap_or_default();
    let source = known.get(&from).ok_or(Error::NotFound("user"))?;
    let wanted = of(from).effective(source.role);
    let mut faults = Faults::default();
    let mut changes = Vec::new();
    for (index, id) in to.iter().enumerate() {
        let pointer = format!("/to_user_ids/{index}");
        let Some(user) = known.get(id) else {
            faults.add(pointer, "unknown_user", "no user of this organization");
            continue;
        };
        let (before, after) = (of(*id), Overrides::towards(wanted, user.role));
        match obstacle(&mut tx, grant, user, before, after).await? {
            Some((code, detail)) => faults.add(pointer, code, detail),
            None if before.effective(user.role) != wanted => {
                changes.push((user.clone(), before, after));
            }
            None => {}
        }
    }
    faults.into_result(())?;
    if !changes.is_empty() {
        save(&mut tx, grant, &changes, Some(from)).await?;
        // Each of several may have been let go because of the others.
        let takes = changes.iter().any(|(_, _, after)| takes_power(*after));
        if takes && !users::has_another_owner(&mut tx, grant.organization_id(), None).await? {
            return Err(Error::Conflict(Conflict::LastOwner));
        }
    }
    let after: HashMap<UserId, User> = users::lock_each(&mut tx, grant, to)
        .await?
        .into_iter()
        .map(|user| (user.id, user))
        .collect();
    let overrides = permission_overrides::of_each(&tx, grant, to).await?;
    tx.commit().await?;
    let copied = to.iter().filter_map(|id| {
        let overrides = overrides.get(id).copied().unwrap_or_default();
        after.get(id).map(|user| UserPermissions { user: user.clone(), overrides })
    });
    Ok(copied.collect())
}

/// Why one user cannot get these overrides.
async fn obstacle(
    tx: &mut Tx,
    grant: &Grant<ManagePermissions>,
    user: &User,
    before: Overrides,
    after: Overrides,
) -> Result<Option<(&'static str, String)>, Error> {
    let (before, now) = (before.effective(user.role), after.effective(user.role));
    if grant.user_id() == Some(user.id) {
        let detail = "nobody changes their own permissions".to_owned();
        return Ok(Some(("own_permissions", detail)));
    }
    if require_power(grant.actor(), user.role, Permission::PermissionsManage).is_err() {
        return Ok(Some(("permission_denied", format!("{} is above your own role", user.role))));
    }
    if let Some(missing) = first_unheld(grant.actor(), before, now) {
        let detail = format!("you do not hold {missing}, so you cannot give it");
        return Ok(Some(("permission_not_held", detail)));
    }
    if !takes_power(after) {
        return Ok(None);
    }
    match require_another_owner(tx, grant.organization_id(), user).await {
        Err(Error::Conflict(Conflict::LastOwner)) => {
            let detail = "the last active owner keeps what it takes to manage people".to_owned();
            Ok(Some(("last_owner", detail)))
        }
        other => other.map(|()| None),
    }
}

/// Writes the overrides of locked users. Who holds a link that would make them somebody with more
/// than before does not hold it any more, unless they were the one to give it.
async fn save(
    tx: &mut Tx,
    grant: &Grant<ManagePermissions>,
    changes: &[(User, Overrides, Overrides)],
    copied_from: Option<UserId>,
) -> Result<(), Error> {
    let now = tx.now().await?;
    let new: Vec<(UserId, Overrides)> =
        changes.iter().map(|(user, _, after)| (user.id, *after)).collect();
    permission_overrides::replace(tx, grant, &new).await?;
    let ids: Vec<UserId> = new.iter().map(|(id, _)| *id).collect();
    users::touch(tx, grant, &ids, now).await?;
    let mut told = Vec::new();
    for (user, before, after) in changes {
        let gained = after.effective(user.role).minus(before.effective(user.role));
        if user.status == UserStatus::Invited && !gained.is_empty() {
            invitations::revoke_shown_to_others(tx, grant, user.id, now).await?;
        }
        let sets = |overrides: &Overrides| json!({ "grant": names(overrides.grant), "deny": names(overrides.deny) });
        let data = json!({
            "before": sets(before), "after": sets(after), "copied_from": copied_from,
        });
        told.push(Event::by(grant.actor(), "user.permissions_changed", user.id, now, data));
    }
    Ok(events::append(tx, told).await?)
}
