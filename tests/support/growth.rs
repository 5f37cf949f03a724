//! Long ledgers, made by the engine itself without the server.

use evenhand_domain::ids::GroupId;
use evenhand_domain::rotation::{Limits, Moment};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::rotations::{self, Queueing, RotationEntry};

use super::store::open_store;
use super::world::World;

/// Entries per transaction.
const AT_ONCE: usize = 2_000;

/// Changes the limits of a group so often.
pub(crate) async fn grow(world: &World, group: &str, entries: usize) {
    let store = open_store(&world.database, 2).await;
    let group: GroupId = group.parse().unwrap();
    let owner = [(world.id.parse().unwrap(), RotationOwner::Group(group))];
    let mut left = entries;
    while left > 0 {
        let mut tx = store.begin().await.unwrap();
        let locked = rotations::lock_by_owners(&mut tx, &owner, Queueing::Wait).await.unwrap();
        let mut rotation = locked.into_iter().next().unwrap();
        let (organization_id, rotation_id) = rotation.key();
        let now = Moment { at: rotation.state.last_at, local_day: rotation.state.local_day };
        let mut made = Vec::new();
        for _ in 0..left.min(AT_ONCE) {
            let daily = rotation.state.limits.daily % 1_000 + 1;
            let changed = rotation.state.set_limits(Limits { daily, monthly: 0 }, now).unwrap();
            let entry = changed.unwrap();
            made.push(RotationEntry { organization_id, rotation_id, entry });
        }
        left -= made.len();
        rotations::save_settings(&mut tx, &rotation).await.unwrap();
        rotations::save(&mut tx, [&mut rotation], made).await.unwrap();
        tx.commit().await.unwrap();
    }
    store.close().await.unwrap();
}
