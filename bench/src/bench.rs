//! What every part works with.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use tempfile::TempDir;

use crate::accounting::Watched;
use crate::binary;
use crate::check::{self, Check};
use crate::error::{Result, While as _};
use crate::load::{Load, Outcome, Write};
use crate::machine::{self, Machine};
use crate::plan::Plan;
use crate::postgres::{Cluster, connect};
use crate::progress::Progress;
use crate::report::Record;
use crate::server::Server;

/// The program that is measured, the machine, the plan, and what is known so far.
pub(crate) struct Bench {
    pub(crate) plan: Plan,
    pub(crate) program: PathBuf,
    pub(crate) cluster: Cluster,
    pub(crate) record: Record,
    pub(crate) progress: Progress,
    machine: Machine,
    folder: TempDir,
}

impl Bench {
    pub(crate) async fn start(
        plan: Plan,
        server: Option<PathBuf>,
        folder: Option<PathBuf>,
    ) -> Result<Self> {
        let program = binary::find(server)?;
        let place = folder.unwrap_or_else(std::env::temp_dir);
        let folder = tempfile::Builder::new().prefix("evenhand-bench-").tempdir_in(&place);
        let folder = folder.whilst("a folder for the databases")?;
        let mut machine = Machine::look(folder.path());
        let cluster = Cluster::start(&place).await?;
        machine.postgres = cluster.version().await?;
        machine.postgres_settings.clone_from(&cluster.settings);
        let (record, progress) = (Record::default(), Progress::default());
        Ok(Self { plan, program, cluster, record, progress, machine, folder })
    }

    /// Refuses to begin what the disk has no room for: it would be found out after half an hour.
    pub(crate) fn expect_room(&self, bytes: u64) -> Result<()> {
        machine::expect_room(self.folder.path(), bytes)
    }

    /// A folder for SQLite's files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the results of these parts to a folder; the table of figures as text.
    pub(crate) fn write(&mut self, results: &Path, parts: &[&'static str]) -> Result<String> {
        self.record.write(results, &self.plan, parts, &self.machine)
    }

    /// Loads servers with leads that are to be added, and notes what was wrong with the answers.
    pub(crate) async fn add_leads(
        &mut self,
        servers: &[&Server],
        connections: usize,
        write: Write,
    ) -> Result<Outcome> {
        let outcome = self.load(servers, connections, 201, write).await?;
        self.record.violations(outcome.wrong.clone());
        if outcome.answered < 100 {
            self.record
                .note("some loads had fewer than 100 answers: the machine is too slow or busy");
        }
        if outcome.refused > 0 {
            self.record.note(format!("{} requests were told to come back (503)", outcome.refused));
        }
        Ok(outcome)
    }

    /// Loads servers.
    pub(crate) async fn load(
        &self,
        servers: &[&Server],
        connections: usize,
        expected: u16,
        write: Write,
    ) -> Result<Outcome> {
        let watched = Watched {
            servers: servers.iter().map(|server| server.pid()).collect(),
            postmaster: Some(self.cluster.postmaster),
        };
        let load = Load {
            addresses: servers.iter().map(|server| server.address).collect(),
            connections,
            warm: self.plan.warm,
            measured: self.plan.measured,
            watched,
        };
        load.run(expected, write).await
    }

    /// Waits until the servers of a database have nothing left to do behind what was measured, and
    /// PostgreSQL has written what it has to: what comes next does not pay for it.
    pub(crate) async fn settle(&self, database: &str) -> Result<()> {
        self.until_indexed(database).await?;
        self.cluster.settle().await
    }

    /// Waits until everything that the log tells of can be searched.
    pub(crate) async fn until_indexed(&self, database: &str) -> Result<()> {
        let connection = connect(database).await?;
        let sql = "SELECT CASE WHEN p.sequence >= coalesce((SELECT max(sequence) FROM events), 0) \
                   THEN 1 ELSE 0 END FROM lead_search_progress p";
        let statement = || Statement::from_string(connection.get_database_backend(), sql);
        for _ in 0..6000 {
            let row = connection.query_one_raw(statement()).await?;
            if row.map(|row| row.try_get_by_index::<i32>(0)).transpose()? == Some(1) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(connection.close().await?)
    }

    /// Verifies all ledgers of a database: how many entries there are.
    pub(crate) async fn verify(&mut self, database: &str) -> Result<u64> {
        let (found, entries) = check::verify(&self.program, database).await?;
        self.record.violations(found);
        Ok(entries)
    }

    /// The size of a database for each lead in it.
    pub(crate) async fn bytes_per_lead(&self, database: &str) -> Result<f64> {
        let connection = connect(database).await?;
        let backend = connection.get_database_backend();
        let size = match backend {
            DbBackend::Sqlite => {
                "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
            }
            _ => "SELECT pg_database_size(current_database())",
        };
        let mut numbers = Vec::new();
        for sql in [size, "SELECT count(*) FROM leads"] {
            let row = connection.query_one_raw(Statement::from_string(backend, sql)).await?;
            let number = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
            numbers.push(number.unwrap_or_default() as f64);
        }
        connection.close().await?;
        Ok(numbers[0] / numbers[1].max(1.0))
    }

    /// Checks that what was acknowledged is stored.
    pub(crate) async fn check_stored(&mut self, database: &str, outcome: &Outcome) -> Result<()> {
        let check = Check::of(database).await?;
        let found = check.acknowledged(&outcome.acknowledged).await;
        check.done().await?;
        self.record.violations(found?);
        Ok(())
    }
}
