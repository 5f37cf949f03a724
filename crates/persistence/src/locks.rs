//! Locks on what has no row, or none that is to be written: numbers, on PostgreSQL. On SQLite, which has
//! one writer, everything is locked with the beginning of a transaction.

use std::collections::BTreeSet;

use sea_orm::Value;
use sea_orm::sea_query::ArrayType;

use crate::store::Dialect;
use crate::{Read, Result, Tx};

/// Numbers to be locked.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    /// With others who lock them like this.
    pub(crate) shared: BTreeSet<i64>,
    /// Alone.
    pub(crate) exclusive: BTreeSet<i64>,
}

/// Locks numbers until the transaction ends: first those that are shared, both in their order, which all
/// agree on. In a statement of its own, for a statement's snapshot is older than the locks it waits for.
pub(crate) async fn take(tx: &mut Tx, locks: Locks) -> Result<()> {
    let db = tx.db();
    let shared = locks.shared.into_iter().map(|id| (id, true));
    let all = shared.chain(locks.exclusive.into_iter().map(|id| (id, false)));
    let (ids, are_shared): (Vec<Value>, Vec<Value>) =
        all.map(|(id, is_shared)| (Value::from(id), Value::from(is_shared))).unzip();
    if db.dialect == Dialect::Sqlite || ids.is_empty() {
        return Ok(());
    }
    let sql = "SELECT CASE WHEN l.is_shared THEN pg_advisory_xact_lock_shared(l.id) \
               ELSE pg_advisory_xact_lock(l.id) END \
               FROM unnest($1::bigint[], $2::boolean[]) AS l (id, is_shared)";
    let array = |kind, values| Value::Array(kind, Some(Box::new(values)));
    db.execute(sql, [array(ArrayType::BigInt, ids), array(ArrayType::Bool, are_shared)]).await?;
    Ok(())
}
