//! Users who work on leads besides their owners: by lead in `lead_collaborators`, by user among the
//! ties. Whoever writes has the leads locked.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, OrganizationId, UserId};
use evenhand_domain::permission::LeadTie;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::{Read, Result, Tx};

/// A user who works on a lead besides its owner. Those of one lead come in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Collaborator {
    /// The lead.
    pub lead_id: LeadId,
    /// Since when.
    pub added_at: Timestamp,
    /// Who.
    pub user_id: UserId,
}

#[derive(FromQueryResult)]
struct Row {
    lead_id: Uuid,
    user_id: Uuid,
    added_at: i64,
}

impl From<Row> for Collaborator {
    fn from(row: Row) -> Self {
        Self {
            lead_id: row.lead_id.into(),
            added_at: Timestamp::from_micros(row.added_at),
            user_id: row.user_id.into(),
        }
    }
}

#[derive(FromQueryResult)]
struct LeadRow {
    lead_id: Uuid,
}

/// The collaborators of these leads, lead by lead.
///
/// # Errors
/// When the database fails.
pub async fn of(
    db: &impl Read,
    organization_id: OrganizationId,
    leads: &[LeadId],
) -> Result<Vec<Collaborator>> {
    let rows = keys(organization_id, leads);
    let db = db.db();
    let sql = format!(
        "{} SELECT c.lead_id, c.user_id, c.added_at FROM input i JOIN lead_collaborators c \
         ON c.organization_id = i.organization_id AND c.lead_id = i.lead_id",
        rows.input(db.dialect)
    );
    let rows: Vec<Row> = db.all(&sql, rows.into_values(db.dialect)).await?;
    let mut found: Vec<Collaborator> = rows.into_iter().map(Collaborator::from).collect();
    found.sort_unstable();
    Ok(found)
}

/// The first leads of the organization behind `after` that have collaborators, in the order of their
/// ids.
///
/// # Errors
/// When the database fails.
pub async fn shared(
    db: &impl Read,
    organization_id: OrganizationId,
    after: Option<LeadId>,
    limit: usize,
) -> Result<Vec<LeadId>> {
    let sql = format!(
        "SELECT DISTINCT lead_id FROM lead_collaborators \
         WHERE organization_id = $1 AND lead_id > $2 ORDER BY lead_id LIMIT {limit}"
    );
    let after = after.map_or(Uuid::nil(), LeadId::uuid);
    let values = [Value::from(organization_id.uuid()), after.into()];
    let rows: Vec<LeadRow> = db.db().all(&sql, values).await?;
    Ok(rows.into_iter().map(|row| row.lead_id.into()).collect())
}

/// The leads that a user works on besides their owners, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn of_user(
    db: &impl Read,
    organization_id: OrganizationId,
    user: UserId,
) -> Result<Vec<LeadId>> {
    let sql = "SELECT lead_id FROM lead_collaborators WHERE organization_id = $1 AND user_id = $2 \
               ORDER BY lead_id";
    let values = [Value::from(organization_id.uuid()), user.uuid().into()];
    let rows: Vec<LeadRow> = db.db().all(sql, values).await?;
    Ok(rows.into_iter().map(|row| row.lead_id.into()).collect())
}

/// Adds collaborators, none of whom is one of the lead already, or owns it.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    organization_id: OrganizationId,
    new: &[Collaborator],
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("added_at", Kind::Int),
    ]);
    for it in new {
        let at = it.added_at.micros();
        rows.push([organization_id.into(), it.lead_id.into(), it.user_id.into(), at.into()]);
    }
    let db = tx.db();
    db.insert(rows, "lead_collaborators", "").await?;
    let rows = pairs(organization_id, new);
    let sql = format!(
        "{} INSERT INTO lead_access (organization_id, user_id, lead_id, kind, archived) \
         SELECT i.organization_id, i.user_id, i.lead_id, {}, l.archived_at IS NOT NULL \
         FROM input i JOIN leads l ON l.organization_id = i.organization_id AND l.id = i.lead_id \
         WHERE true ON CONFLICT (organization_id, user_id, lead_id) DO UPDATE \
         SET kind = excluded.kind",
        rows.input(db.dialect),
        LeadTie::Collaborator.code(),
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Removes collaborators. Whoever owned the lead before is a former owner again, who entered it its
/// creator; others are tied to it no more.
///
/// # Errors
/// When the database fails.
pub async fn remove(
    tx: &mut Tx,
    organization_id: OrganizationId,
    gone: &[Collaborator],
) -> Result<()> {
    let db = tx.db();
    let rows = pairs(organization_id, gone);
    let sql = format!(
        "{} DELETE FROM lead_collaborators WHERE (organization_id, lead_id, user_id) IN \
         (SELECT organization_id, lead_id, user_id FROM input)",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    let rows = pairs(organization_id, gone);
    let sql = format!(
        "{} UPDATE lead_access SET kind = CASE \
           WHEN EXISTS (SELECT 1 FROM assignments a WHERE a.organization_id = i.organization_id \
             AND a.lead_id = i.lead_id AND (a.from_user_id = i.user_id OR a.to_user_id = i.user_id)) \
             THEN {former_owner} \
           WHEN EXISTS (SELECT 1 FROM leads l WHERE l.organization_id = i.organization_id \
             AND l.id = i.lead_id AND l.created_by_user_id = i.user_id) THEN {creator} \
           ELSE lead_access.kind END FROM input i \
         WHERE lead_access.organization_id = i.organization_id \
         AND lead_access.user_id = i.user_id AND lead_access.lead_id = i.lead_id \
         AND lead_access.kind = {collaborator}",
        rows.input(db.dialect),
        former_owner = LeadTie::FormerOwner.code(),
        creator = LeadTie::Creator.code(),
        collaborator = LeadTie::Collaborator.code(),
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    let rows = pairs(organization_id, gone);
    let sql = format!(
        "{} DELETE FROM lead_access WHERE kind = {} AND (organization_id, user_id, lead_id) IN \
         (SELECT organization_id, user_id, lead_id FROM input)",
        rows.input(db.dialect),
        LeadTie::Collaborator.code(),
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Removes those collaborators who have become owners of the leads, and gives them. What ties them
/// to these is the owner's already.
pub(super) async fn remove_owners(
    tx: &mut Tx,
    organization_id: OrganizationId,
    owners: impl IntoIterator<Item = (LeadId, UserId)>,
) -> Result<Vec<Collaborator>> {
    let mut rows = Rows::new(PAIR);
    for (lead, user) in owners {
        rows.push([organization_id.into(), lead.into(), user.into()]);
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let db = tx.db();
    let sql = format!(
        "{} DELETE FROM lead_collaborators WHERE (organization_id, lead_id, user_id) IN \
         (SELECT organization_id, lead_id, user_id FROM input) \
         RETURNING lead_id, user_id, added_at",
        rows.input(db.dialect)
    );
    let rows: Vec<Row> = db.all(&sql, rows.into_values(db.dialect)).await?;
    let mut gone: Vec<Collaborator> = rows.into_iter().map(Collaborator::from).collect();
    gone.sort_unstable();
    Ok(gone)
}

/// Puts leads into their next version.
///
/// # Errors
/// When the database fails.
pub async fn raise_leads(
    tx: &mut Tx,
    organization_id: OrganizationId,
    leads: &[LeadId],
    now: Timestamp,
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("updated_at", Kind::Int),
    ]);
    for lead in leads {
        rows.push([organization_id.into(), (*lead).into(), now.micros().into()]);
    }
    let db = tx.db();
    let sql = format!(
        "{} UPDATE leads SET version = leads.version + 1, updated_at = i.updated_at FROM input i \
         WHERE leads.organization_id = i.organization_id AND leads.id = i.lead_id",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

const PAIR: [(&str, Kind); 3] =
    [("organization_id", Kind::Uuid), ("lead_id", Kind::Uuid), ("user_id", Kind::Uuid)];

fn pairs(organization_id: OrganizationId, of: &[Collaborator]) -> Rows<3> {
    let mut rows = Rows::new(PAIR);
    of.iter().for_each(|it| {
        rows.push([organization_id.into(), it.lead_id.into(), it.user_id.into()]);
    });
    rows
}

fn keys(organization_id: OrganizationId, leads: &[LeadId]) -> Rows<2> {
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("lead_id", Kind::Uuid)]);
    leads.iter().for_each(|lead| rows.push([organization_id.into(), (*lead).into()]));
    rows
}
