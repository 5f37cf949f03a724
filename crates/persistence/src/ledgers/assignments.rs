//! Whether leads and their assignments are what a ledger says. The comparing is the database's: of
//! a million decisions that agree nothing has to be read.
//!
//! All of it runs on ranges of entries that were verified before, so that the ledger's own columns
//! are what its bodies say.

use evenhand_domain::lead::{AssignmentSource, UnassignedReason};
use evenhand_domain::rotation::Undealt;
use evenhand_domain::verification::{Invalid, Problem};
use sea_orm::FromQueryResult;

use super::Ledger;
use crate::{Read, Result};

#[derive(FromQueryResult)]
struct DifferenceRow {
    entry: i64,
    turn: Option<i64>,
    what: String,
}

impl DifferenceRow {
    /// What it says of a row of `table` that has these columns, or else is missing.
    fn read(self, table: &'static str, columns: &[&'static str]) -> Invalid {
        let column = columns.iter().find(|column| **column == self.what);
        let problem = match column {
            Some(column) => Problem::Differs { table, column },
            None => Problem::RowMissing { table },
        };
        found(Some(self.entry), self.turn, problem)
    }
}

fn found(entry: Option<i64>, turn: Option<i64>, problem: Problem) -> Invalid {
    let number = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok());
    Invalid { entry: number(entry).unwrap_or(0), turn: number(turn), problem }
}

/// The decisions of the ledger `l` in the range `$3` to `$4`.
const DECISIONS: &str = "l.organization_id = $1 AND l.rotation_id = $2 AND l.entry > $3 \
     AND l.entry <= $4 AND l.lead_id IS NOT NULL";

/// What is told of a decision `l` beside the ledger: the assignment `a` that came of it, or, where the
/// rotation passed the lead on to its fallback, the step `s` of the assignment that came of that.
const TOLD: &str = "LEFT JOIN assignments a ON a.organization_id = l.organization_id \
     AND a.lead_id = l.lead_id AND a.rotation_id = l.rotation_id AND a.entry = l.entry \
     LEFT JOIN assignment_steps s ON s.organization_id = l.organization_id \
     AND s.lead_id = l.lead_id AND s.rotation_id = l.rotation_id AND s.entry = l.entry";

/// The first decision of a range whose assignment is missing or says something else: who, which turn,
/// when, with which receipt, by what kind of act.
///
/// # Errors
/// When the database fails.
pub async fn unlike(
    db: &impl Read,
    ledger: &Ledger,
    after: u64,
    last: u64,
) -> Result<Option<Invalid>> {
    let sources = [AssignmentSource::Distribution, AssignmentSource::OffBoarding]
        .map(|source| source.code().to_string())
        .join(", ");
    let differs = [
        ("turn", "a.turn IS DISTINCT FROM l.turn".to_owned()),
        ("to_user_id", "a.to_user_id IS DISTINCT FROM l.user_id".to_owned()),
        (
            "ledger_hash",
            "COALESCE(a.ledger_hash, s.ledger_hash) IS DISTINCT FROM l.hash".to_owned(),
        ),
        ("decided_at", "COALESCE(a.decided_at, s.decided_at) <> l.at".to_owned()),
        (
            "source",
            format!(
                "(l.user_id IS NOT NULL AND a.source IS NULL) OR a.source NOT IN ({sources}) \
                 OR (l.user_id IS NULL AND a.source = {})",
                AssignmentSource::Distribution.code()
            ),
        ),
        ("reason", "(l.user_id IS NULL) <> (COALESCE(a.reason, s.reason) IS NOT NULL)".to_owned()),
    ];
    let cases: String =
        differs.iter().map(|(column, when)| format!("WHEN {when} THEN '{column}' ")).collect();
    let sql = format!(
        "SELECT d.entry, d.turn, d.what FROM (SELECT l.entry, l.turn, \
         CASE WHEN a.id IS NULL AND (s.step IS NULL OR l.turn IS NOT NULL) THEN 'row' \
         {cases} END AS what FROM rotation_ledger l {TOLD} WHERE {DECISIONS}) d \
         WHERE d.what IS NOT NULL ORDER BY d.entry LIMIT 1"
    );
    let row: Option<DifferenceRow> = db.db().one(&sql, ledger.range(after, last)).await?;
    let columns = differs.map(|(column, _)| column);
    Ok(row.map(|row| row.read("assignments", &columns)))
}

#[derive(FromQueryResult)]
struct ReasonRow {
    entry: i64,
    reason: Option<i64>,
}

/// The first of these decisions for nobody, given in their order with their reasons, whose assignment
/// has another reason.
///
/// # Errors
/// When the database fails.
pub async fn other_reason(
    db: &impl Read,
    ledger: &Ledger,
    undealt: &[(u64, Undealt)],
) -> Result<Option<Invalid>> {
    let (Some((first, _)), Some((last, _))) = (undealt.first(), undealt.last()) else {
        return Ok(None);
    };
    let sql = format!(
        "SELECT l.entry, CAST(COALESCE(a.reason, s.reason) AS bigint) AS reason \
         FROM rotation_ledger l {TOLD} WHERE {DECISIONS} AND l.turn IS NULL ORDER BY l.entry"
    );
    let rows: Vec<ReasonRow> = db.db().all(&sql, ledger.range(first - 1, *last)).await?;
    let differs = undealt.iter().find(|(entry, reason)| {
        let expected = i64::from(UnassignedReason::from(*reason).code());
        rows.iter()
            .filter(|row| u64::try_from(row.entry).ok() == Some(*entry))
            .any(|row| row.reason != Some(expected))
    });
    let problem = Problem::Differs { table: "assignments", column: "reason" };
    Ok(differs.map(|(entry, _)| Invalid { entry: *entry, turn: None, problem }))
}

/// The first decision of a range whose lead is missing, or is not owned by whom its latest assignment
/// gave it to.
///
/// # Errors
/// When the database fails.
pub async fn moved_owner(
    db: &impl Read,
    ledger: &Ledger,
    after: u64,
    last: u64,
) -> Result<Option<Invalid>> {
    let sql = format!(
        "SELECT d.entry, d.turn, d.what FROM (SELECT l.entry, l.turn, \
         CASE WHEN x.id IS NULL THEN 'row' WHEN a.id IS NULL THEN 'assignment_id' \
         WHEN x.owner_id IS DISTINCT FROM a.to_user_id THEN 'owner_id' END AS what \
         FROM rotation_ledger l LEFT JOIN leads x \
         ON x.organization_id = l.organization_id AND x.id = l.lead_id \
         LEFT JOIN assignments a ON a.organization_id = x.organization_id \
         AND a.lead_id = x.id AND a.id = x.assignment_id WHERE {DECISIONS}) d \
         WHERE d.what IS NOT NULL ORDER BY d.entry LIMIT 1"
    );
    let row: Option<DifferenceRow> = db.db().one(&sql, ledger.range(after, last)).await?;
    Ok(row.map(|row| row.read("leads", &["assignment_id", "owner_id"])))
}

#[derive(FromQueryResult)]
struct PlaceRow {
    entry: Option<i64>,
    turn: Option<i64>,
}

/// The first decision of a range whose lead's assignments are no chain from nobody to its owner: each
/// takes it from whom another one gave it to. Balanced, not walked, so that it does not matter what
/// order they were written in.
///
/// # Errors
/// When the database fails.
pub async fn broken_history(
    db: &impl Read,
    ledger: &Ledger,
    after: u64,
    last: u64,
) -> Result<Option<Invalid>> {
    let sql = format!(
        "WITH decided AS (SELECT l.entry, l.turn, l.lead_id FROM rotation_ledger l \
         WHERE {DECISIONS}), \
         moved AS (SELECT d.entry, d.turn, a.from_user_id, a.to_user_id FROM decided d \
         JOIN assignments a ON a.organization_id = $1 AND a.lead_id = d.lead_id), \
         balance AS (SELECT entry, turn, to_user_id AS who, 1 AS n FROM moved \
         UNION ALL SELECT entry, turn, from_user_id, -1 FROM moved \
         UNION ALL SELECT d.entry, d.turn, x.owner_id, -1 FROM decided d \
         JOIN leads x ON x.organization_id = $1 AND x.id = d.lead_id \
         UNION ALL SELECT d.entry, d.turn, NULL, 1 FROM decided d) \
         SELECT entry, turn FROM balance GROUP BY entry, turn, who HAVING sum(n) <> 0 \
         ORDER BY entry LIMIT 1"
    );
    let row: Option<PlaceRow> = db.db().one(&sql, ledger.range(after, last)).await?;
    Ok(row.map(|row| found(row.entry, row.turn, Problem::BrokenHistory)))
}

#[derive(FromQueryResult)]
struct CountRow {
    rows: i64,
}

/// How many assignments and steps of assignments name the rotation.
///
/// # Errors
/// When the database fails.
pub async fn count(db: &impl Read, ledger: &Ledger) -> Result<u64> {
    let sql = "SELECT (SELECT count(*) FROM assignments a \
               WHERE a.organization_id = $1 AND a.rotation_id = $2) + \
               (SELECT count(*) FROM assignment_steps s \
               WHERE s.organization_id = $1 AND s.rotation_id = $2) AS rows";
    let row: Option<CountRow> = db.db().one(sql, ledger.key()).await?;
    Ok(row.and_then(|row| u64::try_from(row.rows).ok()).unwrap_or(0))
}

/// An assignment that names the rotation and no decision of its ledger, or a decision that another
/// assignment is of: the entry that it names, the lowest first.
///
/// # Errors
/// When the database fails.
pub async fn stray(db: &impl Read, ledger: &Ledger) -> Result<Option<Invalid>> {
    let unknown = "SELECT a.entry, a.turn FROM assignments a LEFT JOIN rotation_ledger l \
         ON l.organization_id = a.organization_id AND l.rotation_id = a.rotation_id \
         AND l.entry = a.entry AND l.lead_id = a.lead_id \
         WHERE a.organization_id = $1 AND a.rotation_id = $2 AND l.entry IS NULL \
         ORDER BY a.entry LIMIT 1";
    let twice = "SELECT a.entry, min(a.turn) AS turn FROM assignments a \
         WHERE a.organization_id = $1 AND a.rotation_id = $2 \
         GROUP BY a.entry HAVING count(*) > 1 ORDER BY a.entry LIMIT 1";
    let step = "SELECT s.entry, l.turn FROM assignment_steps s LEFT JOIN rotation_ledger l \
         ON l.organization_id = s.organization_id AND l.rotation_id = s.rotation_id \
         AND l.entry = s.entry AND l.lead_id = s.lead_id \
         LEFT JOIN assignments a ON a.organization_id = s.organization_id \
         AND a.lead_id = s.lead_id AND a.rotation_id = s.rotation_id AND a.entry = s.entry \
         WHERE s.organization_id = $1 AND s.rotation_id = $2 \
         AND (l.entry IS NULL OR a.id IS NOT NULL) ORDER BY s.entry LIMIT 1";
    let mut strays = Vec::new();
    let tables = [(unknown, "assignments"), (twice, "assignments"), (step, "assignment_steps")];
    for (sql, table) in tables {
        let row: Option<PlaceRow> = db.db().one(sql, ledger.key()).await?;
        let problem = Problem::RowUnexpected { table };
        strays.extend(row.map(|row| found(row.entry, row.turn, problem)));
    }
    Ok(strays.into_iter().min_by_key(|stray| stray.entry))
}
