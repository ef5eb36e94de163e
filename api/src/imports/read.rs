//! Reads a file ahead of the store, one batch at a time, on a thread of its own.

use std::path::PathBuf;

use anyhow::Context as _;
use crm_store::import::{HistoryRow, ImportRow, Person};
use tokio::sync::mpsc;

use super::{
    repeats::Repeats,
    rows::Rows,
    scan::Scanned,
    subject::{Reading, Said},
};

/// Rows of one transaction.
pub(crate) const BATCH: u64 = 5_000;
/// Bytes of a file that one transaction may take, so that long texts cost no more memory.
const BATCH_BYTES: u64 = 8 * 1024 * 1024;

/// What one transaction writes.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) records: Vec<ImportRow>,
    pub(crate) people: Vec<Person>,
    pub(crate) history: Vec<HistoryRow>,
    /// Rows that are none: line, reason, and the row as it stands.
    pub(crate) bad: Vec<(u64, String, String)>,
    /// The good rows as they stand, when somebody wants to see those that the store refuses.
    pub(crate) shown: Vec<(u64, String)>,
    /// Rows that a later row replaces.
    pub(crate) duplicates: u64,
    /// Rows that were read, of whatever kind.
    pub(crate) rows: u64,
    /// How far the file was read.
    pub(crate) position: u64,
    /// Changes of fields whose history is not kept.
    pub(crate) nothing: u64,
}

/// A file and how to read it.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) scanned: Scanned,
    pub(crate) delimiter: Option<char>,
    pub(crate) reading: Reading,
    /// Rows that an import that was cut off has read already.
    pub(crate) skip: u64,
    /// Whether rows are kept as they stand.
    pub(crate) keep_text: bool,
}

impl Source {
    fn open(&self) -> anyhow::Result<Rows> {
        Rows::open(&self.path, self.scanned.encoding, self.delimiter)
    }

    /// Reads the file to its end, or until nobody listens.
    pub(crate) fn run(&self, to: &mpsc::Sender<anyhow::Result<Chunk>>) {
        if let Err(error) = self.read(to) {
            let _ = to.blocking_send(Err(error));
        }
    }

    fn read(&self, to: &mpsc::Sender<anyhow::Result<Chunk>>) -> anyhow::Result<()> {
        let repeats = self.repeats()?;
        let mut rows = self.open()?;
        let (mut chunk, mut done, mut begun) = (Chunk::default(), 0_u64, 0_u64);
        while let Some((line, cells)) = rows
            .next()
            .with_context(|| format!("cannot read {}", self.path.display()))?
        {
            done += 1;
            if done <= self.skip {
                // Batches begin where they began in the first reading.
                begun = 0;
                continue;
            }
            chunk.rows += 1;
            match cells {
                Err(malformed) => chunk.bad.push((line, malformed.reason, malformed.raw)),
                Ok(cells) => {
                    let id = self.reading.external_id(cells);
                    let replaced = id.and_then(|id| repeats.replaced_by(&id, line));
                    if replaced.is_some() {
                        chunk.duplicates += 1;
                    } else {
                        match self.reading.row(line, cells) {
                            Ok(said) => chunk.add(said),
                            Err(reason) => chunk.bad.push((line, reason, cells.shown())),
                        }
                        if self.keep_text {
                            chunk.shown.push((line, cells.shown()));
                        }
                    }
                }
            }
            let position = rows.position();
            begun = if begun == 0 { position } else { begun };
            if chunk.rows == BATCH || position.saturating_sub(begun) > BATCH_BYTES {
                chunk.position = position;
                begun = 0;
                if to.blocking_send(Ok(std::mem::take(&mut chunk))).is_err() {
                    return Ok(());
                }
            }
        }
        chunk.position = rows.position();
        let _ = to.blocking_send(Ok(chunk));
        Ok(())
    }

    /// Reads the file once for the external ids that it has more than once.
    fn repeats(&self) -> anyhow::Result<Repeats> {
        let mut repeats = Repeats::new();
        if self.reading.replaces() {
            let mut rows = self.open()?;
            while let Some((line, cells)) = rows
                .next()
                .with_context(|| format!("cannot read {}", self.path.display()))?
            {
                if let Some(id) = cells.ok().and_then(|cells| self.reading.external_id(cells)) {
                    repeats.note(&id, line)?;
                }
            }
        }
        Ok(repeats.finish())
    }
}

impl Chunk {
    fn add(&mut self, said: Said) {
        match said {
            Said::Record(row) => self.records.push(*row),
            Said::Person(person) => self.people.push(person),
            Said::History(rows) if rows.is_empty() => self.nothing += 1,
            Said::History(rows) => self.history.extend(rows),
        }
    }
}
