//! What each new lead costs less by: indexes that only other lines of the log need, and kept answers
//! that are written once.

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
        let sql = sql_for(backend, include_str!("m0024_cheaper_intake.sql"));
        connection.execute_unprepared(&sql).await?;
        connection
            .execute_unprepared(match backend {
                DbBackend::Postgres => include_str!("m0024_cheaper_intake.postgres.sql"),
                _ => include_str!("m0024_cheaper_intake.sqlite.sql"),
            })
            .await?;
        Ok(())
    }
}
