//! A file on its way into the data folder, whatever it came in.

use axum::body::Bytes;
use futures::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::{Problem, ProblemKind, imports::UPLOADS, state::AppState};

/// A file that was received; it is removed again unless an import keeps it.
pub(super) struct Upload {
    /// Where it lies, below the data folder.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) hash: [u8; 32],
    path: std::path::PathBuf,
    kept: bool,
}

impl Upload {
    /// Writes blocks to the disk as they come, up to `http.upload_limit` bytes; memory holds one at a time.
    pub(super) async fn receive<E>(
        state: &AppState,
        ending: &str,
        blocks: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Self, Problem>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let failed = |error: std::io::Error| {
            Problem::unavailable("the file cannot be stored: try again later").because(error)
        };
        let limit = state.config.http.upload_limit;
        let name = format!("{UPLOADS}/{}.{ending}", Uuid::now_v7());
        let path = state.config.data.dir.join(&name);
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await.map_err(failed)?;
        }
        let mut upload = Self {
            name,
            path,
            bytes: 0,
            hash: [0; 32],
            kept: false,
        };
        let mut file = tokio::fs::OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&upload.path)
            .await
            .map_err(failed)?;
        let mut hash = Sha256::new();
        futures::pin_mut!(blocks);
        while let Some(block) = blocks.next().await {
            let block = block.map_err(|error| {
                Problem::new(ProblemKind::Malformed, "the body ended before it was complete").because(error)
            })?;
            upload.bytes += block.len() as u64;
            if upload.bytes > limit {
                return Err(Problem::new(
                    ProblemKind::TooLarge,
                    format!("the file may have at most {limit} bytes (http.upload_limit)"),
                )
                .fact("limit_bytes", limit));
            }
            hash.update(&block);
            file.write_all(&block).await.map_err(failed)?;
        }
        file.sync_all().await.map_err(failed)?;
        upload.hash = hash.finalize().into();
        Ok(upload)
    }

    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed is swept with the folder's old files.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
