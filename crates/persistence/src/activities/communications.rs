//! Communications.

use evenhand_domain::activity::{Author, Channel, Communication, CommunicationFields, Direction};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{CommunicationId, LeadId};
use evenhand_domain::page::{Page, PageRequest, TimeKey};
use evenhand_domain::permission::{EditLeads, Grant, ViewLeads};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{author, is_visible, key, one_row, who, words};
use crate::leads::OnLeads;
use crate::leads::scope::{place, visible};
use crate::rows::{Kind, Rows};
use crate::{Error, Read, Result, Tx};

/// Stores a communication with a locked lead.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    grant: &Grant<EditLeads>,
    lead_id: LeadId,
    id: CommunicationId,
    fields: &CommunicationFields,
    now: Timestamp,
) -> Result<()> {
    let by = Author::from(grant.subject());
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("channel", Kind::Int),
        ("direction", Kind::Int),
        ("summary", Kind::Text),
        ("outcome", Kind::Text),
        ("duration_seconds", Kind::Int),
        ("occurred_at", Kind::Int),
        ("author_user_id", Kind::Uuid),
        ("author_api_key_id", Kind::Uuid),
        ("version", Kind::Int),
        ("created_at", Kind::Int),
        ("updated_at", Kind::Int),
    ]);
    rows.push([
        grant.organization_id().into(),
        lead_id.into(),
        id.into(),
        fields.channel.code().into(),
        fields.direction.map(Direction::code).into(),
        fields.summary.as_str().into(),
        fields.outcome.as_deref().into(),
        fields.duration_seconds.into(),
        fields.occurred_at.micros().into(),
        by.user_id().into(),
        by.api_key_id().into(),
        1_i64.into(),
        now.micros().into(),
        now.micros().into(),
    ]);
    let db = tx.db();
    one_row(db.insert(rows, "lead_communications", "").await?)
}

/// A communication with a lead that the grant's scope covers; `None` when either does not exist or
/// is not visible.
///
/// # Errors
/// When the database fails.
pub async fn get<A: OnLeads>(
    db: &impl Read,
    grant: &Grant<A>,
    lead_id: LeadId,
    id: CommunicationId,
) -> Result<Option<Communication>> {
    let mut values = key(grant, lead_id);
    let id = format!("AND c.id = {}", place(&mut values, id.uuid()));
    Ok(read(db, grant, values, &id).await?.pop())
}

/// The communications with a lead that the grant's scope covers, the latest first; `None` when the
/// lead does not exist or is not visible.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    lead_id: LeadId,
    page: &PageRequest<TimeKey>,
) -> Result<Option<Page<Communication, TimeKey>>> {
    let mut values = key(grant, lead_id);
    let before = page.after.map(|TimeKey { at, id }| {
        let (at, id) = (place(&mut values, at.micros()), place(&mut values, id));
        format!("AND (c.occurred_at, c.id) < ({at}, {id})")
    });
    let end = format!(
        "{} ORDER BY c.occurred_at DESC, c.id DESC LIMIT {}",
        before.unwrap_or_default(),
        page.probe()
    );
    let found = read(db, grant, values, &end).await?;
    if found.is_empty() && !is_visible(db, grant, lead_id).await? {
        return Ok(None);
    }
    let of = |found: &Communication| TimeKey { at: found.fields.occurred_at, id: found.id.uuid() };
    Ok(Some(Page::from_probe(found, page, of)))
}

#[derive(FromQueryResult)]
struct Row {
    lead_id: Uuid,
    id: Uuid,
    channel: i16,
    direction: Option<i16>,
    summary: String,
    outcome: Option<String>,
    duration_seconds: Option<i32>,
    occurred_at: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
    author_user_id: Option<Uuid>,
    author_api_key_id: Option<Uuid>,
    author_name: Option<String>,
}

/// The communications `c` of the lead `$2`, visible, with more conditions and an order at the `end`.
async fn read<A: OnLeads>(
    db: &impl Read,
    grant: &Grant<A>,
    mut values: Vec<Value>,
    end: &str,
) -> Result<Vec<Communication>> {
    let visible = visible(A::leads(grant.scope()), "l", &mut values, db.db().dialect);
    let sql = format!(
        "SELECT c.lead_id, c.id, c.channel, c.direction, c.summary, c.outcome, \
         c.duration_seconds, c.occurred_at, c.version, c.created_at, c.updated_at, {author} \
         FROM lead_communications c \
         JOIN leads l ON l.organization_id = c.organization_id AND l.id = c.lead_id \
         WHERE c.organization_id = $1 AND c.lead_id = $2 AND {visible} {end}",
        author = who("c", "author"),
    );
    let rows: Vec<Row> = db.db().all(&sql, values).await?;
    rows.into_iter().map(communication).collect()
}

fn communication(row: Row) -> Result<Communication> {
    let direction = row.direction.map(|code| {
        Direction::from_code(code).ok_or_else(|| Error::corrupt("a communication's direction"))
    });
    let duration = row.duration_seconds.map(u32::try_from).transpose();
    let channel = Channel::from_code(row.channel);
    Ok(Communication {
        id: row.id.into(),
        lead_id: row.lead_id.into(),
        fields: CommunicationFields {
            channel: channel.ok_or_else(|| Error::corrupt("a communication's channel"))?,
            direction: direction.transpose()?,
            summary: row.summary,
            outcome: row.outcome,
            duration_seconds: duration.map_err(|_| Error::corrupt("a negative duration"))?,
            occurred_at: Timestamp::from_micros(row.occurred_at),
        },
        author: author(row.author_user_id, row.author_api_key_id, row.author_name)?,
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
    })
}

/// Changes what was put down of a communication with a locked lead.
///
/// # Errors
/// When the database fails.
pub async fn update(
    tx: &mut Tx,
    grant: &Grant<EditLeads>,
    before: &Communication,
    after: &CommunicationFields,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE lead_communications SET channel = $4, direction = $5, summary = $6, \
               outcome = $7, duration_seconds = $8, occurred_at = $9, updated_at = $10, \
               version = version + 1 WHERE organization_id = $1 AND lead_id = $2 AND id = $3";
    let duration = after.duration_seconds.map(i32::try_from).transpose();
    let values = [
        grant.organization_id().uuid().into(),
        before.lead_id.uuid().into(),
        before.id.uuid().into(),
        after.channel.code().into(),
        after.direction.map(Direction::code).into(),
        after.summary.as_str().into(),
        after.outcome.as_deref().into(),
        duration.map_err(|_| Error::corrupt("a duration beyond all bounds"))?.into(),
        after.occurred_at.micros().into(),
        now.micros().into(),
    ];
    one_row(tx.db().execute(sql, values).await?)
}

/// Deletes a communication with a locked lead, and its words in the events that tell of it.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, grant: &Grant<EditLeads>, of: &Communication) -> Result<()> {
    let organization_id = grant.organization_id();
    let sql =
        "DELETE FROM lead_communications WHERE organization_id = $1 AND lead_id = $2 AND id = $3";
    let key = [organization_id.uuid().into(), of.lead_id.uuid().into(), of.id.uuid().into()];
    one_row(tx.db().execute(sql, key).await?)?;
    words::forget(tx, organization_id, of.lead_id, "communication_id", of.id.uuid()).await
}
