//! What the figures were measured on.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde::Serialize;

use crate::error::{Result, unusable};
use crate::statistics::median;

/// The machine, as a report has it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    memory_bytes: u64,
    /// Where the databases are.
    disk: String,
    /// The median time of a small synchronous write there.
    disk_sync_micros: f64,
    kernel: String,
    load_at_start: String,
    pub(crate) postgres: String,
    pub(crate) postgres_settings: Vec<(&'static str, String)>,
    git_commit: String,
}

impl Machine {
    /// What this machine is, with databases in `folder`.
    pub(crate) fn look(folder: &Path) -> Self {
        Self {
            cpu: cpu().unwrap_or_else(|| "unknown".to_owned()),
            cores: cores(),
            memory_bytes: memory_bytes(),
            disk: disk_of(folder).unwrap_or_else(|| "unknown".to_owned()),
            disk_sync_micros: sync_micros(folder).unwrap_or(0.0),
            kernel: read("/proc/sys/kernel/osrelease"),
            load_at_start: read("/proc/loadavg"),
            postgres: String::new(),
            postgres_settings: Vec::new(),
            git_commit: commit(),
        }
    }
}

/// Refuses a folder whose disk has less than so much room; one that does not say may have it.
pub(crate) fn expect_room(folder: &Path, bytes: u64) -> Result<()> {
    const GB: u64 = 1_000_000_000;
    let Ok(disk) = rustix::fs::statvfs(folder) else { return Ok(()) };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free >= bytes {
        return Ok(());
    }
    let (needed, at, free) = (bytes.div_ceil(GB), folder.display(), free / GB);
    let other = "another disk is named by --dir";
    Err(unusable(format!("{needed} GB are needed at {at}, {free} GB are free: {other}")))
}

/// Processors that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The machine's memory.
pub(crate) fn memory_bytes() -> u64 {
    let text = read("/proc/meminfo");
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn cpu() -> Option<String> {
    let text = read("/proc/cpuinfo");
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The device and type of the file system that a folder is on.
fn disk_of(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = read("/proc/mounts");
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let (device, at, kind) = (fields.next()?, fields.next()?, fields.next()?);
        folder.starts_with(at).then(|| (at.len(), format!("{device} ({kind})")))
    });
    mounts.max_by_key(|(length, _)| *length).map(|(_, text)| text)
}

fn sync_micros(folder: &Path) -> Option<f64> {
    let file = tempfile::NamedTempFile::new_in(folder).ok()?;
    let file: &File = file.as_file();
    let mut times = Vec::new();
    for at in 0..100_u64 {
        let begun = Instant::now();
        file.write_all_at(&[7; 8192], at * 8192).ok()?;
        file.sync_data().ok()?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Some(median(&times))
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let folder = env!("CARGO_MANIFEST_DIR");
        let output = Command::new("git").args(arguments).current_dir(folder).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "HEAD"]) else { return "unknown".to_owned() };
    let is_clean =
        git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|it| it.is_empty());
    if is_clean { commit } else { format!("{commit} with changes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_room_is_refused_and_says_how_much_is_needed() {
        let folder = std::env::temp_dir();
        expect_room(&folder, 0).unwrap();
        let refused = expect_room(&folder, u64::MAX).unwrap_err().to_string();
        assert!(refused.starts_with("18446744074 GB are needed at "), "{refused}");
    }
}
