//! A letter as a message: plain text and HTML side by side (RFC 2046 §5.1.4).

use std::time::{Duration, SystemTime};

use askama::Template;
use evenhand_domain::clock::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::{Address, message};
use secrecy::ExposeSecret as _;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::letter::{Content, LetterKind};

/// The most characters of a name that a letter repeats: names are for reading, not for messages of
/// their own.
const MAX_NAME: usize = 80;

const INSTANT: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");

/// Fixed headers: nobody's out-of-office reply is wanted (RFC 3834 §5), and the language of the text.
const HEADERS: [(HeaderName, &str); 3] = [
    (HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated"),
    (HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All"),
    (HeaderName::new_from_ascii_str("Content-Language"), "en"),
];

/// Why a letter cannot be made a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unwritable {
    /// The address is none that SMTP knows.
    Address,
    /// Anything else: a fault of ours.
    Text,
}

/// A letter in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) subject: String,
    pub(super) plain: String,
    pub(super) html: String,
}

#[derive(Template)]
#[template(path = "invitation.txt")]
struct InvitationPlain<'a>(&'a Invitation);

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationHtml<'a>(&'a Invitation);

struct Invitation {
    name: String,
    organization: String,
    inviter: String,
    url: String,
    until: String,
}

#[derive(Template)]
#[template(path = "password_reset.txt")]
struct ResetPlain<'a>(&'a Reset);

#[derive(Template)]
#[template(path = "password_reset.html")]
struct ResetHtml<'a>(&'a Reset);

struct Reset {
    name: String,
    url: String,
    until: String,
}

#[derive(Template)]
#[template(path = "password_changed.txt")]
struct ChangedPlain<'a>(&'a Changed);

#[derive(Template)]
#[template(path = "password_changed.html")]
struct ChangedHtml<'a>(&'a Changed);

struct Changed {
    name: String,
    at: String,
}

/// Puts a letter into words.
pub(super) fn write(content: &Content) -> Result<Written, askama::Error> {
    let name = one_line(&content.name);
    let (subject, plain, html) = match &content.says {
        LetterKind::Invitation { organization, inviter, url, expires_at } => {
            let letter = Invitation {
                name,
                organization: one_line(organization),
                inviter: one_line(inviter),
                url: url.expose_secret().to_owned(),
                until: shown(*expires_at),
            };
            let subject = format!("{} invites you to {}", letter.inviter, letter.organization);
            (subject, InvitationPlain(&letter).render()?, InvitationHtml(&letter).render()?)
        }
        LetterKind::PasswordReset { url, expires_at } => {
            let letter =
                Reset { name, url: url.expose_secret().to_owned(), until: shown(*expires_at) };
            let subject = "Set a new password".to_owned();
            (subject, ResetPlain(&letter).render()?, ResetHtml(&letter).render()?)
        }
        LetterKind::PasswordChanged { at } => {
            let letter = Changed { name, at: shown(*at) };
            let subject = "Your password was changed".to_owned();
            (subject, ChangedPlain(&letter).render()?, ChangedHtml(&letter).render()?)
        }
    };
    Ok(Written { subject, plain, html })
}

/// The message of a letter. The same letter gives the same bytes with the same Message-ID, so that
/// a receiver who gets it twice can tell.
pub(super) fn message(
    from: &Mailbox,
    to: &str,
    id: uuid::Uuid,
    written_at: Timestamp,
    content: &Content,
) -> Result<Message, Unwritable> {
    let address: Address = to.parse().map_err(|_| Unwritable::Address)?;
    let written = write(content).map_err(|_| Unwritable::Text)?;
    let name = Some(one_line(&content.name)).filter(|name| !name.is_empty());
    let boundary = id.as_simple().to_string();
    let parts = MultiPart::alternative()
        .boundary(boundary)
        .singlepart(part(ContentType::TEXT_PLAIN, written.plain))
        .singlepart(part(ContentType::TEXT_HTML, written.html));
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}@{}>", id.as_simple(), from.email.domain())))
        .date(system_time(written_at))
        .from(from.clone())
        .to(Mailbox::new(name, address))
        .subject(written.subject);
    for (name, value) in HEADERS {
        builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
    }
    builder.multipart(parts).map_err(|_| Unwritable::Text)
}

fn part(content_type: ContentType, text: String) -> SinglePart {
    let body = message::Body::new(text);
    SinglePart::builder().header(content_type).body(body)
}

/// A name as it may stand in a header and in a line of text: without control characters, cut where
/// it is no name any more.
fn one_line(text: &str) -> String {
    let spaced = text.chars().map(|c| if is_breaking(c) { ' ' } else { c });
    let spaced: String = spaced.take(MAX_NAME).collect();
    spaced.trim().to_owned()
}

/// Control characters, and those that end a line or turn the direction of writing.
fn is_breaking(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn shown(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp(at.seconds())
        .ok()
        .and_then(|at| at.format(INSTANT).ok())
        .unwrap_or_else(|| at.to_rfc3339())
}

fn system_time(at: Timestamp) -> SystemTime {
    let since = u64::try_from(at.seconds()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(since)
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
