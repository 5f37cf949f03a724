//! Beginning transactions.

use std::panic::resume_unwind;

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, TransactionOptions, TransactionTrait,
};

use crate::{Error, Result};

/// Begins a transaction, to its end even where nobody waits for it any more (then it is rolled back).
/// A `BEGIN` that sqlx 0.9 is made to drop on its way to PostgreSQL is carried out all the same, and
/// whoever has the connection next is in that transaction without knowing:
/// <https://github.com/transact-rs/sqlx/issues/4393>.
///
/// # Errors
/// [`Error::Unavailable`] without a connection, [`Error::Busy`] when SQLite's write lock is held too
/// long by another process.
#[expect(clippy::disallowed_methods, reason = "nothing drops the `BEGIN` of a task of its own")]
pub(super) async fn begin(
    pool: &DatabaseConnection,
    options: TransactionOptions,
) -> Result<DatabaseTransaction> {
    let pool = pool.clone();
    match tokio::spawn(async move { pool.begin_with_options(options).await }).await {
        Ok(begun) => Ok(begun?),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(stopped) => Err(Error::Unavailable(DbErr::Custom(stopped.to_string()))),
        },
    }
}
