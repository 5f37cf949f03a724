//! Why the benchmark cannot go on.

use sea_orm::DbErr;

/// What went wrong, for whoever reads it at the terminal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The machine refuses something.
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    /// A database fails.
    #[error("database: {0}")]
    Database(#[from] DbErr),
    /// Something answers in a way that nothing can be measured by.
    #[error("{0}")]
    Unusable(String),
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// An error of a sentence.
pub(crate) fn unusable(what: impl Into<String>) -> Error {
    Error::Unusable(what.into())
}

/// Says what was tried when the machine refused.
pub(crate) trait While<T> {
    fn whilst(self, what: impl Into<String>) -> Result<T>;
}

impl<T> While<T> for std::io::Result<T> {
    fn whilst(self, what: impl Into<String>) -> Result<T> {
        self.map_err(|source| Error::Io { what: what.into(), source })
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        unusable(format!("not the JSON that was expected: {error}"))
    }
}
