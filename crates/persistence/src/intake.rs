//! Rows of new leads, many to a statement.

use std::collections::HashMap;

use evenhand_domain::ids::{LeadId, OrganizationId, RotationId, UserId};
use evenhand_domain::lead::{CreatedBy, Lead, NewLead, SourceId};
use evenhand_domain::permission::LeadTie;
use evenhand_domain::user::{UserName, UserStatus};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::rows::{Cell, Kind, Rows};
use crate::{Read, Result, Tx, Writes, ownership, waiting};

/// A new lead with the organization it belongs to.
#[derive(Debug, Clone)]
pub struct NewLeadRow {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The lead.
    pub lead: Lead,
    /// The rotation that it was given to.
    pub rotation_id: Option<RotationId>,
    /// The earlier lead of the same person, whoever sees it.
    pub duplicate_of: Option<LeadId>,
    /// Whether it waits together with that one.
    pub joins: bool,
}

impl ExternalId {
    /// That of a lead, if it has one.
    #[must_use]
    pub fn of(organization_id: OrganizationId, lead: &NewLead) -> Option<Self> {
        let source = lead.source.clone().unwrap_or_default();
        Some(Self { organization_id, source, external_id: lead.external_id.clone()? })
    }
}

impl NewLeadRow {
    fn owner_id(&self) -> Option<UserId> {
        self.lead.owner().map(|owner| owner.id)
    }

    fn creator(&self) -> (Option<Uuid>, Option<Uuid>, &str) {
        match &self.lead.created_by {
            CreatedBy::User { id, name } => (Some(id.uuid()), None, name),
            CreatedBy::ApiKey { id, name } => (None, Some(id.uuid()), name),
        }
    }
}

/// Stores new leads with their first assignments, and who may see them.
pub fn insert(writes: &mut Writes, leads: &[NewLeadRow]) {
    insert_leads(writes, leads);
    insert_access(writes, leads);
    insert_assignments(writes, leads);
}

/// Stores where new leads have been before they came to rest, and where they wait. They are stored.
///
/// # Errors
/// When the database fails.
pub async fn insert_waiting(tx: &mut Tx, leads: &[NewLeadRow]) -> Result<()> {
    let key = |new: &NewLeadRow| (new.organization_id, new.lead.id, new.lead.assignment.id);
    let steps = leads.iter().map(|new| (key(new), new.lead.assignment.passed_on.as_slice()));
    waiting::insert_steps(tx, steps).await?;
    let joining = leads.iter().filter_map(|new| {
        let waiting = new.lead.assignment.waiting?;
        Some((key(new), waiting, new.duplicate_of.filter(|_| new.joins)))
    });
    waiting::join(tx, joining).await
}

const LEAD_COLUMNS: [(&str, Kind); 32] = [
    ("organization_id", Kind::Uuid),
    ("id", Kind::Uuid),
    ("owner_id", Kind::Uuid),
    ("group_id", Kind::Uuid),
    ("team_id", Kind::Uuid),
    ("rotation_id", Kind::Uuid),
    ("rule_id", Kind::Uuid),
    ("rule_version", Kind::Int),
    ("assignment_id", Kind::Uuid),
    ("status", Kind::Text),
    ("first_name", Kind::Text),
    ("last_name", Kind::Text),
    ("email", Kind::Text),
    ("email_key", Kind::Text),
    ("phone", Kind::Text),
    ("phone_key", Kind::Text),
    ("company", Kind::Text),
    ("source", Kind::Text),
    ("product", Kind::Text),
    ("value_minor", Kind::Int),
    ("value_currency", Kind::Text),
    ("country", Kind::Text),
    ("external_id", Kind::Text),
    ("tags", Kind::Json),
    ("custom_fields", Kind::Json),
    ("created_by_user_id", Kind::Uuid),
    ("created_by_api_key_id", Kind::Uuid),
    ("created_by_name", Kind::Text),
    ("duplicate_of", Kind::Uuid),
    ("version", Kind::Int),
    ("created_at", Kind::Int),
    ("updated_at", Kind::Int),
];

fn insert_leads(writes: &mut Writes, leads: &[NewLeadRow]) {
    let mut rows = Rows::new(LEAD_COLUMNS);
    for new in leads {
        rows.push(lead_row(new));
    }
    writes.insert(rows, "leads", "");
}

fn lead_row(new: &NewLeadRow) -> [Cell; 32] {
    let (lead, fields) = (&new.lead, &new.lead.fields);
    let (by_user, by_key, by_name) = new.creator();
    let tags = serde_json::Value::from(fields.tags.clone());
    let custom = serde_json::to_string(&fields.custom_fields).unwrap_or_else(|_| "{}".to_owned());
    [
        new.organization_id.into(),
        lead.id.into(),
        new.owner_id().into(),
        lead.group_id.into(),
        lead.team_id.into(),
        new.rotation_id.into(),
        lead.rule.map(|rule| rule.id).into(),
        lead.rule.map(|rule| rule.version).into(),
        lead.assignment.id.into(),
        fields.status.as_str().into(),
        fields.first_name.as_deref().into(),
        fields.last_name.as_deref().into(),
        fields.email.as_ref().map(|email| email.given()).into(),
        fields.email.as_ref().map(|email| email.key()).into(),
        fields.phone.as_ref().map(|phone| phone.given()).into(),
        fields.phone.as_ref().map(|phone| phone.e164()).into(),
        fields.company.as_deref().into(),
        fields.source.as_deref().into(),
        fields.product.as_deref().into(),
        fields.value.as_ref().map(|value| value.amount_minor).into(),
        fields.value.as_ref().map(|value| value.currency.code()).into(),
        fields.country.as_ref().map(|country| country.code()).into(),
        fields.external_id.as_deref().into(),
        Cell::Json(tags.to_string()),
        Cell::Json(custom),
        by_user.into(),
        by_key.into(),
        by_name.into(),
        new.duplicate_of.into(),
        lead.version.into(),
        lead.created_at.micros().into(),
        lead.updated_at.micros().into(),
    ]
}

fn insert_access(writes: &mut Writes, leads: &[NewLeadRow]) {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("kind", Kind::Int),
    ]);
    for new in leads {
        let owner = new.owner_id().map(UserId::uuid);
        let creator = new.creator().0.filter(|creator| Some(*creator) != owner);
        for (user, tie) in [(owner, LeadTie::Owner), (creator, LeadTie::Creator)] {
            if let Some(user) = user {
                rows.push([
                    new.organization_id.into(),
                    user.into(),
                    new.lead.id.into(),
                    tie.code().into(),
                ]);
            }
        }
    }
    writes.insert(rows, "lead_access", "");
}

fn insert_assignments(writes: &mut Writes, leads: &[NewLeadRow]) {
    let rows = leads.iter().map(|new| {
        let assignment = &new.lead.assignment;
        let dealt = assignment.dealt.as_ref();
        let (by_user, by_key, _) = new.creator();
        [
            new.organization_id.into(),
            new.lead.id.into(),
            assignment.id.into(),
            assignment.from.as_ref().map(|user| user.id).into(),
            assignment.to.as_ref().map(|user| user.id).into(),
            assignment.source.map(|source| source.code()).into(),
            assignment.reason.map(|reason| reason.code()).into(),
            dealt.map(|dealt| dealt.rotation_id).into(),
            dealt.map(|dealt| dealt.entry).into(),
            dealt.and_then(|dealt| dealt.turn).into(),
            dealt.map(|dealt| *dealt.hash.bytes()).into(),
            by_user.into(),
            by_key.into(),
            assignment.decided_at.micros().into(),
            assignment.note.as_deref().into(),
        ]
    });
    ownership::insert_assignments(writes, rows);
}

/// A claim on a source's id for a lead; leads without a source share one namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalId {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The lead's source, or empty.
    pub source: String,
    /// Its id there.
    pub external_id: String,
}

#[derive(FromQueryResult)]
struct ClaimedRow {
    lead_id: Uuid,
}

/// Claims external ids for leads that are about to be stored: the leads whose claim succeeded.
/// No external id may be named twice. Rows are locked in the ids' order.
///
/// # Errors
/// When the database fails.
pub async fn claim_external_ids(
    tx: &mut Tx,
    mut claims: Vec<(ExternalId, LeadId)>,
) -> Result<Vec<LeadId>> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    claims.sort_unstable();
    // '/' before the source: an empty text would become NULL on its way.
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("source", Kind::Text),
        ("external_id", Kind::Text),
        ("lead_id", Kind::Uuid),
    ]);
    for (claim, lead_id) in claims {
        rows.push([
            claim.organization_id.into(),
            format!("/{}", claim.source).into(),
            claim.external_id.into(),
            lead_id.into(),
        ]);
    }
    let db = tx.db();
    let then = "ON CONFLICT (organization_id, source, external_id) DO NOTHING RETURNING lead_id";
    let claimed: Vec<ClaimedRow> = db.insert_returning(rows, "lead_external_ids", then).await?;
    Ok(claimed.into_iter().map(|row| row.lead_id.into()).collect())
}

/// Source and external id as a claim has them.
pub(crate) fn claimed_as(id: &SourceId) -> (String, String) {
    (format!("/{}", id.source), id.external_id.clone())
}

/// The lead that has an external id, whoever sees it.
///
/// # Errors
/// When the database fails.
pub async fn holder(
    db: &impl Read,
    organization_id: OrganizationId,
    id: &SourceId,
) -> Result<Option<LeadId>> {
    let sql = "SELECT lead_id FROM lead_external_ids WHERE organization_id = $1 AND source = $2 \
               AND external_id = $3";
    let (source, external_id) = claimed_as(id);
    let values = [organization_id.uuid().into(), source.into(), external_id.into()];
    let row: Option<ClaimedRow> = db.db().one(sql, values).await?;
    Ok(row.map(|row| row.lead_id.into()))
}

/// Gives up the external id of a lead.
///
/// # Errors
/// When the database fails.
pub async fn release_external_id(tx: &mut Tx, id: &ExternalId) -> Result<()> {
    let ExternalId { organization_id, source, external_id } = id;
    let sql = "DELETE FROM lead_external_ids WHERE organization_id = $1 AND source = $2 \
               AND external_id = $3";
    let (source, external_id) = (format!("/{source}"), external_id.clone());
    tx.db()
        .execute(sql, [organization_id.uuid().into(), source.into(), external_id.into()])
        .await?;
    Ok(())
}

/// Gives up external ids claimed for leads that are not stored after all.
///
/// # Errors
/// When the database fails.
pub async fn release_external_ids(tx: &mut Tx, leads: &[(OrganizationId, LeadId)]) -> Result<()> {
    if leads.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("lead_id", Kind::Uuid)]);
    for (organization_id, lead_id) in leads {
        rows.push([(*organization_id).into(), (*lead_id).into()]);
    }
    let db = tx.db();
    let sql = format!(
        "{} DELETE FROM lead_external_ids WHERE (organization_id, lead_id) IN \
         (SELECT organization_id, lead_id FROM input)",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct UserRow {
    organization_id: Uuid,
    id: Uuid,
    first_name: String,
    last_name: Option<String>,
    partner: bool,
    status: i16,
}

/// Users by key.
pub type Users = HashMap<(OrganizationId, UserId), (UserName, UserStatus)>;

/// The given users of their organizations; unknown ones are missing.
///
/// # Errors
/// When the database fails.
pub async fn users(db: &impl Read, wanted: &[(OrganizationId, UserId)]) -> Result<Users> {
    users_with(db, wanted, "").await
}

/// The same, locked against being deactivated until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_users(tx: &mut Tx, wanted: &[(OrganizationId, UserId)]) -> Result<Users> {
    let lock = tx.db().dialect.pick("FOR SHARE OF u", "");
    users_with(tx, wanted, lock).await
}

async fn users_with(
    db: &impl Read,
    wanted: &[(OrganizationId, UserId)],
    lock: &str,
) -> Result<Users> {
    if wanted.is_empty() {
        return Ok(Users::new());
    }
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    for (organization_id, id) in wanted {
        rows.push([organization_id.into(), id.into()]);
    }
    let db = db.db();
    let sql = format!(
        "{} SELECT u.organization_id, u.id, u.first_name, u.last_name, u.partner, u.status FROM users u \
         JOIN input i ON u.organization_id = i.organization_id AND u.id = i.id \
         ORDER BY u.organization_id, u.id {lock}",
        rows.input(db.dialect),
    );
    let found: Vec<UserRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    found
        .into_iter()
        .map(|row| {
            let status = UserStatus::from_code(row.status)
                .ok_or_else(|| crate::Error::corrupt("a user's status"))?;
            let name = UserName {
                id: row.id.into(),
                first_name: row.first_name,
                last_name: row.last_name,
                partner: row.partner,
            };
            Ok(((row.organization_id.into(), name.id), (name, status)))
        })
        .collect()
}
