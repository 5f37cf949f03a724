//! The statements that requests send, for a test that asks the database for their plans. It holds
//! what is in the records, so no release has it.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use sea_orm::sea_query::{ArrayType, PostgresQueryBuilder, QueryBuilder as _};
use sea_orm::{DbBackend, Statement, Value};
use tracing::Span;

static FILE: OnceLock<Mutex<File>> = OnceLock::new();

/// Notes them in this file from now on, each as a line of JSON.
///
/// # Errors
/// When the file cannot be made.
pub fn keep_in(path: &Path) -> io::Result<()> {
    let file = File::create(path)?;
    FILE.get_or_init(|| Mutex::new(file));
    Ok(())
}

/// The statement, and for PostgreSQL its values as they are written in SQL.
pub(super) fn note(statement: &Statement) {
    let is_of_request = Span::current().metadata().is_some_and(|span| span.name() == "request");
    let Some(file) = FILE.get().filter(|_| is_of_request) else { return };
    let values = statement.values.iter().flat_map(|values| &values.0);
    let values: Vec<String> = match statement.db_backend {
        DbBackend::Postgres => values.map(literal).collect(),
        _ => Vec::new(),
    };
    let line = serde_json::json!({"sql": statement.sql, "values": values});
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    drop(writeln!(file, "{line}"));
}

/// A value as PostgreSQL reads it; that of an array says of what, which its elements' texts do not.
fn literal(value: &Value) -> String {
    let literal = PostgresQueryBuilder.value_to_string(value);
    match value {
        Value::Array(ArrayType::Uuid, _) => format!("{literal}::uuid[]"),
        Value::Array(ArrayType::String, _) => format!("{literal}::text[]"),
        Value::Array(ArrayType::BigInt, _) => format!("{literal}::bigint[]"),
        _ => literal,
    }
}
