//! Commands of the binary under test that run to their end.

use std::process::{Command, ExitStatus, Stdio};

use serde_json::Value;

use super::wait::in_time;

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_evenhand-under-test");

/// What a finished command left.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    #[track_caller]
    pub(crate) fn expect_success(self) -> Self {
        assert!(self.status.success(), "the command failed: {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn expect_failure(self) -> Self {
        assert!(!self.status.success(), "the command should have failed: {self:#?}");
        assert!(!self.stderr.trim().is_empty(), "a failure says why: {self:#?}");
        assert!(!self.stderr.contains("panicked"), "a failure is no panic: {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {self:#?}"))
    }
}

/// The binary under test in an environment of its own, on the database at `url`.
pub(crate) fn server_command(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments).env_clear();
    command.env("EVENHAND_DATABASE_URL", url).env("EVENHAND_LOG", "warn");
    command.current_dir(std::env::temp_dir());
    command
}

/// Runs a command to its end, with nothing on standard input.
pub(crate) async fn run_server_command(
    url: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Finished {
    let mut command = server_command(url, arguments);
    command.envs(variables.iter().copied()).stdin(Stdio::null());
    let mut command = tokio::process::Command::from(command);
    command.kill_on_drop(true);
    let what = format!("`evenhand {}` ends", arguments.join(" "));
    let output = in_time(&what, command.output()).await.unwrap();
    Finished {
        status: output.status,
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A variable of the environment that the tests run in.
#[expect(clippy::disallowed_methods, reason = "the tests are configured by their environment")]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
