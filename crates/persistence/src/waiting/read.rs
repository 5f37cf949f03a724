//! Waiting lists as people see them.

use std::collections::{BTreeSet, HashMap};

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{AssignmentId, LeadId, OrganizationId, RotationId};
use evenhand_domain::lead::{Assignment, PassedOn, UnassignedReason};
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{Action, Grant};
use evenhand_domain::waiting::next_chance;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::leads::OnLeads;
use crate::leads::rows::{ASSIGNMENT_COLUMNS, ASSIGNMENT_USERS, AssignmentRow, assignment, dealt};
use crate::{Error, Read, Result, rotations};

/// A lead on a waiting list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingLead {
    /// The lead.
    pub lead_id: LeadId,
    /// Its position: they are dealt in ascending order.
    pub position: u64,
    /// Why it could not be dealt when it came.
    pub reason: UnassignedReason,
    /// Since when it waits.
    pub since: Timestamp,
}

#[derive(FromQueryResult)]
struct WaitingRow {
    lead_id: Uuid,
    position: i64,
    reason: Option<i16>,
    decided_at: i64,
}

/// The leads that wait for a rotation of the grant's organization, first in, first out. By their ids
/// alone: what a lead says is for who sees it.
///
/// # Errors
/// When the database fails.
pub async fn list<A: Action>(
    db: &impl Read,
    grant: &Grant<A>,
    rotation_id: RotationId,
    page: &PageRequest,
) -> Result<Page<WaitingLead>> {
    let sql = format!(
        "SELECT w.lead_id, w.position, a.reason, a.decided_at FROM waiting_leads w \
         JOIN assignments a ON a.organization_id = w.organization_id AND a.lead_id = w.lead_id \
         AND a.id = w.assignment_id \
         WHERE w.organization_id = $1 AND w.rotation_id = $2 AND w.position > $3 \
         ORDER BY w.position LIMIT {}",
        page.probe()
    );
    let after = page.after.map_or(0, position);
    let values = [
        Value::from(grant.organization_id().uuid()),
        Value::from(rotation_id.uuid()),
        Value::from(i64::try_from(after).unwrap_or(i64::MAX)),
    ];
    let rows: Vec<WaitingRow> = db.db().all(&sql, values).await?;
    let leads = rows.into_iter().map(waiting_lead).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_probe(leads, page, |lead| key(lead.position)))
}

fn waiting_lead(row: WaitingRow) -> Result<WaitingLead> {
    let reason = row.reason.and_then(UnassignedReason::from_code);
    Ok(WaitingLead {
        lead_id: row.lead_id.into(),
        position: row.position.unsigned_abs(),
        reason: reason.ok_or_else(|| Error::corrupt("why a lead waits"))?,
        since: Timestamp::from_micros(row.decided_at),
    })
}

/// Pages go on behind a position, whether the lead that had it still waits or not.
fn key(position: u64) -> Uuid {
    Uuid::from_u64_pair(0, position)
}

fn position(key: Uuid) -> u64 {
    key.as_u64_pair().1
}

/// Fills in when the leads that wait by these decisions will be tried again, from how their
/// rotations stand at `now`.
///
/// # Errors
/// When the database fails.
pub async fn foresee<A: OnLeads>(
    db: &impl Read,
    grant: &Grant<A>,
    decisions: impl IntoIterator<Item = &mut Assignment>,
    now: Timestamp,
) -> Result<()> {
    let decisions = decisions.into_iter();
    let mut waiting: Vec<_> = decisions.filter_map(|it| it.waiting.as_mut()).collect();
    let rotations: BTreeSet<RotationId> = waiting.iter().map(|it| it.rotation_id).collect();
    let chances = chances(db, grant.organization_id(), &rotations, now).await?;
    for waiting in &mut waiting {
        waiting.next_attempt_at = chances.get(&waiting.rotation_id).copied().flatten();
    }
    Ok(())
}

async fn chances(
    db: &impl Read,
    organization_id: OrganizationId,
    of: &BTreeSet<RotationId>,
    now: Timestamp,
) -> Result<HashMap<RotationId, Option<Timestamp>>> {
    let of: Vec<RotationId> = of.iter().copied().collect();
    let rotations = rotations::snapshot(db, organization_id, &of).await?;
    let chance = |rotation: &rotations::Rotation| {
        (rotation.state.id, next_chance(&rotation.state, &rotation.zone, now))
    };
    Ok(rotations.iter().map(chance).collect())
}

/// The latest decision on a lead of the grant's organization that the caller has decided on in
/// this transaction.
///
/// # Errors
/// When the database fails.
pub async fn latest<A: Action>(
    db: &impl Read,
    grant: &Grant<A>,
    lead: LeadId,
) -> Result<Option<Assignment>> {
    let sql = format!(
        "SELECT {ASSIGNMENT_COLUMNS} FROM leads l JOIN assignments a \
         ON a.organization_id = l.organization_id AND a.lead_id = l.id \
         AND a.id = l.assignment_id {ASSIGNMENT_USERS} \
         WHERE l.organization_id = $1 AND l.id = $2"
    );
    let values = [Value::from(grant.organization_id().uuid()), Value::from(lead.uuid())];
    let row: Option<AssignmentRow> = db.db().one(&sql, values).await?;
    row.map(assignment).transpose()
}

#[derive(FromQueryResult)]
struct StepRow {
    assignment_id: Uuid,
    rotation_id: Uuid,
    entry: i64,
    ledger_hash: Vec<u8>,
    reason: i16,
    decided_at: i64,
}

/// The decisions that passed a lead on, by the decision that each led to. Whether the caller sees
/// the lead is known.
pub(crate) async fn steps<A: OnLeads>(
    db: &impl Read,
    grant: &Grant<A>,
    lead: LeadId,
) -> Result<HashMap<AssignmentId, Vec<PassedOn>>> {
    let sql = "SELECT assignment_id, rotation_id, entry, ledger_hash, reason, decided_at \
               FROM assignment_steps WHERE organization_id = $1 AND lead_id = $2 \
               ORDER BY assignment_id, step";
    let values = [Value::from(grant.organization_id().uuid()), Value::from(lead.uuid())];
    let rows: Vec<StepRow> = db.db().all(sql, values).await?;
    let mut steps: HashMap<AssignmentId, Vec<PassedOn>> = HashMap::new();
    for row in rows {
        steps.entry(row.assignment_id.into()).or_default().push(step(row)?);
    }
    Ok(steps)
}

fn step(row: StepRow) -> Result<PassedOn> {
    let reason = UnassignedReason::from_code(row.reason);
    let dealt = dealt(Some(row.rotation_id), Some(row.entry), None, Some(row.ledger_hash))?;
    Ok(PassedOn {
        dealt: dealt.ok_or_else(|| Error::corrupt("a decision that passed a lead on"))?,
        reason: reason.ok_or_else(|| Error::corrupt("why a lead was passed on"))?,
        at: Timestamp::from_micros(row.decided_at),
    })
}
