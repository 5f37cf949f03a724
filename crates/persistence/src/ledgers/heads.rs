//! Signed heads, to be kept by whoever wants to prove later that nothing was rewritten.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::page::{Page, PageRequest};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::Ledger;
use crate::{Error, Read, Result};

/// A head that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// The entry that was the last one.
    pub entry: u64,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The signature with what it is of: a compact JWS.
    pub jws: String,
}

#[derive(FromQueryResult)]
struct HeadRow {
    entry: i64,
    signed_at: i64,
    jws: String,
}

/// A page of a ledger's signed heads, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_heads(
    db: &impl Read,
    ledger: &Ledger,
    page: &PageRequest,
) -> Result<Page<SignedHead>> {
    let mut values = ledger.key();
    let mut sql = "SELECT entry, signed_at, jws FROM rotation_heads \
                   WHERE organization_id = $1 AND rotation_id = $2"
        .to_owned();
    if let Some(after) = page.after {
        values.push(after.as_u64_pair().1.cast_signed().into());
        sql.push_str(" AND entry < $3");
    }
    sql.push_str(&format!(" ORDER BY entry DESC LIMIT {}", page.probe()));
    let rows: Vec<HeadRow> = db.db().all(&sql, values).await?;
    let heads: Result<Vec<SignedHead>> = rows
        .into_iter()
        .map(|row| {
            Ok(SignedHead {
                entry: u64::try_from(row.entry).map_err(|_| Error::corrupt("a head's entry"))?,
                signed_at: Timestamp::from_micros(row.signed_at),
                jws: row.jws,
            })
        })
        .collect();
    Ok(Page::from_probe(heads?, page, |head| Uuid::from_u64_pair(0, head.entry)))
}
