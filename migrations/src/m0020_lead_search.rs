//! An index of what leads are searched by, and of what lists of them are sorted by.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::dialect::sql_for;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = manager.get_database_backend();
        let sql = sql_for(backend, include_str!("m0020_lead_search.sql"));
        connection.execute_unprepared(&sql).await?;
        // The two databases index texts so differently that no words are common.
        connection
            .execute_unprepared(match backend {
                DbBackend::Postgres => include_str!("m0020_lead_search.postgres.sql"),
                _ => include_str!("m0020_lead_search.sqlite.sql"),
            })
            .await?;
        Ok(())
    }
}
