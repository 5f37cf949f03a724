//! Users who are deactivated and taken back: what becomes of their access, their places in
//! rotations and their leads. Decided in one transaction, under the organization's lock; many leads
//! are moved by a job behind it.

mod collaborations;
mod deactivate;
mod job;
mod step;
mod tasks;
mod way_back;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Error;
use evenhand_domain::ids::{OrganizationId, SessionId, UserId};
use evenhand_domain::off_boarding::{OffBoarding, OffBoardingStatus};
use evenhand_domain::permission::{Credential, Grant, ManageUsers};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::User;
use evenhand_persistence::rotations::Rotation;
use evenhand_persistence::{Tx, off_boardings, users};

use crate::check_version;
use crate::people::guard;

pub use deactivate::{Deactivate, Planned, deactivate, plan};
pub use job::{Process, work};
pub use way_back::{reactivate, undo};

/// A deactivation that was made or undone, with the user's version after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffBoarded {
    /// It.
    pub off_boarding: OffBoarding,
    /// The user's version.
    pub user_version: i64,
}

/// How often a transaction is begun again because somebody joined a rotation meanwhile.
const ROUNDS: u32 = 5;

/// The user before anything is locked but the organization.
async fn found(tx: &Tx, grant: &Grant<ManageUsers>, id: UserId) -> Result<User, Error> {
    let user = users::find(tx, grant, id).await?.ok_or(Error::NotFound("user"))?;
    guard::require_power_over(grant.actor(), &user)?;
    Ok(user)
}

/// The user under lock, with `others` who are there, all in the order of their ids.
async fn locked(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    id: UserId,
    others: &[UserId],
    expected_version: Option<i64>,
) -> Result<(User, Vec<User>), Error> {
    let mut wanted = vec![id];
    for other in others {
        if !wanted.contains(other) {
            wanted.push(*other);
        }
    }
    let mut found = users::lock_each(tx, grant, &wanted).await?;
    let user = found.iter().position(|user| user.id == id).map(|at| found.swap_remove(at));
    let user = user.ok_or(Error::NotFound("user"))?;
    guard::require_power_over(grant.actor(), &user)?;
    check_version(expected_version, user.version)?;
    Ok((user, found))
}

/// What of the user still moves leads does so no more; what is there of it already stays.
async fn cancel(
    tx: &mut Tx,
    organization_id: OrganizationId,
    open: &mut [OffBoarding],
    now: Timestamp,
) -> Result<(), Error> {
    for of in open.iter_mut().filter(|of| of.status == OffBoardingStatus::Running) {
        of.status = OffBoardingStatus::Cancelled;
        of.finished_at = Some(now);
        off_boardings::save_progress(tx, organization_id, of).await?;
    }
    Ok(())
}

fn owners_with(rotations: &[Rotation], user: UserId) -> Vec<RotationOwner> {
    let with_user = rotations.iter().filter(|rotation| rotation.state.member(user).is_some());
    with_user.map(|rotation| rotation.owner).collect()
}

fn session_of(grant: &Grant<ManageUsers>) -> Option<SessionId> {
    match grant.stamp().credential {
        Credential::Session(id) => Some(id),
        Credential::ApiKey(_) => None,
    }
}
