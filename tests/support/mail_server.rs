//! A real mail server on loopback: aiosmtpd, which Python brings.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::OnceCell;

use super::answer::text;
use super::cluster::free_port;
use super::process::environment;
use super::wait::eventually;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/support/mail_server.py");
const PACKAGE: &str = "aiosmtpd==1.4.6";

/// A mail server that can be stopped and started again where it was.
pub(crate) struct MailServer {
    python: &'static Path,
    port: u16,
    options: Vec<String>,
    process: Option<Process>,
    events: Arc<Mutex<Vec<Value>>>,
}

struct Process {
    child: Child,
    orders: ChildStdin,
}

/// A letter as the mail server got it.
#[derive(Debug, Clone)]
pub(crate) struct Received(Value);

impl MailServer {
    /// A running mail server; `None` where there is no Python with aiosmtpd.
    pub(crate) async fn start() -> Option<Self> {
        Self::start_with(&[]).await
    }

    /// The same with options of the script.
    pub(crate) async fn start_with(options: &[&str]) -> Option<Self> {
        let mut server = Self::stopped().await?;
        server.options = options.iter().map(|option| (*option).to_owned()).collect();
        server.start_again();
        Some(server)
    }

    /// One that does not run yet.
    pub(crate) async fn stopped() -> Option<Self> {
        let python = python().await?;
        let events = Arc::default();
        Some(Self { python, port: free_port(), options: Vec::new(), process: None, events })
    }

    /// Starts it after it was stopped.
    pub(crate) fn start_again(&mut self) {
        assert!(self.process.is_none(), "it still runs");
        let mut command = Command::new(self.python);
        command.arg(SCRIPT).arg(self.port.to_string()).args(&self.options);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let orders = child.stdin.take().unwrap();
        let mut reports = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        reports.read_line(&mut line).unwrap();
        assert!(line.contains("listening"), "the mail server should listen: {line:?}");
        keep(reports, Arc::clone(&self.events));
        self.process = Some(Process { child, orders });
    }

    /// Stops it at once.
    pub(crate) fn stop(&mut self) {
        let mut process = self.process.take().expect("a running mail server");
        process.child.kill().unwrap();
        process.child.wait().unwrap();
    }

    /// Lets it take what it holds.
    pub(crate) fn go(&mut self) {
        let process = self.process.as_mut().expect("a running mail server");
        process.orders.write_all(b"go\n").unwrap();
    }

    /// Where it listens.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// `EVENHAND_MAIL` for it, without TLS.
    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    /// The letters that came to this, e.g. `delivered`, so far.
    pub(crate) fn all(&self, event: &str) -> Vec<Received> {
        let events = self.events.lock().unwrap();
        events.iter().filter(|each| each["event"] == event).cloned().map(Received).collect()
    }

    /// The letters to an address that came to this so far.
    pub(crate) fn all_to(&self, event: &str, address: &str) -> Vec<Received> {
        self.all(event).into_iter().filter(|letter| letter.0["to"] == address).collect()
    }

    /// The first letter to an address that comes to this.
    pub(crate) async fn first_to(&self, event: &str, address: &str) -> Received {
        eventually(&format!("{event}: a letter to {address}"), || {
            std::future::ready(self.all_to(event, address).into_iter().next())
        })
        .await
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ended_already = process.child.kill();
            let _reaped = process.child.wait();
        }
    }
}

impl Received {
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> String {
        text(&self.0["headers"][name])
    }

    pub(crate) fn text(&self) -> String {
        text(&self.0["parts"]["text/plain"])
    }

    pub(crate) fn html(&self) -> String {
        text(&self.0["parts"]["text/html"])
    }

    pub(crate) fn field(&self, name: &str) -> &Value {
        &self.0[name]
    }

    /// The token at the end of its link.
    #[track_caller]
    pub(crate) fn token(&self) -> String {
        let text = self.text();
        let link = text.lines().find(|line| line.starts_with("http")).expect("a link");
        link.rsplit(['/', '=']).next().unwrap_or_default().to_owned()
    }
}

fn keep(reports: BufReader<ChildStdout>, events: Arc<Mutex<Vec<Value>>>) {
    std::thread::spawn(move || {
        for line in reports.lines().map_while(Result::ok) {
            events.lock().unwrap().push(serde_json::from_str(&line).unwrap());
        }
    });
}

/// A Python that has aiosmtpd: the machine's, or one of our own beside what cargo builds.
async fn python() -> Option<&'static Path> {
    static PYTHON: OnceCell<Option<PathBuf>> = OnceCell::const_new();
    let find = || async { tokio::task::spawn_blocking(find_python).await.unwrap() };
    PYTHON.get_or_init(find).await.as_deref()
}

fn find_python() -> Option<PathBuf> {
    let path = environment("PATH").unwrap_or_default();
    let machines = std::env::split_paths(&path).map(|folder| folder.join("python3"));
    let machines: Vec<PathBuf> = machines.filter(|python| python.is_file()).collect();
    if let Some(python) = machines.iter().find(|python| has_aiosmtpd(python)) {
        return Some(python.clone());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mail-server");
    let python = folder.join("bin/python3");
    std::fs::create_dir_all(&folder).unwrap();
    // Several processes may run tests at once.
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let is_there = has_aiosmtpd(&python)
        || machines.first().is_some_and(|machines| install(machines, &folder, &python));
    if !is_there {
        assert_ne!(
            environment("CI").as_deref(),
            Some("true"),
            "CI=true, and there is no Python with aiosmtpd, nor can it be installed: install \
             Python with venv, or {PACKAGE}",
        );
        say("tests of mail were left out: there is no Python 3 with aiosmtpd");
    }
    is_there.then_some(python)
}

fn has_aiosmtpd(python: &Path) -> bool {
    succeeds(Command::new(python).args(["-c", "import aiosmtpd"]))
}

fn install(machines: &Path, folder: &Path, python: &Path) -> bool {
    succeeds(Command::new(machines).args(["-m", "venv"]).arg(folder))
        && succeeds(Command::new(python).args(["-m", "pip", "install", "--quiet", PACKAGE]))
}

fn succeeds(command: &mut Command) -> bool {
    let output = command.stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.status.success())
}

#[expect(clippy::print_stderr, reason = "a person reads it beside the results of the tests")]
fn say(line: &str) {
    eprintln!("{line}");
}
