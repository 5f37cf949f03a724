//! Which mail server there is, from a URL; and what of that URL may be shown.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

/// How mail leaves.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// By what.
    pub server: MailServer,
    /// Whom it comes from; [`sender`] reads one.
    pub from: Mailbox,
    /// How long sending one letter may take.
    pub timeout: Duration,
    /// A certificate authority (PEM) that is trusted beside the public ones.
    pub authority: Option<PathBuf>,
}

/// By what mail leaves.
#[derive(Debug, Clone)]
pub enum MailServer {
    /// Not at all: it is printed to the log, for development.
    Log,
    /// By SMTP.
    Smtp(Smtp),
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Smtp {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) encryption: Encryption,
    pub(crate) credentials: Option<(String, SecretString)>,
}

/// When a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// From its first byte.
    Always,
    /// By STARTTLS, before anything is said.
    Required,
    /// By STARTTLS where the server offers it.
    Opportunistic,
    /// Never.
    Never,
}

const WANTED: &str = "log, or smtps://USER:PASSWORD@HOST or smtp://USER:PASSWORD@HOST with every character of user \
     and password but letters, digits and -._~ percent-encoded";
const TLS: &str = "a URL with no parameter but ?tls=required, opportunistic or none (smtp:// only)";
const CLEAR: &str =
    "a URL with ?tls=required (the default): a password would travel in clear otherwise";

impl MailServer {
    /// Reads `log`, `smtp://…` or `smtps://…`; nothing and `none` are `None`.
    ///
    /// # Errors
    /// What the text has to be that it is not, without repeating any of it.
    pub fn parse(text: &str) -> Result<Option<Self>, &'static str> {
        match text {
            "" | "none" => Ok(None),
            "log" => Ok(Some(Self::Log)),
            url => Smtp::parse(url).map(|smtp| Some(Self::Smtp(smtp))),
        }
    }
}

impl Smtp {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let url = understood(text).ok_or(WANTED)?;
        let host = url.host_str().ok_or(WANTED)?.to_owned();
        let encryption = encryption(&url).ok_or(TLS)?;
        let decoded = |text: &str| {
            percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| WANTED)
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(WANTED),
            (user, Some(password)) => Some((decoded(user)?, decoded(password)?.into())),
        };
        let is_encrypted = matches!(encryption, Encryption::Always | Encryption::Required);
        let is_here = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        if credentials.is_some() && !is_encrypted && !is_here {
            return Err(CLEAR);
        }
        let usual = if encryption == Encryption::Always { 465 } else { 587 };
        let port = url.port().unwrap_or(usual);
        Ok(Self { host, port, encryption, credentials })
    }
}

/// The URL without what may be secret in it; of one that is not understood, nothing.
#[must_use]
pub fn shown(text: &str) -> String {
    if matches!(text, "" | "none" | "log") {
        return text.to_owned();
    }
    let without_password = |mut url: Url| {
        if url.password().is_some() {
            url.set_password(Some("***")).ok()?;
        }
        Some(url.to_string())
    };
    understood(text)
        .filter(|url| encryption(url).is_some())
        .and_then(without_password)
        .unwrap_or_else(|| "***".to_owned())
}

/// A URL in which nothing stands where only a part of an unencoded password can have come from.
fn understood(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_host = |host: &str| {
        !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    };
    let is_plain = matches!(url.scheme(), "smtp" | "smtps")
        && url.host_str().is_some_and(is_host)
        && matches!(url.path(), "" | "/")
        && url.fragment().is_none()
        && !url.username().to_ascii_lowercase().contains("%3a");
    is_plain.then_some(url)
}

fn encryption(url: &Url) -> Option<Encryption> {
    let mut tls = None;
    for (name, value) in url.query_pairs() {
        if name != "tls" || tls.is_some() {
            return None;
        }
        tls = Some(value.into_owned());
    }
    match (url.scheme(), tls.as_deref()) {
        ("smtps", None) => Some(Encryption::Always),
        ("smtp", None | Some("required")) => Some(Encryption::Required),
        ("smtp", Some("opportunistic")) => Some(Encryption::Opportunistic),
        ("smtp", Some("none")) => Some(Encryption::Never),
        _ => None,
    }
}

/// Reads whom mail comes from: `Name <address>` or an address.
#[must_use]
pub fn sender(text: &str) -> Option<Mailbox> {
    text.parse().ok().filter(|_| !text.contains(char::is_control))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn smtp(text: &str) -> Smtp {
        match MailServer::parse(text) {
            Ok(Some(MailServer::Smtp(smtp))) => smtp,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_url_is_encrypted_unless_it_says_otherwise() {
        let server = smtp("smtp://mailer:p%2Fs%40s@mail.example.com");
        assert_eq!((server.port, server.encryption), (587, Encryption::Required));
        let (user, password) = server.credentials.unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("mailer", "p/s@s"));

        assert_eq!(smtp("smtps://mail.example.com").port, 465);
        assert_eq!(smtp("smtps://mail.example.com").encryption, Encryption::Always);
        assert_eq!(smtp("smtp://relay:25?tls=none").encryption, Encryption::Never);
        assert_eq!(smtp("smtp://relay?tls=opportunistic").encryption, Encryption::Opportunistic);
        assert!(smtp("smtp://a:b@127.0.0.1:1025?tls=none").credentials.is_some());
        assert!(matches!(MailServer::parse("log"), Ok(Some(MailServer::Log))));
        assert!(matches!(MailServer::parse(""), Ok(None)));
        assert!(matches!(MailServer::parse("none"), Ok(None)));
    }

    #[test]
    fn what_is_not_understood_is_refused_and_not_shown() {
        for wrong in [
            "smtp:/hunter2",
            "http://eve:hunter2@mail",
            "smtp://eve:p/hunter2@mail",
            "smtp://eve:12/hunter2@mail",
            "smtp://eve:1?hunter2@mail",
            "smtp://eve:1#hunter2@mail",
            "smtp://eve%3Ahunter2@mail",
            "smtp://eve:hunter2@mail:port",
            "smtp://mail?password=hunter2",
            "smtps://mail?tls=hunter2",
            "hunter2",
        ] {
            let fault = MailServer::parse(wrong).unwrap_err();
            assert!(!fault.contains("hunter2"), "{wrong}");
            assert_eq!(shown(wrong), "***", "{wrong}");
        }
        let clear = "smtp://eve:hunter2@mail?tls=none";
        assert!(MailServer::parse(clear).unwrap_err().contains("clear"));
        assert_eq!(shown(clear), "smtp://eve:***@mail?tls=none");
        assert!(!format!("{:?}", smtp("smtp://eve:hunter2@mail")).contains("hunter2"));
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        assert!(sender("Evenhand <no-reply@example.com>").is_some());
        assert!(sender("no-reply@example.com").is_some());
        for wrong in ["", "Evenhand", "a@b@c", "Eve\r\nBcc: x <no-reply@example.com>"] {
            assert!(sender(wrong).is_none(), "{wrong:?}");
        }
    }
}
