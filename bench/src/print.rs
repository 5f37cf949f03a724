//! What is said at the terminal.

/// A line of the result.
#[expect(clippy::print_stdout, reason = "a program for a terminal")]
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// A line about what is going on.
#[expect(clippy::print_stderr, reason = "a program for a terminal")]
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}
