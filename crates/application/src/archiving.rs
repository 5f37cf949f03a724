//! What depends on a group or team that is to be archived, and what becomes of it.

use evenhand_domain::error::{Dependents, Error};
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::Tx;
use evenhand_persistence::rotations::{self, INVITATIONS, OFF_BOARDINGS};

/// The people on a team.
const MEMBERS: &str = "members";

/// What a request says is to become of what depends on what it archives. What it cannot answer for
/// has to be changed first: a rotation that falls back to it, a key that is bound to it, a lead that
/// waits for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answered {
    /// Everybody is taken off it.
    pub members: bool,
    /// Whoever accepts an invitation joins it no more.
    pub invitations: bool,
    /// Deactivations whose leads it is dealing fail; the rest of the leads stay where they are.
    pub off_boardings: bool,
}

/// What depends on a group or team and is not answered for; `members` are on it. The organization is
/// locked.
pub(crate) async fn unanswered(
    tx: &mut Tx,
    organization_id: OrganizationId,
    owner: RotationOwner,
    members: usize,
    answered: Answered,
) -> Result<Vec<Dependents>, Error> {
    let now = tx.now().await?;
    let mut found = Vec::new();
    if members > 0 {
        let count = u64::try_from(members).map_err(Error::internal)?;
        found.push(Dependents { kind: MEMBERS, count });
    }
    found.extend(rotations::dependents(tx, organization_id, owner, now).await?);
    found.retain(|dependents| match dependents.kind {
        MEMBERS => !answered.members,
        INVITATIONS => !answered.invitations,
        OFF_BOARDINGS => !answered.off_boardings,
        _ => true,
    });
    Ok(found)
}
