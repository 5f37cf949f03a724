//! Table `organizations`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub zone: String,
    pub country: String,
    pub currency: String,
    pub lead_statuses: Json,
    pub duplicate_policy: i16,
    pub duplicate_window_days: i32,
    pub auto_assign_creator: bool,
    pub allow_multiple_assignees: bool,
    pub settings_version: i64,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
