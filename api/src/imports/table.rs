//! A whole file as a table of text, for what looks at all rows at once.

use std::path::Path;

use anyhow::{Context as _, bail};
use crm_predict::{InferError, MOST_CELLS, TextTable};

use super::{
    rows::{Cells, Rows},
    scan::scan,
};

/// The most bytes of one cell: more is a quote that was not closed.
const MAX_CELL: usize = 64 * 1024;

/// The most bytes of all cells together.
const MAX_TEXT: usize = 1 << 30;

/// How much of a file is held at once.
#[derive(Debug, Clone, Copy)]
struct Room {
    cells: usize,
    bytes: usize,
}

/// Reads a CSV file whose first row names the columns. The first row that is wrong ends it, with its line; so does the first one
/// that there is no room for, so that a file of any size takes no more memory than one that can be learned from.
pub(crate) fn read_table(path: &Path) -> anyhow::Result<TextTable> {
    let room = Room {
        cells: MOST_CELLS,
        bytes: MAX_TEXT,
    };
    read(path, room)
}

fn read(path: &Path, mut room: Room) -> anyhow::Result<TextTable> {
    let most = room;
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
        let Some(left) = room.cells.checked_sub(table.header.len()) else {
            return Err(InferError::TooLarge { most: most.cells }).with_context(place);
        };
        room.cells = left;
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
        let bytes = cells.iter().map(String::len).sum();
        let Some(left) = room.bytes.checked_sub(bytes) else {
            bail!(
                "{}: the table has more than {} bytes of text, which is the most that is read: leave out columns or rows",
                place(),
                most.bytes
            );
        };
        room.bytes = left;
        table.rows.push(cells);
    }
    if table.rows.is_empty() {
        bail!("{} has no rows below the names of its columns", path.display());
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a table of two columns when there is room for so much.
    fn said(rows: &str, cells: usize, bytes: usize) -> String {
        let path = std::env::temp_dir().join(format!("crm-ai-table-{}.csv", uuid::Uuid::now_v7()));
        std::fs::write(&path, format!("x,won\n{rows}")).unwrap();
        let read = read(&path, Room { cells, bytes });
        std::fs::remove_file(&path).unwrap();
        match read {
            Ok(table) => format!("{} rows", table.rows.len()),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn the_first_row_without_room_ends_it_whatever_comes_behind() {
        assert_eq!(said("12,yes\n34,no\n", 4, 9), "2 rows");
        // The third row is never looked at: what is wrong with it is not said.
        let many = said("12,yes\n34,no\n\"", 3, 100);
        assert!(
            many.contains(".csv:3: the table has more than 3 cells, which is the most that is learned from"),
            "{many}"
        );
        let long = said("12,yes\n34,no\n\"", 100, 8);
        assert!(
            long.contains(".csv:3: the table has more than 8 bytes of text"),
            "{long}"
        );
    }
}
