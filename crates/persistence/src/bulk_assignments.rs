//! Assignments of many leads at once, kept with what each lead was before.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{AssignmentId, BulkAssignmentId, LeadId, OrganizationId, UserId};
use evenhand_domain::permission::{AssignLeads, Grant, LeadScope, Subject};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::ownership::Place;
use crate::rows::{Kind, Rows};
use crate::{Read, Result, Tx};

/// A lead that was moved, and how it stood before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkLead {
    /// The lead.
    pub lead_id: LeadId,
    /// The assignment that was made.
    pub assignment_id: AssignmentId,
    /// Whose it was.
    pub owner: Option<UserId>,
    /// Where it rested.
    pub place: Place,
}

/// Keeps what was moved.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    grant: &Grant<AssignLeads>,
    id: BulkAssignmentId,
    leads: &[BulkLead],
    now: Timestamp,
) -> Result<()> {
    let (user, key) = match grant.subject() {
        Subject::User { id, .. } => (Some(id.uuid()), None),
        Subject::ApiKey { id, .. } => (None, Some(id.uuid())),
    };
    let sql = "INSERT INTO bulk_assignments (organization_id, id, made_by_user_id, \
               made_by_api_key_id, made_at) VALUES ($1, $2, $3, $4, $5)";
    let organization_id = grant.organization_id();
    let values: [Value; 5] = [
        organization_id.uuid().into(),
        id.uuid().into(),
        user.into(),
        key.into(),
        now.micros().into(),
    ];
    tx.db().execute(sql, values).await?;
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("bulk_assignment_id", Kind::Uuid),
        ("position", Kind::Int),
        ("lead_id", Kind::Uuid),
        ("assignment_id", Kind::Uuid),
        ("owner_id", Kind::Uuid),
        ("group_id", Kind::Uuid),
        ("team_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
    ]);
    for (position, lead) in (1_i64..).zip(leads) {
        rows.push([
            organization_id.into(),
            id.uuid().into(),
            position.into(),
            lead.lead_id.into(),
            lead.assignment_id.into(),
            lead.owner.into(),
            lead.place.group_id.into(),
            lead.place.team_id.into(),
            lead.place.rotation_id.into(),
        ]);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    db.insert(rows, "bulk_assignment_leads", "").await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct BulkRow {
    undone_at: Option<i64>,
}

/// Locks a bulk assignment that the caller made, or that anybody made where they see every lead:
/// whether it has been taken back. `None` when there is none of these.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    tx: &mut Tx,
    grant: &Grant<AssignLeads>,
    id: BulkAssignmentId,
) -> Result<Option<bool>> {
    let mut values: Vec<Value> = vec![grant.organization_id().uuid().into(), id.uuid().into()];
    let own = if grant.scope().leads == LeadScope::Everything {
        ""
    } else {
        let (column, maker) = match grant.subject() {
            Subject::User { id, .. } => ("made_by_user_id", id.uuid()),
            Subject::ApiKey { id, .. } => ("made_by_api_key_id", id.uuid()),
        };
        values.push(maker.into());
        if column == "made_by_user_id" {
            "AND made_by_user_id = $3"
        } else {
            "AND made_by_api_key_id = $3"
        }
    };
    let db = tx.db();
    let sql = format!(
        "SELECT undone_at FROM bulk_assignments WHERE organization_id = $1 AND id = $2 {own} {}",
        db.dialect.pick("FOR UPDATE", ""),
    );
    let row: Option<BulkRow> = db.one(&sql, values).await?;
    Ok(row.map(|row| row.undone_at.is_some()))
}

#[derive(FromQueryResult)]
struct LeadRow {
    lead_id: Uuid,
    assignment_id: Uuid,
    owner_id: Option<Uuid>,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
    rotation_id: Option<Uuid>,
}

/// What a bulk assignment moved, in the order in which it did.
///
/// # Errors
/// When the database fails.
pub async fn leads(
    db: &impl Read,
    grant: &Grant<AssignLeads>,
    id: BulkAssignmentId,
) -> Result<Vec<BulkLead>> {
    let sql = "SELECT lead_id, assignment_id, owner_id, group_id, team_id, rotation_id \
               FROM bulk_assignment_leads WHERE organization_id = $1 \
               AND bulk_assignment_id = $2 ORDER BY position";
    let values = [grant.organization_id().uuid().into(), id.uuid().into()];
    let rows: Vec<LeadRow> = db.db().all(sql, values).await?;
    let leads = rows.into_iter().map(|row| BulkLead {
        lead_id: row.lead_id.into(),
        assignment_id: row.assignment_id.into(),
        owner: row.owner_id.map(Into::into),
        place: Place {
            group_id: row.group_id.map(Into::into),
            team_id: row.team_id.map(Into::into),
            rotation_id: row.rotation_id.map(Into::into),
        },
    });
    Ok(leads.collect())
}

/// Notes that a bulk assignment was taken back.
///
/// # Errors
/// When the database fails.
pub async fn set_undone(
    tx: &mut Tx,
    organization_id: OrganizationId,
    id: BulkAssignmentId,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE bulk_assignments SET undone_at = $3 WHERE organization_id = $1 AND id = $2";
    let values = [organization_id.uuid().into(), id.uuid().into(), now.micros().into()];
    tx.db().execute(sql, values).await?;
    Ok(())
}
