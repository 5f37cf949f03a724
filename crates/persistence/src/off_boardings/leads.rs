//! The leads of an off-boarding, frozen, and the steps through them.

use evenhand_domain::ids::{AssignmentId, LeadId, OffBoardingId, OrganizationId, UserId};
use evenhand_domain::off_boarding::{LeadStep, LeadsActionKind};
use evenhand_domain::permission::{Grant, ManageUsers};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::ownership::Place;
use crate::rows::{Kind, Rows};
use crate::{Read, Result, Tx};

/// Rows of one statement: its text has a limit on SQLite.
const ROWS: usize = 10_000;

/// Freezes these leads, each with the assignment by which it is to be recognised.
///
/// # Errors
/// When the database fails.
pub async fn freeze(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    id: OffBoardingId,
    leads: &[(LeadId, AssignmentId)],
) -> Result<()> {
    for leads in leads.chunks(ROWS) {
        let mut rows = Rows::new([
            ("organization_id", Kind::Uuid),
            ("off_boarding_id", Kind::Uuid),
            ("lead_id", Kind::Uuid),
            ("assignment_id", Kind::Uuid),
            ("step", Kind::Int),
        ]);
        for (lead, assignment) in leads {
            rows.push([
                grant.organization_id().into(),
                id.uuid().into(),
                (*lead).into(),
                (*assignment).into(),
                LeadStep::Waiting.code().into(),
            ]);
        }
        let db = tx.db();
        let sql = format!(
            "{} INSERT INTO off_boarding_leads (organization_id, off_boarding_id, lead_id, \
             assignment_id, step, group_id, team_id, rotation_id) \
             SELECT i.organization_id, i.off_boarding_id, i.lead_id, i.assignment_id, i.step, \
             l.group_id, l.team_id, l.rotation_id FROM input i JOIN leads l \
             ON l.organization_id = i.organization_id AND l.id = i.lead_id",
            rows.input(db.dialect),
        );
        db.execute(&sql, rows.into_values(db.dialect)).await?;
    }
    Ok(())
}

/// Freezes, for the way back of a user, whatever their off-boardings that are not closed have
/// moved: how many leads those are.
///
/// # Errors
/// When the database fails.
pub async fn freeze_way_back(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    id: OffBoardingId,
    user: UserId,
) -> Result<u64> {
    let sql = format!(
        "INSERT INTO off_boarding_leads (organization_id, off_boarding_id, lead_id, \
         assignment_id, step, group_id, team_id, rotation_id) \
         SELECT f.organization_id, $3, f.lead_id, f.made_assignment_id, {waiting}, f.group_id, \
         f.team_id, f.rotation_id FROM off_boardings o JOIN off_boarding_leads f \
         ON f.organization_id = o.organization_id AND f.off_boarding_id = o.id \
         WHERE o.organization_id = $1 AND o.user_id = $2 AND o.closed_at IS NULL \
         AND o.action <> {give_back} AND f.step IN ({moved}, {unassigned})",
        waiting = LeadStep::Waiting.code(),
        moved = LeadStep::Moved.code(),
        unassigned = LeadStep::Unassigned.code(),
        give_back = LeadsActionKind::GiveBack.code(),
    );
    let values = [grant.organization_id().uuid().into(), user.uuid().into(), id.uuid().into()];
    tx.db().execute(&sql, values).await
}

/// A lead that an off-boarding has still to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrozenLead {
    /// The lead.
    pub id: LeadId,
    /// The assignment it must have still.
    pub assignment_id: AssignmentId,
    /// Where it rested when the user had it.
    pub place: Place,
}

#[derive(FromQueryResult)]
struct FrozenRow {
    lead_id: Uuid,
    assignment_id: Uuid,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
    rotation_id: Option<Uuid>,
}

/// The next leads of a locked off-boarding, at most `limit`, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn next(
    tx: &mut Tx,
    organization_id: OrganizationId,
    id: OffBoardingId,
    limit: usize,
) -> Result<Vec<FrozenLead>> {
    let sql = format!(
        "SELECT lead_id, assignment_id, group_id, team_id, rotation_id FROM off_boarding_leads \
         WHERE organization_id = $1 AND off_boarding_id = $2 AND step = {} \
         ORDER BY lead_id LIMIT {limit}",
        LeadStep::Waiting.code(),
    );
    let values = [organization_id.uuid().into(), Value::from(id.uuid())];
    let rows: Vec<FrozenRow> = tx.db().all(&sql, values).await?;
    let frozen = rows.into_iter().map(|row| FrozenLead {
        id: row.lead_id.into(),
        assignment_id: row.assignment_id.into(),
        place: Place {
            group_id: row.group_id.map(Into::into),
            team_id: row.team_id.map(Into::into),
            rotation_id: row.rotation_id.map(Into::into),
        },
    });
    Ok(frozen.collect())
}

/// What became of a frozen lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepTaken {
    /// The lead.
    pub lead_id: LeadId,
    /// What.
    pub step: LeadStep,
    /// The assignment that it has by this.
    pub made: Option<AssignmentId>,
}

/// Notes what became of leads of a locked off-boarding.
///
/// # Errors
/// When the database fails.
pub async fn take(
    tx: &mut Tx,
    organization_id: OrganizationId,
    id: OffBoardingId,
    steps: &[StepTaken],
) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("off_boarding_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("step", Kind::Int),
        ("made_assignment_id", Kind::Uuid),
    ]);
    for taken in steps {
        rows.push([
            organization_id.into(),
            id.uuid().into(),
            taken.lead_id.into(),
            taken.step.code().into(),
            taken.made.into(),
        ]);
    }
    let db = tx.db();
    let sql = format!(
        "{} UPDATE off_boarding_leads SET step = i.step, \
         made_assignment_id = i.made_assignment_id FROM input i \
         WHERE off_boarding_leads.organization_id = i.organization_id \
         AND off_boarding_leads.off_boarding_id = i.off_boarding_id \
         AND off_boarding_leads.lead_id = i.lead_id",
        rows.input(db.dialect),
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}
