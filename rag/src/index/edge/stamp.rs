//! What a shard's folder says about itself.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::ENGINE;
use crate::RagError;

/// The file that names engine, model and chunker.
const STAMP: &str = "made-by.txt";

/// The file that says that a shard was made and no tenant's passages have been put back yet.
const UNFILLED: &str = "unfilled.txt";

/// Names the payload fields that are indexed; a shard without one of them is filled anew.
const LAYOUT: &str = "kinds and fields";

/// What the engine keeps in its folder; nothing else is ever removed.
const ENGINE_FILES: [&str; 7] = [
    "segments",
    "temp_segments",
    "wal",
    "edge_config.json",
    "payload_index.json",
    STAMP,
    UNFILLED,
];

/// The file whose lock says that a process has the shard open.
const LOCK: &str = "lock";

/// Keeps a second process out until the file is dropped.
pub(super) fn lock(folder: &Path) -> Result<File, RagError> {
    let file =
        File::create(folder.join(LOCK)).map_err(|source| RagError::index("lock its folder", source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(RagError::index("lock its folder", "another process has it open"))
        }
        Err(TryLockError::Error(source)) => Err(RagError::index("lock its folder", source)),
    }
}

/// Whether this engine, with this model and chunker, made what is in the folder.
pub(super) fn is_ours(folder: &Path, fingerprint: &str) -> bool {
    std::fs::read_to_string(folder.join(STAMP)).is_ok_and(|found| found == text(fingerprint))
}

/// Removes what an engine has left in the folder.
pub(super) fn empty(folder: &Path) -> Result<(), RagError> {
    let failed = |source| RagError::index("empty its folder", source);
    for name in ENGINE_FILES {
        let path = folder.join(name);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).map_err(failed)?;
        } else if path.exists() {
            std::fs::remove_file(&path).map_err(failed)?;
        }
    }
    Ok(())
}

/// Says what makes the vectors in the folder; written once the shard is open.
pub(super) fn write(folder: &Path, fingerprint: &str) -> Result<(), RagError> {
    std::fs::write(folder.join(STAMP), text(fingerprint))
        .map_err(|source| RagError::index("write its stamp", source))
}

/// Remembers that the shard is empty, whatever it ought to hold; a crash before it is filled forgets nothing.
pub(super) fn mark_unfilled(folder: &Path) -> Result<(), RagError> {
    std::fs::write(
        folder.join(UNFILLED),
        "the passages of every tenant have to be written\n",
    )
    .map_err(|source| RagError::index("mark its folder", source))
}

/// Whether the passages that the shard ought to hold have not been put back yet.
pub(super) fn is_unfilled(folder: &Path) -> bool {
    folder.join(UNFILLED).exists()
}

/// Forgets that the shard was empty.
pub(super) fn unmark_unfilled(folder: &Path) -> Result<(), RagError> {
    match std::fs::remove_file(folder.join(UNFILLED)) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(RagError::index("mark its folder", source))
        }
        _ => Ok(()),
    }
}

fn text(fingerprint: &str) -> String {
    format!("{ENGINE}\n{fingerprint}\n{LAYOUT}\n")
}
