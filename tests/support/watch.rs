//! Tests that hang. Everything that a test waits for has its own end, so none of them should; one that
//! does ends all of them at once and says where it was, long before whoever runs them loses patience.

use std::fs::{self, DirEntry};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

/// Several times what the longest test takes on a slow machine.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// Watches the test of this thread for as long as what is returned is kept.
pub(crate) fn this_test() -> Sender<()> {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let (kept, ended) = mpsc::channel();
    std::thread::spawn(move || {
        if ended.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
            drop(report(&test));
            std::process::abort();
        }
    });
    kept
}

/// To standard error itself: what is printed in a test is kept until the test has ended.
fn report(test: &str) -> io::Result<()> {
    let mut told = io::stderr().lock();
    writeln!(told, "{test} hangs. What the tests and the processes that they started wait for:")?;
    for process in numbered(Path::new("/proc")).filter(|process| is_of_the_tests(process)) {
        let command = fs::read(process.join("cmdline")).unwrap_or_default();
        let command: String = String::from_utf8_lossy(&command).chars().take(200).collect();
        let command = command.replace(['\0', '\n'], " ");
        writeln!(told, "{}: {command}", process.display())?;
        for thread in numbered(&process.join("task")) {
            let of = |file| fs::read_to_string(thread.join(file)).unwrap_or_default();
            let [name, waits, call] = ["comm", "wchan", "syscall"].map(of);
            writeln!(told, "    {} {} {}", name.trim(), waits.trim(), call.trim())?;
        }
    }
    Ok(())
}

fn is_of_the_tests(process: &Path) -> bool {
    let us = std::process::id();
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let is_us = |line: &str| {
        let number = line.strip_prefix("PPid:").or_else(|| line.strip_prefix("Pid:"));
        number.is_some_and(|number| number.trim().parse() == Ok(us))
    };
    status.lines().any(is_us)
}

/// The folders of processes, or of threads.
fn numbered(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_number = |entry: &DirEntry| {
        entry.file_name().to_str().is_some_and(|name| name.parse::<u32>().is_ok())
    };
    entries.filter(is_number).map(|entry| entry.path())
}
