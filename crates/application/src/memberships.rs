//! Somebody's membership of rotations, whoever changes it: an entry of each ledger, under each
//! rotation's lock.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Error;
use evenhand_domain::ids::{RotationId, UserId};
use evenhand_domain::rotation::{ChangeError, Joining, LedgerEntry, MemberSettings};
use evenhand_persistence::rotations::{self, Rotation, RotationEntry};
use evenhand_persistence::{Error as StoreError, Tx};

/// A membership that ended, to be taken up again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    /// Of this rotation.
    pub(crate) rotation_id: RotationId,
    /// What was set for the member.
    pub(crate) settings: MemberSettings,
}

/// Takes a user out of locked rotations; those they are no member of stay as they are.
pub(crate) async fn leave(
    tx: &mut Tx,
    rotations: &mut [Rotation],
    user: UserId,
    now: Timestamp,
) -> Result<Vec<Left>, Error> {
    let mut left = Vec::new();
    for rotation in rotations {
        let Some(member) = rotation.state.member(user) else { continue };
        left.push(Left { rotation_id: rotation.state.id, settings: member.settings });
        let moment = rotation.moment(now);
        let entry = rotation.state.remove_member(user, moment).map_err(impossible)?;
        save_members(tx, rotation, vec![entry]).await?;
    }
    Ok(left)
}

/// Adds a user at the end of a locked rotation, with what was counted for them before, and away
/// while they are out of all rotations. Nothing
/// happens where they are a member already. That they may be dealt to is the caller's to know, who
/// has locked them.
pub(crate) async fn join(
    tx: &mut Tx,
    rotation: &mut Rotation,
    user: UserId,
    settings: MemberSettings,
    now: Timestamp,
) -> Result<(), Error> {
    if rotation.state.member(user).is_some() {
        return Ok(());
    }
    let known = rotations::joining(tx, rotation, &[user], now).await?;
    let Joining { count, away } = known.get(&user).copied().unwrap_or_default();
    let moment = rotation.moment(now);
    let state = &mut rotation.state;
    let mut entries = vec![state.add_member(user, settings, count, moment).map_err(impossible)?];
    entries.extend(state.set_away(user, away, moment).map_err(impossible)?);
    save_members(tx, rotation, entries).await
}

async fn save_members(
    tx: &mut Tx,
    rotation: &Rotation,
    entries: Vec<LedgerEntry>,
) -> Result<(), Error> {
    rotations::replace_members(tx, &rotation.state).await?;
    Ok(record(tx, rotation, entries).await?)
}

/// Writes entries and the position that a rotation has after them.
pub(crate) async fn record(
    tx: &mut Tx,
    rotation: &Rotation,
    entries: Vec<LedgerEntry>,
) -> Result<(), StoreError> {
    let (organization_id, rotation_id) = rotation.key();
    let entries = entries
        .into_iter()
        .map(|entry| RotationEntry { organization_id, rotation_id, entry })
        .collect();
    rotations::save(tx, [rotation], entries).await
}

/// What the engine refuses here has been checked before: a fault of ours.
pub(crate) fn impossible(error: ChangeError) -> Error {
    Error::internal(error)
}
