//! Whether a name that is kept in memory still holds.

use sea_orm_migration::prelude::*;

use crate::dialect::sql_for;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let sql = sql_for(manager.get_database_backend(), include_str!("m0026_user_names.sql"));
        connection.execute_unprepared(&sql).await?;
        Ok(())
    }
}
