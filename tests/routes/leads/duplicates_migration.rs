//! People who were leads before duplicates were looked for.

use evenhand_migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use crate::support::both_empty;

#[derive(FromQueryResult, Debug, PartialEq)]
struct Stored {
    kind: i16,
    contact: String,
    seen_at: i64,
}

both_empty! {
    async fn their_latest_leads_are_known(database: Database) {
        let url = match database.file() {
            Some(file) => format!("sqlite://{}?mode=rwc", file.display()),
            None => database.url().to_owned(),
        };
        let connection = sea_orm::Database::connect(url).await.unwrap();
        let backend = connection.get_database_backend();
        let before = Migrator::migrations().iter()
            .position(|change| change.name() == "m0010_duplicates");
        let before = u32::try_from(before.unwrap()).unwrap();
        Migrator::up(&connection, Some(before)).await.unwrap();
        let id = |number: u32| match backend {
            DbBackend::Postgres => format!("'01936d4e-7c1f-7a3b-9c55-0000{number:08}'"),
            _ => format!("x'01936d4e7c1f7a3b9c550000{number:08}'"),
        };
        let lead = |number: u32, email: &str, phone: &str| {
            let (one, it) = (id(1), id(number));
            format!(
                "INSERT INTO leads (organization_id, id, assignment_id, status, email_key, \
                 phone_key, tags, custom_fields, created_by_user_id, created_by_name, version, \
                 created_at, updated_at) VALUES ({one}, {it}, {it}, 'new', {email}, {phone}, \
                 '[]', '{{}}', {one}, 'Olivia', 1, {number}, {number})"
            )
        };
        for sql in [
            lead(10, "'lee@x.example'", "'+442079460018'"),
            lead(11, "'lee@x.example'", "NULL"),
            lead(12, "NULL", "'+442079460019'"),
            lead(13, "NULL", "NULL"),
        ] {
            connection.execute_unprepared(&sql).await.unwrap();
        }
        Migrator::up(&connection, None).await.unwrap();
        let sql = "SELECT kind, contact, seen_at FROM lead_contacts ORDER BY kind, contact";
        let statement = Statement::from_string(backend, sql);
        let stored = Stored::find_by_statement(statement).all(&connection).await.unwrap();
        let expected = [
            (1, "lee@x.example", 11), (2, "+442079460018", 10), (2, "+442079460019", 12),
        ].map(|(kind, contact, seen_at)| Stored { kind, contact: contact.to_owned(), seen_at });
        assert_eq!(stored, expected);
        connection.close().await.unwrap();
    }
}
