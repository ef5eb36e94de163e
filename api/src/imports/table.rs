//! A whole file as a table of text, for what looks at all rows at once.

use std::path::Path;

use anyhow::{Context as _, bail};
use crm_predict::TextTable;

use super::{
    rows::{Cells, Rows},
    scan::scan,
};

/// The most bytes of one cell: more is a quote that was not closed.
const MAX_CELL: usize = 64 * 1024;

/// Reads a CSV file whose first row names the columns. The first row that is wrong ends it, with its line.
pub(crate) fn read_table(path: &Path) -> anyhow::Result<TextTable> {
    let scanned = scan(path, None)?;
    let mut rows = Rows::open(path, scanned.encoding, None)?;
    let Some(header) = rows.header().map(<[String]>::to_vec) else {
        bail!(
            "{} has to be a CSV file whose first row names the columns",
            path.display()
        );
    };
    let mut table = TextTable {
        header,
        rows: Vec::new(),
    };
    while let Some((line, cells)) = rows.next()? {
        let place = || format!("{}:{line}", path.display());
        let record = match cells {
            Ok(Cells::Csv(record)) => record,
            Ok(Cells::Json(_)) => bail!("{} is no row of a CSV file", place()),
            Err(malformed) => bail!("{}: {}", place(), malformed.reason),
        };
        let cells = record.iter().zip(&table.header).map(|(cell, column)| {
            if cell.len() > MAX_CELL {
                bail!(
                    "{}: column {column} has {} bytes, at most {MAX_CELL} are read: a quote that is never closed?",
                    place(),
                    cell.len()
                );
            }
            let text = std::str::from_utf8(cell).with_context(|| format!("{}: column {column} is not UTF-8", place()))?;
            Ok(text.to_owned())
        });
        let cells = cells.collect::<anyhow::Result<Vec<String>>>()?;
        table.rows.push(cells);
    }
    if table.rows.is_empty() {
        bail!("{} has no rows below the names of its columns", path.display());
    }
    Ok(table)
}
