//! What SQLite would do of a statement.

use sea_orm::{ConnectionTrait as _, Database as Connection, DbBackend, Statement};

use super::{Plans, Promise};
use crate::support::database::Database;

/// The names by which statements read large tables; other scans are of what was found before.
const LARGE: [&str; 15] = [
    "l",
    "x",
    "e",
    "a",
    "c",
    "t",
    "st",
    "w",
    "pw",
    "leads",
    "lead_access",
    "events",
    "assignments",
    "lead_tasks",
    "lead_search",
];

pub(super) async fn plans(database: &Database, statements: &[String], promise: Promise) -> Plans {
    let db = Connection::connect(database.url()).await.unwrap();
    let mut plans = Plans::default();
    for sql in statements {
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let rows = db.query_all_raw(Statement::from_string(DbBackend::Sqlite, explain)).await;
        let rows = rows.unwrap_or_else(|error| panic!("{error}: {sql}"));
        let lines = rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap());
        let lines: Vec<String> = lines.collect();
        for line in &lines {
            let words: Vec<&str> = line.split(' ').collect();
            let is_scan =
                words[0] == "SCAN" && LARGE.contains(&words[1]) && !line.contains(" INDEX ");
            if is_scan && promise != Promise::All {
                let plan = format!("{line}\n{sql}\n{}", lines.join("\n"));
                plans.faults.push(("a table is read as a whole", plan));
            }
            if let Some(way) = way(line) {
                plans.ways.insert(way);
            }
        }
    }
    db.close().await.unwrap();
    plans
}

/// The index that a line names with what it is searched by, or a sort.
fn way(line: &str) -> Option<String> {
    if line.contains("TEMP B-TREE FOR ORDER BY") || line.contains("TEMP B-TREE FOR LAST") {
        return Some("sort".to_owned());
    }
    let (_, index) = line.split_once(" INDEX ")?;
    let is_large = super::LARGE.iter().any(|table| {
        index.strip_prefix(table).is_some_and(|rest| rest.starts_with('_'))
            || index.starts_with(&format!("sqlite_autoindex_{table}_"))
    });
    let scan = if line.starts_with("SCAN") { "all of " } else { "" };
    is_large.then(|| format!("{scan}{index}"))
}
