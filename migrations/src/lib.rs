//! The schema, one file per change, forward only once released.
//!
//! Each change is one SQL text for both databases. Words in capitals that differ between them
//! ([`dialect`]) are replaced; everything else is the same on SQLite and PostgreSQL. What has no words
//! in common has a text for each, `….postgres.sql` and `….sqlite.sql`.

use sea_orm_migration::{MigrationTrait, async_trait};
pub use sea_orm_migration::{MigratorTrait, sea_orm};

mod dialect;
mod m0001_foundation;
mod m0002_people;
mod m0003_mail;
mod m0004_account_security;
mod m0005_off_boarding;
mod m0006_invitations;
mod m0007_settings;
mod m0008_rotation_methods;
mod m0009_routing;
mod m0010_duplicates;
mod m0011_pick_up;
mod m0012_availability;
mod m0013_team_rotations;
mod m0014_waiting_list;
mod m0015_verification;
mod m0016_joined_leads;
mod m0017_working_on_leads;
mod m0018_activities;
mod m0019_feed;
mod m0020_lead_search;
mod m0021_lead_views;
mod m0022_collaborators;
mod m0023_ties_of_others;
mod m0024_cheaper_intake;
mod m0025_pool_of_no_group;
mod m0026_user_names;

/// All changes in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_foundation::Migration),
            Box::new(m0002_people::Migration),
            Box::new(m0003_mail::Migration),
            Box::new(m0004_account_security::Migration),
            Box::new(m0005_off_boarding::Migration),
            Box::new(m0006_invitations::Migration),
            Box::new(m0007_settings::Migration),
            Box::new(m0008_rotation_methods::Migration),
            Box::new(m0009_routing::Migration),
            Box::new(m0010_duplicates::Migration),
            Box::new(m0011_pick_up::Migration),
            Box::new(m0012_availability::Migration),
            Box::new(m0013_team_rotations::Migration),
            Box::new(m0014_waiting_list::Migration),
            Box::new(m0015_verification::Migration),
            Box::new(m0016_joined_leads::Migration),
            Box::new(m0017_working_on_leads::Migration),
            Box::new(m0018_activities::Migration),
            Box::new(m0019_feed::Migration),
            Box::new(m0020_lead_search::Migration),
            Box::new(m0021_lead_views::Migration),
            Box::new(m0022_collaborators::Migration),
            Box::new(m0023_ties_of_others::Migration),
            Box::new(m0024_cheaper_intake::Migration),
            Box::new(m0025_pool_of_no_group::Migration),
            Box::new(m0026_user_names::Migration),
        ]
    }
}
