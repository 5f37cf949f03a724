//! Everything that a database holds, as bytes.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::database::Database;

/// The files of an SQLite database, its log of changes among them; of PostgreSQL every row of every
/// table as text.
pub(crate) async fn dump(database: &Database) -> Vec<u8> {
    if let Some(file) = database.file() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        for ending in ["", "-wal", "-shm"] {
            let part = file.with_file_name(format!("{name}{ending}"));
            bytes.extend(std::fs::read(part).unwrap_or_default());
        }
        return bytes;
    }
    let connection = sea_orm::Database::connect(database.url()).await.unwrap();
    let all = |sql: String| Statement::from_string(DbBackend::Postgres, sql);
    let tables = "SELECT table_name::text FROM information_schema.tables \
                  WHERE table_schema = 'public' AND table_type = 'BASE TABLE'";
    let tables = connection.query_all_raw(all(tables.to_owned())).await.unwrap();
    let mut bytes = Vec::new();
    for table in tables {
        let table: String = table.try_get_by_index(0).unwrap();
        let rows = connection.query_all_raw(all(format!("SELECT t::text FROM {table} t"))).await;
        for row in rows.unwrap() {
            bytes.extend(row.try_get_by_index::<String>(0).unwrap().into_bytes());
        }
    }
    connection.close().await.unwrap();
    bytes
}

/// Whether these bytes are among those.
pub(crate) fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
