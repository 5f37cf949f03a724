//! What must hold after every run: nothing acknowledged is lost, turns have no gap and no double, go
//! strictly by the order, stay within limits; and the product's own verification finds nothing.

use std::collections::HashMap;
use std::path::Path;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use serde_json::Value;
use uuid::Uuid;

use crate::error::Result;
use crate::load::Acknowledged;
use crate::postgres::connect;
use crate::server::{evenhand, finish};
use crate::world::Group;

/// Looks at a database for what must not be. Every finding is a sentence.
pub(crate) struct Check {
    connection: DatabaseConnection,
}

/// A stored lead.
struct Stored {
    owner: Uuid,
    turn: i64,
}

impl Check {
    pub(crate) async fn of(database: &str) -> Result<Self> {
        Ok(Self { connection: connect(database).await? })
    }

    pub(crate) async fn done(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }

    /// Rotations by the group they are of.
    pub(crate) async fn rotations(&self) -> Result<HashMap<Uuid, Uuid>> {
        let sql = "SELECT group_id, id FROM rotations WHERE group_id IS NOT NULL";
        let mut rotations = HashMap::new();
        for row in self.connection.query_all_raw(self.statement(sql, vec![])).await? {
            rotations.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
        Ok(rotations)
    }

    /// Every acknowledged lead is stored once, with the owner and the turn that were told.
    pub(crate) async fn acknowledged(&self, told: &[Acknowledged]) -> Result<Vec<String>> {
        let Some(first) = told.iter().map(|it| it.lead).min() else { return Ok(Vec::new()) };
        // Ids go by time: what is older than the first is of earlier runs.
        let from = first;
        let sql = "SELECT l.id, l.owner_id, a.turn FROM leads l JOIN assignments a \
                   ON a.organization_id = l.organization_id AND a.lead_id = l.id \
                   AND a.id = l.assignment_id WHERE l.id >= $1";
        let mut stored = HashMap::new();
        for row in self.connection.query_all_raw(self.statement(sql, vec![from.into()])).await? {
            let owner: Option<Uuid> = row.try_get_by_index(1)?;
            let turn: Option<i64> = row.try_get_by_index(2)?;
            let id: Uuid = row.try_get_by_index(0)?;
            let lead = Stored { owner: owner.unwrap_or_default(), turn: turn.unwrap_or(0) };
            stored.insert(id, lead);
        }
        let mut found = Vec::new();
        let mut seen = HashMap::with_capacity(told.len());
        for Acknowledged { lead, owner, turn } in told {
            if seen.insert(*lead, ()).is_some() {
                found.push(format!("lead {lead} was acknowledged twice"));
            }
            match stored.get(lead) {
                None => found.push(format!("lead {lead} was acknowledged and is not stored")),
                Some(it) if (it.owner, it.turn) != (*owner, *turn) => {
                    found.push(format!("lead {lead} is not stored as it was acknowledged"));
                }
                Some(_) => {}
            }
        }
        Ok(found)
    }

    /// The turns of a group are 1, 2, 3 …, and each went to the next member in order. (Nobody is at a
    /// limit in it, paused or absent.)
    pub(crate) async fn strict_order(&self, group: &Group) -> Result<Vec<String>> {
        let sql = "SELECT l.turn, l.user_id FROM rotation_ledger l JOIN rotations r \
                   ON r.organization_id = l.organization_id AND r.id = l.rotation_id \
                   WHERE r.group_id = $1 AND l.turn IS NOT NULL ORDER BY l.turn";
        let rows =
            self.connection.query_all_raw(self.statement(sql, vec![group.id.into()])).await?;
        for (expected, row) in (1_i64..).zip(&rows) {
            let (turn, user): (i64, Uuid) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            if turn != expected {
                return Ok(vec![format!("group {}: turn {expected} is missing", group.id)]);
            }
            let place = usize::try_from(turn - 1).unwrap_or(0) % group.members.len().max(1);
            if group.members.get(place) != Some(&user) {
                return Ok(vec![format!("group {}: turn {turn} is out of order", group.id)]);
            }
        }
        Ok(Vec::new())
    }

    /// Nobody in a group got more than its daily limit, and everybody got as much.
    pub(crate) async fn limit(&self, group: &Group, daily: i64) -> Result<Vec<String>> {
        let sql = "SELECT a.to_user_id, count(*) FROM assignments a JOIN rotations r \
                   ON r.organization_id = a.organization_id AND r.id = a.rotation_id \
                   WHERE r.group_id = $1 AND a.turn IS NOT NULL GROUP BY a.to_user_id";
        let rows =
            self.connection.query_all_raw(self.statement(sql, vec![group.id.into()])).await?;
        let mut found = Vec::new();
        for row in &rows {
            let (user, count): (Uuid, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            if count != daily {
                found.push(format!("group {}: {user} got {count} at a limit of {daily}", group.id));
            }
        }
        if rows.len() != group.members.len() {
            found.push(format!("group {}: {} members were dealt to", group.id, rows.len()));
        }
        Ok(found)
    }

    fn statement(&self, sql: &str, values: Vec<sea_orm::Value>) -> Statement {
        Statement::from_sql_and_values(self.connection.get_database_backend(), sql, values)
    }
}

/// What `evenhand verify` finds, and how many ledger entries it has verified.
pub(crate) async fn verify(program: &Path, database: &str) -> Result<(Vec<String>, u64)> {
    let done = finish(evenhand(program, database, &["verify", "--json"])).await?;
    let told: Value = serde_json::from_str(&done.stdout).map_err(|_| {
        crate::error::unusable(format!("evenhand verify: {} {}", done.stdout, done.stderr))
    })?;
    let rotations = told["rotations"].as_array().cloned().unwrap_or_default();
    let wrong = rotations.iter().filter(|rotation| rotation["valid"] != true);
    let found = wrong.map(|rotation| format!("evenhand verify: {rotation}")).collect();
    let entries = rotations.iter().filter_map(|rotation| rotation["entries"].as_u64()).sum();
    Ok((found, entries))
}
