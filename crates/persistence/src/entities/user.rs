//! Table `users`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub role: i16,
    pub status: i16,
    pub partner: bool,
    pub first_name: String,
    pub last_name: Option<String>,
    pub name_key: String,
    pub access_version: i64,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
    pub paused: bool,
    pub paused_until: Option<i64>,
    pub joined_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
