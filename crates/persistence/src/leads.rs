//! Reading leads. The grant's scope is part of every statement.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::contact::{Email, Phone};
use evenhand_domain::ids::{LeadId, OrganizationId};
use evenhand_domain::lead::{
    Assignment, AssignmentSource, CreatedBy, Dealt, Lead, LeadFilter, Money, NewLead, OwnerFilter,
    UnassignedReason,
};
use evenhand_domain::organization::{Country, Currency};
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{Grant, LeadScope, ViewLeads};
use evenhand_domain::rotation::Hash;
use evenhand_domain::user::UserName;
use sea_orm::{FromQueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{Error, Read, Result};

const LEAD_COLUMNS: &str = "l.id, l.group_id, l.team_id, l.status, l.first_name, l.last_name, \
     l.email, l.email_key, l.phone, l.phone_key, l.company, l.source AS lead_source, l.product, \
     l.value_minor, l.value_currency, l.country, l.external_id, l.tags, l.custom_fields, \
     l.created_by_user_id, l.created_by_api_key_id, l.created_by_name, l.version, l.created_at, \
     l.updated_at";

const ASSIGNMENT_COLUMNS: &str = "a.id AS assignment_id, a.source, a.reason, a.rotation_id, \
     a.entry, a.turn, a.ledger_hash, a.decided_at, a.from_user_id, f.first_name AS from_first, \
     f.last_name AS from_last, a.to_user_id, t.first_name AS to_first, t.last_name AS to_last";

const ASSIGNMENT_USERS: &str = "LEFT JOIN users f ON f.organization_id = a.organization_id \
     AND f.id = a.from_user_id \
     LEFT JOIN users t ON t.organization_id = a.organization_id AND t.id = a.to_user_id";

#[derive(FromQueryResult)]
struct LeadRow {
    id: Uuid,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
    status: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    email_key: Option<String>,
    phone: Option<String>,
    phone_key: Option<String>,
    company: Option<String>,
    lead_source: Option<String>,
    product: Option<String>,
    value_minor: Option<i64>,
    value_currency: Option<String>,
    country: Option<String>,
    external_id: Option<String>,
    tags: Json,
    custom_fields: Json,
    created_by_user_id: Option<Uuid>,
    created_by_api_key_id: Option<Uuid>,
    created_by_name: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
    #[sea_orm(nested)]
    assignment: AssignmentRow,
}

#[derive(FromQueryResult)]
struct AssignmentRow {
    assignment_id: Uuid,
    source: Option<i16>,
    reason: Option<i16>,
    rotation_id: Option<Uuid>,
    entry: Option<i64>,
    turn: Option<i64>,
    ledger_hash: Option<Vec<u8>>,
    decided_at: i64,
    from_user_id: Option<Uuid>,
    from_first: Option<String>,
    from_last: Option<String>,
    to_user_id: Option<Uuid>,
    to_first: Option<String>,
    to_last: Option<String>,
}

/// A lead that the grant's scope covers; `None` when it does not exist or is not visible.
///
/// # Errors
/// When the database fails.
pub async fn get(db: &impl Read, grant: &Grant<ViewLeads>, id: LeadId) -> Result<Option<Lead>> {
    let mut query = Query::in_scope(grant);
    query.require("l.id = ", Value::from(id.uuid()));
    let rows = query.leads(db, 1).await?;
    Ok(rows.into_iter().next())
}

/// The leads that the grant's scope and the filter cover, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    filter: &LeadFilter,
    page: &PageRequest,
) -> Result<Page<Lead>> {
    let mut query = Query::in_scope(grant);
    match filter.owner {
        Some(OwnerFilter::Unassigned) => query.conditions.push("l.owner_id IS NULL".to_owned()),
        Some(OwnerFilter::User(owner)) => query.require("l.owner_id = ", Value::from(owner.uuid())),
        None => {}
    }
    if let Some(group) = filter.group_id {
        query.require("l.group_id = ", Value::from(group.uuid()));
    }
    if let Some(status) = &filter.status {
        query.require("l.status = ", Value::from(status.clone()));
    }
    if let Some(after) = page.after {
        let key = query.key;
        query.require(&format!("{key} < "), Value::from(after));
    }
    let rows = query.leads(db, page.probe()).await?;
    Ok(Page::from_probe(rows, page, |lead| lead.id.uuid()))
}

/// Every decision on the ownership of a lead that the grant's scope covers, newest first; `None`
/// when the lead does not exist or is not visible.
///
/// # Errors
/// When the database fails.
pub async fn assignments(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    id: LeadId,
) -> Result<Option<Vec<Assignment>>> {
    if get(db, grant, id).await?.is_none() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT {ASSIGNMENT_COLUMNS} FROM assignments a {ASSIGNMENT_USERS} \
         WHERE a.organization_id = $1 AND a.lead_id = $2 ORDER BY a.id DESC"
    );
    let values = [Value::from(grant.organization_id().uuid()), Value::from(id.uuid())];
    let rows: Vec<AssignmentRow> = db.db().all(&sql, values).await?;
    rows.into_iter().map(assignment).collect::<Result<_>>().map(Some)
}

/// A query for leads under construction: where it reads, what it requires, by which key it pages.
struct Query {
    from: &'static str,
    key: &'static str,
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Query {
    /// What the grant's scope allows and no more.
    fn in_scope(grant: &Grant<ViewLeads>) -> Self {
        let organization_id: OrganizationId = grant.organization_id();
        let mut query = Self::from("leads l", "l.id");
        query.require("l.organization_id = ", organization_id.uuid().into());
        match grant.scope() {
            LeadScope::Everything => {}
            LeadScope::User { user_id, .. } => {
                query.require(
                    "EXISTS (SELECT 1 FROM lead_access x WHERE x.organization_id = \
                     l.organization_id AND x.lead_id = l.id AND x.user_id = ",
                    user_id.uuid().into(),
                );
                query.conditions.push("true)".to_owned());
            }
            LeadScope::MadeBy(key) => {
                query.require("l.created_by_api_key_id = ", key.uuid().into());
            }
            LeadScope::Nothing => query.conditions.push("false".to_owned()),
        }
        query
    }

    const fn from(from: &'static str, key: &'static str) -> Self {
        Self { from, key, conditions: Vec::new(), values: Vec::new() }
    }

    fn require(&mut self, condition: &str, value: Value) {
        self.values.push(value);
        self.conditions.push(format!("{condition}${}", self.values.len()));
    }

    /// Runs it: the page is cut from the narrow part before anything is joined to it.
    async fn leads(self, db: &impl Read, limit: u64) -> Result<Vec<Lead>> {
        let Self { from, key, conditions, values } = self;
        let conditions = conditions.join(" AND ");
        let sql = format!(
            "SELECT {LEAD_COLUMNS}, {ASSIGNMENT_COLUMNS} FROM \
             (SELECT l.* FROM {from} WHERE {conditions} ORDER BY {key} DESC LIMIT {limit}) l \
             JOIN assignments a ON a.organization_id = l.organization_id AND a.lead_id = l.id \
             AND a.id = l.assignment_id {ASSIGNMENT_USERS} ORDER BY l.id DESC"
        );
        let rows: Vec<LeadRow> = db.db().all(&sql, values).await?;
        rows.into_iter().map(lead).collect()
    }
}

fn lead(row: LeadRow) -> Result<Lead> {
    let created_by = match (row.created_by_user_id, row.created_by_api_key_id) {
        (Some(id), None) => CreatedBy::User { id: id.into(), name: row.created_by_name },
        (None, Some(id)) => CreatedBy::ApiKey { id: id.into(), name: row.created_by_name },
        _ => return Err(Error::corrupt("a lead's creator")),
    };
    let tags: Vec<String> =
        serde_json::from_value(row.tags).map_err(|_| Error::corrupt("a lead's tags"))?;
    let Json::Object(custom_fields) = row.custom_fields else {
        return Err(Error::corrupt("a lead's custom fields"));
    };
    Ok(Lead {
        id: row.id.into(),
        fields: NewLead {
            first_name: row.first_name,
            last_name: row.last_name,
            email: row.email.zip(row.email_key).map(|(given, key)| Email::stored(given, key)),
            phone: row.phone.zip(row.phone_key).map(|(given, e164)| Phone::stored(given, e164)),
            company: row.company,
            source: row.lead_source,
            product: row.product,
            value: row.value_minor.zip(row.value_currency).map(|(amount_minor, currency)| Money {
                amount_minor,
                currency: Currency::stored(currency),
            }),
            country: row.country.map(Country::stored),
            external_id: row.external_id,
            status: row.status,
            tags,
            custom_fields,
        },
        group_id: row.group_id.map(Into::into),
        team_id: row.team_id.map(Into::into),
        assignment: assignment(row.assignment)?,
        created_by,
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
    })
}

fn assignment(row: AssignmentRow) -> Result<Assignment> {
    let source = row.source.map(AssignmentSource::from_code);
    let reason = row.reason.map(UnassignedReason::from_code);
    if source == Some(None) || reason == Some(None) {
        return Err(Error::corrupt("an assignment's code"));
    }
    Ok(Assignment {
        id: row.assignment_id.into(),
        from: user_name(row.from_user_id, row.from_first, row.from_last)?,
        to: user_name(row.to_user_id, row.to_first, row.to_last)?,
        source: source.flatten(),
        reason: reason.flatten(),
        dealt: dealt(row.rotation_id, row.entry, row.turn, row.ledger_hash)?,
        decided_at: Timestamp::from_micros(row.decided_at),
    })
}

fn user_name(
    id: Option<Uuid>,
    first_name: Option<String>,
    last_name: Option<String>,
) -> Result<Option<UserName>> {
    let Some(id) = id else { return Ok(None) };
    let first_name = first_name.ok_or_else(|| Error::corrupt("an assignment's user"))?;
    Ok(Some(UserName { id: id.into(), first_name, last_name }))
}

fn dealt(
    rotation_id: Option<Uuid>,
    entry: Option<i64>,
    turn: Option<i64>,
    hash: Option<Vec<u8>>,
) -> Result<Option<Dealt>> {
    let (Some(rotation_id), Some(entry), Some(hash)) = (rotation_id, entry, hash) else {
        return Ok(None);
    };
    let number = |value: i64| u64::try_from(value).map_err(|_| Error::corrupt("a ledger number"));
    let hash: [u8; 32] = hash.try_into().map_err(|_| Error::corrupt("a ledger hash"))?;
    Ok(Some(Dealt {
        rotation_id: rotation_id.into(),
        entry: number(entry)?,
        turn: turn.map(number).transpose()?,
        hash: Hash::from_bytes(hash),
    }))
}
