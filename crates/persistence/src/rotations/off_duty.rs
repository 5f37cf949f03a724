//! What rotations see of their members' working hours, and until when it holds.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::{OffDuty, RotationState};

use super::Rotation;
use crate::rows::{Kind, Rows};
use crate::{Read, Result, Tx, availability};

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

    /// It has looked: what it saw holds until then.
    pub const fn has_looked(&mut self, until: Timestamp) {
        self.availability_until = Some(until);
        self.looked = true;
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
    let mut state = rotation.state.clone();
    if rotation.has_to_look(now) {
        let times = availability::of_members(db, &[rotation.key()]).await?;
        if let Some(times) = times.get(&state.organization_id) {
            let changes = times.observe(&state, now).changes;
            let _unrecorded = state.observe_off_duty(changes, rotation.moment(now));
        }
    }
    Ok(state)
}

/// Makes these rotations, locked, look at their members' working hours before the next lead.
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
    let sql = format!(
        "{} UPDATE rotations SET availability_until = NULL FROM input i \
         WHERE rotations.organization_id = i.organization_id AND rotations.id = i.id",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Writes what locked rotations saw, where they looked.
pub(super) async fn save(
    tx: &mut Tx,
    rotations: impl IntoIterator<Item = &Rotation> + Clone,
) -> Result<()> {
    save_members(tx, rotations.clone()).await?;
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("availability_until", Kind::Int),
    ]);
    for rotation in rotations.into_iter().filter(|rotation| rotation.looked) {
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

async fn save_members(tx: &mut Tx, rotations: impl IntoIterator<Item = &Rotation>) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("off_reason", Kind::Int),
        ("off_until", Kind::Int),
    ]);
    for rotation in rotations.into_iter().filter(|rotation| may_differ(rotation)) {
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
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    let sql = format!(
        "{} UPDATE rotation_members SET off_reason = i.off_reason, off_until = i.off_until \
         FROM input i WHERE rotation_members.organization_id = i.organization_id \
         AND rotation_members.rotation_id = i.rotation_id \
         AND rotation_members.user_id = i.user_id",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Who is off duty changes by a look, and where nobody is any more because it is no matter.
fn may_differ(rotation: &Rotation) -> bool {
    let respects = rotation.state.policy.respects_availability;
    rotation.looked || !respects && rotation.stored.iter().any(|member| member.off.is_some())
}
