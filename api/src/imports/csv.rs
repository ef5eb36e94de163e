//! CSV in bounded memory, with words for what is malformed.
//!
//! The libraries at hand read on over a quote that is never closed, through the rest of a file however long, and take
//! text after a closing quote as it comes. Here such a row is refused with its line, and reading goes on at the next line.

use std::io::{self, Read};

/// The most bytes of one row.
const MAX_ROW: usize = 16 * 1024 * 1024;
const BLOCK: usize = 256 * 1024;

/// The cells of one row, unquoted.
#[derive(Debug, Default, Clone)]
pub(crate) struct Record {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Record {
    /// How many cells there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cells in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }

    /// One cell.
    pub(crate) fn get(&self, column: usize) -> Option<&[u8]> {
        let end = *self.ends.get(column)?;
        let start = match column.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start..end)
    }

    fn is_blank(&self) -> bool {
        self.text.iter().all(u8::is_ascii_whitespace)
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    fn end_cell(&mut self) {
        self.ends.push(self.text.len());
    }
}

/// What stands on a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A row; its cells are in the record.
    Row,
    /// No row, and why. Its first line as it stands.
    Malformed {
        /// The reason, for people.
        reason: String,
        /// The line.
        raw: String,
    },
}

enum Parsed {
    Row { length: usize, lines: u64 },
    More,
    Malformed(String),
}

/// The rows of a CSV file.
#[derive(Debug)]
pub(crate) struct CsvReader<R> {
    inner: R,
    delimiter: Option<u8>,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
    line: u64,
}

impl<R: Read> CsvReader<R> {
    /// Reads `inner`, cells apart by `delimiter`; by what the first line has most of, when `None`.
    pub(crate) fn new(inner: R, delimiter: Option<u8>) -> Self {
        Self {
            inner,
            delimiter,
            buffer: Vec::new(),
            start: 0,
            ended: false,
            line: 1,
        }
    }

    pub(crate) fn inner(&self) -> &R {
        &self.inner
    }

    /// The next row that is not blank, and the line where it begins; `None` at the end.
    pub(crate) fn next(&mut self, record: &mut Record) -> io::Result<Option<(u64, Found)>> {
        loop {
            if self.rest().is_empty() && !self.fill()? {
                return Ok(None);
            }
            let delimiter = self.delimiter()?;
            let line = self.line;
            match parse(self.rest(), delimiter, self.ended, record) {
                Parsed::More if self.rest().len() < MAX_ROW => {
                    self.fill()?;
                }
                Parsed::Row { length, lines } => {
                    self.start += length;
                    self.line += lines;
                    if !record.is_blank() {
                        return Ok(Some((line, Found::Row)));
                    }
                }
                Parsed::More => {
                    let reason = format!(
                        "is longer than {} MiB: a quote that is never closed?",
                        MAX_ROW / 1024 / 1024
                    );
                    return Ok(Some((line, self.skip_line(reason)?)));
                }
                Parsed::Malformed(reason) => return Ok(Some((line, self.skip_line(reason)?))),
            }
        }
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Reads another block; false at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        // Twice as much each time, so that long rows are not parsed again too often; never much more than a row may have.
        let room = (MAX_ROW + BLOCK).saturating_sub(self.buffer.len()).max(1);
        let block = BLOCK.max(self.buffer.len()).min(room);
        let read = self
            .inner
            .by_ref()
            .take(block as u64)
            .read_to_end(&mut self.buffer)?;
        self.ended = read < block;
        Ok(read > 0)
    }

    /// Goes on after the line on which a malformed row begins.
    fn skip_line(&mut self, reason: String) -> io::Result<Found> {
        let mut raw = Vec::new();
        loop {
            let rest = self.rest();
            let end = rest.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(rest.len(), |end| end + 1);
            if raw.len() < 4_096 {
                raw.extend(rest.iter().take(length.min(4_096)));
            }
            self.start += length;
            if end.is_some() || !self.fill()? {
                break;
            }
        }
        self.line += 1;
        Ok(Found::Malformed {
            reason,
            raw: String::from_utf8_lossy(&raw).trim_end().to_owned(),
        })
    }

    fn delimiter(&mut self) -> io::Result<u8> {
        if let Some(delimiter) = self.delimiter {
            return Ok(delimiter);
        }
        while !self.rest().contains(&b'\n') && self.rest().len() < MAX_ROW && self.fill()? {}
        let delimiter = guess(self.rest());
        self.delimiter = Some(delimiter);
        Ok(delimiter)
    }
}

/// What the first line has most of outside of quotes, a comma when it has none.
fn guess(text: &[u8]) -> u8 {
    let (mut quoted, mut counts) = (false, [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)]);
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            byte if !quoted => {
                for (delimiter, count) in &mut counts {
                    *count += usize::from(delimiter == byte);
                }
            }
            _ => {}
        }
    }
    // The first of equals wins, so the comma stands in for nothing.
    counts
        .iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(delimiter, _)| *delimiter)
}

fn newlines(text: &[u8]) -> u64 {
    text.iter()
        .fold(0, |lines, byte| lines + u64::from(*byte == b'\n'))
}

fn parse(text: &[u8], delimiter: u8, ended: bool, record: &mut Record) -> Parsed {
    record.clear();
    let (mut at, mut lines) = (0, 0);
    loop {
        // At the beginning of a cell.
        let quoted = text.get(at) == Some(&b'"');
        if quoted {
            at += 1;
            loop {
                let rest = text.get(at..).unwrap_or_default();
                let Some(quote) = rest.iter().position(|byte| *byte == b'"') else {
                    if ended {
                        return Parsed::Malformed(format!(
                            "a quote that opens in column {} is never closed",
                            record.len() + 1
                        ));
                    }
                    return Parsed::More;
                };
                let inside = rest.get(..quote).unwrap_or_default();
                lines += newlines(inside);
                record.text.extend_from_slice(inside);
                at += quote + 1;
                match text.get(at) {
                    Some(b'"') => {
                        record.text.push(b'"');
                        at += 1;
                    }
                    Some(_) => break,
                    None if ended => break,
                    None => return Parsed::More,
                }
            }
            while text.get(at) == Some(&b' ') {
                at += 1;
            }
        }
        let rest = text.get(at..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|byte| *byte == delimiter || *byte == b'\n' || *byte == b'\r');
        let length = end.unwrap_or(rest.len());
        if end.is_none() && !ended {
            return Parsed::More;
        }
        if quoted && length > 0 {
            return Parsed::Malformed(format!(
                "has text after the closing quote in column {}; a quote inside a quoted cell is written twice",
                record.len() + 1
            ));
        }
        record
            .text
            .extend_from_slice(rest.get(..length).unwrap_or_default());
        record.end_cell();
        at += length;
        match text.get(at) {
            Some(b'\r') => {
                return match text.get(at + 1) {
                    Some(b'\n') => Parsed::Row {
                        length: at + 2,
                        lines: lines + 1,
                    },
                    None if !ended => Parsed::More,
                    _ => Parsed::Row {
                        length: at + 1,
                        lines: lines + 1,
                    },
                };
            }
            Some(b'\n') => {
                return Parsed::Row {
                    length: at + 1,
                    lines: lines + 1,
                };
            }
            Some(_) => at += 1,
            None => return Parsed::Row { length: at, lines },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes a few at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(to.len()).min(3);
            let (now, later) = self.0.split_at(count);
            to[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn all(text: &str) -> Vec<(u64, Result<Vec<String>, String>)> {
        let mut reader = CsvReader::new(Slow(text.as_bytes()), None);
        let (mut record, mut rows) = (Record::default(), Vec::new());
        while let Some((line, found)) = reader.next(&mut record).unwrap() {
            rows.push((
                line,
                match found {
                    Found::Row => Ok(record
                        .iter()
                        .map(|cell| String::from_utf8(cell.to_vec()).unwrap())
                        .collect()),
                    Found::Malformed { reason, .. } => Err(reason),
                },
            ));
        }
        rows
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Result<Vec<String>, String>) {
        (line, Ok(cells.iter().map(|cell| (*cell).to_owned()).collect()))
    }

    #[test]
    fn cells_may_be_quoted_and_hold_delimiters_quotes_and_lines() {
        let text = "a,b\r\n\"x, \"\"y\"\"\",\"one\ntwo\"\n\n , \n5\" screen,\"\"\rlast,";
        assert_eq!(
            all(text),
            [
                row(1, &["a", "b"]),
                row(2, &["x, \"y\"", "one\ntwo"]),
                row(6, &["5\" screen", ""]),
                row(7, &["last", ""]),
            ]
        );
        assert_eq!(all("a;b,c;d\n"), [row(1, &["a", "b,c", "d"])]);
        assert_eq!(all(""), []);
    }

    #[test]
    fn a_malformed_row_is_named_and_the_next_ones_are_read() {
        let rows = all("a,b\n\"x\"y,1\nfine,2\n\"never,3\nfine,4\n");
        assert_eq!(rows[0], row(1, &["a", "b"]));
        assert!(
            rows[1]
                .1
                .as_ref()
                .unwrap_err()
                .contains("after the closing quote in column 1")
        );
        assert_eq!(rows[2], row(3, &["fine", "2"]));
        assert_eq!(rows[3].0, 4);
        assert!(rows[3].1.as_ref().unwrap_err().contains("never closed"));
        assert_eq!(rows[4], row(5, &["fine", "4"]));
    }

    #[test]
    fn a_quote_that_is_never_closed_does_not_read_a_file_into_memory() {
        let text = format!("a,b\n\"open,1\n{}fine,2\n", "x,y\n".repeat(5_000_000));
        let mut reader = CsvReader::new(text.as_bytes(), Some(b','));
        let mut record = Record::default();
        reader.next(&mut record).unwrap();
        let Some((2, Found::Malformed { reason, raw })) = reader.next(&mut record).unwrap() else {
            panic!("line 2 is malformed")
        };
        assert!(reason.contains("longer than 16 MiB"));
        assert_eq!(raw, "\"open,1");
        assert!(reader.buffer.capacity() < 3 * MAX_ROW);
        assert_eq!(reader.next(&mut record).unwrap(), Some((3, Found::Row)));
    }
}
