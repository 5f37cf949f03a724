//! Who is off duty, for rotations that respect availability: looked at under their locks when what
//! was seen last may not hold any more, and recorded in the ledger before the decisions that it
//! influences.

use evenhand_domain::availability::{Observation, WorkingTimes};
use evenhand_domain::clock::Timestamp;
use evenhand_persistence::rotations::{self, Rotation, RotationEntry};
use evenhand_persistence::{Error as StoreError, Tx, availability};

/// Makes those of the locked rotations look that have to at `now`. Comes before every question who
/// is eligible. Where none has to, nothing is read and nothing is written.
pub(crate) async fn look<'a>(
    tx: &mut Tx,
    rotations: impl IntoIterator<Item = &'a mut Rotation>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut looking: Vec<&mut Rotation> =
        rotations.into_iter().filter(|rotation| rotation.has_to_look(now)).collect();
    if looking.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = looking.iter().map(|rotation| rotation.key()).collect();
    let times = availability::of_members(tx, &keys).await?;
    let mut entries = Vec::new();
    for rotation in &mut looking {
        let times = times.get(&rotation.state.organization_id);
        entries.extend(times.and_then(|times| observe(rotation, times, now)));
    }
    rotations::save_looks(tx, &mut looking, entries).await
}

/// Makes a rotation look when its members work; the entry that tells what it sees, where that is
/// something else than before.
pub(crate) fn observe(
    rotation: &mut Rotation,
    times: &WorkingTimes,
    now: Timestamp,
) -> Option<RotationEntry> {
    let (organization_id, rotation_id) = rotation.key();
    let Observation { changes, until } = times.observe(&rotation.state, now);
    rotation.has_looked(until);
    let moment = rotation.moment(now);
    let entry = rotation.state.observe_off_duty(changes, moment)?;
    Some(RotationEntry { organization_id, rotation_id, entry })
}
