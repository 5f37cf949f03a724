//! What a command says to the person or program that ran it.

use std::io::{Write, stderr, stdout};

use crate::exit::Failure;

/// A line on standard output.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    raw(&format!("{text}\n"))
}

/// Text on standard output as it is, at once.
pub(crate) fn raw(text: &str) -> Result<(), Failure> {
    let mut out = stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// A line on standard error.
pub(crate) fn error(text: &str) {
    // Where even this cannot be written, the exit code has to do.
    drop(writeln!(stderr(), "evenhand: {text}"));
}
