//! Rows that were refused, as a file to mend and import again.

use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::Context as _;
use serde_json::json;

/// Writes one JSON object a refused row: `line`, `reason`, `row`.
#[derive(Debug)]
pub(crate) struct Rejects(BufWriter<File>);

impl Rejects {
    /// Opens the file; an import that goes on adds to it.
    pub(crate) fn open(path: &Path, goes_on: bool) -> anyhow::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .append(goes_on)
            .truncate(!goes_on)
            .open(path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self(BufWriter::new(file)))
    }

    pub(crate) fn add(&mut self, line: u64, reason: &str, row: &str) -> anyhow::Result<()> {
        writeln!(self.0, "{}", json!({"line": line, "reason": reason, "row": row}))?;
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.0.flush()?)
    }
}
