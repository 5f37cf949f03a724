//! Writes of several tables that go to the database at once.

use std::fmt::Write as _;

use sea_orm::Value;

use crate::rows::Rows;
use crate::store::Dialect;
use crate::{Read, Result, Tx};

/// Statements of which none reads what another writes, nor writes the same row.
///
/// On PostgreSQL they are parts of one statement: each alone would cost a round trip, of which a lead
/// that comes alone waits for every one. On SQLite, which is no trip away, they run in their order.
#[derive(Debug)]
pub struct Writes {
    dialect: Dialect,
    statements: Vec<(String, Vec<Value>)>,
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
        if !rows.is_empty() {
            let sql = rows.insert(self.dialect, table, then);
            self.statements.push((sql, rows.into_values(self.dialect)));
        }
    }

    /// Does what `statement` says with the rows, which are its `input`; nothing without rows.
    pub(crate) fn with<const N: usize>(&mut self, rows: Rows<N>, statement: &str) {
        if !rows.is_empty() {
            let sql = format!("{} {statement}", rows.input(self.dialect));
            self.statements.push((sql, rows.into_values(self.dialect)));
        }
    }

    /// Carries them out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run(self, tx: &mut Tx) -> Result<()> {
        let db = tx.db();
        if self.dialect == Dialect::Sqlite || self.statements.len() < 2 {
            for (sql, values) in self.statements {
                db.execute(&sql, values).await?;
            }
            return Ok(());
        }
        let (sql, values) = joined(self.statements);
        db.execute(&sql, values).await?;
        Ok(())
    }
}

/// One statement of several, each of which has placeholders from `$1` on.
fn joined(statements: Vec<(String, Vec<Value>)>) -> (String, Vec<Value>) {
    let mut sql = String::with_capacity(statements.iter().map(|(sql, _)| sql.len() + 64).sum());
    let mut values = Vec::with_capacity(statements.iter().map(|(_, values)| values.len()).sum());
    for (number, (statement, own)) in statements.into_iter().enumerate() {
        let begin = if number == 0 { "WITH" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(sql, "{begin} write_{number} AS (");
        renumber(&statement, values.len(), &mut sql);
        sql.push(')');
        values.extend(own);
    }
    sql.push_str(" SELECT 1");
    (sql, values)
}

/// Writes a statement with each placeholder's number greater by `more`. There is no other `$` in
/// them.
fn renumber(statement: &str, more: usize, into: &mut String) {
    let mut parts = statement.split('$');
    into.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|it: char| !it.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(end);
        let number = number.parse::<usize>().unwrap_or_default() + more;
        let _ = write!(into, "${number}{rest}");
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::Value;

    use super::joined;

    #[test]
    fn placeholders_go_on_where_those_of_the_statement_before_end() {
        let first =
            ("INSERT INTO a SELECT $1, $2".to_owned(), vec![Value::from(1), Value::from(2)]);
        let second = ("UPDATE b SET c = $1 WHERE d = $10".to_owned(), vec![Value::from(3)]);
        let (sql, values) = joined(vec![first, second]);
        assert_eq!(
            sql,
            "WITH write_0 AS (INSERT INTO a SELECT $1, $2), \
             write_1 AS (UPDATE b SET c = $3 WHERE d = $12) SELECT 1"
        );
        assert_eq!(values, vec![Value::from(1), Value::from(2), Value::from(3)]);
    }
}
