//! Who is off duty, for rotations that respect availability: looked at under their locks when what
//! was seen last may not hold any more, and recorded in the ledger before the decisions that it
//! influences.

use evenhand_domain::availability::Observation;
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
        let (organization_id, rotation_id) = rotation.key();
        let Some(times) = times.get(&organization_id) else { continue };
        let Observation { changes, until } = times.observe(&rotation.state, now);
        rotation.has_looked(until);
        let moment = rotation.moment(now);
        let entry = rotation.state.observe_off_duty(changes, moment);
        entries.extend(entry.map(|entry| RotationEntry { organization_id, rotation_id, entry }));
    }
    rotations::save_looks(tx, &mut looking, entries).await
}
