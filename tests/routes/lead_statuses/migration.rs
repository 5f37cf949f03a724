//! Statuses that were stored before they had names.

use evenhand_migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use serde_json::{Value, json};

use crate::support::both_empty;

#[derive(FromQueryResult)]
struct Stored {
    lead_statuses: Value,
}

both_empty! {
    async fn keys_become_statuses_in_their_order(database: Database) {
        let url = match database.file() {
            Some(file) => format!("sqlite://{}?mode=rwc", file.display()),
            None => database.url().to_owned(),
        };
        let connection = sea_orm::Database::connect(url).await.unwrap();
        let before = Migrator::migrations().iter()
            .position(|change| change.name() == "m0007_settings");
        let before = u32::try_from(before.unwrap()).unwrap();
        Migrator::up(&connection, Some(before)).await.unwrap();
        let id = match connection.get_database_backend() {
            sea_orm::DbBackend::Postgres => "'01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e00'",
            _ => "x'01936d4e7c1f7a3b9c553f2b8a9d1e00'",
        };
        let sql = format!(
            "INSERT INTO organizations (id, name, zone, country, currency, lead_statuses, \
             settings_version, created_at) VALUES ({id}, 'Acme', 'Europe/London', 'GB', 'GBP', \
             '[\"new\",\"follow_up\",\"won\",\"lost\"]', 1, 1)"
        );
        connection.execute_unprepared(&sql).await.unwrap();
        Migrator::up(&connection, None).await.unwrap();
        let sql = "SELECT lead_statuses FROM organizations";
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let stored = Stored::find_by_statement(statement).one(&connection).await.unwrap().unwrap();
        let expected = json!([
            {"key": "new", "name": "New", "kind": "open"},
            {"key": "follow_up", "name": "Follow up", "kind": "open"},
            {"key": "won", "name": "Won", "kind": "won"},
            {"key": "lost", "name": "Lost", "kind": "lost"},
        ]);
        assert_eq!(stored.lead_statuses, expected);
        connection.close().await.unwrap();
    }
}
