//! One step through the frozen leads of an off-boarding.

use std::collections::HashMap;

use evenhand_distribution::ownership::{By, Move, Moved, To, move_leads};
use evenhand_domain::error::Error;
use evenhand_domain::ids::{IdSource, LeadId, OrganizationId};
use evenhand_domain::lead::AssignmentSource;
use evenhand_domain::off_boarding::{
    AT_ONCE, LeadStep, LeadsAction, OffBoarding, OffBoardingStatus,
};
use evenhand_domain::permission::Credential;
use evenhand_persistence::events::EventActor;
use evenhand_persistence::off_boardings::{FrozenLead, StepTaken};
use evenhand_persistence::ownership::HeldLead;
use evenhand_persistence::rotations::Rotation;
use evenhand_persistence::{Tx, off_boardings, ownership};

use super::tasks;

/// Moves the next [`AT_ONCE`] leads of a locked off-boarding as it says, with the user's open tasks on
/// them, those left alone that somebody else has decided on or put away since, and writes how far it
/// has come. Whoever gets the leads is active and locked; the rotation that deals them is among `rotations`, locked.
pub(super) async fn take(
    tx: &mut Tx,
    ids: &IdSource,
    organization_id: OrganizationId,
    of: &mut OffBoarding,
    rotations: &mut [Rotation],
) -> Result<(), Error> {
    let now = tx.now().await?;
    let frozen = off_boardings::next(tx, organization_id, of.id, AT_ONCE).await?;
    let leads: Vec<LeadId> = frozen.iter().map(|lead| lead.id).collect();
    let held = ownership::lock_for_service(tx, organization_id, &leads).await?;
    let held: HashMap<LeadId, HeldLead> = held.into_iter().map(|lead| (lead.id, lead)).collect();
    let (mut moves, mut steps) = (Vec::new(), Vec::new());
    for lead in frozen {
        let untouched = held
            .get(&lead.id)
            .filter(|held| held.assignment_id == lead.assignment_id && !held.archived);
        match (untouched, to(of, &lead)) {
            (Some(held), Some(to)) => {
                let source = Some(AssignmentSource::OffBoarding);
                moves.push(Move { lead: *held, to, source, note: None });
            }
            _ => steps.push(StepTaken { lead_id: lead.id, step: LeadStep::Skipped, made: None }),
        }
    }
    let by = By {
        actor: EventActor::User(of.decided_by.uuid()),
        credential: of.session_id.map(Credential::Session),
    };
    let owners = moves.iter().map(|moved| (moved.lead.id, moved.lead.owner_id)).collect();
    let moved = move_leads(tx, ids, organization_id, by, rotations, moves).await?;
    tasks::go_along(tx, organization_id, of, by, &owners, &moved).await?;
    steps.extend(moved.iter().map(taken));
    off_boardings::take(tx, organization_id, of.id, &steps).await?;
    for taken in &steps {
        match taken.step {
            LeadStep::Moved => of.moved += 1,
            LeadStep::Unassigned => of.unassigned += 1,
            LeadStep::Skipped => of.skipped += 1,
            LeadStep::Waiting => {}
        }
    }
    if of.done() >= of.total {
        of.status = OffBoardingStatus::Completed;
        of.finished_at = Some(now);
    }
    Ok(off_boardings::save_progress(tx, organization_id, of).await?)
}

const fn to(of: &OffBoarding, lead: &FrozenLead) -> Option<To> {
    match of.action {
        LeadsAction::Keep => None,
        LeadsAction::Transfer(user) => Some(To::User(user)),
        LeadsAction::Distribute(owner) => Some(To::Rotation(owner)),
        LeadsAction::Release => Some(To::Nobody),
        LeadsAction::GiveBack => Some(To::Back(Some(of.user_id), lead.place)),
    }
}

fn taken(moved: &Moved) -> StepTaken {
    let step = if moved.to.is_some() { LeadStep::Moved } else { LeadStep::Unassigned };
    StepTaken { lead_id: moved.lead_id, step, made: Some(moved.assignment_id) }
}
