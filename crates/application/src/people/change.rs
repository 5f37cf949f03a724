//! Changing people: their names, what they are here.

use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{Actor, Grant, ManageUsers, first_unheld};
use evenhand_domain::user::{Role, User, UserStatus};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::{Tx, invitations, organizations, permission_overrides, places, users};
use serde_json::{Value, json};

use super::guard::{require_another_owner, require_power_over};
use crate::{Services, check_version};

/// A change of a user: what is `None` stays, the inner `None` clears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<Option<String>>,
    /// Role.
    pub role: Option<Role>,
    /// Whether this is an outside account.
    pub partner: Option<bool>,
}

impl UserChange {
    fn apply(self, user: &User) -> User {
        let mut after = user.clone();
        let Self { first_name, last_name, role, partner } = self;
        after.first_name = first_name.unwrap_or(after.first_name);
        after.last_name = last_name.unwrap_or(after.last_name);
        after.role = role.unwrap_or(after.role);
        after.partner = partner.unwrap_or(after.partner);
        after
    }
}

/// Changes a user. What was granted and denied to them stays, whatever their role becomes.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], [`Error::PersonRequired`];
/// [`Error::Denied`] for a user whose role is above the actor's; a fault `permission_not_held` at
/// `/role` for a role that is above it, or that gives what the actor lacks; [`Conflict::LastOwner`];
/// [`Conflict::ManagesTeams`] for somebody who manages teams and would be no manager any more.
pub async fn change(
    services: &Services,
    grant: &Grant<ManageUsers>,
    id: UserId,
    change: UserChange,
    expected_version: Option<i64>,
) -> Result<User, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    if change.role.is_some() {
        organizations::lock(&mut tx, grant).await?;
    }
    let user = users::lock(&mut tx, grant, id).await?.ok_or(Error::NotFound("user"))?;
    require_power_over(grant.actor(), &user)?;
    check_version(expected_version, user.version)?;
    let after = change.apply(&user);
    if after == user {
        return Ok(user);
    }
    if after.role != user.role {
        check_role(&mut tx, grant, &user, after.role).await?;
    }
    let now = tx.now().await?;
    users::save(&mut tx, grant, &after, now).await?;
    if after.role > user.role && user.status == UserStatus::Invited {
        invitations::revoke_shown_to_others(&mut tx, grant, id, now).await?;
    }
    let event = Event::by(grant.actor(), "user.changed", id, now, data(&user, &after));
    events::append(&mut tx, vec![with_names(event, &user, &after)]).await?;
    let changed = users::find(&tx, grant, id).await?.ok_or(Error::NotFound("user"))?;
    tx.commit().await?;
    Ok(changed)
}

async fn check_role(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    user: &User,
    role: Role,
) -> Result<(), Error> {
    let refused = |detail: String| Error::invalid("/role", "permission_not_held", detail);
    let above = User { role, ..user.clone() };
    if require_power_over(grant.actor(), &above).is_err() {
        return Err(refused(format!("{role} is above your own role")));
    }
    let overrides = permission_overrides::of(tx, grant, user.id).await?;
    let (before, after) = (overrides.effective(user.role), overrides.effective(role));
    if let Some(missing) = first_unheld(grant.actor(), before, after) {
        return Err(refused(format!("{role} gives them {missing}, which you do not hold")));
    }
    if role < Role::Owner {
        require_another_owner(tx, grant.organization_id(), user).await?;
    }
    if role < Role::Manager {
        let teams = places::managed_by(tx, grant, user.id).await?;
        if !teams.is_empty() {
            return Err(Error::Conflict(Conflict::ManagesTeams(teams)));
        }
    }
    Ok(())
}

/// Changes the names of the user who acts; the rest of `change` has to be `None`.
///
/// # Errors
/// [`Error::PersonRequired`], [`Error::PreconditionFailed`], unavailability.
pub async fn change_own(
    services: &Services,
    actor: &Actor,
    change: UserChange,
    expected_version: Option<i64>,
) -> Result<User, Error> {
    let change = UserChange { role: None, partner: None, ..change };
    let (mut tx, ref actor) = services.begin_as(actor).await?;
    let user = users::lock_own(&mut tx, actor).await?.ok_or(Error::PersonRequired)?;
    check_version(expected_version, user.version)?;
    let after = change.apply(&user);
    if after == user {
        return Ok(user);
    }
    let now = tx.now().await?;
    users::save_own(&mut tx, actor, &after, now).await?;
    let event = Event::by(actor, "user.changed", user.id, now, data(&user, &after));
    events::append(&mut tx, vec![with_names(event, &user, &after)]).await?;
    let changed = users::own(&tx, actor).await?.ok_or(Error::PersonRequired)?;
    tx.commit().await?;
    Ok(changed)
}

fn data(before: &User, after: &User) -> Value {
    let codes = |user: &User| json!({ "role": user.role.as_str(), "partner": user.partner });
    json!({ "before": codes(before), "after": codes(after) })
}

fn with_names(event: Event, before: &User, after: &User) -> Event {
    let names = |user: &User| (user.first_name.clone(), user.last_name.clone());
    if names(before) == names(after) {
        return event;
    }
    let told = |user: &User| json!({ "first_name": user.first_name, "last_name": user.last_name });
    event.with_details(json!({ "before": told(before), "after": told(after) }))
}
