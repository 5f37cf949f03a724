//! Somebody who changes rows behind the server's back.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use super::database::Database;

/// A connection of their own.
pub(crate) struct Tamperer(DatabaseConnection);

/// A column of a table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    kind: String,
}

/// A row: what each column holds, as SQL text.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    table: &'static str,
    columns: Vec<Column>,
    values: Vec<String>,
}

/// Columns that are 0 or 1 where there is no other type for that.
const FLAGS: [&str; 3] = ["paused", "away", "respects_availability"];

impl Tamperer {
    pub(crate) async fn of(database: &Database) -> Self {
        Self(sea_orm::Database::connect(database.url()).await.unwrap())
    }

    pub(crate) async fn done(self) {
        self.0.close().await.unwrap();
    }

    /// Every row of a table.
    pub(crate) async fn rows(&self, table: &'static str) -> Vec<Row> {
        let columns = self.columns(table).await;
        let texts: Vec<String> = columns
            .iter()
            .map(|Column { name, kind }| {
                let text = match self.0.get_database_backend() {
                    DbBackend::Sqlite => format!("quote({name})"),
                    _ if kind == "bytea" => format!(
                        "coalesce('decode(''' || encode({name}, 'hex') || ''', ''hex'')', 'NULL')"
                    ),
                    _ => format!("coalesce(quote_literal({name}::text) || '::{kind}', 'NULL')"),
                };
                format!("{text} AS {name}")
            })
            .collect();
        let sql = format!("SELECT {} FROM {table}", texts.join(", "));
        let found = self.0.query_all_raw(self.statement(&sql)).await.unwrap();
        found
            .iter()
            .map(|row| {
                let value = |index| row.try_get_by_index::<String>(index).unwrap();
                let values = (0..columns.len()).map(value).collect();
                Row { table, columns: columns.clone(), values }
            })
            .collect()
    }

    /// Sets a column of a row to another value; `false` where the database refuses that.
    pub(crate) async fn set(&self, row: &Row, column: usize, value: &str) -> bool {
        match self.update(row, column, value, &row.values).await {
            Ok(()) => true,
            Err(error) => {
                assert!(error.to_string().contains("constraint"), "{error}");
                false
            }
        }
    }

    /// Sets it back.
    pub(crate) async fn set_back(&self, row: &Row, column: usize, value: &str) {
        let mut present = row.values.clone();
        value.clone_into(&mut present[column]);
        self.update(row, column, &row.values[column], &present).await.unwrap();
    }

    /// Runs one statement.
    pub(crate) async fn run(&self, sql: &str) {
        self.0.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    async fn update(
        &self,
        row: &Row,
        column: usize,
        value: &str,
        present: &[String],
    ) -> Result<(), sea_orm::DbErr> {
        let name = &row.columns[column].name;
        let same: Vec<String> = row
            .columns
            .iter()
            .zip(present)
            .map(|(column, value)| match value.as_str() {
                "NULL" => format!("{} IS NULL", column.name),
                value => format!("{} = {value}", column.name),
            })
            .collect();
        let table = row.table;
        let sql = format!("UPDATE {table} SET {name} = {value} WHERE {}", same.join(" AND "));
        let done = self.0.execute_raw(self.statement(&sql)).await?;
        assert_eq!(done.rows_affected(), 1, "{sql}");
        Ok(())
    }

    async fn columns(&self, table: &str) -> Vec<Column> {
        let sql = match self.0.get_database_backend() {
            DbBackend::Sqlite => {
                format!("SELECT name, type AS kind FROM pragma_table_info('{table}')")
            }
            _ => format!(
                "SELECT column_name::text AS name, data_type::text AS kind \
                 FROM information_schema.columns WHERE table_name = '{table}' \
                 ORDER BY ordinal_position"
            ),
        };
        let found = self.0.query_all_raw(self.statement(&sql)).await.unwrap();
        found
            .iter()
            .map(|row| Column {
                name: row.try_get("", "name").unwrap(),
                kind: row.try_get("", "kind").unwrap(),
            })
            .collect()
    }

    fn statement(&self, sql: &str) -> Statement {
        Statement::from_string(self.0.get_database_backend(), sql)
    }
}

impl Row {
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether a text is in any of the columns.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.values.iter().any(|value| value.contains(text))
    }

    /// The whole number in a column; `None` where there is none.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        let index = self.columns.iter().position(|column| column.name == name)?;
        bare(&self.values[index]).parse().ok()
    }

    /// Other values for a column: something near, another of `users` where it is one, and nothing.
    pub(crate) fn others(&self, column: usize, users: &[String]) -> Vec<String> {
        let Column { name, kind } = &self.columns[column];
        let present = &self.values[column];
        let mut others = vec![other(present, name, kind)];
        if name.ends_with("user_id") || name == "owner_id" {
            others.extend(users.iter().map(|user| match kind.as_str() {
                "BLOB" => format!("X'{}'", user.replace('-', "").to_uppercase()),
                _ => format!("'{user}'::uuid"),
            }));
        }
        others.push("NULL".to_owned());
        others.retain(|other| other != present);
        others.dedup();
        others
    }
}

/// What a literal holds, without quotes and type.
fn bare(literal: &str) -> &str {
    literal.split('\'').nth(1).unwrap_or(literal)
}

/// Another value of the same type.
fn other(present: &str, name: &str, kind: &str) -> String {
    const ID: &str = "01980000000070008000000000000001";
    let is_null = present == "NULL";
    let text = bare(present);
    match kind {
        "BLOB" if is_null && name.ends_with("_id") => format!("X'{ID}'"),
        "BLOB" if is_null => format!("X'{ID}{ID}'"),
        "BLOB" => format!("X'{}'", flipped(text).to_uppercase()),
        "uuid" if is_null => format!("'{ID}'::uuid"),
        "bytea" if is_null => format!("decode('{ID}{ID}', 'hex')"),
        "bytea" => format!("decode('{}', 'hex')", flipped(text)),
        "uuid" => format!("'{}'::uuid", flipped(text)),
        "boolean" => (if text == "true" { "false" } else { "true" }).to_owned(),
        "text" | "TEXT" => format!("'{text}x'"),
        _ if FLAGS.contains(&name) => (if text == "1" { "0" } else { "1" }).to_owned(),
        _ => {
            let step = if kind == "smallint" { 1 } else { 2_000_000 };
            (text.parse::<i64>().unwrap_or(0) + step).to_string()
        }
    }
}

/// Hexadecimal digits of which the last one is another.
fn flipped(digits: &str) -> String {
    let (rest, last) = digits.split_at(digits.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}
