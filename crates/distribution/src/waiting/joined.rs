//! Leads of people who came before and wait with their earlier lead: one person, one owner. Whoever
//! gets the earlier one gets them, whether anybody is eligible or not; no turn is spent. Where the
//! earlier one has left the list and nobody has it, their place on the list is theirs.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{IdSource, LeadId, UserId};
use evenhand_domain::user::UserStatus;
use evenhand_persistence::events::EventActor;
use evenhand_persistence::rotations::Rotation;
use evenhand_persistence::waiting;
use evenhand_persistence::{Error as StoreError, Tx, intake, ownership};

use super::drain::{AT_ONCE, settle};
use crate::deal::Dealing;
use crate::ownership::{By, follows, write};

/// A lead may have left the list of this rotation, locked: those that joined it are due.
pub(crate) async fn left(tx: &mut Tx, rotation: Option<&mut Rotation>) -> Result<(), StoreError> {
    let Some(rotation) = rotation else { return Ok(()) };
    let now = tx.now().await?;
    rotation.waiting.tried(true);
    settle(tx, [rotation], now).await
}

/// Gives up to [`AT_ONCE`] leads that wait for a locked rotation to whoever has the leads that they
/// joined, who are active and stay so until the commit. How many they were.
pub(super) async fn follow(
    tx: &mut Tx,
    ids: &IdSource,
    rotation: &mut Rotation,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let (organization_id, rotation_id) = rotation.key();
    let following = waiting::following(tx, rotation.key(), AT_ONCE).await?;
    if following.is_empty() {
        return Ok(0);
    }
    let owners: Vec<_> = following.iter().map(|(_, owner)| (organization_id, *owner)).collect();
    let users = intake::lock_users(tx, &owners).await?;
    let owners: HashMap<LeadId, UserId> = following.into_iter().collect();
    let mut leads: Vec<LeadId> = owners.keys().copied().collect();
    leads.sort_unstable();
    let held = ownership::lock_for_service(tx, organization_id, &leads).await?;
    let mut changes = Vec::new();
    for lead in held.into_iter().filter(|lead| lead.waits_for == Some(rotation_id)) {
        let Some(owner) = owners.get(&lead.id) else { continue };
        let user = users.get(&(organization_id, *owner));
        if user.is_some_and(|(_, status)| *status == UserStatus::Active) {
            changes.push(follows(lead, *owner, ids, now));
        }
    }
    let count = changes.len();
    if count > 0 {
        let by = By { actor: EventActor::Service, credential: None };
        let dealing = Dealing::begin(tx, &[]).await?;
        write(tx, organization_id, by, [], changes, dealing, now).await?;
    }
    rotation.waiting.tried(true);
    Ok(count)
}
