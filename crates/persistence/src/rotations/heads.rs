//! Heads of ledgers: the last entry's number and hash, to be signed from time to time.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OrganizationId, RotationId};
use evenhand_domain::rotation::Hash;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::{Error, Read, Result, Tx};

/// The end of a ledger at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The rotation.
    pub rotation_id: RotationId,
    /// Its last entry.
    pub entry: u64,
    /// That entry's hash.
    pub hash: Hash,
}

#[derive(FromQueryResult)]
struct HeadRow {
    organization_id: Uuid,
    id: Uuid,
    entry: i64,
    head: Vec<u8>,
}

/// Up to `limit` heads that are newer than the last signed one of their rotation, whosever they
/// are, of rotations behind `after` in the order of their keys: for the service's own work.
///
/// # Errors
/// When the database fails.
pub async fn unsigned_heads(db: &impl Read, after: Option<&Head>, limit: u32) -> Result<Vec<Head>> {
    let (organization, rotation) = after.map_or((Uuid::nil(), Uuid::nil()), |head| {
        (head.organization_id.uuid(), head.rotation_id.uuid())
    });
    let sql = "SELECT r.organization_id, r.id, r.entry, r.head FROM rotations r \
               WHERE r.entry > COALESCE((SELECT max(h.entry) FROM rotation_heads h \
               WHERE h.organization_id = r.organization_id AND h.rotation_id = r.id), 0) \
               AND (r.organization_id, r.id) > ($1, $2) \
               ORDER BY r.organization_id, r.id LIMIT $3";
    let values = [organization.into(), rotation.into(), Value::from(i64::from(limit))];
    let rows: Vec<HeadRow> = db.db().all(sql, values).await?;
    rows.into_iter()
        .map(|row| {
            let hash: [u8; 32] =
                row.head.try_into().map_err(|_| Error::corrupt("a rotation's head"))?;
            Ok(Head {
                organization_id: row.organization_id.into(),
                rotation_id: row.id.into(),
                entry: u64::try_from(row.entry).map_err(|_| Error::corrupt("an entry's number"))?,
                hash: Hash::from_bytes(hash),
            })
        })
        .collect()
}

/// Keeps signatures of heads. Where another replica signed the same head, its signature stays.
///
/// # Errors
/// When the database fails.
pub async fn keep_heads(tx: &mut Tx, signed: Vec<(Head, String)>, now: Timestamp) -> Result<()> {
    if signed.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("entry", Kind::Int),
        ("signed_at", Kind::Int),
        ("jws", Kind::Text),
    ]);
    for (head, jws) in signed {
        rows.push([
            head.organization_id.into(),
            head.rotation_id.into(),
            head.entry.into(),
            now.micros().into(),
            jws.into(),
        ]);
    }
    let db = tx.db();
    let then = "ON CONFLICT (organization_id, rotation_id, entry) DO NOTHING";
    db.insert(rows, "rotation_heads", then).await?;
    Ok(())
}
