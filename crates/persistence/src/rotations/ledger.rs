//! Reading a rotation's ledger back.

use std::collections::BTreeMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OrganizationId, RotationId};
use evenhand_domain::permission::{Grant, ViewLeads};
use evenhand_domain::rotation::{
    CHECKPOINT_EVERY, EntryKind, Explanation, Hash, Replay, StoredEntry,
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::{Error, Read, Result};

#[derive(FromQueryResult)]
struct EntryRow {
    entry: i64,
    turn: Option<i64>,
    kind: i16,
    at: i64,
    lead_id: Option<Uuid>,
    user_id: Option<Uuid>,
    body: Vec<u8>,
    hash: Vec<u8>,
}

#[derive(FromQueryResult)]
struct CheckpointRow {
    entry: i64,
    body: Vec<u8>,
    hash: Vec<u8>,
}

/// Why some decisions of one rotation fell as they did, recomputed from its ledger: the entries
/// of `wanted` that are decisions, by number. Reads at most one checkpoint's worth of entries for
/// each wanted one.
///
/// # Errors
/// [`Error::Corrupt`] when the ledger does not replay to itself; or when the database fails.
pub async fn explain(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    rotation_id: RotationId,
    wanted: &[u64],
) -> Result<BTreeMap<u64, Explanation>> {
    let organization_id = grant.organization_id();
    let mut explanations = BTreeMap::new();
    let mut segments: BTreeMap<u64, u64> = BTreeMap::new();
    for &entry in wanted {
        // Entry 512 is explained from the start, entry 513 from the checkpoint made with 512.
        let segment = entry.saturating_sub(1) / CHECKPOINT_EVERY;
        let last = segments.entry(segment).or_insert(entry);
        *last = entry.max(*last);
    }
    for (segment, last) in segments {
        let after = segment * CHECKPOINT_EVERY;
        let mut replay = start(db, organization_id, rotation_id, after).await?;
        for row in entries(db, organization_id, rotation_id, after, last).await? {
            let stored = stored(&row)?;
            let replayed = replay.apply(&stored).map_err(|fault| {
                Error::corrupt(format!("ledger of rotation {rotation_id}: {fault:?}"))
            })?;
            if let Some(explanation) = replayed.explanation
                && wanted.contains(&stored.entry)
            {
                explanations.insert(stored.entry, explanation);
            }
        }
    }
    Ok(explanations)
}

/// A replay of a whole ledger from its first entry, for the service's own checks.
///
/// # Errors
/// [`Error::Corrupt`] names the first entry that is not what it must be; or when the database
/// fails.
pub async fn history(
    db: &impl Read,
    organization_id: OrganizationId,
    rotation_id: RotationId,
) -> Result<Replay> {
    let mut replay = Replay::from_start(organization_id, rotation_id);
    let mut after = 0;
    loop {
        let rows =
            entries(db, organization_id, rotation_id, after, after + CHECKPOINT_EVERY).await?;
        let Some(last) = rows.last() else { return Ok(replay) };
        after = u64::try_from(last.entry).unwrap_or(u64::MAX);
        for row in &rows {
            replay.check(&stored(row)?).map_err(|fault| {
                Error::corrupt(format!("ledger of rotation {rotation_id}: {fault:?}"))
            })?;
        }
    }
}

async fn start(
    db: &impl Read,
    organization_id: OrganizationId,
    rotation_id: RotationId,
    after: u64,
) -> Result<Replay> {
    if after == 0 {
        return Ok(Replay::from_start(organization_id, rotation_id));
    }
    let sql = "SELECT c.entry, c.body, l.hash FROM rotation_checkpoints c \
               JOIN rotation_ledger l ON l.organization_id = c.organization_id \
               AND l.rotation_id = c.rotation_id AND l.entry = c.entry \
               WHERE c.organization_id = $1 AND c.rotation_id = $2 AND c.entry = $3";
    let values = key(organization_id, rotation_id, after);
    let row: Option<CheckpointRow> = db.db().one(sql, values).await?;
    let row = row.ok_or_else(|| Error::corrupt(format!("no checkpoint {after}")))?;
    Replay::from_checkpoint(&row.body, hash(&row.hash)?)
        .map_err(|fault| Error::corrupt(format!("checkpoint {}: {fault:?}", row.entry)))
}

async fn entries(
    db: &impl Read,
    organization_id: OrganizationId,
    rotation_id: RotationId,
    after: u64,
    last: u64,
) -> Result<Vec<EntryRow>> {
    let sql = "SELECT entry, turn, kind, at, lead_id, user_id, body, hash FROM rotation_ledger \
               WHERE organization_id = $1 AND rotation_id = $2 AND entry > $3 AND entry <= $4 \
               ORDER BY entry";
    let mut values = key(organization_id, rotation_id, after).to_vec();
    values.push(Value::from(i64::try_from(last).unwrap_or(i64::MAX)));
    db.db().all(sql, values).await
}

fn key(organization_id: OrganizationId, rotation_id: RotationId, entry: u64) -> [Value; 3] {
    [
        Value::from(organization_id.uuid()),
        Value::from(rotation_id.uuid()),
        Value::from(i64::try_from(entry).unwrap_or(i64::MAX)),
    ]
}

fn stored(row: &EntryRow) -> Result<StoredEntry<'_>> {
    let kind = u8::try_from(row.kind).ok().and_then(EntryKind::from_code);
    let number = |value: i64| u64::try_from(value).map_err(|_| Error::corrupt("an entry's number"));
    Ok(StoredEntry {
        entry: number(row.entry)?,
        turn: row.turn.map(number).transpose()?,
        kind: kind.ok_or_else(|| Error::corrupt("an entry's kind"))?,
        at: Timestamp::from_micros(row.at),
        lead_id: row.lead_id.map(Into::into),
        user_id: row.user_id.map(Into::into),
        body: &row.body,
        hash: hash(&row.hash)?,
    })
}

fn hash(bytes: &[u8]) -> Result<Hash> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| Error::corrupt("a ledger hash"))?;
    Ok(Hash::from_bytes(bytes))
}
