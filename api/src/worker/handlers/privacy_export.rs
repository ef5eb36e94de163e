//! `privacy_export`: everything about a person or of a tenant into a file.

use std::{
    io::{BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
};

use chrono::TimeDelta;
use crm_store::{
    jobs::JobClaim,
    privacy::{ExportFile, Request},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Ended, JobError};
use crate::worker::Shared;

/// How long the file can be fetched.
const KEEP: TimeDelta = TimeDelta::days(7);
const FOLDER: &str = "exports";

/// Counts and hashes what goes by.
struct Hashed<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, block: &[u8]) -> std::io::Result<usize> {
        let count = self.inner.write(block)?;
        self.hash.update(block.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

/// Writes the file that the key names. One that a lost worker began is overwritten.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let Ok(id) = claim.key.parse::<Uuid>() else {
        return Ok(Ended::Unmarked);
    };
    let store = shared.store.open(&claim.grant);
    let mut tx = store.begin().await?;
    let Some(subject) = tx.privacy().subject(Request::Export, id).await? else {
        tx.commit().await?;
        return Ok(Ended::Unmarked);
    };
    tx.commit().await?;
    let path = format!("{FOLDER}/{id}.jsonl");
    let whole = shared.data_dir.join(&path);
    std::fs::create_dir_all(shared.data_dir.join(FOLDER))?;
    let file = std::fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&whole)?;
    let mut to = Hashed {
        inner: BufWriter::new(file),
        hash: Sha256::new(),
        bytes: 0,
    };
    let mut tx = store.begin().await?;
    let rows = tx.privacy().write(&subject, &mut to).await?;
    to.flush()?;
    let file = ExportFile {
        path,
        bytes: to.bytes,
        sha256: to.hash.finalize().to_vec(),
        rows,
    };
    if !tx.privacy().exported_to(id, claim, &file, KEEP).await? {
        return Ok(Ended::Marked);
    }
    tx.commit().await?;
    Ok(Ended::Marked)
}
