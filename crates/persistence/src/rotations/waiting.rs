//! What a rotation knows of its waiting list, and which lists are due to be tried again.

use std::time::Duration;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OrganizationId, RotationId};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::Rotation;
use super::read::{COLUMNS, Queueing, RotationRow, for_update, with_members};
use crate::rows::{Cell, Kind, Rows};
use crate::{Read, Result, Tx};

/// What a rotation knows of its waiting list, under its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WaitingList {
    /// Whether leads may wait: `false` is certain, `true` holds once the list was looked at, for
    /// who takes a lead off it does not have the rotation locked.
    pub has_leads: bool,
    last_position: u64,
    is_changed: bool,
    is_tried: bool,
}

impl WaitingList {
    pub(super) const fn stored(has_leads: bool, last_position: u64) -> Self {
        Self { has_leads, last_position, is_changed: false, is_tried: false }
    }

    /// The position of one more lead, behind all others.
    pub const fn append(&mut self) -> u64 {
        self.last_position = self.last_position.saturating_add(1);
        (self.has_leads, self.is_changed) = (true, true);
        self.last_position
    }

    /// Notes what was found on looking at the list, and that it was tried.
    pub const fn tried(&mut self, has_leads: bool) {
        (self.has_leads, self.is_changed, self.is_tried) = (has_leads, true, true);
    }

    /// Whether it was tried, so that leads may have left it.
    #[must_use]
    pub const fn is_tried(&self) -> bool {
        self.is_tried
    }

    /// Whether there is something to be written by [`save_waiting`].
    #[must_use]
    pub const fn is_changed(&self) -> bool {
        self.is_changed
    }
}

/// A rotation whose waiting list is to be tried, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Since when.
    pub due_at: Timestamp,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The rotation.
    pub rotation_id: RotationId,
}

/// Writes what changed of the waiting lists of locked rotations, each with when to try it again;
/// `None` = not by itself. Where that is now, the service's own work is woken.
///
/// # Errors
/// When the database fails.
pub async fn save_waiting<'a>(
    tx: &mut Tx,
    rotations: impl IntoIterator<Item = (&'a mut Rotation, Option<Timestamp>)>,
    now: Timestamp,
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("waiting", Kind::Flag),
        ("waiting_position", Kind::Int),
        ("next_attempt_at", Kind::Int),
        ("tried", Kind::Flag),
    ]);
    let mut is_due = false;
    for (rotation, next) in rotations {
        let (organization_id, id) = rotation.key();
        let list = &mut rotation.waiting;
        let was_tried = std::mem::take(&mut list.is_tried);
        list.is_changed = false;
        is_due |= next.is_some_and(|next| next <= now);
        rows.push([
            organization_id.into(),
            id.into(),
            list.has_leads.into(),
            list.last_position.into(),
            next.map_or(Cell::Null, |next| next.micros().into()),
            was_tried.into(),
        ]);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    // Whoever did not try the list does not put off an attempt that others asked for.
    let sql = format!(
        "{} UPDATE rotations SET waiting = i.waiting, waiting_position = i.waiting_position, \
         next_attempt_at = CASE WHEN NOT i.tried AND rotations.next_attempt_at \
         <= COALESCE(i.next_attempt_at, rotations.next_attempt_at) \
         THEN rotations.next_attempt_at ELSE i.next_attempt_at END FROM input i \
         WHERE rotations.organization_id = i.organization_id AND rotations.id = i.id",
        rows.input(db.dialect),
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    if is_due {
        tx.wake_dealing();
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct AttemptRow {
    next_attempt_at: i64,
    organization_id: Uuid,
    id: Uuid,
}

/// Up to `limit` rotations, whosever, whose waiting lists are due by `now`, those that are so for
/// longest first, behind `after`: for the service's own work. Only reads.
///
/// # Errors
/// When the database fails.
pub async fn due(
    db: &impl Read,
    now: Timestamp,
    after: Option<Attempt>,
    limit: u32,
) -> Result<Vec<Attempt>> {
    let sql = "SELECT next_attempt_at, organization_id, id FROM rotations \
               WHERE next_attempt_at <= $1 AND archived_at IS NULL \
               AND (next_attempt_at, organization_id, id) > ($2, $3, $4) \
               ORDER BY next_attempt_at, organization_id, id LIMIT $5";
    let (at, organization, id) = match after {
        Some(after) => (after.due_at, after.organization_id.uuid(), after.rotation_id.uuid()),
        None => (Timestamp::from_micros(i64::MIN), Uuid::nil(), Uuid::nil()),
    };
    let values = [
        now.micros().into(),
        at.micros().into(),
        organization.into(),
        id.into(),
        Value::from(i64::from(limit)),
    ];
    let rows: Vec<AttemptRow> = db.db().all(sql, values).await?;
    let attempt = |row: AttemptRow| Attempt {
        due_at: Timestamp::from_micros(row.next_attempt_at),
        organization_id: row.organization_id.into(),
        rotation_id: row.id.into(),
    };
    Ok(rows.into_iter().map(attempt).collect())
}

/// Locks a rotation in use that nobody else has locked, and reads it.
///
/// # Errors
/// When the database fails.
pub async fn lock_free(
    tx: &mut Tx,
    organization_id: OrganizationId,
    id: RotationId,
) -> Result<Option<Rotation>> {
    let db = tx.db();
    let sql = format!(
        "SELECT {COLUMNS} FROM rotations r WHERE r.organization_id = $1 AND r.id = $2 \
         AND r.archived_at IS NULL {}",
        for_update(db.dialect, Queueing::Skip),
    );
    let values = [Value::from(organization_id.uuid()), Value::from(id.uuid())];
    let locked: Vec<RotationRow> = db.all(&sql, values).await?;
    Ok(with_members(tx, locked, None).await?.into_iter().next())
}

/// Puts an attempt off: it failed, and would do so again.
///
/// # Errors
/// When the database fails.
pub async fn postpone(tx: &mut Tx, attempt: Attempt, by: Duration) -> Result<()> {
    let until = tx.now().await?.after(by);
    let sql = "UPDATE rotations SET next_attempt_at = $3 \
               WHERE organization_id = $1 AND id = $2 AND next_attempt_at IS NOT NULL";
    let values = [
        Value::from(attempt.organization_id.uuid()),
        Value::from(attempt.rotation_id.uuid()),
        Value::from(until.micros()),
    ];
    tx.db().execute(sql, values).await?;
    Ok(())
}
