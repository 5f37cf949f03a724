//! What people and keys put down on leads: notes, communications and tasks. Whoever sees a lead reads
//! them; whoever writes has the lead locked.

pub mod communications;
pub mod notes;
pub mod off_boarding;
pub mod tasks;
mod words;

use evenhand_domain::ids::LeadId;
use evenhand_domain::lead::CreatedBy;
use evenhand_domain::permission::Grant;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::leads::OnLeads;
use crate::leads::scope::visible;
use crate::{Error, Read, Result};

pub use words::wipe;

#[derive(FromQueryResult)]
struct LeadRow {
    #[expect(dead_code, reason = "that there is one is the answer")]
    id: Uuid,
}

/// Whether the grant's scope covers a lead.
async fn is_visible<A: OnLeads>(db: &impl Read, grant: &Grant<A>, lead_id: LeadId) -> Result<bool> {
    let mut values = key(grant, lead_id);
    let visible = visible(A::leads(grant.scope()), "l", &mut values, db.db().dialect);
    let sql = format!(
        "SELECT l.id FROM leads l WHERE l.organization_id = $1 AND l.id = $2 AND {visible}"
    );
    let row: Option<LeadRow> = db.db().one(&sql, values).await?;
    Ok(row.is_some())
}

/// `$1` and `$2` of what is read of one lead.
fn key<A: OnLeads>(grant: &Grant<A>, lead_id: LeadId) -> Vec<Value> {
    vec![grant.organization_id().uuid().into(), lead_id.uuid().into()]
}

/// The columns `{name}_user_id`, `{name}_api_key_id` and `{name}_name`: who did something, as they
/// are called now. `table` is the alias of the table with the first two.
fn who(table: &str, name: &str) -> String {
    let (user, key) = (format!("{table}.{name}_user_id"), format!("{table}.{name}_api_key_id"));
    format!(
        "{user}, {key}, CASE WHEN {user} IS NOT NULL \
         THEN (SELECT w.first_name || coalesce(' ' || w.last_name, '') FROM users w \
           WHERE w.organization_id = {table}.organization_id AND w.id = {user}) \
         ELSE (SELECT w.name FROM api_keys w \
           WHERE w.organization_id = {table}.organization_id AND w.id = {key}) END AS {name}_name"
    )
}

/// Whom the columns of [`who`] name.
fn named(user: Option<Uuid>, key: Option<Uuid>, name: Option<String>) -> Result<Option<CreatedBy>> {
    let name = || name.ok_or_else(|| Error::corrupt("somebody without a name"));
    Ok(match (user, key) {
        (Some(id), _) => Some(CreatedBy::User { id: id.into(), name: name()? }),
        (None, Some(id)) => Some(CreatedBy::ApiKey { id: id.into(), name: name()? }),
        (None, None) => None,
    })
}

/// The same where there has to be somebody.
fn author(user: Option<Uuid>, key: Option<Uuid>, name: Option<String>) -> Result<CreatedBy> {
    named(user, key, name)?.ok_or_else(|| Error::corrupt("words that nobody wrote"))
}

/// The one row of a statement whose row was read under the same lock.
fn one_row(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::corrupt("a row under lock is not there")) }
}
