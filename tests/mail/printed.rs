//! `EVENHAND_MAIL=log`: for development.

use super::desk::{Desk, once};
use crate::support::both;
use crate::support::server::TestServer;
use crate::support::wait::eventually;

both! {
    async fn a_letter_is_printed_with_its_link(database: Database) {
        let desk = Desk::at(&database).await;
        let variables = [("EVENHAND_MAIL", "log"), ("EVENHAND_LOG", "info")];
        let server = TestServer::start_with(&database, &variables).await;
        let id = desk.post(&desk.invitation("tom@acme.example", "evi_4711")).await;
        once(&database, id, "the letter is settled", |row| row.sent_at.is_some()).await;
        let log = eventually("the letter is in the log", || async {
            Some(server.log()).filter(|log| log.contains("evi_4711"))
        })
        .await;
        assert!(log.contains("tom@acme.example") && log.contains("Hello Tom"), "{log}");
        assert!(log.contains("for development"), "a warning at the start: {log}");
    }
}
