//! How the guaranteed lists are found: the statements that the server sends for them, taken from the
//! server, with the plans that the database makes of them, on as many leads as show a difference.
//!
//! On PostgreSQL the statements are carried out and what they looked at is counted: a page costs a page.
//! On SQLite the plans alone are looked at, which there do not depend on how much there is. Which index
//! serves what is committed in `postgres.txt` and `sqlite.txt`: a lost one is seen.

mod asked;
mod fill;
mod postgres;
mod sqlite;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use asked::{Asked, Cast, Promise, questions};
use serde_json::Value;

use crate::support::answer::text;
use crate::support::both;
use crate::support::process::environment;
use crate::support::world::World;

const HEAD: &str = "\
# What each request looks up, and by which index. Regenerate with EVENHAND_UPDATE_SNAPSHOTS=1 and read
# the difference: an index that is gone here is a list that costs more than it promises. '!' marks what
# is known to.

";

/// The tables that grow with the organization.
const LARGE: [&str; 11] = [
    "leads",
    "lead_access",
    "lead_external_ids",
    "lead_search",
    "lead_notes",
    "lead_communications",
    "lead_tasks",
    "assignments",
    "events",
    "event_details",
    "waiting_leads",
];

/// What was found of one request's statements.
#[derive(Default)]
struct Plans {
    /// The indexes by which large tables are read, and how else.
    ways: BTreeSet<String>,
    /// What breaks the promise, with the plan that does.
    faults: Vec<(&'static str, String)>,
}

/// A statement that the server sent.
struct Sent {
    sql: String,
    /// As they are written in SQL; on SQLite, which does not plan by them, none.
    values: Vec<String>,
}

impl Sent {
    /// Reads what the server has noted.
    fn of(line: &str) -> Self {
        let noted: Value = serde_json::from_str(line).unwrap();
        let values = noted["values"].as_array().unwrap();
        Self { sql: text(&noted["sql"]), values: values.iter().map(text).collect() }
    }
}

/// The statements of the requests, as the server notes them.
struct Statements {
    file: PathBuf,
    read: usize,
}

impl Statements {
    fn begin(folder: &Path) -> Self {
        Self { file: folder.join("statements"), read: 0 }
    }

    /// Those since the last time that read a large table.
    fn take(&mut self) -> Vec<Sent> {
        let all = std::fs::read_to_string(&self.file).unwrap();
        let lines: Vec<&str> = all.lines().collect();
        let new = lines[self.read..].iter().map(|line| Sent::of(line));
        let reads = new.filter(|Sent { sql, .. }| {
            let words =
                sql.split(|character: char| !character.is_alphanumeric() && character != '_');
            let words: BTreeSet<&str> = words.collect();
            LARGE.iter().any(|table| words.contains(table))
        });
        let reads = reads.collect();
        self.read = lines.len();
        reads
    }
}

fn snapshot(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("plans/{kind}.txt"))
}

both! {
    async fn are_those_of_the_guaranteed_lists(database: Database) {
        let folder = tempfile::tempdir().unwrap();
        let mut statements = Statements::begin(folder.path());
        let log = statements.file.to_str().unwrap().to_owned();
        let acme = World::start_with(database, &[("EVENHAND_STATEMENT_LOG", &log), ("EVENHAND_LOG", "info")]).await;
        let cast = Cast::of(&acme).await;
        fill::fill(&acme, &cast).await;
        let is_sqlite = acme.database.file().is_some();
        let kind = if is_sqlite { "sqlite" } else { "postgres" };
        let (mut table, mut faults) = (HEAD.to_owned(), Vec::new());
        for Asked { who, path, promise } in questions(&cast) {
            statements.take();
            let name = format!("{who}: {}", cast.unnamed(&path));
            let asked = cast.ask(who, &path).await;
            let sent = statements.take();
            assert!(!sent.is_empty() && asked, "{name} reads");
            let plans = if is_sqlite {
                sqlite::plans(&acme.database, &sent, promise).await
            } else {
                postgres::plans(&acme.database, &sent, promise).await
            };
            let ways: Vec<&str> = plans.ways.iter().map(String::as_str).collect();
            writeln!(table, "{name}\n    {}", ways.join(", ")).unwrap();
            let broken: BTreeSet<&str> = plans.faults.iter().map(|(what, _)| *what).collect();
            for what in broken {
                writeln!(table, "    ! {what}").unwrap();
            }
            faults.extend(plans.faults.into_iter().map(|(what, plan)| format!("{name}: {what}: {plan}")));
        }
        if environment("EVENHAND_UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(snapshot(kind), &table).unwrap();
        }
        let committed = std::fs::read_to_string(snapshot(kind)).unwrap_or_default();
        for (line, (now, then)) in table.lines().zip(committed.lines()).enumerate() {
            let at = line + 1;
            assert_eq!(now, then, "line {at} of tests/plans/{kind}.txt\n{}", faults.join("\n"));
        }
        assert_eq!(table.lines().count(), committed.lines().count(), "tests/plans/{kind}.txt");
    }
}
