//! How a command ends.

use std::process::ExitCode;

use evenhand_domain::error::{Conflict, Error, Unauthenticated};
use evenhand_persistence::Error as StoreError;

use crate::config::ConfigError;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Exit code 2: what it was told makes no sense.
    #[error("{0}")]
    Usage(String),
    /// Exit code 2: the configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Exit code 3: the database cannot be reached or is not ready.
    #[error("{0}")]
    Database(String),
    /// Exit code 1: anything else.
    #[error("{0}")]
    Failed(String),
}

impl Failure {
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Usage(_) | Self::Config(_) => 2,
            Self::Database(_) => 3,
        })
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Database(chain(&error))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(faults) => {
                let lines: Vec<String> = faults
                    .as_slice()
                    .iter()
                    .map(|fault| {
                        format!("{}: {}", fault.pointer.trim_start_matches('/'), fault.detail)
                    })
                    .collect();
                Self::Usage(lines.join("\n"))
            }
            Error::Conflict(Conflict::UserExists) => {
                Self::Usage("this address is a user of the organization already".to_owned())
            }
            Error::Unauthenticated(Unauthenticated::WrongPassword) => Self::Usage(
                "this address has an account, and the password is not its own".to_owned(),
            ),
            other => Self::Failed(chain(&other)),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// An error with everything behind it, for the person at the terminal. Some messages of the
/// database's driver repeat the URL that it was given, so each is cut where a URL begins.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = without_urls(&error.to_string());
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&without_urls(&cause.to_string()));
        source = cause.source();
    }
    text
}

/// A message up to its first URL. Where that ends nobody can tell: a password may hold anything.
fn without_urls(message: &str) -> String {
    match message.split_once("://") {
        Some((before, _)) => format!("{before}://***"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the database is unavailable")]
    struct Unavailable(#[source] std::io::Error);

    #[test]
    fn no_message_behind_an_error_repeats_the_database_s_url() {
        let told = "The connection string 'postgres://eve:p' hunter2@db/eve' cannot be parsed.";
        let error = Unavailable(std::io::Error::other(told));
        let shown = "the database is unavailable: The connection string 'postgres://***";
        assert_eq!(chain(&error), shown);
    }
}
