//! What the tests are written in: databases, servers, people, and what they say to each other.

pub(crate) mod activities;
pub(crate) mod answer;
pub(crate) mod availability;
pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod collaborators;
pub(crate) mod crowd;
pub(crate) mod database;
pub(crate) mod dump;
pub(crate) mod feed;
pub(crate) mod growth;
pub(crate) mod leads;
pub(crate) mod ledger;
pub(crate) mod mail_server;
pub(crate) mod off_boarding;
pub(crate) mod pool;
pub(crate) mod process;
pub(crate) mod raw;
pub(crate) mod search;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod spec;
pub(crate) mod store;
pub(crate) mod tamper;
pub(crate) mod teams;
pub(crate) mod time;
pub(crate) mod verifier;
pub(crate) mod wait;
pub(crate) mod waiting;
pub(crate) mod watch;
pub(crate) mod world;

/// Runs a test on both databases: makes the tests `name::sqlite` and `name::postgres`.
macro_rules! both {
    ($($(#[$doc:meta])* async fn $name:ident($database:ident: Database) $body:block)+) => {
        $crate::support::on_databases! {
            $crate::support::database::Database::postgres;
            $($(#[$doc])* async fn $name($database: Database) $body)+
        }
    };
}

/// The same on databases that do not have a schema yet.
macro_rules! both_empty {
    ($($(#[$doc:meta])* async fn $name:ident($database:ident: Database) $body:block)+) => {
        $crate::support::on_databases! {
            $crate::support::database::Database::empty_postgres;
            $($(#[$doc])* async fn $name($database: Database) $body)+
        }
    };
}

/// Runs a test on PostgreSQL alone, about what SQLite does not have: other sessions, replicas. Makes
/// the test `name::postgres`.
macro_rules! postgres {
    ($($(#[$doc:meta])* async fn $name:ident($database:ident: Database) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let _watched = $crate::support::watch::this_test();
                if let Some($database) = $crate::support::database::Database::postgres().await {
                    $body
                }
            }
        }
    )+};
}

macro_rules! on_databases {
    (
        $postgres:path;
        $($(#[$doc:meta])* async fn $name:ident($database:ident: Database) $body:block)+
    ) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn run($database: $crate::support::database::Database) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let _watched = $crate::support::watch::this_test();
                run($crate::support::database::Database::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let _watched = $crate::support::watch::this_test();
                if let Some(database) = $postgres().await {
                    run(database).await;
                }
            }
        }
    )+};
}

pub(crate) use {both, both_empty, on_databases, postgres};
