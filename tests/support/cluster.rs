//! A PostgreSQL server: the one that the environment names, or a private throw-away cluster.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

use super::process::{environment, run_server_command};
use super::wait::eventually;

const SUPERVISOR: &str = include_str!("postgres_supervisor.sh");
const TEMPLATE: &str = "evenhand_template";

/// A PostgreSQL server that the tests may make databases on.
pub(crate) struct Cluster {
    /// A superuser's URL of its maintenance database.
    url: String,
    /// Distinguishes the databases of this run on a server that outlives it.
    prefix: String,
    supervisor: Option<Mutex<Supervisor>>,
    template: OnceCell<String>,
}

/// The child that keeps a private cluster; it ends, and the cluster with it, when the pipe to it
/// closes.
struct Supervisor {
    orders: ChildStdin,
    reports: BufReader<ChildStdout>,
    home: PathBuf,
    _child: Child,
}

/// The server that all tests of this run share, if the machine has one.
pub(crate) async fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceCell<Option<Cluster>> = OnceCell::const_new();
    SHARED.get_or_init(Cluster::find).await.as_ref()
}

impl Cluster {
    async fn find() -> Option<Self> {
        if let Some(url) = environment("EVENHAND_TEST_POSTGRES_URL") {
            return Some(Self::at(url, None));
        }
        let found = Self::private().await;
        if found.is_none() {
            assert_ne!(
                environment("CI").as_deref(),
                Some("true"),
                "CI=true, and there is no PostgreSQL: install its server binaries, or set \
                 EVENHAND_TEST_POSTGRES_URL to a superuser's URL",
            );
            say("PostgreSQL was left out: no EVENHAND_TEST_POSTGRES_URL, no PostgreSQL binaries");
        }
        found
    }

    /// A cluster of one's own, running; `None` where there are no PostgreSQL binaries.
    pub(crate) async fn private() -> Option<Self> {
        let binaries = find_binaries()?;
        let port = free_port();
        let supervisor = Supervisor::spawn(&binaries, port);
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let cluster = Self::at(url, Some(Mutex::new(supervisor)));
        cluster.start().await;
        Some(cluster)
    }

    fn at(url: String, supervisor: Option<Mutex<Supervisor>>) -> Self {
        let prefix = format!("evenhand_test_{}_", std::process::id());
        Self { url, prefix, supervisor, template: OnceCell::new() }
    }

    /// Starts a private cluster and waits until it answers.
    pub(crate) async fn start(&self) {
        self.order("start", "started");
        eventually("PostgreSQL takes connections", || async {
            tokio_postgres::connect(&self.url, NoTls).await.ok().map(drop)
        })
        .await;
    }

    /// Stops a private cluster at once, as a crash would.
    pub(crate) fn stop(&self) {
        self.order("stop", "stopped");
    }

    /// What a private cluster has written to its log, through all of its starts.
    pub(crate) fn log(&self) -> String {
        let supervisor = self.supervisor.as_ref().expect("a private cluster");
        std::fs::read_to_string(supervisor.lock().unwrap().home.join("log")).unwrap()
    }

    fn order(&self, order: &str, expected: &str) {
        let supervisor = self.supervisor.as_ref().expect("a private cluster");
        let mut supervisor = supervisor.lock().unwrap();
        writeln!(supervisor.orders, "{order}").unwrap();
        let mut report = String::new();
        supervisor.reports.read_line(&mut report).unwrap();
        assert_eq!(report.trim(), expected, "the cluster's supervisor on {order}");
    }

    /// Makes an empty database and returns its URL.
    pub(crate) async fn empty_database(&self, name: &str) -> String {
        self.create_database(name, "template0").await
    }

    /// Makes a database with the schema and returns its URL.
    pub(crate) async fn migrated_database(&self, name: &str) -> String {
        let template = self.template.get_or_init(|| self.make_template()).await;
        self.create_database(name, template).await
    }

    async fn make_template(&self) -> String {
        let url = self.create_database(TEMPLATE, "template0").await;
        run_server_command(&url, &["migrate"], &[]).await.expect_success();
        format!("{}{TEMPLATE}", self.prefix)
    }

    async fn create_database(&self, name: &str, template: &str) -> String {
        let name = format!("{}{name}", self.prefix);
        self.execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        with_database(&self.url, &name)
    }

    /// Runs one statement in the maintenance database.
    pub(crate) async fn execute(&self, sql: &str) {
        let client = connect(&self.url).await;
        client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Waits until nobody is connected to a database, so that its statistics are complete, then
    /// returns how many deadlocks it has seen.
    pub(crate) async fn deadlocks(&self, url: &str) -> i64 {
        let name = database_of(url);
        let client = connect(&self.url).await;
        let statistics = "SELECT numbackends, deadlocks FROM pg_stat_database WHERE datname = $1";
        eventually("the database is left alone", || async {
            let row = client.query_one(statistics, &[&name]).await.unwrap();
            (row.get::<_, i32>(0) == 0).then(|| row.get::<_, i64>(1))
        })
        .await
    }

    /// Whether the server goes on after this run, so that databases must be dropped.
    pub(crate) const fn outlives_the_tests(&self) -> bool {
        self.supervisor.is_none()
    }
}

impl Supervisor {
    fn spawn(binaries: &Path, port: u16) -> Self {
        let home = tempfile::Builder::new().prefix("evenhand-postgres-").tempdir().unwrap().keep();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SUPERVISOR, "evenhand-postgres"]);
        command.arg(binaries).arg(&home).arg(port.to_string());
        command.env_clear().env("PATH", "/usr/bin:/bin").process_group(0);
        if std::fs::metadata(&home).unwrap().uid() == 0 {
            // PostgreSQL refuses to run as root.
            let (user, group) = unprivileged_user();
            chown(&home, Some(user), Some(group)).unwrap();
            command.uid(user).gid(group);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("/bin/sh: {error}"));
        Self {
            orders: child.stdin.take().unwrap(),
            reports: BufReader::new(child.stdout.take().unwrap()),
            home,
            _child: child,
        }
    }
}

/// Connects; the connection ends with the client.
pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    tokio::spawn(connection);
    client
}

fn find_binaries() -> Option<PathBuf> {
    let in_path = environment("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut packaged: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    packaged.sort();
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    std::env::split_paths(&in_path)
        .chain(packaged.into_iter().rev())
        .chain(told)
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn unprivileged_user() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let fields: Vec<&str> = users
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .find(|fields| fields[0] == name)?;
        Some((fields[2].parse().ok()?, fields[3].parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).expect("a user postgres or nobody")
}

/// A port below those that the system hands out by itself, so that nobody takes it meanwhile.
pub(crate) fn free_port() -> u16 {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 8_000).unwrap();
    (0..4_000)
        .map(|_| first + TRIED.fetch_add(1, Ordering::Relaxed))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a free port")
}

fn with_database(url: &str, name: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, None), |(a, q)| (a, Some(q)));
    let authority = address.find("://").map_or(0, |at| at + 3);
    let end = address[authority..].find('/').map_or(address.len(), |at| authority + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &address[..end])
}

/// The name of the database that a URL is of.
pub(crate) fn database_of(url: &str) -> String {
    let address = url.split('?').next().unwrap_or(url);
    address.rsplit('/').next().unwrap_or_default().to_owned()
}

#[expect(clippy::print_stderr, reason = "a person reads it beside the results of the tests")]
fn say(line: &str) {
    eprintln!("{line}");
}
