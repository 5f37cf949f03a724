//! Routing rules with their default, custom fields, and leads that know which rule sent them.

use sea_orm_migration::prelude::*;

use crate::dialect::sql_for;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = sql_for(manager.get_database_backend(), include_str!("m0009_routing.sql"));
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }
}
