//! Finding leads by their texts.
//!
//! Few leads are found by the index, whose answer has no order; then they are all there are, and
//! whoever asks narrows and sorts them. Where many match, walking the newest leads and looking at each
//! text fills a page soon, and no index could tell the newest of them faster. Which of the two it is, a
//! look at the newest texts tells before the index is asked for what it would take long to collect.

use std::collections::BTreeSet;

use evenhand_domain::ids::{LeadId, OrganizationId};
use evenhand_domain::lead::search::LeadSearch;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{array, hashes, words};
use crate::leads::place;
use crate::store::Dialect;
use crate::{Read, Result};

/// The most leads that the index is asked for.
pub(crate) const FEW: usize = 2_000;

/// So many of the newest texts are looked at first, and so many of them say that there are many.
const SAMPLE: u32 = 1_000;
const OF_SAMPLE: i64 = 5;

/// What the index knows of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// These leads match, and no others.
    All(Vec<LeadId>),
    /// More than [`FEW`], or so it seems.
    Many,
}

/// How sure one has to be that there are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Many {
    /// The newest texts may tell.
    Estimated,
    /// They are counted.
    Counted,
}

#[derive(FromQueryResult)]
struct Number {
    number: i64,
}

#[derive(FromQueryResult)]
struct Id {
    lead_id: Uuid,
}

/// The leads of the organization in whose texts all terms occur.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(
    db: &impl Read,
    organization: OrganizationId,
    search: &LeadSearch,
    many: Many,
) -> Result<Found> {
    let dialect = db.db().dialect;
    if many == Many::Estimated {
        let mut values = vec![Value::from(organization.uuid())];
        let terms = terms(search, "s", &mut values, dialect);
        let sql = format!(
            "SELECT count(*) AS number FROM (SELECT s.text FROM lead_search s \
             WHERE s.organization_id = $1 ORDER BY s.lead_id DESC LIMIT {SAMPLE}) s WHERE {terms}"
        );
        let row: Option<Number> = db.db().one(&sql, values).await?;
        if row.is_some_and(|row| row.number >= OF_SAMPLE) {
            return Ok(Found::Many);
        }
    }
    let hashes = hashes(organization, &search.grams());
    let (sql, values) = by_index(organization, search, &hashes, dialect);
    let rows: Vec<Id> = db.db().all(&sql, values).await?;
    if rows.len() > FEW {
        return Ok(Found::Many);
    }
    Ok(Found::All(rows.into_iter().map(|row| row.lead_id.into()).collect()))
}

fn by_index(
    organization: OrganizationId,
    search: &LeadSearch,
    hashes: &BTreeSet<u32>,
    dialect: Dialect,
) -> (String, Vec<Value>) {
    let grams = match dialect {
        Dialect::Postgres => array(hashes),
        Dialect::Sqlite => words(hashes),
    };
    let mut values = vec![Value::from(organization.uuid()), grams.into()];
    let terms = terms(search, "s", &mut values, dialect);
    let limit = FEW + 1;
    let sql = match dialect {
        Dialect::Postgres => format!(
            "SELECT s.lead_id FROM lead_search s WHERE s.grams @> $2::text::integer[] \
             AND s.organization_id = $1 AND {terms} LIMIT {limit}"
        ),
        Dialect::Sqlite => format!(
            "SELECT s.lead_id FROM lead_search_grams CROSS JOIN lead_search s \
             ON s.number = lead_search_grams.rowid WHERE lead_search_grams MATCH $2 \
             AND s.organization_id = $1 AND {terms} LIMIT {limit}"
        ),
    };
    (sql, values)
}

/// True for texts `alias` in which all terms occur.
fn terms(search: &LeadSearch, alias: &str, values: &mut Vec<Value>, dialect: Dialect) -> String {
    let position = dialect.pick("strpos", "instr");
    let terms = search.terms().iter().map(|term| {
        let term = place(values, term.as_str());
        format!("{position}({alias}.text, {term}) > 0")
    });
    terms.collect::<Vec<_>>().join(" AND ")
}

/// True for the leads `lead` in whose texts all terms occur.
pub(crate) fn occurs(
    search: &LeadSearch,
    lead: &str,
    values: &mut Vec<Value>,
    dialect: Dialect,
) -> String {
    let terms = terms(search, "st", values, dialect);
    format!(
        "EXISTS (SELECT 1 FROM lead_search st WHERE st.organization_id = {lead}.organization_id \
         AND st.lead_id = {lead}.id AND {terms})"
    )
}

/// The last of the next `count` leads behind `after` that are in the index; `None` when there are
/// fewer.
///
/// # Errors
/// When the database fails.
pub(crate) async fn edge(
    db: &impl Read,
    organization: OrganizationId,
    after: Option<Uuid>,
    descending: bool,
    count: u32,
) -> Result<Option<Uuid>> {
    let mut values = vec![Value::from(organization.uuid())];
    let (behind, direction) = if descending { ("<", "DESC") } else { (">", "ASC") };
    let after = after.map(|after| place(&mut values, after));
    let after = after.map(|after| format!("AND s.lead_id {behind} {after}")).unwrap_or_default();
    let sql = format!(
        "SELECT s.lead_id FROM lead_search s WHERE s.organization_id = $1 {after} \
         ORDER BY s.lead_id {direction} LIMIT 1 OFFSET {}",
        count.saturating_sub(1)
    );
    let row: Option<Id> = db.db().one(&sql, values).await?;
    Ok(row.map(|row| row.lead_id))
}
