//! The second verifier: a program of its own, written from the documentation alone.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::process::environment;

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/verifier/verify_ledger.py");

/// The document with the format and its test vectors.
pub(crate) const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/distribution.md");

/// What it says; `None` where there is no Python 3.
pub(crate) async fn verifier(arguments: &[&str], ledger: &[u8]) -> Option<Value> {
    let path = environment("PATH").unwrap_or_default();
    if !std::env::split_paths(&path).any(|folder| folder.join("python3").is_file()) {
        say("no python3: the second verifier is left out");
        return None;
    }
    let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
    let ledger = ledger.to_vec();
    let told = tokio::task::spawn_blocking(move || {
        let mut command = Command::new("python3");
        command.arg(PROGRAM).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may have found something before it has read everything.
        let _broken_pipe = child.stdin.take().unwrap().write_all(&ledger);
        let output = child.wait_with_output().unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {output:?}"))
    });
    Some(told.await.unwrap())
}

#[expect(clippy::print_stderr, reason = "a person reads it beside the results of the tests")]
fn say(line: &str) {
    eprintln!("{line}");
}
