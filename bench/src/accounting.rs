//! What the operating system says that processes have cost: CPU time and memory (Linux, `/proc`).

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// CPU time of a process so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Times {
    own: u64,
    ended_children: u64,
    parent: u32,
}

/// Whose cost is measured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watched {
    /// Servers.
    pub(crate) servers: Vec<u32>,
    /// The first process of a PostgreSQL cluster.
    pub(crate) postmaster: Option<u32>,
}

/// CPU time so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Of the servers.
    pub(crate) server: Duration,
    /// Of the database, all of its processes, those included that have ended.
    pub(crate) database: Duration,
    /// Of this process, which makes the load.
    pub(crate) generator: Duration,
}

impl Cost {
    /// What was spent since `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            server: self.server.saturating_sub(before.server),
            database: self.database.saturating_sub(before.database),
            generator: self.generator.saturating_sub(before.generator),
        }
    }
}

impl Watched {
    /// What they have spent so far.
    pub(crate) fn cost(&self) -> Cost {
        let servers = self.servers.iter().filter_map(|pid| times_of(*pid));
        Cost {
            server: ticks(servers.map(|times| times.own).sum()),
            database: self.postmaster.map(family).unwrap_or_default(),
            generator: ticks(times_of(std::process::id()).unwrap_or_default().own),
        }
    }

    /// The most memory that a server has had at once, in bytes (`VmHWM`).
    pub(crate) fn peak_memory(&self) -> u64 {
        self.servers.iter().filter_map(|pid| peak_of(*pid)).max().unwrap_or(0)
    }
}

/// A process, its children, and those of them that have ended.
fn family(root: u32) -> Duration {
    let mut all = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if let Some(times) = times_of(pid) {
            all.insert(pid, times);
        }
    }
    let of_root = all.get(&root).copied().unwrap_or_default();
    let children: u64 = all.values().filter(|it| it.parent == root).map(|it| it.own).sum();
    ticks(of_root.own + of_root.ended_children + children)
}

fn times_of(pid: u32) -> Option<Times> {
    times(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Of a line of `/proc/<pid>/stat`, whose second field may contain anything.
fn times(stat: &str) -> Option<Times> {
    let fields: Vec<&str> = stat.get(stat.rfind(')')? + 2..)?.split_ascii_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Times {
        parent: u32::try_from(number(1)?).ok()?,
        own: number(11)? + number(12)?,
        ended_children: number(13)? + number(14)?,
    })
}

fn ticks(count: u64) -> Duration {
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Duration::from_micros(count.saturating_mul(1_000_000) / per_second)
}

fn peak_of(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::{Times, Watched, times};

    #[test]
    fn a_name_may_contain_anything() {
        let line = "41 (a b) c) S 7 41 41 0 -1 4194560 1 2 3 4 500 60 70 8 20 0 1 0 9 10 11";
        assert_eq!(times(line), Some(Times { own: 560, ended_children: 78, parent: 7 }));
    }

    #[test]
    fn this_process_has_cost_something() {
        let watched = Watched { servers: vec![std::process::id()], postmaster: None };
        assert!(watched.peak_memory() > 1024);
        assert!(watched.cost().since(watched.cost()).server.is_zero());
    }
}
