//! Writing the index.

use std::collections::{BTreeSet, HashMap};

use evenhand_domain::ids::{LeadId, OrganizationId};
use evenhand_domain::lead::search::{SearchedFields, grams};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{array, hashes, words};
use crate::rows::{Kind, Rows};
use crate::store::Dialect;
use crate::{Read, Result, Tx};

#[derive(FromQueryResult)]
struct LeadRow {
    organization_id: Uuid,
    id: Uuid,
    first_name: Option<String>,
    last_name: Option<String>,
    company: Option<String>,
    email: Option<String>,
    phone_key: Option<String>,
    version: i64,
}

/// The text of a lead as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    organization_id: OrganizationId,
    lead_id: LeadId,
    text: String,
    /// What the index keeps of it, as this database takes it.
    grams: String,
    version: i64,
}

#[derive(FromQueryResult)]
struct NumberRow {
    organization_id: Uuid,
    lead_id: Uuid,
    number: i64,
}

/// Stores texts. One that was made of a later version of its lead stays.
///
/// # Errors
/// When the database fails.
pub async fn index(tx: &mut Tx, texts: &[Text]) -> Result<()> {
    if texts.is_empty() {
        return Ok(());
    }
    match tx.db().dialect {
        Dialect::Postgres => index_in_arrays(tx, texts).await,
        Dialect::Sqlite => index_in_words(tx, texts).await,
    }
}

async fn index_in_arrays(tx: &mut Tx, texts: &[Text]) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("text", Kind::Text),
        ("grams", Kind::Text),
        ("version", Kind::Int),
    ]);
    for Text { organization_id, lead_id, text, grams, version } in texts {
        rows.push([
            (*organization_id).into(),
            (*lead_id).into(),
            text.as_str().into(),
            grams.as_str().into(),
            (*version).into(),
        ]);
    }
    let db = tx.db();
    let sql = format!(
        "{} INSERT INTO lead_search (organization_id, lead_id, text, grams, version) \
         SELECT organization_id, lead_id, coalesce(text, ''), grams::integer[], version \
         FROM input ORDER BY organization_id, lead_id \
         ON CONFLICT (organization_id, lead_id) DO UPDATE SET text = excluded.text, \
         grams = excluded.grams, version = excluded.version \
         WHERE lead_search.version <= excluded.version",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

async fn index_in_words(tx: &mut Tx, texts: &[Text]) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("text", Kind::Text),
        ("version", Kind::Int),
    ]);
    for Text { organization_id, lead_id, text, version, .. } in texts {
        rows.push([
            (*organization_id).into(),
            (*lead_id).into(),
            text.as_str().into(),
            (*version).into(),
        ]);
    }
    let db = tx.db();
    // Those that stay as they are do not come back.
    let then = "ON CONFLICT (organization_id, lead_id) DO UPDATE SET text = excluded.text, \
                version = excluded.version WHERE lead_search.version <= excluded.version \
                RETURNING organization_id, lead_id, number";
    let written: Vec<NumberRow> = db.insert_returning(rows, "lead_search", then).await?;
    let key = |row: NumberRow| ((row.organization_id.into(), row.lead_id.into()), row.number);
    let numbers: HashMap<(OrganizationId, LeadId), i64> = written.into_iter().map(key).collect();
    let mut before = Rows::new([("number", Kind::Int)]);
    let mut now = Rows::new([("rowid", Kind::Int), ("grams", Kind::Text)]);
    for Text { organization_id, lead_id, grams, .. } in texts {
        if let Some(number) = numbers.get(&(*organization_id, *lead_id)) {
            before.push([(*number).into()]);
            now.push([(*number).into(), grams.as_str().into()]);
        }
    }
    let sql = format!(
        "{} DELETE FROM lead_search_grams WHERE rowid IN (SELECT number FROM input)",
        before.input(db.dialect)
    );
    db.execute(&sql, before.into_values(db.dialect)).await?;
    db.insert(now, "lead_search_grams", "").await?;
    Ok(())
}

/// The texts of leads as they are; those that do not exist are missing. To be read outside of the
/// transaction that stores them: on SQLite that keeps everybody else from writing, and what the index
/// keeps of them is worked out here.
///
/// # Errors
/// When the database fails.
pub async fn texts(
    db: &impl Read,
    leads: &BTreeSet<(OrganizationId, LeadId)>,
) -> Result<Vec<Text>> {
    if leads.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("lead_id", Kind::Uuid)]);
    leads
        .iter()
        .for_each(|(organization, lead)| rows.push([(*organization).into(), (*lead).into()]));
    let db = db.db();
    let sql = format!(
        "{} SELECT l.organization_id, l.id, l.first_name, l.last_name, l.company, l.email, \
         l.phone_key, l.version FROM input i CROSS JOIN leads l \
         WHERE l.organization_id = i.organization_id AND l.id = i.lead_id",
        rows.input(db.dialect)
    );
    let found: Vec<LeadRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    Ok(found.iter().map(|row| text(db.dialect, row)).collect())
}

fn text(dialect: Dialect, row: &LeadRow) -> Text {
    let fields = SearchedFields {
        first_name: row.first_name.as_deref(),
        last_name: row.last_name.as_deref(),
        company: row.company.as_deref(),
        email: row.email.as_deref(),
        phone: row.phone_key.as_deref(),
    };
    Text::new(dialect, (row.organization_id.into(), row.id.into()), fields.text(), row.version)
}

impl Text {
    fn new(
        dialect: Dialect,
        (organization_id, lead_id): (OrganizationId, LeadId),
        text: String,
        version: i64,
    ) -> Self {
        let hashes = hashes(organization_id, &grams(&text));
        let grams = match dialect {
            Dialect::Postgres => array(&hashes),
            Dialect::Sqlite => words(&hashes),
        };
        Self { organization_id, lead_id, text, grams, version }
    }
}

/// Takes everything that a lead was found by out of the index. Whoever calls this has the lead locked,
/// has raised its version and tells of it by an event of the lead.
///
/// # Errors
/// When the database fails.
pub async fn wipe(tx: &mut Tx, organization_id: OrganizationId, lead: LeadId) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Version {
        version: i64,
    }

    let sql = "SELECT l.version FROM leads l WHERE l.organization_id = $1 AND l.id = $2";
    let values = [Value::from(organization_id.uuid()), lead.uuid().into()];
    let row: Option<Version> = tx.db().one(sql, values).await?;
    let Some(Version { version }) = row else { return Ok(()) };
    // A text that somebody read before, and has not written yet, is of an earlier version.
    let dialect = tx.db().dialect;
    let nothing = Text::new(dialect, (organization_id, lead), String::new(), version);
    index(tx, &[nothing]).await
}
