//! Handing a message to the mail server, and what its answer means.

use std::error::Error as StdError;
use std::time::Duration;

use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error as SmtpError, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::ExposeSecret as _;

use super::settings::{Encryption, MailServer, MailSettings, Smtp};

/// How long a connection is kept for the next letter.
const IDLE: Duration = Duration::from_secs(10);

/// What a file with a certificate has in it.
const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The way out.
pub(super) enum Transport {
    Log,
    Smtp { mailer: AsyncSmtpTransport<Tokio1Executor>, timeout: Duration },
}

/// Why mail cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The authority's file cannot be read.
    #[error("mail_ca_file: {0}")]
    AuthorityUnreadable(#[source] std::io::Error),
    /// It holds no certificate.
    #[error("mail_ca_file: no PEM certificates in it")]
    NoAuthority,
    /// The mail server's name cannot be checked by a certificate.
    #[error("mail: TLS cannot be set up for this host")]
    Tls(#[source] SmtpError),
}

/// What came of sending a letter that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotTaken {
    /// Whether trying again makes no sense.
    pub(super) for_good: bool,
    /// A code, without personal data: mail servers repeat addresses.
    pub(super) reason: String,
    /// For the log, where it is known to hold no personal data.
    pub(super) detail: Option<String>,
}

impl Transport {
    pub(super) fn new(settings: &MailSettings, connections: u32) -> Result<Self, TransportError> {
        match &settings.server {
            MailServer::Log => Ok(Self::Log),
            MailServer::Smtp(smtp) => {
                let mailer = mailer(smtp, settings, connections)?;
                Ok(Self::Smtp { mailer, timeout: settings.timeout })
            }
        }
    }

    /// Gives a message to the mail server, or to the log.
    pub(super) async fn send(&self, message: Message, plain: &str) -> Result<(), NotTaken> {
        match self {
            Self::Log => {
                let headers = message.headers();
                let to = headers.get_raw("To").unwrap_or_default();
                let subject = headers.get_raw("Subject").unwrap_or_default();
                tracing::info!(to, subject, "mail:\n{plain}");
                Ok(())
            }
            Self::Smtp { mailer, timeout } => {
                let is_ascii = message.envelope().to().iter().all(|to| to.to_string().is_ascii());
                match tokio::time::timeout(*timeout, mailer.send(message)).await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(classified(&error, is_ascii)),
                    Err(_) => Err(NotTaken::later("timed_out")),
                }
            }
        }
    }

    /// Takes leave of the mail server.
    pub(super) async fn close(&self) {
        if let Self::Smtp { mailer, .. } = self {
            mailer.shutdown().await;
        }
    }
}

impl NotTaken {
    fn later(reason: impl Into<String>) -> Self {
        Self { for_good: false, reason: reason.into(), detail: None }
    }

    pub(super) fn never(reason: impl Into<String>) -> Self {
        Self { for_good: true, reason: reason.into(), detail: None }
    }
}

fn mailer(
    smtp: &Smtp,
    settings: &MailSettings,
    connections: u32,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, TransportError> {
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
        .port(smtp.port)
        .timeout(Some(settings.timeout))
        .hello_name(hello(&settings.from))
        .tls(tls(smtp, settings)?)
        .pool_config(PoolConfig::new().max_size(connections).idle_timeout(IDLE));
    if let Some((user, password)) = &smtp.credentials {
        let password = password.expose_secret().to_owned();
        builder = builder.credentials(Credentials::new(user.clone(), password));
    }
    Ok(builder.build())
}

/// What we greet the server as: the sender's domain, for many a server refuses the name of a
/// container.
fn hello(from: &Mailbox) -> ClientId {
    ClientId::Domain(from.email.domain().to_owned())
}

fn tls(smtp: &Smtp, settings: &MailSettings) -> Result<Tls, TransportError> {
    if smtp.encryption == Encryption::Never {
        return Ok(Tls::None);
    }
    let mut builder = TlsParameters::builder(smtp.host.trim_matches(['[', ']']).to_owned());
    if let Some(file) = &settings.authority {
        let pem = std::fs::read(file).map_err(TransportError::AuthorityUnreadable)?;
        if !pem.windows(PEM.len()).any(|bytes| bytes == PEM) {
            return Err(TransportError::NoAuthority);
        }
        let certificate = Certificate::from_pem(&pem).map_err(|_| TransportError::NoAuthority)?;
        builder = builder.add_root_certificate(certificate);
    }
    let parameters = builder.build().map_err(TransportError::Tls)?;
    Ok(match smtp.encryption {
        Encryption::Always => Tls::Wrapper(parameters),
        Encryption::Required => Tls::Required(parameters),
        Encryption::Opportunistic | Encryption::Never => Tls::Opportunistic(parameters),
    })
}

/// What an error means for the letter (RFC 5321 §4.2.1: 5yz is for good, 4yz is not).
fn classified(error: &SmtpError, is_ascii: bool) -> NotTaken {
    let source = error.source().map(ToString::to_string);
    if let Some(status) = error.status() {
        let status = u16::from(status);
        let enhanced = source.as_deref().and_then(enhanced_code);
        return refused(status, enhanced);
    }
    if error.is_client() && !is_ascii {
        // The server does not know SMTPUTF8 (RFC 6531).
        return NotTaken::never("address_unsupported");
    }
    let reason = match () {
        () if error.is_timeout() => "timed_out",
        () if error.is_tls() || is_bad_data(error) => "tls_failed",
        () if error.is_response() => "answer_unreadable",
        () if error.is_client() => "not_possible",
        () => "unreachable",
    };
    let detail = source.filter(|_| !error.is_response());
    NotTaken { detail, ..NotTaken::later(reason) }
}

/// Whether what was read makes no sense: of a connection, that is its TLS.
fn is_bad_data(error: &SmtpError) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return io.kind() == std::io::ErrorKind::InvalidData;
        }
        source = cause.source();
    }
    false
}

fn refused(status: u16, enhanced: Option<&str>) -> NotTaken {
    // What is about us and not about the letter (RFC 4954 §6) ends when somebody mends it.
    let is_about_us = matches!(status, 530 | 534 | 535 | 538);
    let word = match status {
        _ if is_about_us => "sign_in_refused",
        500.. => "refused",
        _ => "deferred",
    };
    let code = enhanced.map(|code| format!(" {code}")).unwrap_or_default();
    // Only what is wrong with the recipient (RFC 3463 §3.2, §3.3; §4.2.3 of RFC 5321 where the server
    // gives no such code) is so for good. A blocked network, a sender that is not allowed or a full
    // system ends as well when somebody mends it, and the letter must be there then.
    let is_about_the_recipient = match enhanced {
        Some("5.1.7" | "5.1.8" | "5.2.2") => false,
        Some(code) => code.starts_with("5.1.") || code.starts_with("5.2."),
        None => matches!(status, 550 | 551 | 553),
    };
    NotTaken {
        for_good: status >= 500 && is_about_the_recipient,
        reason: format!("{word} {status}{code}"),
        detail: None,
    }
}

/// The enhanced status code (RFC 3463) that an answer begins with, e.g. `5.1.1`.
fn enhanced_code(answer: &str) -> Option<&str> {
    let first = answer.split_whitespace().next()?;
    let numbers: Vec<&str> = first.split('.').collect();
    let is_number = |text: &&str| {
        (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    (numbers.len() == 3 && numbers.iter().all(is_number)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_for_good_where_it_is_about_the_recipient() {
        let never = refused(550, Some("5.1.1"));
        assert!(never.for_good);
        assert_eq!(never.reason, "refused 550 5.1.1");
        assert!(!refused(451, None).for_good);
        assert_eq!(refused(451, None).reason, "deferred 451");
        assert!(refused(550, None).for_good);
        for about_us in [530, 534, 535, 538, 552, 554] {
            assert!(!refused(about_us, None).for_good, "{about_us}");
        }
        for (status, code) in [(550, "5.7.1"), (554, "5.7.1"), (552, "5.3.1"), (553, "5.1.8")] {
            assert!(!refused(status, Some(code)).for_good, "{status} {code}");
        }
    }

    #[test]
    fn of_an_answer_the_code_alone_is_kept() {
        assert_eq!(enhanced_code("5.1.1 <tom@acme.example>: no such user"), Some("5.1.1"));
        for none in ["", "no such user", "5.1 x", "<5.1.1> x", "1234.1.1 x", "192.0.2.1.5"] {
            assert_eq!(enhanced_code(none), None, "{none}");
        }
    }
}
