//! What has to be locked before a rotation can pass leads on.

use std::collections::HashMap;

use evenhand_domain::ids::{OrganizationId, UserId};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::UserStatus;
use evenhand_persistence::intake::Users;
use evenhand_persistence::rotations::Rotation;

/// The first of a rotation and what it falls back to, step by step, that is not among those that are
/// locked.
pub(crate) fn missing(
    locked: &HashMap<(OrganizationId, RotationOwner), Rotation>,
    of: (OrganizationId, RotationOwner),
) -> Option<(OrganizationId, RotationOwner)> {
    let mut next = of;
    // There is no loop; were there one, it would be through all of them by then.
    for _ in 0..=locked.len() {
        let Some(rotation) = locked.get(&next) else { return Some(next) };
        next = (next.0, rotation.fallback_owner()?);
    }
    None
}

/// The users that rotations fall back to: to be locked with whatever users the transaction locks,
/// all in one order.
pub fn users<'a>(
    rotations: impl IntoIterator<Item = &'a Rotation>,
) -> Vec<(OrganizationId, UserId)> {
    let rotations = rotations.into_iter();
    rotations.filter_map(|rotation| Some((rotation.key().0, rotation.fallback_user()?))).collect()
}

/// Tells rotations which of these users are active; they are locked.
pub fn note_users<'a>(
    rotations: impl IntoIterator<Item = &'a mut Rotation>,
    is_active: impl Fn((OrganizationId, UserId)) -> bool,
) {
    for rotation in rotations {
        let organization_id = rotation.key().0;
        let user = rotation.fallback_user();
        rotation.fallback_is_active = user.is_some_and(|user| is_active((organization_id, user)));
    }
}

/// The same of users as [`evenhand_persistence::intake`] found them, locked or from a snapshot.
pub fn note_found<'a>(rotations: impl IntoIterator<Item = &'a mut Rotation>, found: &Users) {
    let is_active = |(_, status): &(_, UserStatus)| *status == UserStatus::Active;
    note_users(rotations, |key| found.get(&key).is_some_and(is_active));
}
