//! The words in which the two databases differ.
//!
//! | word | PostgreSQL | SQLite | why |
//! |---|---|---|---|
//! | `UUID` | `uuid` | `BLOB` | 16 bytes on both |
//! | `BYTES` | `bytea` | `BLOB` | |
//! | `JSON` | `jsonb` | `TEXT` | |
//! | `INSTANT` | `bigint` | `INTEGER` | microseconds since 1970 (UTC): text sorts wrongly on SQLite |
//! | `BIG`, `NUMBER`, `CODE`, `FLAG` | `bigint`, `integer`, `smallint`, `boolean` | `INTEGER` | |
//! | `NO` | `false` | `0` | the default of a `FLAG` |
//! | `SEQUENCE` | identity | autoincrement | |
//! | `TRANSACTION_ID` | `xid8` of the writer | `INTEGER`, 0 | readers of the log take what lies below every open transaction |
//! | `PLAIN`, `KEYED`, `HOT` | storage options | `STRICT`, `STRICT, WITHOUT ROWID` | `KEYED` rows are small and read by key; `HOT` rows are updated in place |

use sea_orm_migration::sea_orm::DbBackend;

const WORDS: [(&str, &str, &str); 14] = [
    ("UUID", "uuid", "BLOB"),
    ("BYTES", "bytea", "BLOB"),
    ("JSON", "jsonb", "TEXT"),
    ("INSTANT", "bigint", "INTEGER"),
    ("BIG", "bigint", "INTEGER"),
    ("NUMBER", "integer", "INTEGER"),
    ("CODE", "smallint", "INTEGER"),
    ("FLAG", "boolean", "INTEGER"),
    ("NO", "false", "0"),
    (
        "SEQUENCE",
        "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "INTEGER PRIMARY KEY AUTOINCREMENT",
    ),
    ("TRANSACTION_ID", "xid8 NOT NULL DEFAULT pg_current_xact_id()", "INTEGER NOT NULL DEFAULT 0"),
    ("PLAIN", "WITH (fillfactor = 90)", "STRICT"),
    ("KEYED", "WITH (fillfactor = 90)", "STRICT, WITHOUT ROWID"),
    ("HOT", "WITH (fillfactor = 50)", "STRICT, WITHOUT ROWID"),
];

/// `template` in the words of `backend`.
pub(crate) fn sql_for(backend: DbBackend, template: &str) -> String {
    let mut sql = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        sql.push_str(&rest[..start]);
        let tail = &rest[start..];
        let end =
            tail.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(tail.len());
        let word = &tail[..end];
        sql.push_str(
            WORDS.iter().find(|entry| entry.0 == word).map_or(word, |entry| {
                if backend == DbBackend::Postgres { entry.1 } else { entry.2 }
            }),
        );
        rest = &tail[end..];
    }
    sql.push_str(rest);
    sql
}
