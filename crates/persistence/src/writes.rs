//! Writes of several tables that go to the database at once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use futures_util::future::join;
use sea_orm::Value;

use crate::rows::{Insert, Rows};
use crate::store::Dialect;
use crate::{Read, Result, Tx, placeholders};

/// Statements of which none reads what another writes, writes the same row or refers to one, and that
/// insert into each table once.
///
/// On PostgreSQL they are parts of one statement: each alone would cost a round trip, of which a lead
/// that comes alone waits for every one. SQLite is no trip away, but each statement wakes the thread
/// that its connection lives on: those that insert as many rows go there together.
#[derive(Debug)]
pub struct Writes {
    dialect: Dialect,
    statements: Vec<Statement>,
}

#[derive(Debug)]
struct Statement {
    sql: String,
    values: Vec<Value>,
    /// How many rows of values it inserts, where it does nothing else.
    rows: Option<usize>,
}

impl Writes {
    /// None yet, for this transaction.
    #[must_use]
    pub fn of(tx: &Tx) -> Self {
        Self { dialect: tx.db().dialect, statements: Vec::new() }
    }

    /// Which SQL they are in.
    pub(crate) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Inserts rows, with the clause `then` behind; no rows are no statement.
    pub(crate) fn insert<const N: usize>(&mut self, rows: Rows<N>, table: &str, then: &str) {
        let inserts = rows.inserts(self.dialect, table, then).into_iter();
        let statement = |Insert { sql, values, rows }| Statement { sql, values, rows: Some(rows) };
        self.statements.extend(inserts.map(statement));
    }

    /// Does what `statement` says with the rows, which are its `input`; nothing without rows.
    pub(crate) fn with<const N: usize>(&mut self, rows: Rows<N>, statement: &str) {
        if !rows.is_empty() {
            let sql = format!("{} {statement}", rows.input(self.dialect));
            let values = rows.into_values(self.dialect);
            self.statements.push(Statement { sql, values, rows: None });
        }
    }

    /// Carries them out with what `more` adds. On SQLite `more` is asked while these are under way:
    /// nothing but the answer to them waits for its thread.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_with(mut self, tx: &mut Tx, more: impl FnOnce(&mut Self)) -> Result<()> {
        if self.dialect == Dialect::Postgres {
            more(&mut self);
            return self.run(tx).await;
        }
        let mut rest = Self::of(tx);
        // Both begin in their order: the first has sent what it has when the second is worked out.
        let (done, ()) = join(self.run(tx), async { more(&mut rest) }).await;
        done?;
        rest.run(tx).await
    }

    /// Carries them out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run(self, tx: &mut Tx) -> Result<()> {
        let db = tx.db();
        let statements = match self.dialect {
            Dialect::Postgres if self.statements.len() > 1 => vec![joined(self.statements)],
            Dialect::Postgres => alone(self.statements),
            Dialect::Sqlite => grouped(self.statements),
        };
        for (sql, values) in statements {
            db.execute(&sql, values).await?;
        }
        Ok(())
    }
}

fn alone(statements: Vec<Statement>) -> Vec<(String, Vec<Value>)> {
    statements.into_iter().map(|Statement { sql, values, .. }| (sql, values)).collect()
}

/// Statements that insert as many rows, one behind the other in one text. Their placeholders have no
/// numbers, so each takes the values that come next. There are few such texts, so that the prepared
/// ones are found again. The most rows are the first of their table ([`Rows::inserts`]).
fn grouped(statements: Vec<Statement>) -> Vec<(String, Vec<Value>)> {
    let (inserts, others): (Vec<_>, Vec<_>) =
        statements.into_iter().partition(|statement| statement.rows.is_some());
    let mut groups: BTreeMap<Option<usize>, (String, Vec<Value>)> = BTreeMap::new();
    for Statement { sql, values, rows } in inserts {
        let (text, bound) = groups.entry(rows).or_default();
        text.push_str(&sql);
        text.push(';');
        bound.extend(values);
    }
    alone(others).into_iter().chain(groups.into_values().rev()).collect()
}

/// One statement of several, each of which has placeholders from `$1` on.
fn joined(statements: Vec<Statement>) -> (String, Vec<Value>) {
    let mut sql = String::with_capacity(statements.iter().map(|one| one.sql.len() + 64).sum());
    let mut values = Vec::with_capacity(statements.iter().map(|one| one.values.len()).sum());
    for (number, Statement { sql: statement, values: own, .. }) in
        statements.into_iter().enumerate()
    {
        let begin = if number == 0 { "WITH" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(sql, "{begin} write_{number} AS (");
        placeholders::push_after(values.len(), &statement, &mut sql);
        sql.push(')');
        values.extend(own);
    }
    sql.push_str(" SELECT 1");
    (sql, values)
}

#[cfg(test)]
mod tests {
    use sea_orm::Value;

    use super::{Statement, grouped, joined};

    fn statement(sql: &str, values: &[i32], rows: Option<usize>) -> Statement {
        let values = values.iter().map(|value| Value::from(*value)).collect();
        Statement { sql: sql.to_owned(), values, rows }
    }

    #[test]
    fn placeholders_go_on_where_those_of_the_statement_before_end() {
        let first = statement("INSERT INTO a SELECT $1, $2", &[1, 2], Some(1));
        let second = statement("UPDATE b SET c = $1 WHERE d = $10", &[3], None);
        let (sql, values) = joined(vec![first, second]);
        assert_eq!(
            sql,
            "WITH write_0 AS (INSERT INTO a SELECT $1, $2), \
             write_1 AS (UPDATE b SET c = $3 WHERE d = $12) SELECT 1"
        );
        assert_eq!(values, vec![Value::from(1), Value::from(2), Value::from(3)]);
    }

    #[test]
    fn those_that_insert_as_many_rows_are_one_text_with_their_values_in_order() {
        let statements = vec![
            statement("INSERT INTO a VALUES (?), (?)", &[1, 2], Some(2)),
            statement("INSERT INTO a VALUES (?)", &[3], Some(1)),
            statement("UPDATE b SET c = $1", &[9], None),
            statement("INSERT INTO d VALUES (?)", &[4], Some(1)),
        ];
        let texts = grouped(statements);
        let expected = [
            ("UPDATE b SET c = $1", vec![9]),
            ("INSERT INTO a VALUES (?), (?);", vec![1, 2]),
            ("INSERT INTO a VALUES (?);INSERT INTO d VALUES (?);", vec![3, 4]),
        ];
        let expected = expected.map(|(sql, values)| {
            (sql.to_owned(), values.into_iter().map(Value::from).collect::<Vec<_>>())
        });
        assert_eq!(texts, expected);
    }
}
