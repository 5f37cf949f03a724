//! Somebody's membership of rotations, whoever changes it: an entry of each ledger, under each
//! rotation's lock.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::distribution::{MAX_MEMBERS, MemberChange};
use evenhand_domain::error::Error;
use evenhand_domain::ids::{RotationId, UserId};
use evenhand_domain::rotation::{ChangeError, Joining, LedgerEntry, Member, MemberSettings, Pause};
use evenhand_persistence::rotations::{self, Rotation, RotationEntry};
use evenhand_persistence::{Error as StoreError, Tx};
use serde_json::{Value, json};

use crate::distribution;

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
/// while they are out of all rotations; whether they joined. Nothing happens where they are a member
/// already, or where the rotation has as many as it may. That they may be dealt to is the caller's to
/// know, who has locked them.
pub(crate) async fn join(
    tx: &mut Tx,
    rotation: &mut Rotation,
    user: UserId,
    settings: MemberSettings,
    now: Timestamp,
) -> Result<bool, Error> {
    let is_full = rotation.state.members.len() >= MAX_MEMBERS;
    if is_full || rotation.state.member(user).is_some() {
        return Ok(false);
    }
    let known = rotations::joining(tx, rotation, &[user], now).await?;
    let Joining { count, away } = known.get(&user).copied().unwrap_or_default();
    let moment = rotation.moment(now);
    let state = &mut rotation.state;
    let mut entries = vec![state.add_member(user, settings, count, moment).map_err(impossible)?];
    entries.extend(state.set_away(user, away, moment).map_err(impossible)?);
    save_members(tx, rotation, entries).await?;
    Ok(true)
}

/// Makes `order` the members of a locked rotation, in turn order; whether that changed anything. Who
/// stays keeps settings and counts. That they may be dealt to is the caller's to know, who has locked
/// them.
///
/// # Errors
/// [`Error::Invalid`] at `/user_ids/{index}` for somebody who is named twice.
pub(crate) async fn replace(
    tx: &mut Tx,
    rotation: &mut Rotation,
    order: &[UserId],
    now: Timestamp,
) -> Result<bool, Error> {
    let joining = rotations::joining(tx, rotation, order, now).await?;
    let joining = |user: UserId| joining.get(&user).copied().unwrap_or_default();
    let moment = rotation.moment(now);
    let entries = rotation.state.replace_members(order, joining, moment);
    let entries = entries.map_err(|error| match error {
        ChangeError::NamedTwice(user) => {
            let index = order.iter().rposition(|named| *named == user).unwrap_or(0);
            Error::invalid(format!("/user_ids/{index}"), "duplicate", "named twice")
        }
        other => impossible(other),
    })?;
    let changed = !entries.is_empty();
    if changed {
        save_members(tx, rotation, entries).await?;
    }
    Ok(changed)
}

/// Changes what is set for a member of a locked rotation: the settings before and after; `None` when
/// they are these already.
pub(crate) async fn set_member(
    tx: &mut Tx,
    rotation: &mut Rotation,
    before: &Member,
    change: MemberChange,
    now: Timestamp,
) -> Result<Option<(Value, Value)>, Error> {
    let after = change.apply(before.settings);
    let moment = rotation.moment(now);
    let entry = rotation.state.set_member(before.user_id, after, moment).map_err(impossible)?;
    let Some(entry) = entry else { return Ok(None) };
    save_members(tx, rotation, vec![entry]).await?;
    Ok(Some((settings_data(&before.settings), settings_data(&after))))
}

fn settings_data(settings: &MemberSettings) -> Value {
    let limits = json!({"daily_limit": settings.daily_limit,
        "monthly_limit": settings.monthly_limit, "weight": settings.weight});
    distribution::with(limits, pause_data(settings.pause))
}

/// A pause as events tell of it.
pub(crate) fn pause_data(pause: Pause) -> Value {
    match pause {
        Pause::No => json!({"paused": false, "paused_until": null}),
        Pause::Indefinite => json!({"paused": true, "paused_until": null}),
        Pause::Until(end) => json!({"paused": true, "paused_until": end.to_rfc3339()}),
    }
}

async fn save_members(
    tx: &mut Tx,
    rotation: &mut Rotation,
    entries: Vec<LedgerEntry>,
) -> Result<(), Error> {
    rotations::replace_members(tx, &rotation.state).await?;
    Ok(record(tx, rotation, entries).await?)
}

/// Writes entries and the position that a rotation has after them.
pub(crate) async fn record(
    tx: &mut Tx,
    rotation: &mut Rotation,
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
