//! Tasks that go with the leads of a user who leaves, and come back with them.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, OffBoardingId, OrganizationId, TaskId, UserId};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::{Read, Result, Tx};

/// A task that has another assignee now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedTask {
    /// Its lead.
    pub lead_id: LeadId,
    /// It.
    pub id: TaskId,
    /// Who is to do it.
    pub to: UserId,
}

#[derive(FromQueryResult)]
struct MovedRow {
    lead_id: Uuid,
    id: Uuid,
    assignee_id: Uuid,
}

impl From<MovedRow> for MovedTask {
    fn from(row: MovedRow) -> Self {
        let MovedRow { lead_id, id, assignee_id } = row;
        Self { lead_id: lead_id.into(), id: id.into(), to: assignee_id.into() }
    }
}

/// Gives the open tasks of `user` on locked leads, each with its new owner, to those owners, who are
/// locked or have been dealt the lead.
///
/// # Errors
/// When the database fails.
pub async fn follow(
    tx: &mut Tx,
    organization_id: OrganizationId,
    off_boarding: OffBoardingId,
    user: UserId,
    leads: &[(LeadId, UserId)],
    now: Timestamp,
) -> Result<Vec<MovedTask>> {
    if leads.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = Rows::new([
        ("of_organization", Kind::Uuid),
        ("of_lead", Kind::Uuid),
        ("of_user", Kind::Uuid),
        ("to_user", Kind::Uuid),
        ("by_off_boarding", Kind::Uuid),
        ("at", Kind::Int),
    ]);
    for (lead, owner) in leads {
        rows.push([
            organization_id.into(),
            (*lead).into(),
            user.into(),
            (*owner).into(),
            off_boarding.uuid().into(),
            now.micros().into(),
        ]);
    }
    let db = tx.db();
    let sql = format!(
        "{} UPDATE lead_tasks SET assignee_id = i.to_user, off_boarding_id = i.by_off_boarding, \
         version = lead_tasks.version + 1, updated_at = i.at FROM input i \
         WHERE lead_tasks.organization_id = i.of_organization AND lead_tasks.lead_id = i.of_lead \
         AND lead_tasks.assignee_id = i.of_user AND lead_tasks.done_at IS NULL \
         RETURNING lead_id, id, assignee_id",
        rows.input(db.dialect)
    );
    let moved: Vec<MovedRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    Ok(moved.into_iter().map(MovedTask::from).collect())
}

/// Gives `user` back their open tasks on locked leads that are theirs again: those that the
/// off-boardings of theirs that were closed at `closed_at` took, and that nobody has given away since.
///
/// # Errors
/// When the database fails.
pub async fn give_back(
    tx: &mut Tx,
    organization_id: OrganizationId,
    user: UserId,
    closed_at: Timestamp,
    leads: &[LeadId],
    now: Timestamp,
) -> Result<Vec<MovedTask>> {
    if leads.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = Rows::new([
        ("of_organization", Kind::Uuid),
        ("of_lead", Kind::Uuid),
        ("to_user", Kind::Uuid),
        ("closing", Kind::Int),
        ("at", Kind::Int),
    ]);
    for lead in leads {
        rows.push([
            organization_id.into(),
            (*lead).into(),
            user.into(),
            closed_at.micros().into(),
            now.micros().into(),
        ]);
    }
    let db = tx.db();
    let sql = format!(
        "{} UPDATE lead_tasks SET assignee_id = i.to_user, off_boarding_id = NULL, \
         version = lead_tasks.version + 1, updated_at = i.at FROM input i \
         WHERE lead_tasks.organization_id = i.of_organization AND lead_tasks.lead_id = i.of_lead \
         AND lead_tasks.done_at IS NULL AND lead_tasks.off_boarding_id IN (\
         SELECT o.id FROM off_boardings o WHERE o.organization_id = i.of_organization \
         AND o.user_id = i.to_user AND o.closed_at = i.closing) \
         RETURNING lead_id, id, assignee_id",
        rows.input(db.dialect)
    );
    let moved: Vec<MovedRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    Ok(moved.into_iter().map(MovedTask::from).collect())
}
