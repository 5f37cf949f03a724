//! Another link for somebody who was invited and has not joined.

use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{Grant, InviteUsers};
use evenhand_domain::user::UserStatus;
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::{invitations, users};
use serde_json::json;

use super::invite::{Invited, add_invitation, missing_for_role};
use crate::{Services, check_version};

/// Makes a new link for an invited user; older ones stop working. The link lets whoever holds it
/// join as the user, so it is given only to those who could invite somebody with that role.
///
/// # Errors
/// [`Error::PersonRequired`], [`Error::NotFound`], [`Error::PreconditionFailed`],
/// [`Conflict::UserNotInvited`] for a user who has joined, [`Error::Denied`] with what is missing
/// for the user's role, [`Error::IdempotencyKeyReused`], unavailability.
pub async fn resend(
    services: &Services,
    grant: &Grant<InviteUsers>,
    id: UserId,
    expected_version: Option<i64>,
    once: Option<&Once<Invited>>,
) -> Result<Outcome<Invited>, Error> {
    grant.user_id().ok_or(Error::PersonRequired)?;
    let organization_id = grant.organization_id();
    let mut tx = services.store.begin().await?;
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    let user = users::lock(&mut tx, grant, id).await?.ok_or(Error::NotFound("user"))?;
    check_version(expected_version, user.version)?;
    if user.status != UserStatus::Invited {
        return Err(Error::Conflict(Conflict::UserNotInvited));
    }
    if let Some(missing) = missing_for_role(grant.actor(), user.role)? {
        return Err(Error::Denied(missing));
    }
    let now = tx.now().await?;
    invitations::revoke_open(&mut tx, grant, id, now).await?;
    let invitation = add_invitation(services, &mut tx, grant, id).await?;
    let data = json!({ "expires_at": invitation.expires_at.to_rfc3339() });
    let event = Event::by(grant.actor(), "user.invitation_resent", id, now, data);
    events::append(&mut tx, vec![event]).await?;
    let invited = Invited { user, invitation };
    idempotency::finish(&mut tx, organization_id, once, id.uuid(), &invited).await?;
    tx.commit().await?;
    Ok(Outcome::Done(invited))
}
