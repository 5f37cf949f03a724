//! What is done to the rotation of a group or team as a whole, besides its settings.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::{GroupId, TeamId, UserId};
use evenhand_domain::permission::{Action, Grant, ManageGroups, ManageTeams};
use evenhand_domain::rotation::{Pause, ResetPeriod};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::{Tx, organizations};
use serde_json::{Value, json};

use crate::memberships::{impossible, pause_data, record};
use crate::{Services, check_version};

/// What allows to change rotations as wholes: managing what they are of, all over the organization.
pub trait ManagesRotations: Action<Scope = ()> + Default {
    /// What they are of.
    type Owner: Copy + Into<RotationOwner>;
}

impl ManagesRotations for ManageGroups {
    type Owner = GroupId;
}

impl ManagesRotations for ManageTeams {
    type Owner = TeamId;
}

/// Pauses a whole rotation, so that it deals to nobody, or with `Pause::No` resumes it. Nothing is
/// made up for. The rotation after it, with the version of what it is of.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`].
pub async fn set_pause<A: ManagesRotations>(
    services: &Services,
    grant: &Grant<A>,
    owner: A::Owner,
    pause: Pause,
    expected_version: Option<i64>,
) -> Result<(Rotation, i64), Error> {
    let owner = owner.into();
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (mut rotation, version) = locked(&mut tx, grant, owner, expected_version).await?;
    let before = rotation.state.pause;
    let now = tx.now().await?;
    let moment = rotation.moment(now);
    let entry = rotation.state.set_pause(pause, moment).map_err(impossible)?;
    let Some(entry) = entry else { return Ok((rotation, version)) };
    rotations::save_settings(&mut tx, &rotation).await?;
    record(&mut tx, &mut rotation, vec![entry]).await?;
    rotations::raise_owners(&mut tx, grant.organization_id(), &[owner], now).await?;
    let kind = match (owner, pause) {
        (RotationOwner::Group(_), Pause::No) => "group.resumed",
        (RotationOwner::Group(_), _) => "group.paused",
        (RotationOwner::Team(_), Pause::No) => "team.resumed",
        (RotationOwner::Team(_), _) => "team.paused",
    };
    let data = json!({"before": pause_data(before), "after": pause_data(pause)});
    announce(&mut tx, grant, owner, kind, now, data).await?;
    tx.commit().await?;
    Ok((rotation, version + 1))
}

/// Sets the counts of members back, as if nothing had been dealt to them in the present local day or
/// month; those of all members when none is named. The rotation after it, with the version of what
/// it is of.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`]; [`Error::Invalid`] at `/user_ids/{index}` for
/// somebody it does not deal to.
pub async fn reset_limits<A: ManagesRotations>(
    services: &Services,
    grant: &Grant<A>,
    owner: A::Owner,
    (users, period): (&[UserId], ResetPeriod),
    expected_version: Option<i64>,
) -> Result<(Rotation, i64), Error> {
    let owner = owner.into();
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (mut rotation, version) = locked(&mut tx, grant, owner, expected_version).await?;
    let mut faults = Faults::default();
    for (index, user) in users.iter().enumerate() {
        if rotation.state.member(*user).is_none() {
            faults.add(
                format!("/user_ids/{index}"),
                "unknown_user",
                "the rotation deals to nobody of this id",
            );
        }
    }
    faults.into_result(())?;
    let now = tx.now().await?;
    let moment = rotation.moment(now);
    let entry = rotation.state.reset_limits(users, period, moment).map_err(impossible)?;
    let Some(entry) = entry else { return Ok((rotation, version)) };
    record(&mut tx, &mut rotation, vec![entry]).await?;
    let kind = match owner {
        RotationOwner::Group(_) => "group.limits_reset",
        RotationOwner::Team(_) => "team.limits_reset",
    };
    let data = json!({"period": period.as_str(), "user_ids": users});
    announce(&mut tx, grant, owner, kind, now, data).await?;
    tx.commit().await?;
    Ok((rotation, version))
}

/// The organization and the rotation under lock: the order of every writer of a team.
async fn locked<A: ManagesRotations>(
    tx: &mut Tx,
    grant: &Grant<A>,
    owner: RotationOwner,
    expected_version: Option<i64>,
) -> Result<(Rotation, i64), Error> {
    let organization_id = grant.organization_id();
    organizations::lock(tx, grant).await?;
    let rotation = rotations::lock(tx, organization_id, owner).await?;
    let version = rotations::owner_version(tx, organization_id, owner).await?;
    let what = match owner {
        RotationOwner::Group(_) => "group",
        RotationOwner::Team(_) => "team",
    };
    let (rotation, version) = rotation.zip(version).ok_or(Error::NotFound(what))?;
    check_version(expected_version, version)?;
    Ok((rotation, version))
}

async fn announce<A: ManagesRotations>(
    tx: &mut Tx,
    grant: &Grant<A>,
    owner: RotationOwner,
    kind: &'static str,
    at: Timestamp,
    data: Value,
) -> Result<(), Error> {
    let event = Event::by(grant.actor(), kind, owner.uuid(), at, data);
    Ok(events::append(tx, vec![event]).await?)
}
