//! Many rows in one statement whose text does not depend on how many, so that prepared statements
//! are found again: arrays through `unnest` on PostgreSQL, one JSON text through `json_each` on
//! SQLite.
//!
//! Rows that are inserted as they are go to SQLite as values, a statement for each number of them up to
//! [`MOST_IN_VALUES`]: that takes half the time that taking a JSON text to pieces does.
//!
//! Neither the arrays of sea-orm's values nor those of its driver carry NULL, so on PostgreSQL a
//! nullable column sends a value that cannot occur otherwise and turns it back with `NULLIF`: the
//! nil UUID, the empty text, the empty bytes, the smallest integer.

use std::fmt::Write;

use sea_orm::Value;
use sea_orm::sea_query::ArrayType;
use uuid::Uuid;

use crate::store::Dialect;

/// The type of one column of [`Rows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Uuid,
    Text,
    Int,
    Bytes,
    /// Compact JSON as text.
    Json,
    Flag,
}

/// One value of [`Rows`].
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Null,
    Uuid(Uuid),
    Text(String),
    Int(i64),
    Bytes(Vec<u8>),
    Json(String),
    Flag(bool),
}

macro_rules! cell_from {
    ($($variant:ident: $($from:ty),+;)+) => {$($(
        impl From<$from> for Cell {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )+)+};
}

cell_from! {
    Uuid: Uuid, evenhand_domain::ids::OrganizationId, evenhand_domain::ids::UserId,
        evenhand_domain::ids::GroupId, evenhand_domain::ids::LeadId,
        evenhand_domain::ids::RotationId, evenhand_domain::ids::AssignmentId,
        evenhand_domain::ids::ApiKeyId, evenhand_domain::ids::TeamId,
        evenhand_domain::ids::RuleId, evenhand_domain::ids::NoteId,
        evenhand_domain::ids::CommunicationId, evenhand_domain::ids::TaskId;
    Text: String, &str;
    Int: i64, i32, i16, u32;
    Bytes: Vec<u8>, [u8; 32], &[u8];
    Flag: bool;
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Rows of `N` typed columns.
#[derive(Debug)]
pub(crate) struct Rows<const N: usize> {
    columns: [(&'static str, Kind); N],
    rows: Vec<[Cell; N]>,
}

/// A statement that inserts rows.
#[derive(Debug)]
pub(crate) struct Insert {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
    /// How many.
    pub(crate) rows: usize,
}

impl<const N: usize> Rows<N> {
    pub(crate) const fn new(columns: [(&'static str, Kind); N]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: [Cell; N]) {
        self.rows.push(row);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// `a, b, c`.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.0).collect();
        names.join(", ")
    }

    /// `WITH input (…) AS (…)`: the rows as a table, in the order they were pushed. It takes the
    /// placeholders from `$1` on ([`Self::placeholders`]): one a column on PostgreSQL, one on SQLite.
    pub(crate) fn input(&self, dialect: Dialect) -> String {
        format!("WITH {}", self.table(dialect))
    }

    /// How many placeholders that takes.
    pub(crate) const fn placeholders(&self, dialect: Dialect) -> usize {
        match dialect {
            Dialect::Postgres => N,
            Dialect::Sqlite => 1,
        }
    }

    /// The same without the `WITH`, for a statement with more such tables.
    pub(crate) fn table(&self, dialect: Dialect) -> String {
        let select = match dialect {
            Dialect::Postgres => self.postgres_select(),
            Dialect::Sqlite => self.sqlite_select(),
        };
        format!("input ({}) AS ({select})", self.names())
    }

    /// The statements that insert the rows into `table`, with the clause `then`
    /// behind: none for no rows, and on PostgreSQL one.
    pub(crate) fn inserts(self, dialect: Dialect, table: &str, then: &str) -> Vec<Insert> {
        if self.is_empty() {
            return Vec::new();
        }
        let names = self.names();
        if dialect == Dialect::Postgres {
            let input = self.input(dialect);
            let sql =
                format!("{input} INSERT INTO {table} ({names}) SELECT {names} FROM input {then}");
            let rows = self.rows.len();
            return vec![Insert { sql, values: self.into_values(dialect), rows }];
        }
        let mut statements = Vec::new();
        let mut left = self.rows.len();
        let mut rows = self.rows.into_iter();
        while left > 0 {
            let count = MOST_IN_VALUES.min(left);
            left -= count;
            let row = format!("({})", vec!["?"; N].join(", "));
            let list = vec![row; count].join(", ");
            let sql = format!("INSERT INTO {table} ({names}) VALUES {list} {then}");
            let values = rows.by_ref().take(count).flatten().map(sqlite_bound).collect();
            statements.push(Insert { sql, values, rows: count });
        }
        statements
    }

    /// The values of the placeholders.
    pub(crate) fn into_values(self, dialect: Dialect) -> Vec<Value> {
        match dialect {
            Dialect::Postgres => self.postgres_values(),
            Dialect::Sqlite => vec![Value::from(self.sqlite_text())],
        }
    }

    fn postgres_select(&self) -> String {
        let mut fields = String::new();
        let mut arrays = String::new();
        for (index, (name, kind)) in self.columns.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            let (array, field) = match kind {
                Kind::Uuid => ("uuid[]", format!("NULLIF({name}, '{}'::uuid)", Uuid::nil())),
                Kind::Text => ("text[]", format!("NULLIF({name}, '')")),
                Kind::Int => ("bigint[]", format!("NULLIF({name}, {})", i64::MIN)),
                Kind::Bytes => ("bytea[]", format!("NULLIF({name}, ''::bytea)")),
                Kind::Json => ("text[]", format!("NULLIF({name}, '')::jsonb")),
                Kind::Flag => ("boolean[]", (*name).to_owned()),
            };
            // Writing to a String cannot fail.
            let _ = write!(fields, "{separator}{field}");
            let _ = write!(arrays, "{separator}${}::{array}", index + 1);
        }
        format!("SELECT {fields} FROM unnest({arrays}) AS t ({})", self.names())
    }

    fn sqlite_select(&self) -> String {
        let mut fields = String::new();
        for (index, (_, kind)) in self.columns.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            let _ = match kind {
                Kind::Uuid | Kind::Bytes => {
                    write!(fields, "{separator}unhex(cells ->> '$[{index}]')")
                }
                Kind::Text | Kind::Int | Kind::Flag | Kind::Json => {
                    write!(fields, "{separator}cells ->> '$[{index}]'")
                }
            };
        }
        // json_each writes out its value each time that it is asked for: once a row, not once a cell.
        // A table in between costs as much as a few cells do.
        let kept = if N > 4 { "MATERIALIZED" } else { "NOT MATERIALIZED" };
        format!(
            "WITH listed (cells) AS {kept} (SELECT value FROM json_each($1)) \
             SELECT {fields} FROM listed"
        )
    }

    fn postgres_values(self) -> Vec<Value> {
        let mut columns: Vec<Vec<Value>> =
            (0..N).map(|_| Vec::with_capacity(self.rows.len())).collect();
        for row in self.rows {
            for ((cell, column), (_, kind)) in row.into_iter().zip(&mut columns).zip(&self.columns)
            {
                column.push(postgres_value(cell, *kind));
            }
        }
        columns
            .into_iter()
            .zip(&self.columns)
            .map(|(values, (_, kind))| {
                let element = match kind {
                    Kind::Uuid => ArrayType::Uuid,
                    Kind::Text | Kind::Json => ArrayType::String,
                    Kind::Int => ArrayType::BigInt,
                    Kind::Bytes => ArrayType::Bytes,
                    Kind::Flag => ArrayType::Bool,
                };
                Value::Array(element, Some(Box::new(values)))
            })
            .collect()
    }

    fn sqlite_text(self) -> String {
        let rows: Vec<Vec<serde_json::Value>> =
            self.rows.into_iter().map(|row| row.into_iter().map(sqlite_value).collect()).collect();
        serde_json::Value::from(rows).to_string()
    }
}

/// The most rows in one statement of values.
const MOST_IN_VALUES: usize = 64;

fn sqlite_bound(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::String(None),
        Cell::Uuid(value) => Value::from(value),
        Cell::Text(value) | Cell::Json(value) => Value::from(value),
        Cell::Int(value) => Value::from(value),
        Cell::Bytes(value) => Value::from(value),
        Cell::Flag(value) => Value::from(value),
    }
}

fn postgres_value(cell: Cell, kind: Kind) -> Value {
    match cell {
        Cell::Uuid(value) => Value::from(value),
        Cell::Text(value) | Cell::Json(value) => Value::from(value),
        Cell::Int(value) => Value::from(value),
        Cell::Bytes(value) => Value::from(value),
        Cell::Flag(value) => Value::from(value),
        Cell::Null => match kind {
            Kind::Uuid => Value::from(Uuid::nil()),
            Kind::Text | Kind::Json => Value::from(String::new()),
            Kind::Int => Value::from(i64::MIN),
            Kind::Bytes => Value::from(Vec::<u8>::new()),
            Kind::Flag => Value::from(false),
        },
    }
}

fn sqlite_value(cell: Cell) -> serde_json::Value {
    match cell {
        Cell::Null => serde_json::Value::Null,
        Cell::Uuid(value) => serde_json::Value::from(value.as_simple().to_string()),
        Cell::Text(value) | Cell::Json(value) => serde_json::Value::from(value),
        Cell::Int(value) => serde_json::Value::from(value),
        Cell::Bytes(value) => serde_json::Value::from(hex::encode(value)),
        Cell::Flag(value) => serde_json::Value::from(i64::from(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: i64) -> Rows<2> {
        let mut rows = Rows::new([("a", Kind::Int), ("b", Kind::Text)]);
        (0..count).for_each(|number| rows.push([number.into(), Cell::Null]));
        rows
    }

    #[test]
    fn sqlite_gets_rows_in_their_order_and_no_more_than_fit_into_a_statement() {
        let inserts = numbers(64 + 64 + 5).inserts(Dialect::Sqlite, "t", "ON CONFLICT DO NOTHING");
        let sizes: Vec<usize> = inserts.iter().map(|insert| insert.rows).collect();
        assert_eq!(sizes, [64, 64, 5]);
        let five = ["(?, ?)"; 5].join(", ");
        let expected = format!("INSERT INTO t (a, b) VALUES {five} ON CONFLICT DO NOTHING");
        assert_eq!(inserts[2].sql, expected);
        let values: Vec<Value> = inserts.into_iter().flat_map(|insert| insert.values).collect();
        let expected = (0..133_i64).flat_map(|number| [Value::from(number), Value::String(None)]);
        assert_eq!(values, expected.collect::<Vec<_>>());
    }

    #[test]
    fn no_rows_are_no_statement() {
        assert!(numbers(0).inserts(Dialect::Sqlite, "t", "").is_empty());
        assert!(numbers(0).inserts(Dialect::Postgres, "t", "").is_empty());
        assert_eq!(numbers(500).inserts(Dialect::Postgres, "t", "").len(), 1);
    }
}
