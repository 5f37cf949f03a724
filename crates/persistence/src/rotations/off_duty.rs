//! What rotations see of their members' working hours, and until when it holds.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{RotationId, UserId};
use evenhand_domain::rotation::{OffDuty, RotationState};
use evenhand_domain::waiting::next_chance;

use super::{Rotation, RotationEntry, write};
use crate::rows::{Kind, Rows};
use crate::{Read, Result, Tx, Writes, availability};

impl Rotation {
    /// Whether what was seen of the members' working hours may not hold any more at `now`.
    #[must_use]
    pub fn has_to_look(&self, now: Timestamp) -> bool {
        // Its time never runs backwards.
        let at = now.max(self.state.last_at);
        self.state.policy.respects_availability
            && self.availability_until.is_none_or(|until| until <= at)
    }

    /// Until when what was seen of the members' working hours holds; `None` = it has to look.
    #[must_use]
    pub const fn availability_until(&self) -> Option<Timestamp> {
        self.availability_until
    }

    /// What it saw does not hold any more, for its members or its policy are others.
    pub const fn has_to_look_again(&mut self) {
        self.availability_until = None;
    }

    /// It has looked: what it saw holds until then.
    pub const fn has_looked(&mut self, until: Timestamp) {
        self.availability_until = Some(until);
    }
}

/// The state in which a decision at `now` would find the rotation. What it would see of working
/// hours is not recorded: the number and the hash of the last entry are not those of `rotation`.
///
/// # Errors
/// When the database fails.
pub async fn foreseen(
    db: &impl Read,
    rotation: &Rotation,
    now: Timestamp,
) -> Result<RotationState> {
    if !rotation.has_to_look(now) {
        return Ok(rotation.state.clone());
    }
    let times = availability::of_members(db, &[rotation.key()]).await?;
    let times = times.get(&rotation.state.organization_id);
    let foreseen = times.map(|times| times.foreseen(&rotation.state, rotation.moment(now)));
    Ok(foreseen.unwrap_or_else(|| rotation.state.clone()))
}

/// When leads that wait for these rotations may be dealt, from how they stand at `now`; `None` = not
/// by itself.
///
/// # Errors
/// When the database fails.
pub async fn next_chances(
    db: &impl Read,
    rotations: &[&Rotation],
    now: Timestamp,
) -> Result<HashMap<RotationId, Option<Timestamp>>> {
    let respecting = rotations.iter().filter(|it| it.state.policy.respects_availability);
    let respecting: Vec<_> = respecting.map(|rotation| rotation.key()).collect();
    let times = availability::of_members(db, &respecting).await?;
    let chance = |rotation: &&Rotation| {
        let state = &rotation.state;
        let times = times.get(&state.organization_id);
        (state.id, next_chance(state, &rotation.zone, times, now))
    };
    Ok(rotations.iter().map(chance).collect())
}

/// Makes these rotations, locked, look at their members' working hours before the next lead. Those
/// that wait for them are due to be tried again.
///
/// # Errors
/// When the database fails.
pub async fn look_again(tx: &mut Tx, rotations: &[Rotation]) -> Result<()> {
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    for rotation in rotations.iter().filter(|it| it.state.policy.respects_availability) {
        let (organization_id, id) = rotation.key();
        rows.push([organization_id.into(), id.into()]);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    // 0 = at once.
    let sql = format!(
        "{} UPDATE rotations SET availability_until = NULL, next_attempt_at = \
         CASE WHEN rotations.waiting THEN 0 ELSE rotations.next_attempt_at END FROM input i \
         WHERE rotations.organization_id = i.organization_id AND rotations.id = i.id",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    tx.wake_dealing();
    Ok(())
}

/// Writes what locked rotations saw, all of which have looked, with the entries that tell of it.
///
/// # Errors
/// When the database fails.
pub async fn save_looks(
    tx: &mut Tx,
    rotations: &mut [&mut Rotation],
    entries: Vec<RotationEntry>,
) -> Result<()> {
    if !entries.is_empty() {
        let states: Vec<&Rotation> = rotations.iter().map(|rotation| &**rotation).collect();
        let mut writes = Writes::of(tx);
        save_members(&mut writes, &states);
        writes.run(tx).await?;
        write::save(tx, rotations.iter_mut().map(|rotation| &mut **rotation), entries).await?;
    }
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("availability_until", Kind::Int),
    ]);
    for rotation in rotations {
        let (organization_id, id) = rotation.key();
        let until = rotation.availability_until.map(Timestamp::micros);
        rows.push([organization_id.into(), id.into(), until.into()]);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    let sql = format!(
        "{} UPDATE rotations SET availability_until = i.availability_until FROM input i \
         WHERE rotations.organization_id = i.organization_id AND rotations.id = i.id",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Writes that nobody is off duty any more, of locked rotations that have ceased to respect it.
pub(super) fn save_cleared(writes: &mut Writes, rotations: &[&Rotation]) {
    let has_ceased = |rotation: &&&Rotation| {
        !rotation.state.policy.respects_availability
            && rotation.stored.iter().any(|member| member.off.is_some())
    };
    let ceased: Vec<&Rotation> = rotations.iter().filter(has_ceased).copied().collect();
    save_members(writes, &ceased);
}

fn save_members(writes: &mut Writes, rotations: &[&Rotation]) {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("off_reason", Kind::Int),
        ("off_until", Kind::Int),
    ]);
    for rotation in rotations {
        let (organization_id, rotation_id) = rotation.key();
        let stored: HashMap<UserId, Option<OffDuty>> =
            rotation.stored.iter().map(|member| (member.user_id, member.off)).collect();
        for member in &rotation.state.members {
            if stored.get(&member.user_id).copied().flatten() == member.off {
                continue;
            }
            rows.push([
                organization_id.into(),
                rotation_id.into(),
                member.user_id.into(),
                member.off.map(|off| i16::from(off.reason.code())).into(),
                member.off.and_then(|off| off.until).map(Timestamp::micros).into(),
            ]);
        }
    }
    writes.with(
        rows,
        "UPDATE rotation_members SET off_reason = i.off_reason, off_until = i.off_until \
         FROM input i WHERE rotation_members.organization_id = i.organization_id \
         AND rotation_members.rotation_id = i.rotation_id \
         AND rotation_members.user_id = i.user_id",
    );
}
