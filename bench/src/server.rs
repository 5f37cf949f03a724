//! A program that serves HTTP, as a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

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
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().whilst("starting a server")?;
        let stdout = child.stdout.take().ok_or_else(|| unusable("a server without output"))?;
        let (announce, announced) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let (mut stdout, mut line) = (BufReader::new(stdout), String::new());
            let _ended = stdout.read_line(&mut line);
            let _nobody_waits = announce.send(line);
            let _ended = stdout.read_to_end(&mut Vec::new());
        });
        // From here on it is killed when it is given up.
        let mut server = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let line = tokio::time::timeout(Duration::from_secs(60), announced).await;
        let line = line.map_err(|_| unusable("a server does not start"))?.unwrap_or_default();
        let announcement: Announcement = serde_json::from_str(&line)
            .map_err(|_| unusable(format!("a server should say where it listens, not {line:?}")))?;
        let address = announcement.listening.trim_start_matches("http://").parse();
        server.address = address.map_err(|_| unusable("a server's address"))?;
        Ok(server)
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it in order; an error when it does not end so.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).map_err(std::io::Error::from).whilst("SIGTERM")?;
        for _ in 0..600 {
            match self.child.try_wait().whilst("a server's end")? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(unusable(format!("a server ended with {status}"))),
                None => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        Err(unusable("a server does not end"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
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
pub(crate) async fn finish(command: Command) -> Result<Finished> {
    let output = output(command).await.whilst("running a command")?;
    Ok(Finished {
        is_success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Runs a command to its end, off the threads that have other things to do.
pub(crate) async fn output(mut command: Command) -> std::io::Result<std::process::Output> {
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    output.unwrap_or_else(|_| Err(std::io::Error::other("the thread of a command has failed")))
}
