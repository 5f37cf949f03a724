//! A program that serves HTTP, as a process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::error::{Result, While as _, unusable};

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

#[derive(Deserialize)]
struct Announcement {
    listening: String,
}

impl Server {
    /// Starts `evenhand serve` on a database and waits until it listens.
    pub(crate) async fn evenhand(program: &Path, database: &str) -> Result<Self> {
        let mut command = evenhand(program, database, &["serve", "--json"]);
        command.env("EVENHAND_LISTEN", "127.0.0.1:0");
        Self::start(command).await
    }

    /// Starts the naive server of this program on a database.
    pub(crate) async fn naive(database: &str) -> Result<Self> {
        let own = std::env::current_exe().whilst("this program's own path")?;
        let mut command = Command::new(own);
        command.args(["--naive-server", database]);
        Self::start(command).await
    }

    async fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().whilst("starting a server")?;
        let stdout = child.stdout.take().ok_or_else(|| unusable("a server without output"))?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let read = tokio::time::timeout(Duration::from_secs(60), stdout.read_line(&mut line)).await;
        read.map_err(|_| unusable("a server does not start"))?.whilst("a server's output")?;
        tokio::spawn(async move {
            let mut rest = Vec::new();
            let _ended = stdout.read_to_end(&mut rest).await;
        });
        let announcement: Announcement = serde_json::from_str(&line)
            .map_err(|_| unusable(format!("a server should say where it listens, not {line:?}")))?;
        let address = announcement.listening.trim_start_matches("http://").parse();
        let address = address.map_err(|_| unusable("a server's address"))?;
        Ok(Self { child, address })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Ends it in order; an error when it does not end so.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            kill_process(pid, Signal::TERM).map_err(std::io::Error::from).whilst("SIGTERM")?;
        }
        let ended = tokio::time::timeout(Duration::from_secs(60), self.child.wait()).await;
        match ended.map_err(|_| unusable("a server does not end"))?.whilst("a server's end")? {
            status if status.success() => Ok(()),
            status => Err(unusable(format!("a server ended with {status}"))),
        }
    }
}

/// A command of `evenhand` on a database, with nothing else of this environment.
pub(crate) fn evenhand(program: &Path, database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().current_dir(std::env::temp_dir());
    command.env("EVENHAND_DATABASE_URL", database).env("EVENHAND_LOG", "error");
    command.env("EVENHAND_SECRET_KEY", "0123456789abcdef0123456789abcdef");
    command.stdin(Stdio::null());
    command
}

/// What a finished command said.
pub(crate) struct Finished {
    pub(crate) is_success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end.
pub(crate) async fn finish(mut command: Command) -> Result<Finished> {
    let output = command.output().await.whilst("running a command")?;
    Ok(Finished {
        is_success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
