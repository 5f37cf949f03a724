//! The program that is measured.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment;
use crate::error::{Result, While as _, unusable};
use crate::print;

/// The path of the `evenhand` to measure: the given one, or the one of this workspace, built now.
pub(crate) fn find(given: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(path) = given {
        return path.canonicalize().whilst(format!("{}", path.display()));
    }
    let own = std::env::current_exe().whilst("this program's own path")?;
    let folder = own.parent().unwrap_or(Path::new("."));
    let beside = folder.join("evenhand");
    build(folder)?;
    if beside.is_file() {
        return Ok(beside);
    }
    Err(unusable(format!("{} is not there; name it with --server", beside.display())))
}

/// Builds it as users do, into the folder that this program is in.
fn build(folder: &Path) -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if !workspace.join("Cargo.toml").is_file() {
        return Ok(());
    }
    print::note("building evenhand (release)");
    let mut command = Command::new(environment::cargo());
    command.args(["build", "--quiet", "--release", "-p", "evenhand-server"]).current_dir(workspace);
    if let Some(target) = folder.parent() {
        command.arg("--target-dir").arg(target);
    }
    match command.status().whilst("cargo build")?.success() {
        true => Ok(()),
        false => Err(unusable("evenhand does not build")),
    }
}
