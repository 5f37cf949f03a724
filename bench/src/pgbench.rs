//! Baselines that PostgreSQL's own load generator runs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use uuid::Uuid;

use crate::accounting::{Cost, Watched};
use crate::environment;
use crate::error::{Result, While as _, unusable};
use crate::postgres::Cluster;
use crate::server::output;

/// What a script does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) name: &'static str,
    text: &'static str,
    /// Leads, or pages, of each transaction.
    each: u64,
}

/// What the functions that scripts call are made with.
pub(crate) const FUNCTIONS: &str = include_str!("../sql/functions.sql");

pub(crate) const INTERACTIVE: Script =
    Script { name: "interactive", text: include_str!("../sql/interactive.sql"), each: 1 };
pub(crate) const ONE_CALL: Script =
    Script { name: "one call", text: include_str!("../sql/one_call.sql"), each: 1 };
pub(crate) const SIXTY_FOUR: Script =
    Script { name: "64 a transaction", text: include_str!("../sql/sixty_four.sql"), each: 64 };
pub(crate) const MANY_GROUPS: Script =
    Script { name: "one call, many groups", text: include_str!("../sql/many_groups.sql"), each: 1 };
pub(crate) const AGENTS_PAGE: Script =
    Script { name: "agent's page", text: include_str!("../sql/agents_page.sql"), each: 1 };

/// The program, with what it works on.
pub(crate) struct Pgbench {
    program: PathBuf,
    port: u16,
    database: String,
    variables: Vec<(&'static str, String)>,
    watched: Watched,
}

/// What came of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ran {
    /// Leads, or pages, a second.
    pub(crate) rate: f64,
    /// Microseconds of the database for each of them.
    pub(crate) database_micros: f64,
    /// Connections.
    pub(crate) clients: usize,
}

impl Pgbench {
    /// Of a database of the cluster; `variables` are what the scripts name.
    pub(crate) fn new(
        cluster: &Cluster,
        database: &str,
        variables: Vec<(&'static str, String)>,
    ) -> Result<Self> {
        let beside = cluster.binaries.join("pgbench");
        let mut all = environment::path().into_iter().map(|folder| folder.join("pgbench"));
        let program = if beside.is_file() { Some(beside) } else { all.find(|it| it.is_file()) };
        let program = program.ok_or_else(|| unusable("there is no pgbench"))?;
        let watched = Watched { servers: Vec::new(), postmaster: Some(cluster.postmaster) };
        Ok(Self {
            program,
            port: cluster.port(),
            database: database.to_owned(),
            variables,
            watched,
        })
    }

    /// The best over these numbers of clients: contention makes some scripts slower.
    pub(crate) async fn best(
        &self,
        script: Script,
        clients: &[usize],
        time: Duration,
    ) -> Result<Ran> {
        let mut best: Option<Ran> = None;
        for clients in clients {
            let ran = self.run(script, *clients, time).await?;
            if best.is_none_or(|best| ran.rate > best.rate) {
                best = Some(ran);
            }
        }
        best.ok_or_else(|| unusable("no number of clients"))
    }

    /// Runs a script with so many clients, each on a connection of its own.
    pub(crate) async fn run(&self, script: Script, clients: usize, time: Duration) -> Result<Ran> {
        let file = tempfile::Builder::new().suffix(".sql").tempfile().whilst("a script")?;
        std::fs::write(file.path(), script.text).whilst("a script")?;
        let before = self.watched.cost();
        let output = output(self.command(file.path(), clients, time)).await.whilst("pgbench")?;
        let cost: Cost = self.watched.cost().since(before);
        let told = String::from_utf8_lossy(&output.stdout);
        let failed = || {
            let errors = String::from_utf8_lossy(&output.stderr);
            unusable(format!("pgbench, {}: {told}{errors}", script.name))
        };
        if !output.status.success() {
            return Err(failed());
        }
        let count =
            number(&told, "number of transactions actually processed:").ok_or_else(failed)?;
        let rate = number(&told, "tps =").ok_or_else(failed)?;
        let each = script.each as f64;
        Ok(Ran {
            rate: rate * each,
            database_micros: cost.database.as_secs_f64() * 1e6 / (count * each).max(1.0),
            clients,
        })
    }

    fn command(&self, script: &Path, clients: usize, time: Duration) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-h", "127.0.0.1", "-U", "postgres", "-n", "-M", "prepared"]);
        command.args(["-p", &self.port.to_string(), "-c", &clients.to_string()]);
        command.args(["-j", "1", "-T", &time.as_secs().max(1).to_string(), "-f"]).arg(script);
        for (name, value) in &self.variables {
            command.args(["-D", &format!("{name}={value}")]);
        }
        command.arg(&self.database).stdin(Stdio::null());
        command
    }
}

/// The variables of the scripts that deal leads.
pub(crate) fn variables(
    organization: Uuid,
    credential: Uuid,
    (rotation, group): (Uuid, Uuid),
    rotations: usize,
) -> Vec<(&'static str, String)> {
    vec![
        ("org", organization.to_string()),
        ("credential", credential.to_string()),
        ("rotation", rotation.to_string()),
        ("grp", group.to_string()),
        ("rotations", rotations.to_string()),
    ]
}

/// The number behind a label.
fn number(text: &str, label: &str) -> Option<f64> {
    let rest = text.split_once(label)?.1.trim_start();
    let end = rest.find(|it: char| !(it.is_ascii_digit() || it == '.')).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_found_behind_their_labels() {
        let told = "number of transactions actually processed: 812\n\
                    tps = 81.250000 (without initial connection time)\n";
        assert_eq!(number(told, "actually processed:"), Some(812.0));
        assert_eq!(number(told, "tps ="), Some(81.25));
        assert_eq!(number(told, "latency ="), None);
    }
}
