//! The schema, one file per change, forward only once released.
//!
//! Each change is one SQL text for both databases. Words in capitals that differ between them
//! ([`dialect`]) are replaced; everything else is the same on SQLite and PostgreSQL.

use sea_orm_migration::{MigrationTrait, async_trait};
pub use sea_orm_migration::{MigratorTrait, sea_orm};

mod dialect;
mod m0001_foundation;
mod m0002_people;

/// All changes in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_foundation::Migration), Box::new(m0002_people::Migration)]
    }
}
