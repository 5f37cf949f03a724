//! The statements that requests send, for a test that asks the database for their plans. It holds
//! what is in the records, so no release has it.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use sea_orm::{DbBackend, Statement};
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

/// On PostgreSQL with the values in it, by which it plans.
pub(super) fn note(statement: &Statement) {
    let is_of_request = Span::current().metadata().is_some_and(|span| span.name() == "request");
    let Some(file) = FILE.get().filter(|_| is_of_request) else { return };
    let sql = match statement.db_backend {
        DbBackend::Postgres => statement.to_string(),
        _ => statement.sql.clone(),
    };
    let line = serde_json::Value::from(sql);
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    drop(writeln!(file, "{line}"));
}
