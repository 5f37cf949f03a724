//! Lead statuses with names, and whether they are open; the index of the audit log.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::dialect::sql_for;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// `["new", "won"]` becomes objects with key, name and open; the order stays.
const POSTGRES_STATUSES: &str = "UPDATE organizations SET lead_statuses = (\
    SELECT jsonb_agg(jsonb_build_object('key', s.key, \
        'name', upper(left(s.key, 1)) || substr(replace(s.key, '_', ' '), 2), \
        'open', s.key NOT IN ('won', 'lost')) ORDER BY s.position) \
    FROM jsonb_array_elements_text(lead_statuses) WITH ORDINALITY AS s (key, position))";

const SQLITE_STATUSES: &str = "UPDATE organizations SET lead_statuses = (\
    SELECT json_group_array(json_object('key', s.status, \
        'name', upper(substr(s.status, 1, 1)) || substr(replace(s.status, '_', ' '), 2), \
        'open', json(CASE WHEN s.status IN ('won', 'lost') THEN 'false' ELSE 'true' END))) \
    FROM (SELECT value AS status FROM json_each(lead_statuses) ORDER BY key) s)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = manager.get_database_backend();
        let statuses =
            if backend == DbBackend::Postgres { POSTGRES_STATUSES } else { SQLITE_STATUSES };
        connection.execute_unprepared(statuses).await?;
        let sql = sql_for(backend, include_str!("m0007_settings.sql"));
        connection.execute_unprepared(&sql).await?;
        Ok(())
    }
}
