//! Another link for somebody who was invited and has not joined, or none any more.

use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{Grant, InviteUsers, Permission};
use evenhand_domain::user::{User, UserStatus};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::{Tx, invitations, permission_overrides, users};
use serde_json::json;

use super::invite::Invited;
use super::link::{add_invitation, withdraw_letters};
use super::wanted::missing_to_hand_out;
use crate::{Services, check_version};

/// Makes a new link for an invited user; older ones stop working. The link lets whoever holds it
/// join as the user, so it is given only to those who could invite somebody with that role and
/// those permissions.
///
/// # Errors
/// [`Error::PersonRequired`], [`Error::NotFound`], [`Error::PreconditionFailed`],
/// [`Conflict::UserNotInvited`] for a user who has joined, [`Error::Denied`] with what is missing
/// for the user's role and permissions, [`Error::IdempotencyKeyReused`], unavailability.
pub async fn resend(
    services: &Services,
    grant: &Grant<InviteUsers>,
    id: UserId,
    send_email: bool,
    expected_version: Option<i64>,
    once: Option<&Once<Invited>>,
) -> Result<Outcome<Invited>, Error> {
    grant.user_id().ok_or(Error::PersonRequired)?;
    let organization_id = grant.organization_id();
    let (mut tx, ref grant) = services.begin(grant).await?;
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    let user = lock_invited(&mut tx, grant, id, expected_version).await?;
    require_places(&mut tx, grant, id).await?;
    let now = tx.now().await?;
    invitations::revoke_open(&mut tx, grant, id, now).await?;
    let invitation = add_invitation(services, &mut tx, grant, &user, send_email).await?;
    let data = json!({ "mailed": invitation.is_none() });
    let event = Event::by(grant.actor(), "user.invitation_resent", id, now, data);
    events::append(&mut tx, vec![event]).await?;
    let invited = Invited { user: grant.actor().sight_of(user), invitation };
    idempotency::finish(&mut tx, organization_id, once, id.uuid(), &invited).await?;
    tx.commit().await?;
    Ok(Outcome::Done(invited))
}

/// Withdraws an invited user's links. They stay invited, and can be sent another.
///
/// # Errors
/// As [`resend`], without idempotency.
pub async fn revoke_invitation(
    services: &Services,
    grant: &Grant<InviteUsers>,
    id: UserId,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    grant.user_id().ok_or(Error::PersonRequired)?;
    let (mut tx, ref grant) = services.begin(grant).await?;
    let user = lock_invited(&mut tx, grant, id, expected_version).await?;
    let now = tx.now().await?;
    if invitations::revoke_open(&mut tx, grant, id, now).await? == 0 {
        return Ok(());
    }
    withdraw_letters(services, &mut tx, &user).await?;
    let event = Event::by(grant.actor(), "user.invitation_revoked", id, now, json!({}));
    events::append(&mut tx, vec![event]).await?;
    Ok(tx.commit().await?)
}

/// Who holds the link gets the user's places on teams and in groups: only who could give these away
/// makes one.
async fn require_places(tx: &mut Tx, grant: &Grant<InviteUsers>, id: UserId) -> Result<(), Error> {
    let (team, group) = invitations::places_awaited(tx, grant, id).await?;
    let needed = [(team, Permission::TeamsManage), (group, Permission::GroupsManage)];
    let missing = needed.into_iter().find(|(has, needed)| *has && !grant.actor().may(*needed));
    missing.map_or(Ok(()), |(_, missing)| Err(Error::Denied(missing)))
}

async fn lock_invited(
    tx: &mut Tx,
    grant: &Grant<InviteUsers>,
    id: UserId,
    expected_version: Option<i64>,
) -> Result<User, Error> {
    let user = users::lock(tx, grant, id).await?.ok_or(Error::NotFound("user"))?;
    check_version(expected_version, user.version)?;
    if user.status != UserStatus::Invited {
        return Err(Error::Conflict(Conflict::UserNotInvited));
    }
    let permissions = permission_overrides::of(tx, grant, id).await?.effective(user.role);
    match missing_to_hand_out(grant.actor(), user.role, permissions)? {
        Some(missing) => Err(Error::Denied(missing)),
        None => Ok(user),
    }
}
