//! TLS and signing in to the mail server.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::desk::{Desk, FROM, later, once, sender, sender_with};
use crate::support::both;
use crate::support::mail_server::MailServer;

/// A certificate for 127.0.0.1 that signs itself, and its key.
struct Certificate {
    file: PathBuf,
    key: PathBuf,
    _folder: TempDir,
}

impl Certificate {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let file = folder.path().join("certificate.pem");
        let key = folder.path().join("key.pem");
        std::fs::write(&file, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        Self { file, key, _folder: folder }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

both! {
    /// STARTTLS with an authority of one's own, then a user and a password.
    async fn a_letter_goes_by_starttls_and_a_sign_in(database: Database) {
        let certificate = Certificate::make();
        let (file, key) = (text(&certificate.file), text(&certificate.key));
        let options = ["--certificate", file, "--key", key, "--sign-in", "mailer:p/ss word"];
        let Some(mail) = MailServer::start_with(&options).await else { return };
        let desk = Desk::at(&database).await;
        let url = format!("smtp://mailer:p%2Fss%20word@127.0.0.1:{}", mail.port());
        let authority = [("EVENHAND_MAIL_CA_FILE", file)];
        let server = sender_with(&database, &url, &authority).await;
        desk.post(&desk.invitation("tom@acme.example", "evi_4711")).await;
        let letter = mail.first_to("delivered", "tom@acme.example").await;
        assert_eq!(letter.field("encrypted"), true);
        assert_eq!(letter.field("signed_in"), true);
        assert!(!server.log().contains("ss word"));
    }

    /// A wrong password is the operator's fault: the letter waits until it is mended.
    async fn a_letter_waits_for_the_right_password(database: Database) {
        let certificate = Certificate::make();
        let (file, key) = (text(&certificate.file), text(&certificate.key));
        let options = ["--certificate", file, "--key", key, "--sign-in", "mailer:right"];
        let Some(mail) = MailServer::start_with(&options).await else { return };
        let desk = Desk::at(&database).await;
        let url = format!("smtp://mailer:hunter2@127.0.0.1:{}", mail.port());
        let authority = ("EVENHAND_MAIL_CA_FILE", file);
        let mut server = sender_with(&database, &url, &[authority]).await;
        let id = desk.post(&desk.invitation("tom@acme.example", "evi_4711")).await;
        let waiting = once(&database, id, "an attempt", |row| row.last_error.is_some()).await;
        assert_eq!(waiting.failed_at, None);
        let reason = waiting.last_error.unwrap();
        assert!(reason.starts_with("sign_in_refused 535"), "{reason}");
        assert!(!server.log().contains("hunter2"));
        let url = format!("smtp://mailer:right@127.0.0.1:{}", mail.port());
        let offset = ("EVENHAND_CLOCK_OFFSET", "+1m");
        server.restart_with(&[("EVENHAND_MAIL", &url), FROM, authority, offset]).await;
        mail.first_to("delivered", "tom@acme.example").await;
    }

    /// Neither a certificate that nobody vouches for nor a server without TLS gets a letter.
    async fn no_letter_goes_to_whom_nobody_vouches_for(database: Database) {
        let certificate = Certificate::make();
        let (file, key) = (text(&certificate.file), text(&certificate.key));
        let options = ["--certificate", file, "--key", key];
        let Some(strange) = MailServer::start_with(&options).await else { return };
        let Some(plain) = MailServer::start().await else { return };
        let desk = Desk::at(&database).await;
        let url = format!("smtp://127.0.0.1:{}", strange.port());
        let mut server = sender(&database, &url).await;
        let id = desk.post(&desk.invitation("tom@acme.example", "evi_4711")).await;
        let row = once(&database, id, "an attempt", |row| row.last_error.is_some()).await;
        assert_eq!((row.last_error.as_deref(), row.failed_at), (Some("tls_failed"), None));

        let url = format!("smtp://127.0.0.1:{}", plain.port());
        later(&mut server, &url, "+1m").await;
        let row = once(&database, id, "an attempt", |row| row.attempts == 2).await;
        assert_eq!((row.sent_at, row.failed_at), (None, None));
        assert!(strange.all("delivered").is_empty() && plain.all("delivered").is_empty());
    }
}
