//! A private PostgreSQL cluster with default durability.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

use crate::environment;
use crate::error::{Result, While as _, unusable};

const SUPERVISOR: &str = include_str!("postgres_supervisor.sh");

/// A running cluster; it ends with this.
pub(crate) struct Cluster {
    port: u16,
    /// The process id of its first process.
    pub(crate) postmaster: u32,
    /// Where its programs are.
    pub(crate) binaries: PathBuf,
    /// What differs from PostgreSQL's defaults.
    pub(crate) settings: Vec<(&'static str, String)>,
    supervisor: Child,
    lifeline: Option<ChildStdin>,
}

impl Cluster {
    /// Makes a cluster in `folder` and waits until it answers.
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let binaries = find_binaries().ok_or_else(|| {
            unusable("there are no PostgreSQL server binaries (Debian: postgresql)")
        })?;
        let home = tempfile::Builder::new()
            .prefix("evenhand-bench-postgres-")
            .tempdir_in(folder)
            .whilst("a folder for PostgreSQL")?
            .keep();
        let port = free_port()?;
        let settings = settings();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SUPERVISOR, "evenhand-bench-postgres"]).arg(&binaries).arg(&home);
        command.args(["-p", &port.to_string()]);
        command.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        for (name, value) in &settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.env_clear().env("PATH", "/usr/bin:/bin").process_group(0);
        if std::fs::metadata(&home).whilst("the folder for PostgreSQL")?.uid() == 0 {
            // PostgreSQL refuses to run as root.
            let (user, group) = unprivileged_user()?;
            chown(&home, Some(user), Some(group)).whilst("the folder for PostgreSQL")?;
            command.uid(user).gid(group);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut supervisor = command.spawn().whilst("/bin/sh")?;
        let lifeline = supervisor.stdin.take();
        let mut report = String::new();
        if let Some(stdout) = supervisor.stdout.take() {
            BufReader::new(stdout).read_line(&mut report).whilst("PostgreSQL's supervisor")?;
        }
        let postmaster = report.trim().strip_prefix("started ").and_then(|pid| pid.parse().ok());
        let postmaster = postmaster.ok_or_else(|| unusable("initdb failed"))?;
        let cluster = Self { port, postmaster, binaries, settings, supervisor, lifeline };
        cluster.wait().await?;
        Ok(cluster)
    }

    async fn wait(&self) -> Result<()> {
        for _ in 0..300 {
            if let Ok(connection) = connect(&self.url("postgres")).await {
                connection.close().await?;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(unusable("PostgreSQL does not take connections"))
    }

    /// The URL of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The port on 127.0.0.1.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Makes a database without anything in it; its URL.
    pub(crate) async fn create(&self, database: &str) -> Result<String> {
        self.maintain(&format!("CREATE DATABASE {database} TEMPLATE template0")).await?;
        Ok(self.url(database))
    }

    /// Makes a copy of a database that nobody is connected to; its URL.
    pub(crate) async fn copy(&self, from: &str, to: &str) -> Result<String> {
        self.maintain(&format!("CREATE DATABASE {to} TEMPLATE {from}")).await?;
        Ok(self.url(to))
    }

    /// Removes a database.
    pub(crate) async fn drop_database(&self, database: &str) -> Result<()> {
        self.maintain(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await
    }

    /// Writes everything to disk now, so that what is measured next does not pay for what was before.
    pub(crate) async fn settle(&self) -> Result<()> {
        self.maintain("CHECKPOINT").await
    }

    /// What it says of itself.
    pub(crate) async fn version(&self) -> Result<String> {
        let connection = connect(&self.url("postgres")).await?;
        let statement = Statement::from_string(DbBackend::Postgres, "SHOW server_version");
        let row = connection.query_one_raw(statement).await?;
        connection.close().await?;
        let row = row.ok_or_else(|| unusable("PostgreSQL does not say its version"))?;
        Ok(row.try_get_by_index(0)?)
    }

    async fn maintain(&self, sql: &str) -> Result<()> {
        let connection = connect(&self.url("postgres")).await?;
        let done = connection.execute_unprepared(sql).await;
        connection.close().await?;
        done?;
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ended = self.supervisor.wait();
    }
}

/// A pool of one connection.
pub(crate) async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false).acquire_timeout(Duration::from_secs(10));
    Ok(sea_orm::Database::connect(options).await?)
}

/// Room for the load; durability is PostgreSQL's default.
fn settings() -> Vec<(&'static str, String)> {
    let memory = crate::machine::memory_bytes() >> 20;
    let buffers = (memory / 4).clamp(128, 4096);
    vec![
        ("shared_buffers", format!("{buffers}MB")),
        ("max_connections", "200".to_owned()),
        ("max_wal_size", "4GB".to_owned()),
        ("checkpoint_timeout", "15min".to_owned()),
    ]
}

fn find_binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut packaged: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    packaged.sort();
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    environment::path()
        .into_iter()
        .chain(packaged.into_iter().rev())
        .chain(told)
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn unprivileged_user() -> Result<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd").whilst("/etc/passwd")?;
    let find = |name: &str| {
        let mut lines = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let fields = lines.find(|fields| fields.first() == Some(&name))?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).ok_or_else(|| unusable("no user to run PostgreSQL"))
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).whilst("a free port")?;
    Ok(listener.local_addr().whilst("a free port")?.port())
}
