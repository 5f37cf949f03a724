//! Rows of leads and of decisions on their ownership, as the domain has them.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::contact::{Email, Phone};
use evenhand_domain::lead::{
    Assignment, AssignmentSource, CreatedBy, Dealt, Lead, Money, NewLead, UnassignedReason, Waiting,
};
use evenhand_domain::organization::{Country, Currency};
use evenhand_domain::rotation::Hash;
use evenhand_domain::routing::AppliedRule;
use evenhand_domain::user::UserName;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::SeenLead;
use super::scope::sight_of_code;
use crate::store::Dialect;
use crate::{Error, Result};

pub(super) const LEAD_COLUMNS: &str = "l.id, l.group_id, l.team_id, l.rule_id, l.rule_version, l.status, l.first_name, l.last_name, \
     l.email, l.email_key, l.phone, l.phone_key, l.company, l.source AS lead_source, l.product, \
     l.value_minor, l.value_currency, l.country, l.external_id, l.tags, l.custom_fields, \
     l.created_by_user_id, l.created_by_api_key_id, l.created_by_name, l.version, l.created_at, \
     l.updated_at, l.archived_at, l.erased_at";

pub(crate) const ASSIGNMENT_COLUMNS: &str = "a.id AS assignment_id, a.source, a.reason, a.rotation_id, \
     a.entry, a.turn, a.ledger_hash, a.note, a.decided_at, a.from_user_id, f.first_name AS from_first, \
     f.last_name AS from_last, f.partner AS from_partner, a.to_user_id, \
     t.first_name AS to_first, t.last_name AS to_last, t.partner AS to_partner, \
     w.rotation_id AS waiting_rotation_id, w.position AS waiting_position";

pub(crate) const ASSIGNMENT_USERS: &str = "LEFT JOIN users f ON f.organization_id = a.organization_id \
     AND f.id = a.from_user_id \
     LEFT JOIN users t ON t.organization_id = a.organization_id AND t.id = a.to_user_id \
     LEFT JOIN waiting_leads w ON w.organization_id = a.organization_id \
     AND w.lead_id = a.lead_id AND w.assignment_id = a.id";

#[derive(FromQueryResult)]
pub(super) struct LeadRow {
    id: Uuid,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
    rule_id: Option<Uuid>,
    rule_version: Option<i64>,
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
    archived_at: Option<i64>,
    erased_at: Option<i64>,
    duplicate_of: Option<Uuid>,
    duplicate_count: i64,
    collaborators: Option<String>,
    sight: i32,
    may_pick_up: bool,
    #[sea_orm(nested)]
    assignment: AssignmentRow,
}

#[derive(FromQueryResult)]
pub(crate) struct AssignmentRow {
    assignment_id: Uuid,
    source: Option<i16>,
    reason: Option<i16>,
    rotation_id: Option<Uuid>,
    entry: Option<i64>,
    turn: Option<i64>,
    ledger_hash: Option<Vec<u8>>,
    note: Option<String>,
    decided_at: i64,
    from_user_id: Option<Uuid>,
    from_first: Option<String>,
    from_last: Option<String>,
    from_partner: Option<bool>,
    to_user_id: Option<Uuid>,
    to_first: Option<String>,
    to_last: Option<String>,
    to_partner: Option<bool>,
    waiting_rotation_id: Option<Uuid>,
    waiting_position: Option<i64>,
}

pub(super) fn lead(row: LeadRow) -> Result<SeenLead> {
    let (sight, may_pick_up) = (sight_of_code(row.sight)?, row.may_pick_up);
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
    let lead = Lead {
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
        duplicate_of: row.duplicate_of.map(Into::into),
        duplicate_count: row.duplicate_count.unsigned_abs(),
        rule: row
            .rule_id
            .zip(row.rule_version)
            .map(|(id, version)| AppliedRule { id: id.into(), version }),
        assignment: assignment(row.assignment)?,
        collaborators: collaborators(row.collaborators)?,
        created_by,
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
        archived_at: row.archived_at.map(Timestamp::from_micros),
        erased_at: row.erased_at.map(Timestamp::from_micros),
    };
    Ok(SeenLead { lead, sight, may_pick_up })
}

/// The collaborators of leads `l` as one JSON text; null where there are none.
pub(super) fn collaborators_column(dialect: Dialect) -> String {
    let names = dialect.pick(
        "json_agg(json_build_object('id', u.id, 'first_name', u.first_name, \
         'last_name', u.last_name, 'partner', u.partner, 'added_at', c.added_at))::text",
        // A blob is no JSON.
        "json_group_array(json_object('id', lower(hex(u.id)), 'first_name', u.first_name, \
         'last_name', u.last_name, 'partner', json(iif(u.partner, 'true', 'false')), \
         'added_at', c.added_at))",
    );
    format!(
        "(SELECT {names} FROM lead_collaborators c \
         JOIN users u ON u.organization_id = c.organization_id AND u.id = c.user_id \
         WHERE c.organization_id = l.organization_id AND c.lead_id = l.id) AS collaborators"
    )
}

#[derive(Deserialize)]
struct CollaboratorJson {
    id: Uuid,
    first_name: String,
    last_name: Option<String>,
    partner: bool,
    added_at: i64,
}

fn collaborators(text: Option<String>) -> Result<Vec<UserName>> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let found: serde_json::Result<Vec<CollaboratorJson>> = serde_json::from_str(&text);
    let mut found = found.map_err(|_| Error::corrupt("a lead's collaborators"))?;
    found.sort_unstable_by_key(|it| (it.added_at, it.id));
    let name = |it: CollaboratorJson| UserName {
        id: it.id.into(),
        first_name: it.first_name,
        last_name: it.last_name,
        partner: it.partner,
    };
    Ok(found.into_iter().map(name).collect())
}

pub(crate) fn assignment(row: AssignmentRow) -> Result<Assignment> {
    let source = row.source.map(AssignmentSource::from_code);
    let reason = row.reason.map(UnassignedReason::from_code);
    if source == Some(None) || reason == Some(None) {
        return Err(Error::corrupt("an assignment's code"));
    }
    Ok(Assignment {
        id: row.assignment_id.into(),
        from: user_name(row.from_user_id, row.from_first, row.from_last, row.from_partner)?,
        to: user_name(row.to_user_id, row.to_first, row.to_last, row.to_partner)?,
        source: source.flatten(),
        reason: reason.flatten(),
        dealt: dealt(row.rotation_id, row.entry, row.turn, row.ledger_hash)?,
        waiting: waiting(row.waiting_rotation_id, row.waiting_position),
        passed_on: Vec::new(),
        note: row.note,
        decided_at: Timestamp::from_micros(row.decided_at),
    })
}

/// When it will be tried again is for whoever shows it to find out
/// ([`crate::waiting::foresee`]).
fn waiting(rotation_id: Option<Uuid>, position: Option<i64>) -> Option<Waiting> {
    let (rotation_id, position) = (rotation_id?.into(), position?.unsigned_abs());
    Some(Waiting { rotation_id, position, next_attempt_at: None })
}

fn user_name(
    id: Option<Uuid>,
    first_name: Option<String>,
    last_name: Option<String>,
    partner: Option<bool>,
) -> Result<Option<UserName>> {
    let Some(id) = id else { return Ok(None) };
    let first_name = first_name.ok_or_else(|| Error::corrupt("an assignment's user"))?;
    Ok(Some(UserName { id: id.into(), first_name, last_name, partner: partner == Some(true) }))
}

pub(crate) fn dealt(
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
