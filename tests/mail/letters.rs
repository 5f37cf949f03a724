//! What arrives, and what does not.

use serde_json::json;

use super::desk::{Desk, FROM, once, sender, sender_with, stored};
use crate::support::both;
use crate::support::mail_server::MailServer;
use crate::support::world::{PASSWORD, World};

const SECRET: &str = "correct horse battery staple wins";

both! {
    /// Both parts, the sender, what identifies it; and what it said is forgotten afterwards.
    async fn a_letter_arrives_in_both_parts(database: Database) {
        let Some(mail) = MailServer::start().await else { return };
        let desk = Desk::at(&database).await;
        let server = sender(&database, &mail.url()).await;
        let id = desk.post(&desk.invitation("tom@acme.example", "evi_4711")).await;
        let letter = mail.first_to("delivered", "tom@acme.example").await;
        assert_eq!(letter.field("type"), "multipart/alternative");
        assert_eq!(letter.field("from"), "no-reply@evenhand.example");
        assert_eq!(letter.field("greeted_as"), "evenhand.example");
        assert_eq!(letter.header("subject"), "Olivia Owner invites you to Acme & Söhne <Ltd>");
        assert_eq!(letter.header("to"), "Tom <tom@acme.example>");
        assert_eq!(letter.header("auto-submitted"), "auto-generated");
        assert_eq!(letter.header("content-language"), "en");
        let message_id = format!("<{}@evenhand.example>", id.uuid().as_simple());
        assert_eq!(letter.header("message-id"), message_id);
        assert_eq!(letter.token(), "evi_4711");
        assert!(letter.html().contains("href=\"https://crm.example.com/invitations/evi_4711\""));
        assert!(letter.html().contains("<strong>Acme &amp; Söhne &lt;Ltd&gt;</strong>")
            || letter.html().contains("<strong>Acme &#38; Söhne &#60;Ltd&#62;</strong>"));

        let sent = once(&database, id, "the letter is settled", |row| row.sent_at.is_some()).await;
        assert_eq!((sent.attempts, sent.payload.len(), sent.last_error), (1, 0, None));
        assert!(!server.log().contains("evi_4711"), "links stay out of the log");
        assert!(!server.log().contains("tom@acme"), "addresses stay out of the log");
        desk.post(&desk.password_changed("ana@acme.example")).await;
        let letter = mail.first_to("delivered", "ana@acme.example").await;
        assert_eq!(letter.header("subject"), "Your password was changed");
    }

    /// The letter exists if and only if what it tells of does.
    async fn nothing_is_sent_without_a_commit(database: Database) {
        let Some(mail) = MailServer::start().await else { return };
        let desk = Desk::at(&database).await;
        let _server = sender(&database, &mail.url()).await;
        let mut tx = desk.store.begin().await.unwrap();
        let id = desk.post_in(&mut tx, &desk.invitation("tom@acme.example", "evi_1")).await;
        drop(tx);
        desk.post(&desk.invitation("ana@acme.example", "evi_2")).await;
        mail.first_to("delivered", "ana@acme.example").await;
        assert!(stored(&database, id).await.is_none());
        assert_eq!(mail.all("delivered").len(), 1);
    }

    /// With EVENHAND_SECRET_KEY the database alone does not reveal a link.
    async fn what_waits_is_sealed(database: Database) {
        let Some(mail) = MailServer::start().await else { return };
        let desk = Desk::sealing(&database, Some(SECRET)).await;
        let id = desk.post(&desk.password_reset("tom@acme.example", "evr_4711")).await;
        let waiting = stored(&database, id).await.expect("a row");
        let has = |part: &[u8]| waiting.payload.windows(part.len()).any(|bytes| bytes == part);
        assert!(!has(b"evr_4711") && !has(b"crm.example.com") && !has(b"Tom"));
        let secret = [("EVENHAND_SECRET_KEY", SECRET)];
        let _server = sender_with(&database, &mail.url(), &secret).await;
        let letter = mail.first_to("delivered", "tom@acme.example").await;
        assert_eq!(letter.token(), "evr_4711");
    }

    /// A link that a newer one has killed is not sent; others about the same person are.
    async fn a_newer_link_replaces_the_older(database: Database) {
        let Some(mail) = MailServer::start().await else { return };
        let desk = Desk::at(&database).await;
        let older = desk.invitation("tom@acme.example", "evi_older");
        let mut newer = desk.invitation("tom@acme.example", "evi_newer");
        let mut news = desk.password_changed("tom@acme.example");
        let withdrawn = desk.password_reset("ana@acme.example", "evr_1");
        (newer.about, news.about) = (older.about, older.about);
        for letter in [&older, &news, &newer] {
            desk.post(letter).await;
        }
        desk.post(&withdrawn).await;
        let mut tx = desk.store.begin().await.unwrap();
        desk.outbox.withdraw_links(&mut tx, withdrawn.about).await.unwrap();
        tx.commit().await.unwrap();
        desk.post(&desk.invitation("last@acme.example", "evi_last")).await;

        let mut server = sender(&database, &mail.url()).await;
        mail.first_to("delivered", "last@acme.example").await;
        server.stop().await;
        let letters = mail.all_to("delivered", "tom@acme.example");
        assert_eq!(letters.len(), 2, "{letters:?}");
        assert!(letters.iter().any(|letter| letter.text().contains("evi_newer")));
        assert_eq!(mail.all("delivered").len(), 3, "what was withdrawn is not sent");
    }

    /// What the tokens of an invitation do is the matter of the invitations' own tests; here it
    /// is that the letter has the right one.
    async fn an_invitation_s_letter_lets_somebody_in(database: Database) {
        let Some(mail) = MailServer::start().await else { return };
        let variables = [
            ("EVENHAND_MAIL", &*mail.url()),
            FROM,
            ("EVENHAND_INVITATION_URL", "https://crm.example.com/join/{token}"),
        ];
        let acme = World::start_with(database, &variables).await;
        let body = json!({"email": "tom@acme.example", "first_name": "Tom"});
        acme.owner.post("/v1/users", body).await.expect(201);
        let letter = mail.first_to("delivered", "tom@acme.example").await;
        assert!(letter.text().contains("https://crm.example.com/join/"), "{}", letter.text());
        assert!(letter.header("subject").contains("Acme"));
        let path = format!("/v1/invitations/{}/accept", letter.token());
        acme.anonymous().post(path, json!({"password": PASSWORD})).await.expect(200);
    }
}
