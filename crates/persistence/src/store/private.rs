//! SQLite's files, for their owner's eyes only: they hold everything, signing keys included.

use std::fs::{DirBuilder, OpenOptions};
use std::path::{Path, PathBuf};

use sea_orm::DbErr;

use crate::{Error, Result};

/// Makes the file and its folder where they are missing. SQLite gives the files beside it (`-wal`,
/// `-shm`) the permissions of the file.
pub(super) fn prepare(file: &Path) -> Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(|error| failed(folder, &error))?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map_err(|error| failed(file, &error))?;
    Ok(())
}

/// Takes everybody else's rights from files that were there before; a folder that others may look
/// into may hold other things, so that is only warned of.
#[cfg(unix)]
pub(super) fn tighten(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;

    for suffix in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        let path = PathBuf::from(name);
        let Ok(metadata) = path.metadata() else { continue };
        if metadata.permissions().mode() & 0o077 != 0 {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
                .map_err(|error| failed(&path, &error))?;
        }
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(metadata) = folder.and_then(|folder| folder.metadata().ok())
        && metadata.permissions().mode() & 0o077 != 0
    {
        tracing::warn!("others on this machine may look into the database's folder");
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn tighten(_file: &Path) -> Result<()> {
    Ok(())
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::Unavailable(DbErr::Custom(format!("{}: {error}", path.display())))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> Option<u32> {
        Some(path.metadata().ok()?.permissions().mode() & 0o777)
    }

    #[test]
    fn what_is_made_and_what_was_there_is_the_owner_s_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a b").join("evenhand.db");
        prepare(&file).unwrap();
        assert_eq!(mode(&file), Some(0o600));
        assert_eq!(file.parent().and_then(mode), Some(0o700));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        tighten(&file).unwrap();
        assert_eq!(mode(&file), Some(0o600));
    }
}
