//! One process per data folder: a file lock that the system releases however the process ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::error::{ClusterError, OnFile};

/// A lock outlives its process for as long as a child that was being started at that moment has not begun its own
/// program, so one refusal is not the last word.
const PATIENCE: Duration = Duration::from_millis(500);

/// Holds a data folder until it is dropped.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the folder, or says which process has it.
    pub(super) fn take(data_dir: &Path) -> Result<Self, ClusterError> {
        let path = data_dir.join("cluster.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|source| match source.kind() {
                ErrorKind::PermissionDenied => ClusterError::OtherOwner {
                    data_dir: data_dir.to_owned(),
                    source,
                },
                _ => ClusterError::File {
                    doing: "open",
                    path: path.clone(),
                    source,
                },
            })?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(PATIENCE / 20);
                }
                Err(TryLockError::WouldBlock) => return Err(in_use(data_dir, &mut file)),
                Err(TryLockError::Error(source)) => return Err(source).on("lock", &path),
            }
        }
        file.set_len(0).on("write", &path)?;
        file.rewind().on("write", &path)?;
        writeln!(file, "{}", std::process::id()).on("write", &path)?;
        Ok(Self { _file: file })
    }
}

fn in_use(data_dir: &Path, file: &mut File) -> ClusterError {
    let mut holder = String::new();
    // A holder that has not written its number yet is still a holder.
    let _ = file.read_to_string(&mut holder);
    let holder = match holder.trim() {
        "" => "another process".to_owned(),
        pid => format!("process {pid}"),
    };
    ClusterError::InUse {
        data_dir: data_dir.to_owned(),
        holder,
    }
}
