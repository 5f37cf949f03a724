//! Letters: written in a transaction, sent by a worker.

mod backoff;
mod letter;
mod message;
mod outbox;
mod postman;
mod settings;
mod transport;

pub use letter::{Letter, LetterKind};
pub use lettre::message::Mailbox;
pub use outbox::Outbox;
pub use postman::Postman;
pub use settings::{MailServer, MailSettings, Smtp, sender, shown};
pub use transport::TransportError;
