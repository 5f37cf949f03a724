//! Several workers, dying workers, stopping workers.

use std::collections::BTreeMap;

use super::desk::{Desk, FROM, once, sender, stored};
use crate::support::both;
use crate::support::mail_server::MailServer;
use crate::support::wait::eventually;

const LETTERS: usize = 60;

both! {
    /// Two processes on one database send each letter once. (SQLite is for one server, but nothing
    /// breaks when there are two.)
    async fn two_workers_send_each_letter_once(database: Database) {
        let Some(mail) = MailServer::start().await else { return };
        let desk = Desk::at(&database).await;
        let mut servers = [
            sender(&database, &mail.url()).await,
            sender(&database, &mail.url()).await,
        ];
        for number in 0..LETTERS {
            desk.post(&desk.invitation(&format!("tom{number}@acme.example"), "evi_1")).await;
        }
        eventually("all letters arrive", || async {
            (mail.all("delivered").len() >= LETTERS).then_some(())
        })
        .await;
        for server in &mut servers {
            assert!(server.stop().await.success(), "a server ends in order");
        }
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for letter in mail.all("delivered") {
            *times.entry(letter.header("message-id")).or_default() += 1;
        }
        assert_eq!(times.len(), LETTERS);
        assert!(times.values().all(|times| *times == 1), "{times:?}");
    }

    /// A worker that dies with a letter in hand lets go of it when its claim lapses, not before;
    /// the letter that then goes out is the same, so that a receiver of both can tell.
    async fn a_killed_worker_lets_go_of_its_letter(database: Database) {
        let Some(mut mail) = MailServer::start().await else { return };
        let desk = Desk::at(&database).await;
        let mut server = sender(&database, &mail.url()).await;
        let id = desk.post(&desk.invitation("held@acme.example", "evi_4711")).await;
        let first = mail.first_to("held", "held@acme.example").await;
        server.kill().await;
        let row = stored(&database, id).await.expect("it is still there");
        assert_eq!((row.attempts, row.sent_at, row.failed_at), (1, None, None));

        let url = mail.url();
        server.start_again(&[("EVENHAND_MAIL", &url), FROM]).await;
        desk.post(&desk.invitation("ana@acme.example", "evi_2")).await;
        mail.first_to("delivered", "ana@acme.example").await;
        assert_eq!(mail.all_to("held", "held@acme.example").len(), 1, "it is still claimed");
        mail.stop();
        mail.start_again();
        let offset = ("EVENHAND_CLOCK_OFFSET", "+5m");
        server.restart_with(&[("EVENHAND_MAIL", &url), FROM, offset]).await;
        mail.go();
        let second = mail.first_to("delivered", "held@acme.example").await;
        assert_eq!(first.header("message-id"), second.header("message-id"));
        assert_eq!(first.text(), second.text());
        let sent = once(&database, id, "the letter is settled", |row| row.sent_at.is_some()).await;
        assert_eq!(sent.attempts, 2);
    }

    /// A letter whose link died while a worker had it in hand is not tried again.
    async fn a_withdrawn_letter_in_hand_is_not_tried_again(database: Database) {
        let Some(mail) = MailServer::start().await else { return };
        let desk = Desk::at(&database).await;
        let mut server = sender(&database, &mail.url()).await;
        let letter = desk.invitation("held@acme.example", "evi_4711");
        let id = desk.post(&letter).await;
        mail.first_to("held", "held@acme.example").await;
        server.kill().await;
        let mut tx = desk.store.begin().await.unwrap();
        desk.outbox.withdraw_links(&mut tx, letter.about).await.unwrap();
        tx.commit().await.unwrap();
        let offset = ("EVENHAND_CLOCK_OFFSET", "+5m");
        server.start_again(&[("EVENHAND_MAIL", &mail.url()), FROM, offset]).await;
        let failed = once(&database, id, "it is given up", |row| row.failed_at.is_some()).await;
        assert_eq!(failed.last_error.as_deref(), Some("expired"));
        assert_eq!(mail.all("held").len(), 1);
    }

    /// A stopping server finishes the letter in hand, and settles it.
    async fn a_stopping_server_finishes_its_letter(database: Database) {
        let Some(mut mail) = MailServer::start().await else { return };
        let desk = Desk::at(&database).await;
        let mut server = sender(&database, &mail.url()).await;
        let id = desk.post(&desk.invitation("held@acme.example", "evi_4711")).await;
        mail.first_to("held", "held@acme.example").await;
        server.ask_to_stop();
        mail.go();
        assert!(server.ended().await.success(), "it exits with 0");
        let row = stored(&database, id).await.expect("it is still there");
        assert!(row.sent_at.is_some(), "{row:?}");
        assert_eq!(mail.all("delivered").len(), 1);
    }
}
