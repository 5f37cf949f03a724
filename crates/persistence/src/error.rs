//! The one place where a database error is classified.

use std::time::Duration;

use evenhand_domain::error::{Error as DomainError, Unavailable};
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// What a query or a transaction can fail with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another transaction is in the way (serialization, deadlock, lock): try again.
    #[error("the database is busy")]
    Busy(#[source] DbErr),
    /// The database does not answer, or every connection is taken.
    #[error("the database is unavailable")]
    Unavailable(#[source] DbErr),
    /// A unique constraint stands against it; the caller knows what that means.
    #[error("a unique constraint was violated: {constraint}")]
    Unique {
        /// The database's message, which names the constraint or its columns.
        constraint: String,
    },
    /// A stored value that the code cannot read.
    #[error("stored data is not readable: {0}")]
    Corrupt(String),
    /// Anything else: a fault of ours.
    #[error("a query failed")]
    Query(#[source] DbErr),
}

impl Error {
    /// Whether the violated constraint's message contains `name`.
    #[must_use]
    pub fn violates(&self, name: &str) -> bool {
        matches!(self, Self::Unique { constraint } if constraint.contains(name))
    }

    /// Whether another transaction was in the way.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Busy(_))
    }

    /// Whether the same transaction may succeed when it is run again.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Unavailable(_))
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt(what.into())
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(constraint)) = error.sql_err() {
            return Self::Unique { constraint };
        }
        match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(error),
            DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => match cause.as_ref() {
                sqlx::Error::Database(database) => {
                    let code = database.code();
                    match class(code.as_deref().unwrap_or_default()) {
                        Class::Busy => Self::Busy(error),
                        Class::Unavailable => Self::Unavailable(error),
                        Class::Other => Self::Query(error),
                    }
                }
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
                _ => Self::Query(error),
            },
            _ => Self::Query(error),
        }
    }
}

enum Class {
    Busy,
    Unavailable,
    Other,
}

/// What an error code says: SQLSTATE (PostgreSQL) or an extended result code (SQLite).
fn class(code: &str) -> Class {
    match code {
        // serialization_failure, deadlock_detected, lock_not_available, query_canceled (by the
        // statement timeout), idle_in_transaction_session_timeout.
        "40001" | "40P01" | "55P03" | "57014" | "25P03" => Class::Busy,
        // idle_session_timeout, io_error.
        "57P01" | "57P02" | "57P03" | "57P05" | "58030" => Class::Unavailable,
        // connection_exception, insufficient_resources.
        code if code.len() == 5 && (code.starts_with("08") || code.starts_with("53")) => {
            Class::Unavailable
        }
        // The low byte is the primary code: BUSY and LOCKED; IOERR, FULL and CANTOPEN.
        code => match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(5 | 6) if code.len() < 5 => Class::Busy,
            Ok(10 | 13 | 14) if code.len() < 5 => Class::Unavailable,
            _ => Class::Other,
        },
    }
}

/// For whom the database is away, or at fault: the source goes to the log, not to the caller.
impl From<Error> for DomainError {
    fn from(error: Error) -> Self {
        match error {
            Error::Busy(_) | Error::Unavailable(_) => {
                tracing::warn!(error = ?error, "the database did not serve a request");
                Self::Unavailable(Unavailable::Database, Duration::from_secs(1))
            }
            other => Self::internal(other),
        }
    }
}
