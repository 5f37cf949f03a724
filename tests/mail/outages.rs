//! What happens when the mail server does not take a letter.

use super::desk::{Desk, events, later, once, sender, sender_with};
use crate::support::both;
use crate::support::mail_server::MailServer;
use crate::support::world::World;

both! {
    /// A dead mail server loses nothing: the letter waits, and leaves when there is one again.
    async fn a_letter_waits_for_a_dead_mail_server(database: Database) {
        let Some(mut mail) = MailServer::stopped().await else { return };
        let desk = Desk::at(&database).await;
        let mut server = sender(&database, &mail.url()).await;
        let id = desk.post(&desk.invitation("tom@acme.example", "evi_4711")).await;
        let waiting = once(&database, id, "a first attempt", |row| row.last_error.is_some()).await;
        assert_eq!((waiting.attempts, waiting.failed_at), (1, None));
        assert_eq!(waiting.last_error.as_deref(), Some("unreachable"));

        later(&mut server, &mail.url(), "+1m").await;
        let waiting = once(&database, id, "a second attempt", |row| row.attempts == 2).await;
        assert_eq!(waiting.sent_at, None);
        mail.start_again();
        later(&mut server, &mail.url(), "+1h").await;
        let letter = mail.first_to("delivered", "tom@acme.example").await;
        assert_eq!(letter.token(), "evi_4711");
        let sent = once(&database, id, "the letter is settled", |row| row.sent_at.is_some()).await;
        assert_eq!((sent.attempts, sent.last_error), (3, None));
        later(&mut server, &mail.url(), "+50h").await;
        server.stop().await;
        assert_eq!(mail.all("delivered").len(), 1, "once");
    }

    /// The same while the mail server goes away and comes back under the worker's connections.
    async fn a_mail_server_that_comes_back_is_used_again(database: Database) {
        let Some(mut mail) = MailServer::start().await else { return };
        let desk = Desk::at(&database).await;
        let mut server = sender(&database, &mail.url()).await;
        desk.post(&desk.invitation("first@acme.example", "evi_1")).await;
        mail.first_to("delivered", "first@acme.example").await;
        mail.stop();
        let id = desk.post(&desk.invitation("second@acme.example", "evi_2")).await;
        once(&database, id, "a failed attempt", |row| row.last_error.is_some()).await;
        mail.start_again();
        desk.post(&desk.invitation("third@acme.example", "evi_3")).await;
        mail.first_to("delivered", "third@acme.example").await;
        later(&mut server, &mail.url(), "+1m").await;
        mail.first_to("delivered", "second@acme.example").await;
    }

    /// A "not now" (4yz) is tried again.
    async fn a_deferred_letter_arrives_later(database: Database) {
        let Some(mail) = MailServer::start().await else { return };
        let desk = Desk::at(&database).await;
        let mut server = sender(&database, &mail.url()).await;
        let id = desk.post(&desk.invitation("deferred@acme.example", "evi_4711")).await;
        let waiting = once(&database, id, "an attempt", |row| row.last_error.is_some()).await;
        assert_eq!(waiting.last_error.as_deref(), Some("deferred 451 4.7.1"));
        later(&mut server, &mail.url(), "+1m").await;
        mail.first_to("delivered", "deferred@acme.example").await;
    }

    /// A "never" (5yz) is not; the log and the organization's events say so, without the address.
    async fn a_refused_letter_is_given_up_and_told_of(database: Database) {
        let Some(mail) = MailServer::start().await else { return };
        let acme = World::start(database).await;
        let (organization, database) = (acme.id.clone(), &acme.database);
        let desk = Desk::at(database).await.of(&organization);
        let mut server = sender(database, &mail.url()).await;
        let letter = desk.invitation("refused@acme.example", "evi_4711");
        let id = desk.post(&letter).await;
        let failed = once(database, id, "it is given up", |row| row.failed_at.is_some()).await;
        assert_eq!(failed.last_error.as_deref(), Some("refused 550 5.1.1"));
        assert!(failed.payload.is_empty(), "what it said is forgotten");
        let told = events(database, letter.about).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["reason"], "refused 550 5.1.1");
        assert_eq!(told[0]["kind"], "invitation");
        assert_eq!(told[0]["mail_id"], id.to_string());
        assert!(!told[0].to_string().contains("refused@"), "no personal data");

        desk.post(&desk.invitation("next@acme.example", "evi_2")).await;
        mail.first_to("delivered", "next@acme.example").await;
        later(&mut server, &mail.url(), "+30h").await;
        desk.post(&desk.invitation("last@acme.example", "evi_3")).await;
        mail.first_to("delivered", "last@acme.example").await;
        assert_eq!(mail.all("refused").len(), 1, "tried once");
        let log = server.log();
        assert!(log.contains("letter given up") && !log.contains("refused@acme"), "{log}");
    }

    /// A dead link is not sent, however long the mail server was away.
    async fn an_expired_letter_is_not_sent(database: Database) {
        let Some(mail) = MailServer::start().await else { return };
        let desk = Desk::at(&database).await;
        let id = desk.post(&desk.password_reset("tom@acme.example", "evr_4711")).await;
        let offset = ("EVENHAND_CLOCK_OFFSET", "+31m");
        let server = sender_with(&database, &mail.url(), &[offset]).await;
        let failed = once(&database, id, "it is given up", |row| row.failed_at.is_some()).await;
        assert_eq!(failed.last_error.as_deref(), Some("expired"));
        assert!(failed.payload.is_empty());
        desk.post(&desk.invitation("ana@acme.example", "evi_1")).await;
        mail.first_to("delivered", "ana@acme.example").await;
        assert_eq!(mail.all("delivered").len(), 1);
        drop(server);
    }

    /// An address that no mail server takes fails by itself, and nothing else with it.
    async fn an_impossible_address_fails_alone(database: Database) {
        let Some(mail) = MailServer::start().await else { return };
        let desk = Desk::at(&database).await;
        let id = desk.post(&desk.invitation("no address\r\nRCPT TO:<eve@x.example>", "evi_1")).await;
        let foreign = desk.post(&desk.invitation("töm@acme.example", "evi_2")).await;
        let _server = sender(&database, &mail.url()).await;
        for id in [id, foreign] {
            let failed = once(&database, id, "it is given up", |row| row.failed_at.is_some()).await;
            assert_eq!(failed.last_error.as_deref(), Some("address_unsupported"));
        }
        desk.post(&desk.invitation("ana@acme.example", "evi_3")).await;
        mail.first_to("delivered", "ana@acme.example").await;
        assert_eq!(mail.all("delivered").len(), 1);
    }
}
