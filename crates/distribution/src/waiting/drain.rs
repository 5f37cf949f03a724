//! Dealing the leads that wait, under their rotations' locks.

use std::collections::{BTreeMap, HashMap};

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{IdSource, LeadId, OrganizationId, RotationId};
use evenhand_persistence::events::EventActor;
use evenhand_persistence::ownership::{self, HeldLead};
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::waiting::{self, Waiter};
use evenhand_persistence::{Error as StoreError, Tx};

use super::serve::{Served, serve};
use crate::deal::Dealing;
use crate::off_duty;
use crate::ownership::{By, dealt, follows, write};

/// The most leads that are dealt to in one transaction, so that nobody waits long for its locks.
pub(crate) const AT_ONCE: usize = 100;

/// A rotation with the leads that wait for it longest.
struct Line<'a> {
    rotation: &'a mut Rotation,
    leads: Vec<Waiter>,
    /// Whether these are all of them.
    is_whole: bool,
}

/// Looks who is off duty, and deals up to [`AT_ONCE`] of the leads that wait for these locked
/// rotations, each rotation's in the order of its list, as long as somebody is eligible; those that
/// joined one which is dealt go with it. How many were dealt. Afterwards each rotation knows whether
/// leads still wait for it; [`settle`] writes that.
pub(crate) async fn drain<'a>(
    tx: &mut Tx,
    ids: &IdSource,
    rotations: impl IntoIterator<Item = &'a mut Rotation>,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let mut rotations: Vec<&mut Rotation> = rotations.into_iter().collect();
    off_duty::look(tx, rotations.iter_mut().map(|rotation| &mut **rotation), now).await?;
    // By organization, and in each in the order of the rotations' ids.
    let waited_for: BTreeMap<(OrganizationId, RotationId), &mut Rotation> = rotations
        .into_iter()
        .filter(|rotation| rotation.waiting.has_leads)
        .map(|rotation| (rotation.key(), rotation))
        .collect();
    let mut lines: BTreeMap<OrganizationId, Vec<Line<'_>>> = BTreeMap::new();
    let mut left = AT_ONCE;
    for ((organization_id, _), rotation) in waited_for {
        let is_eligible = left > 0 && rotation.is_anybody_eligible(now);
        let wanted = if is_eligible { left } else { 1 };
        let leads = waiting::first(tx, rotation.key(), wanted).await?;
        if leads.is_empty() {
            rotation.waiting.tried(false);
        } else if is_eligible {
            left -= leads.len();
            let is_whole = leads.len() < wanted;
            lines.entry(organization_id).or_default().push(Line { rotation, leads, is_whole });
        }
    }
    let mut dealt = 0;
    for (organization_id, lines) in lines {
        dealt += drain_lines(tx, ids, organization_id, lines, now).await?;
    }
    Ok(dealt)
}

async fn drain_lines(
    tx: &mut Tx,
    ids: &IdSource,
    organization_id: OrganizationId,
    mut lines: Vec<Line<'_>>,
    now: Timestamp,
) -> Result<usize, StoreError> {
    // All at once and sorted: the one order in which leads are locked.
    let mut leads: Vec<LeadId> =
        lines.iter().flat_map(|line| line.leads.iter().map(|waiter| waiter.lead_id)).collect();
    leads.sort_unstable();
    let held = ownership::lock_for_service(tx, organization_id, &leads).await?;
    let held: HashMap<LeadId, HeldLead> = held.into_iter().map(|lead| (lead.id, lead)).collect();
    let rotations: Vec<&Rotation> = lines.iter().map(|line| &*line.rotation).collect();
    let mut dealing = Dealing::begin(tx, &rotations).await?;
    let mut changes = Vec::new();
    for Line { rotation, leads, is_whole } in &mut lines {
        let still = leads.iter().copied().filter(|waiter| {
            let held = held.get(&waiter.lead_id);
            held.is_some_and(|held| held.waits_for == Some(rotation.state.id))
        });
        let mut are_left = !*is_whole;
        for (lead, served) in serve(&mut dealing, rotation, still.collect(), now) {
            let Some(lead) = held.get(&lead).copied() else { continue };
            match served {
                Some(Served::Dealt(placed)) => changes.push(dealt(lead, *placed, ids, now)),
                Some(Served::With(owner)) => changes.push(follows(lead, owner, ids, now)),
                None => are_left = true,
            }
        }
        rotation.waiting.tried(are_left);
    }
    let dealt = changes.len();
    if dealt > 0 {
        let by = By { actor: EventActor::Service, credential: None };
        let rotations = lines.iter_mut().map(|line| &mut *line.rotation);
        write(tx, organization_id, by, rotations, changes, dealing, now).await?;
    }
    Ok(dealt)
}

/// Notes of each locked rotation whether leads still wait for it.
pub(crate) async fn look(tx: &mut Tx, rotations: &mut [Rotation]) -> Result<(), StoreError> {
    for rotation in rotations.iter_mut().filter(|rotation| rotation.waiting.has_leads) {
        if waiting::first(tx, rotation.key(), 1).await?.is_empty() {
            rotation.waiting.tried(false);
        }
    }
    Ok(())
}

/// Writes what changed of the waiting lists of locked rotations, with when to try them again.
pub(crate) async fn settle<'a>(
    tx: &mut Tx,
    rotations: impl IntoIterator<Item = &'a mut Rotation>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed: Vec<&mut Rotation> =
        rotations.into_iter().filter(|rotation| rotation.waiting.is_changed()).collect();
    let chances = chances(tx, changed.iter().map(|rotation| &**rotation), now).await?;
    // Those that joined a lead go with it once it leaves the list, which is when it was tried.
    let waited_for = changed.iter().map(|rotation| &**rotation);
    let waited_for = waited_for.filter(|it| it.waiting.has_leads && it.waiting.is_tried());
    let following = waiting::have_following(tx, waited_for.map(|it| it.key())).await?;
    let with_next = changed.into_iter().map(|rotation| {
        let id = rotation.state.id;
        let chance = chances.get(&id).copied().flatten();
        let next = if following.contains(&id) { Some(now) } else { chance };
        (rotation, next)
    });
    rotations::save_waiting(tx, with_next, now).await
}

/// When leads that wait for these locked rotations may be dealt; `None` = not by itself.
pub(crate) async fn chances<'a>(
    tx: &mut Tx,
    rotations: impl IntoIterator<Item = &'a Rotation>,
    now: Timestamp,
) -> Result<HashMap<RotationId, Option<Timestamp>>, StoreError> {
    let waited_for = rotations.into_iter().filter(|rotation| rotation.waiting.has_leads);
    rotations::next_chances(tx, &waited_for.collect::<Vec<_>>(), now).await
}
