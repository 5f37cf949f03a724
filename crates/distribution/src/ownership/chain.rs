//! What deals leads that exist, locked before them: a rotation with what it falls back to, and the
//! users whom these name.

use evenhand_domain::ids::{LeadId, OrganizationId, UserId};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::intake::{self, Users};
use evenhand_persistence::rotations::{self, Queueing, Rotation};
use evenhand_persistence::waiting::waited_for;
use evenhand_persistence::{Error as StoreError, Tx};

use super::WaitedFor;
use crate::fallback;

/// Locks the rotation that deals, with what it falls back to in its order, and the others that these
/// leads wait for: nobody joins one of them unnoticed. Nothing deals where it does not exist.
///
/// # Errors
/// When the database fails.
pub(super) async fn lock(
    tx: &mut Tx,
    organization_id: OrganizationId,
    leads: &[LeadId],
    through: Option<RotationOwner>,
) -> Result<(Vec<Rotation>, WaitedFor), StoreError> {
    let waited_for = waited_for(&*tx, organization_id, leads).await?;
    let wanted: Vec<_> =
        through.into_iter().chain(waited_for).map(|owner| (organization_id, owner)).collect();
    let mut locked = rotations::lock_with_fallbacks(tx, &wanted, Queueing::Wait, None).await?;
    let mut dealing = Vec::new();
    let mut next = through;
    while let Some(owner) = next {
        let place = locked.iter().position(|rotation| rotation.owner == owner);
        let Some(place) = place else { break };
        let rotation = locked.remove(place);
        next = rotation.fallback_owner();
        dealing.push(rotation);
    }
    Ok((dealing, WaitedFor::locked(locked)))
}

/// Locks whoever may get leads by the rotations, and one more, against being deactivated.
///
/// # Errors
/// When the database fails.
pub(super) async fn lock_users(
    tx: &mut Tx,
    organization_id: OrganizationId,
    dealing: &mut [Rotation],
    also: Option<UserId>,
) -> Result<Users, StoreError> {
    let mut wanted = fallback::users(&*dealing);
    wanted.extend(also.map(|user| (organization_id, user)));
    let users = intake::lock_users(tx, &wanted).await?;
    fallback::note_found(dealing, &users);
    Ok(users)
}
