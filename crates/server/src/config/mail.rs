//! The settings of mail, which belong together.

use std::time::Duration;

use evenhand_delivery::mail::{MailServer, MailSettings, sender};

/// Whom mail comes from when it is only printed.
const PRINTED_FROM: &str = "Evenhand <evenhand@localhost.localdomain>";

/// The settings as they were written.
pub(super) struct Texts {
    pub(super) server: String,
    pub(super) from: String,
    pub(super) authority: String,
    pub(super) timeout: Duration,
}

/// Understands them; `None` where there is no mail. What is wrong goes to `fault`: the setting and
/// what it must be.
pub(super) fn read(
    texts: Texts,
    mut fault: impl FnMut(&'static str, &str),
) -> Option<MailSettings> {
    let server = MailServer::parse(&texts.server).unwrap_or_else(|wanted| {
        fault("mail", wanted);
        None
    })?;
    let from = match (&server, texts.from.as_str()) {
        (MailServer::Log, "") => PRINTED_FROM,
        (_, from) => from,
    };
    let from = sender(from).or_else(|| {
        fault("mail_from", "an address, e.g. Evenhand <no-reply@example.com>");
        None
    })?;
    let authority = Some(texts.authority).filter(|file| !file.is_empty()).map(Into::into);
    Some(MailSettings { server, from, timeout: texts.timeout, authority })
}
