//! People out of all rotations, for holidays or illness: an entry of each ledger. A pause that is
//! set in one rotation is another matter, and stays as it is.

use std::time::Duration;

use evenhand_domain::error::{Error, Unavailable};
use evenhand_domain::ids::{RotationId, UserId};
use evenhand_domain::permission::{Actor, Grant, ManageRotationMembers, Permission, Subject};
use evenhand_domain::rotation::Pause;
use evenhand_domain::user::Role;
use evenhand_persistence::Tx;
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::pauses::{self, UserPause};
use evenhand_persistence::rotations::{self, Rotation};
use serde_json::json;

use crate::memberships::{impossible, pause_data, record};
use crate::{Services, check_version};

/// How often to begin again because the user joined or left a rotation meanwhile.
pub(crate) const ROUNDS: u32 = 10;

pub(crate) const BUSY: Error = Error::Unavailable(Unavailable::Database, Duration::from_secs(1));

/// Sets a user's pause; `Pause::No` brings them back.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`]; [`Error::Denied`] for somebody outside the
/// scope, whose name is no secret.
pub async fn set(
    services: &Services,
    grant: &Grant<ManageRotationMembers>,
    user: UserId,
    pause: Pause,
    expected_version: Option<i64>,
) -> Result<UserPause, Error> {
    for _ in 0..ROUNDS {
        let (mut tx, ref grant) = services.begin(grant).await?;
        let actor = grant.actor();
        let Some((mut rotations, before)) = locked(&mut tx, actor, user).await? else { continue };
        require_reach(grant, user, before.role)?;
        return finish(tx, actor, &mut rotations, user, before, pause, expected_version).await;
    }
    Err(BUSY)
}

/// Sets one's own pause; `Pause::No` ends it.
///
/// # Errors
/// [`Error::PersonRequired`] for an API key, [`Error::PreconditionFailed`].
pub async fn set_own(
    services: &Services,
    actor: &Actor,
    pause: Pause,
    expected_version: Option<i64>,
) -> Result<UserPause, Error> {
    let user = actor.user_id().ok_or(Error::PersonRequired)?;
    for _ in 0..ROUNDS {
        let (mut tx, ref actor) = services.begin_as(actor).await?;
        let Some((mut rotations, before)) = locked(&mut tx, actor, user).await? else { continue };
        return finish(tx, actor, &mut rotations, user, before, pause, expected_version).await;
    }
    Err(BUSY)
}

/// Refuses who may not say when this user, who has the role, is dealt to.
///
/// # Errors
/// [`Error::Denied`]: the name of somebody outside the scope is no secret.
pub(crate) fn require_reach(
    grant: &Grant<ManageRotationMembers>,
    user: UserId,
    role: Role,
) -> Result<(), Error> {
    if !grant.scope().covers(user) {
        return Err(Error::Denied(Permission::GroupsManage));
    }
    match grant.subject() {
        Subject::User { id, role: own, .. } if *id != user && role > *own => {
            Err(Error::Denied(Permission::UsersManage))
        }
        _ => Ok(()),
    }
}

async fn finish(
    mut tx: Tx,
    actor: &Actor,
    rotations: &mut [Rotation],
    user: UserId,
    before: UserPause,
    pause: Pause,
    expected_version: Option<i64>,
) -> Result<UserPause, Error> {
    check_version(expected_version, before.version)?;
    if before.pause == pause {
        return Ok(before);
    }
    store(&mut tx, actor, rotations, user, before.pause, pause).await?;
    tx.commit().await?;
    Ok(UserPause { pause, version: before.version + 1, role: before.role })
}

/// The user and all their rotations under lock, so that they join none meanwhile; `None` when they joined or left one before the
/// user was locked.
pub(crate) async fn locked(
    tx: &mut Tx,
    actor: &Actor,
    user: UserId,
) -> Result<Option<(Vec<Rotation>, UserPause)>, Error> {
    let organization_id = actor.organization.id;
    let rotations = rotations::lock_of_user(tx, organization_id, user).await?;
    let found = pauses::lock(tx, organization_id, user).await?.ok_or(Error::NotFound("user"))?;
    let present = rotations::of_user(tx, organization_id, user).await?;
    let same = rotations.iter().map(|rotation| rotation.state.id).eq(present);
    Ok(same.then_some((rotations, found)))
}

async fn store(
    tx: &mut Tx,
    actor: &Actor,
    rotations: &mut [Rotation],
    user: UserId,
    before: Pause,
    after: Pause,
) -> Result<(), Error> {
    let now = tx.now().await?;
    pauses::save(tx, actor.organization.id, user, after, now).await?;
    for rotation in &mut *rotations {
        let moment = rotation.moment(now);
        let entry = rotation.state.set_away(user, after, moment).map_err(impossible)?;
        if let Some(entry) = entry {
            rotations::save_away(tx, rotation, user).await?;
            record(tx, rotation, vec![entry]).await?;
        }
    }
    let ids: Vec<RotationId> = rotations.iter().map(|rotation| rotation.state.id).collect();
    let data =
        json!({"before": pause_data(before), "after": pause_data(after), "rotation_ids": ids});
    let kind = if after == Pause::No { "user.resumed" } else { "user.paused" };
    Ok(events::append(tx, vec![Event::by(actor, kind, user, now, data)]).await?)
}
