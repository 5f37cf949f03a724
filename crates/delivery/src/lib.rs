//! What leaves after a commit: mail.
//!
//! A use case posts a letter in its transaction, so that the letter exists if and only if what it
//! tells of does. A worker of any replica sends it afterwards, at least once, however often the
//! mail server or the worker falls over.

pub mod links;
pub mod mail;

pub use links::Links;
pub use mail::Outbox;
