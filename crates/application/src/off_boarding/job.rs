//! The job behind an off-boarding of many leads. Every replica works at it; each step is one
//! transaction that moves leads and notes that it has, so that each lead is moved exactly once
//! whatever becomes of the process.

use evenhand_distribution::{crash, fallback};
use evenhand_domain::error::Error;
use evenhand_domain::ids::{OffBoardingId, OrganizationId, UserId};
use evenhand_domain::off_boarding::{
    LeadsAction, OffBoarding, OffBoardingFailure, OffBoardingStatus,
};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::UserStatus;
use evenhand_persistence::rotations::{self, Queueing, Rotation};
use evenhand_persistence::{Tx, intake, off_boardings};
use uuid::Uuid;

use super::step;
use crate::Services;

/// One process, as it claims work: made once in it.
#[derive(Debug, Clone, Copy)]
pub struct Process(Uuid);

impl Process {
    /// A name that no other process has.
    #[must_use]
    pub fn new(services: &Services) -> Self {
        Self(services.ids.next(services.clock.now()))
    }

    /// Its name, as claims hold it.
    pub(crate) const fn name(self) -> Uuid {
        self.0
    }
}

/// Moves the leads of every off-boarding that runs, whosever, and that no other process has at the
/// moment; returns when there is none, or `go_on` says so between two steps.
///
/// # Errors
/// Unavailability: what is left is taken up by a later call, of this process or another.
pub async fn work(
    services: &Services,
    process: Process,
    go_on: impl Fn() -> bool,
) -> Result<(), Error> {
    while go_on() && is_waiting(services).await {
        let mut tx = services.store.begin().await?;
        let now = tx.now().await?;
        let claimed = off_boardings::claim(&mut tx, process.0, now).await?;
        tx.commit().await?;
        let Some((organization_id, id)) = claimed else { return Ok(()) };
        while go_on() && take_step(services, process, organization_id, id).await? {}
    }
    Ok(())
}

/// Asked all the time: a database that is away is not worth a line each time.
async fn is_waiting(services: &Services) -> bool {
    match off_boardings::is_waiting(&services.store, services.clock.now()).await {
        Ok(is_waiting) => is_waiting,
        Err(error) => {
            tracing::debug!(error = ?error, "leads of deactivated users cannot be looked for");
            false
        }
    }
}

/// Whether there is more to do.
async fn take_step(
    services: &Services,
    process: Process,
    organization_id: OrganizationId,
    id: OffBoardingId,
) -> Result<bool, Error> {
    let decided = off_boardings::find_for_service(&services.store, organization_id, id).await?;
    let Some(decided) = decided else { return Ok(false) };
    let mut tx = services.store.begin().await?;
    let owner = decided.action.rotation_owner();
    let mut rotations = match owner {
        Some(owner) => {
            let wanted = [(organization_id, owner)];
            rotations::lock_with_fallbacks(&mut tx, &wanted, Queueing::Wait, None).await?
        }
        None => Vec::new(),
    };
    let is_there = |owner| rotations.iter().any(|rotation| rotation.owner == owner);
    let failure = match owner.filter(|owner| !is_there(*owner)) {
        Some(RotationOwner::Group(_)) => Some(OffBoardingFailure::GroupArchived),
        Some(RotationOwner::Team(_)) => Some(OffBoardingFailure::TeamArchived),
        None => recipient_fault(&mut tx, organization_id, &decided, &mut rotations).await?,
    };
    let of = off_boardings::lock_for_service(&mut tx, organization_id, id).await?;
    let Some(mut of) = of.filter(|of| of.status == OffBoardingStatus::Running) else {
        return Ok(false);
    };
    let now = tx.now().await?;
    if !off_boardings::renew(&mut tx, organization_id, id, process.0, now).await? {
        return Ok(false);
    }
    if failure.is_some() {
        (of.status, of.failure, of.finished_at) = (OffBoardingStatus::Failed, failure, Some(now));
        off_boardings::save_progress(&mut tx, organization_id, &of).await?;
    } else {
        step::take(&mut tx, &services.ids, organization_id, &mut of, &mut rotations).await?;
    }
    tx.commit().await?;
    crash::point(crash::STEP_COMMITTED);
    Ok(of.status == OffBoardingStatus::Running)
}

/// Whoever gets the leads is locked against being deactivated until the step is committed.
async fn recipient_fault(
    tx: &mut Tx,
    organization_id: OrganizationId,
    of: &OffBoarding,
    rotations: &mut [Rotation],
) -> Result<Option<OffBoardingFailure>, Error> {
    let recipient = recipient(of).map(|user| (organization_id, user));
    let mut wanted = fallback::users(&*rotations);
    wanted.extend(recipient);
    let users = intake::lock_users(tx, &wanted).await?;
    fallback::note_found(rotations, &users);
    let Some(recipient) = recipient else { return Ok(None) };
    let is_active = users.get(&recipient).is_some_and(|(_, status)| *status == UserStatus::Active);
    Ok((!is_active).then_some(OffBoardingFailure::UserInactive))
}

const fn recipient(of: &OffBoarding) -> Option<UserId> {
    match of.action {
        LeadsAction::Transfer(user) => Some(user),
        LeadsAction::GiveBack => Some(of.user_id),
        LeadsAction::Keep | LeadsAction::Distribute(_) | LeadsAction::Release => None,
    }
}
