//! Leads that are put away, and those whose personal data is gone for good; statuses by how far leads
//! have come.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::dialect::sql_for;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What was open or not is open, won or lost; the order stays.
const POSTGRES_STATUSES: &str = "UPDATE organizations SET lead_statuses = (\
    SELECT jsonb_agg((s.status - 'open') || jsonb_build_object('kind', CASE \
        WHEN (s.status ->> 'open')::boolean THEN 'open' \
        WHEN s.status ->> 'key' = 'won' THEN 'won' ELSE 'lost' END) ORDER BY s.position) \
    FROM jsonb_array_elements(lead_statuses) WITH ORDINALITY AS s (status, position))";

const SQLITE_STATUSES: &str = "UPDATE organizations SET lead_statuses = (\
    SELECT json_group_array(json_set(json_remove(s.status, '$.open'), '$.kind', CASE \
        WHEN s.status ->> 'open' THEN 'open' \
        WHEN s.status ->> 'key' = 'won' THEN 'won' ELSE 'lost' END)) \
    FROM (SELECT value AS status FROM json_each(lead_statuses) ORDER BY key) s)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = manager.get_database_backend();
        let statuses =
            if backend == DbBackend::Postgres { POSTGRES_STATUSES } else { SQLITE_STATUSES };
        connection.execute_unprepared(statuses).await?;
        let sql = sql_for(backend, include_str!("m0017_working_on_leads.sql"));
        connection.execute_unprepared(&sql).await?;
        Ok(())
    }
}
