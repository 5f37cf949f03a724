//! Writing the index.

use std::collections::BTreeSet;

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
    version: i64,
}

/// Stores texts. One that was made of a later version of its lead stays.
///
/// # Errors
/// When the database fails.
pub async fn index(tx: &mut Tx, texts: &[Text]) -> Result<()> {
    if texts.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("text", Kind::Text),
        ("grams", Kind::Text),
        ("version", Kind::Int),
    ]);
    for Text { organization_id, lead_id, text, version } in texts {
        let hashes = hashes(*organization_id, &grams(text));
        let grams = match db.dialect {
            Dialect::Postgres => array(&hashes),
            Dialect::Sqlite => words(&hashes),
        };
        rows.push([
            (*organization_id).into(),
            (*lead_id).into(),
            text.as_str().into(),
            grams.into(),
            (*version).into(),
        ]);
    }
    let input = rows.input(db.dialect);
    let values = rows.into_values(db.dialect);
    match db.dialect {
        Dialect::Postgres => {
            let sql = format!(
                "{input} INSERT INTO lead_search (organization_id, lead_id, text, grams, version) \
                 SELECT organization_id, lead_id, coalesce(text, ''), grams::integer[], version \
                 FROM input ORDER BY organization_id, lead_id \
                 ON CONFLICT (organization_id, lead_id) DO UPDATE SET text = excluded.text, \
                 grams = excluded.grams, version = excluded.version \
                 WHERE lead_search.version <= excluded.version"
            );
            db.execute(&sql, values).await?;
        }
        Dialect::Sqlite => {
            let sql = format!(
                "{input} INSERT INTO lead_search (organization_id, lead_id, text, version) \
                 SELECT organization_id, lead_id, coalesce(text, ''), version FROM input WHERE true \
                 ON CONFLICT (organization_id, lead_id) DO UPDATE SET text = excluded.text, \
                 version = excluded.version WHERE lead_search.version <= excluded.version"
            );
            db.execute(&sql, values.clone()).await?;
            let sql = format!(
                "{input} INSERT OR REPLACE INTO lead_search_grams (rowid, grams) \
                 SELECT s.number, i.grams FROM input i CROSS JOIN lead_search s \
                 ON s.organization_id = i.organization_id AND s.lead_id = i.lead_id \
                 AND s.version = i.version"
            );
            db.execute(&sql, values).await?;
        }
    }
    Ok(())
}

/// The texts of leads as they are; those that do not exist are missing. To be read outside of the
/// transaction that stores them: on SQLite that keeps everybody else from writing.
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
    Ok(found.iter().map(text).collect())
}

fn text(row: &LeadRow) -> Text {
    let fields = SearchedFields {
        first_name: row.first_name.as_deref(),
        last_name: row.last_name.as_deref(),
        company: row.company.as_deref(),
        email: row.email.as_deref(),
        phone: row.phone_key.as_deref(),
    };
    Text {
        organization_id: row.organization_id.into(),
        lead_id: row.id.into(),
        text: fields.text(),
        version: row.version,
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
    let nothing = Text { organization_id, lead_id: lead, text: String::new(), version };
    index(tx, &[nothing]).await
}
