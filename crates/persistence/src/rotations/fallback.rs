//! What rotations fall back to when nobody is eligible, over any number of steps.

use evenhand_domain::ids::{OrganizationId, RotationId};
use evenhand_domain::rotation_owner::RotationOwner;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::read::{COLUMNS, OF_INPUT, Queueing, RotationRow, for_update, owner_keys, with_members};
use super::{KnownMembers, Rotation};
use crate::rows::{Kind, Rows};
use crate::store::Dialect;
use crate::{Read, Result, Tx};

/// As [`super::lock_by_owners`], with every rotation that one of them falls back to, directly or
/// not: what a lead that is dealt by them may be dealt by.
///
/// One that is given a fallback while this waits for it is locked without that: whoever deals looks
/// whether what a rotation falls back to is there. Members that are `known` are not read.
///
/// # Errors
/// When the database fails.
pub async fn lock_with_fallbacks(
    tx: &mut Tx,
    owners: &[(OrganizationId, RotationOwner)],
    queueing: Queueing,
    known: Option<&KnownMembers>,
) -> Result<Vec<Rotation>> {
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let rows = owner_keys(owners);
    let db = tx.db();
    let first = format!(
        "SELECT r.organization_id, r.id, r.fallback_group_id, r.fallback_team_id \
         FROM rotations r WHERE (r.organization_id, r.id) IN ({OF_INPUT})"
    );
    let sql = format!(
        "WITH RECURSIVE {}, {} SELECT {COLUMNS} FROM rotations r \
         WHERE (r.organization_id, r.id) IN (SELECT organization_id, id FROM chain) \
         AND r.archived_at IS NULL ORDER BY r.organization_id, r.id {}",
        rows.table(db.dialect),
        chain(&first, db.dialect),
        for_update(db.dialect, queueing),
    );
    let locked: Vec<RotationRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    with_members(tx, locked, known).await
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

/// These rotations and every one that they fall back to, directly or not, archived ones included.
/// Locks nothing.
///
/// # Errors
/// When the database fails.
pub async fn fallbacks(
    db: &impl Read,
    organization_id: OrganizationId,
    of: &[RotationId],
) -> Result<Vec<RotationId>> {
    if of.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    of.iter().for_each(|id| rows.push([organization_id.into(), (*id).into()]));
    let db = db.db();
    let first = "SELECT r.organization_id, r.id, r.fallback_group_id, r.fallback_team_id \
                 FROM input i JOIN rotations r ON r.organization_id = i.organization_id \
                 AND r.id = i.id";
    let sql = format!(
        "WITH RECURSIVE {}, {} SELECT id FROM chain",
        rows.table(db.dialect),
        chain(first, db.dialect),
    );
    let found: Vec<IdRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    Ok(found.into_iter().map(|row| row.id.into()).collect())
}

/// The table `chain` of a recursive statement: the rotations that `first` selects, and what they
/// fall back to. `UNION` leaves out what is there already, so that even a loop would end.
pub(super) fn chain(first: &str, dialect: Dialect) -> String {
    let columns = "o.organization_id, o.id, o.fallback_group_id, o.fallback_team_id";
    let next = match dialect {
        // PostgreSQL takes one recursive part, SQLite several but no LATERAL.
        Dialect::Postgres => format!(
            "SELECT {columns} FROM chain c CROSS JOIN LATERAL (\
             SELECT * FROM rotations g WHERE g.organization_id = c.organization_id \
             AND g.group_id = c.fallback_group_id \
             UNION ALL SELECT * FROM rotations t WHERE t.organization_id = c.organization_id \
             AND t.team_id = c.fallback_team_id) o"
        ),
        Dialect::Sqlite => format!(
            "SELECT {columns} FROM chain c JOIN rotations o \
             ON o.organization_id = c.organization_id AND o.group_id = c.fallback_group_id \
             UNION SELECT {columns} FROM chain c JOIN rotations o \
             ON o.organization_id = c.organization_id AND o.team_id = c.fallback_team_id"
        ),
    };
    format!(
        "chain (organization_id, id, fallback_group_id, fallback_team_id) AS \
         ({first} UNION {next})"
    )
}
