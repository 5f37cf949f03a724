//! A server as a process of its own, the way users run it.

use std::future::ready;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::sync::oneshot;

use super::database::Database;
use super::process::server_command;
use super::wait::{eventually, in_time};

/// Where a server listens; follows the server when it is restarted on another port.
#[derive(Clone, Default)]
pub(crate) struct Address(Arc<RwLock<String>>);

impl Address {
    /// E.g. `http://127.0.0.1:40123`.
    pub(crate) fn url(&self) -> String {
        self.0.read().unwrap().clone()
    }

    /// E.g. `127.0.0.1:40123`.
    pub(crate) fn authority(&self) -> String {
        self.url().trim_start_matches("http://").to_owned()
    }

    fn moves_to(&self, url: String) {
        *self.0.write().unwrap() = url;
    }
}

/// A variable of the server's environment, e.g. `("EVENHAND_CLOCK_OFFSET", "+36h")`.
pub(crate) type Variable<'a> = (&'a str, &'a str);

/// A running (or killed) `evenhand serve`.
pub(crate) struct TestServer {
    database_url: String,
    address: Address,
    process: Option<Process>,
    log: Log,
}

type Log = Arc<Mutex<String>>;

struct Process {
    child: Child,
    _lifeline: ChildStdin,
    readers: [JoinHandle<()>; 2],
}

impl TestServer {
    /// Starts a server and waits until it listens.
    pub(crate) async fn start(database: &Database) -> Self {
        Self::start_with(database, &[]).await
    }

    /// Starts a server with more in its environment.
    pub(crate) async fn start_with(database: &Database, variables: &[Variable<'_>]) -> Self {
        let mut server = Self {
            database_url: database.url().to_owned(),
            address: Address::default(),
            process: None,
            log: Log::default(),
        };
        server.launch(variables).await;
        server
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> &Address {
        &self.address
    }

    /// Ends it the way a power cut does: SIGKILL.
    pub(crate) async fn kill(&mut self) {
        let process = self.process.as_mut().expect("a running server");
        process.child.kill().unwrap();
        self.ended().await;
    }

    /// Asks it to end: SIGTERM; and waits until it has.
    pub(crate) async fn stop(&mut self) -> ExitStatus {
        self.ask_to_stop();
        self.ended().await
    }

    /// Asks it to end: SIGTERM.
    pub(crate) fn ask_to_stop(&self) {
        self.signal(Signal::TERM);
    }

    /// Freezes it the way an overloaded machine does, in the middle of whatever it is doing:
    /// SIGSTOP. Its connections stay open.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets a frozen one go on: SIGCONT.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("a running server");
        kill_process(Pid::from_child(&process.child), signal).unwrap();
    }

    /// Waits until the process has ended by itself, or by what it was asked.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("a running server");
        let child = &mut process.child;
        let status = eventually("the server ends", || ready(child.try_wait().unwrap())).await;
        for reader in process.readers {
            reader.join().unwrap();
        }
        status
    }

    /// Starts it again on the same database after it ended.
    pub(crate) async fn start_again(&mut self, variables: &[Variable<'_>]) {
        assert!(self.process.is_none(), "it still runs");
        self.launch(variables).await;
    }

    /// Stops it and starts it again with more in its environment.
    pub(crate) async fn restart_with(&mut self, variables: &[Variable<'_>]) {
        assert!(self.stop().await.success(), "the server ends in order");
        self.launch(variables).await;
    }

    /// What it has written to standard error so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    async fn launch(&mut self, variables: &[Variable<'_>]) {
        let mut command = server_command(&self.database_url, &["serve", "--json"]);
        command.env("EVENHAND_LISTEN", "127.0.0.1:0").envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (announce, announced) = oneshot::channel();
        let lifeline = child.stdin.take().unwrap();
        let stdout = child.stdout.take().unwrap();
        let stderr = child.stderr.take().unwrap();
        let readers = [read_announcement(stdout, announce), keep_log(stderr, self.log.clone())];
        self.process = Some(Process { child, _lifeline: lifeline, readers });
        let line = in_time("the server listens", announced).await.unwrap();
        let announcement: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the server should say where it listens, not {line:?}"));
        self.address.moves_to(announcement["listening"].as_str().unwrap().to_owned());
    }
}

impl Drop for TestServer {
    #[expect(clippy::print_stderr, reason = "the log explains a failed test")]
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ended_already = process.child.kill();
            let _reaped = process.child.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- log of the server at {} ---\n{}", self.address.url(), self.log());
        }
    }
}

/// Passes the first line on, and swallows the rest so that the server never blocks on it.
fn read_announcement(stdout: ChildStdout, announce: oneshot::Sender<String>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let _ended = stdout.read_line(&mut line);
        let _nobody_waits = announce.send(line);
        let _ended = stdout.read_to_end(&mut Vec::new());
    })
}

fn keep_log(stderr: ChildStderr, log: Log) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let mut log = log.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    })
}
