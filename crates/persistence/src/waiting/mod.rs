//! Waiting lists: leads without an owner that a rotation deals as soon as somebody is eligible, and
//! decisions that passed a lead on. A lead waits if it has a row in `waiting_leads`, and that is the
//! only place that says so.
//!
//! A lead joins a list under the rotation's lock and its own, and leaves it under its own. Whoever
//! gives an owner to one that others wait with has the rotation locked as well, so that none comes to
//! wait with it unnoticed.

mod joined;
mod read;

use evenhand_domain::ids::{AssignmentId, LeadId, OrganizationId, RotationId};
use evenhand_domain::lead::{PassedOn, Waiting};
use evenhand_domain::user::UserStatus;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

pub use joined::{Joins, following, have_following, waited_for};
pub(crate) use read::steps;
pub use read::{WaitingLead, foresee, latest, list};

use crate::rows::{Kind, Rows};
use crate::{Error, Read, Result, Tx};

/// A decision on a lead.
pub(crate) type Decision = (OrganizationId, LeadId, AssignmentId);

/// Puts leads on waiting lists, at the positions given, each with the lead that it joins.
pub(crate) async fn join(
    tx: &mut Tx,
    joining: impl IntoIterator<Item = (Decision, Waiting, Option<LeadId>)>,
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("position", Kind::Int),
        ("lead_id", Kind::Uuid),
        ("assignment_id", Kind::Uuid),
        ("joins", Kind::Uuid),
    ]);
    for ((organization_id, lead, assignment), waiting, joins) in joining {
        rows.push([
            organization_id.into(),
            waiting.rotation_id.into(),
            waiting.position.into(),
            lead.into(),
            assignment.into(),
            joins.into(),
        ]);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    db.insert(rows, "waiting_leads", "").await?;
    Ok(())
}

/// Takes leads off whatever waiting lists they are on. They are locked.
pub(crate) async fn leave(
    tx: &mut Tx,
    organization_id: OrganizationId,
    leads: impl IntoIterator<Item = LeadId>,
) -> Result<()> {
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("lead_id", Kind::Uuid)]);
    leads.into_iter().for_each(|lead| rows.push([organization_id.into(), lead.into()]));
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    let sql = format!(
        "{} DELETE FROM waiting_leads WHERE (organization_id, lead_id) IN \
         (SELECT organization_id, lead_id FROM input)",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Stores the decisions that passed leads on before the one that stands, each lead's in order.
pub(crate) async fn insert_steps<'a>(
    tx: &mut Tx,
    passed_on: impl IntoIterator<Item = (Decision, &'a [PassedOn])>,
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("assignment_id", Kind::Uuid),
        ("step", Kind::Int),
        ("rotation_id", Kind::Uuid),
        ("entry", Kind::Int),
        ("ledger_hash", Kind::Bytes),
        ("reason", Kind::Int),
        ("decided_at", Kind::Int),
    ]);
    for ((organization_id, lead, assignment), steps) in passed_on {
        for (step, PassedOn { dealt, reason, at }) in (1_i64..).zip(steps) {
            rows.push([
                organization_id.into(),
                lead.into(),
                assignment.into(),
                step.into(),
                dealt.rotation_id.into(),
                dealt.entry.into(),
                (*dealt.hash.bytes()).into(),
                reason.code().into(),
                at.micros().into(),
            ]);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    db.insert(rows, "assignment_steps", "").await?;
    Ok(())
}

/// A lead on a waiting list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiter {
    /// The lead.
    pub lead_id: LeadId,
    /// The earlier lead of the same person that it waits with.
    pub joins: Option<Joins>,
}

#[derive(FromQueryResult)]
struct LeadRow {
    lead_id: Uuid,
    joins: Option<Uuid>,
    owned: bool,
}

/// Up to `limit` leads that wait longest for a rotation, in the order in which they are to be dealt.
/// The rotation is locked, so none joins them; one may leave until it is locked itself.
///
/// # Errors
/// When the database fails.
pub async fn first(
    db: &impl Read,
    (organization_id, rotation_id): (OrganizationId, RotationId),
    limit: usize,
) -> Result<Vec<Waiter>> {
    let sql = format!(
        "SELECT w.lead_id, w.joins, u.id IS NOT NULL AS owned FROM waiting_leads w \
         LEFT JOIN leads e ON e.organization_id = w.organization_id AND e.id = w.joins \
         LEFT JOIN users u ON u.organization_id = e.organization_id AND u.id = e.owner_id \
         AND u.status = {} WHERE w.organization_id = $1 AND w.rotation_id = $2 \
         ORDER BY w.position LIMIT $3",
        UserStatus::Active.code()
    );
    let values = [
        Value::from(organization_id.uuid()),
        Value::from(rotation_id.uuid()),
        Value::from(i64::try_from(limit).unwrap_or(i64::MAX)),
    ];
    let rows: Vec<LeadRow> = db.db().all(&sql, values).await?;
    let waiter = |row: LeadRow| Waiter {
        lead_id: row.lead_id.into(),
        joins: row.joins.map(|lead| Joins { lead_id: lead.into(), is_owned: row.owned }),
    };
    Ok(rows.into_iter().map(waiter).collect())
}

#[derive(FromQueryResult)]
struct CountRow {
    count: i64,
}

/// How many leads wait for a rotation.
///
/// # Errors
/// When the database fails.
pub async fn count(
    db: &impl Read,
    organization_id: OrganizationId,
    rotation_id: RotationId,
) -> Result<u64> {
    let sql = "SELECT count(*) AS count FROM waiting_leads \
               WHERE organization_id = $1 AND rotation_id = $2";
    let values = [Value::from(organization_id.uuid()), Value::from(rotation_id.uuid())];
    let row: Option<CountRow> = db.db().one(sql, values).await?;
    let row = row.ok_or_else(|| Error::corrupt("a count"))?;
    Ok(row.count.unsigned_abs())
}
