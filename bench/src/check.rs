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

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait as _;
    use uuid::Uuid;

    use super::Check;
    use crate::load::Acknowledged;
    use crate::world::Group;

    const SCHEMA: &str = "\
        CREATE TABLE leads (organization_id BLOB, id BLOB, owner_id BLOB, assignment_id BLOB); \
        CREATE TABLE assignments (organization_id BLOB, lead_id BLOB, id BLOB, to_user_id BLOB, \
            rotation_id BLOB, turn INTEGER); \
        CREATE TABLE rotations (organization_id BLOB, id BLOB, group_id BLOB); \
        CREATE TABLE rotation_ledger (organization_id BLOB, rotation_id BLOB, turn INTEGER, user_id BLOB)";

    fn id(number: u64) -> Uuid {
        Uuid::from_u128(u128::from(number))
    }

    fn group() -> Group {
        let members = vec![id(11), id(12)];
        Group { id: id(3), rotation: id(4), source: "web".to_owned(), members }
    }

    /// Leads 101, 102 … that were dealt to these members by their turns.
    async fn dealt(turns: &[(i64, u64)]) -> (Check, Vec<Acknowledged>) {
        let check = Check::of("sqlite::memory:").await.unwrap();
        check.connection.execute_unprepared(SCHEMA).await.unwrap();
        let run = async |sql: &str, values: Vec<sea_orm::Value>| {
            check.connection.execute_raw(check.statement(sql, values)).await.unwrap();
        };
        run(
            "INSERT INTO rotations VALUES ($1, $2, $3)",
            vec![id(1).into(), id(4).into(), id(3).into()],
        )
        .await;
        let mut told = Vec::new();
        for (lead, (turn, owner)) in (101..).map(id).zip(turns) {
            let (turn, owner) = (*turn, id(*owner));
            let organization = || id(1).into();
            run(
                "INSERT INTO leads VALUES ($1, $2, $3, $2)",
                vec![organization(), lead.into(), owner.into()],
            )
            .await;
            run(
                "INSERT INTO assignments VALUES ($1, $2, $2, $3, $4, $5)",
                vec![organization(), lead.into(), owner.into(), id(4).into(), turn.into()],
            )
            .await;
            run(
                "INSERT INTO rotation_ledger VALUES ($1, $2, $3, $4)",
                vec![organization(), id(4).into(), turn.into(), owner.into()],
            )
            .await;
            told.push(Acknowledged { lead, owner, turn });
        }
        (check, told)
    }

    #[tokio::test]
    async fn what_is_right_is_found_right() {
        let (check, told) = dealt(&[(1, 11), (2, 12), (3, 11), (4, 12)]).await;
        assert_eq!(check.acknowledged(&told).await.unwrap(), Vec::<String>::new());
        assert_eq!(check.strict_order(&group()).await.unwrap(), Vec::<String>::new());
        assert_eq!(check.limit(&group(), 2).await.unwrap(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn what_is_wrong_is_found() {
        let (check, mut told) = dealt(&[(1, 11), (2, 12), (3, 12)]).await;
        assert!(check.strict_order(&group()).await.unwrap()[0].contains("turn 3 is out of order"));
        assert_eq!(check.limit(&group(), 2).await.unwrap().len(), 1);
        told[1].owner = id(11);
        told.push(Acknowledged { lead: id(999), owner: id(11), turn: 4 });
        told.push(told[0]);
        let found = check.acknowledged(&told).await.unwrap();
        assert_eq!(found.len(), 3, "changed, lost, twice: {found:?}");
        let (check, _) = dealt(&[(1, 11), (3, 11)]).await;
        assert!(check.strict_order(&group()).await.unwrap()[0].contains("turn 2 is missing"));
    }
}
