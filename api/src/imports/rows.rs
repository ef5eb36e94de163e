//! The rows of a file, one at a time, whatever its format.

use std::{fs::File, path::Path};

use anyhow::{Context as _, bail};
use encoding_rs::Encoding;
use serde_json::{Map, Value};

use super::{
    csv::{CsvReader, Found, Record},
    jsonl::{JsonReader, Line},
    text::Utf8Reader,
};

/// A file with rows.
#[derive(Debug)]
pub(crate) struct Rows {
    source: Source,
}

#[derive(Debug)]
enum Source {
    Csv {
        reader: CsvReader<Utf8Reader<File>>,
        header: Vec<String>,
        record: Record,
    },
    Jsonl {
        reader: JsonReader<Utf8Reader<File>>,
        bytes: Vec<u8>,
        row: Map<String, Value>,
    },
}

/// What a row holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cells<'r> {
    /// Text, column by column.
    Csv(&'r Record),
    /// Members by name.
    Json(&'r Map<String, Value>),
}

/// A line that is no row.
#[derive(Debug)]
pub(crate) struct Malformed {
    /// Why, for people.
    pub(crate) reason: String,
    /// The line as it stands.
    pub(crate) raw: String,
}

impl Rows {
    /// Opens a file whose name ends in .csv, .tsv, .jsonl or .ndjson.
    pub(crate) fn open(
        path: &Path,
        encoding: &'static Encoding,
        delimiter: Option<char>,
    ) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let text = Utf8Reader::new(file, encoding);
        let source = match format_of(path)? {
            FileFormat::Csv { tabs } => {
                let delimiter = match delimiter {
                    Some(delimiter) => match u8::try_from(delimiter) {
                        Ok(byte) if byte.is_ascii() && !b"\"\r\n".contains(&byte) => Some(byte),
                        _ => bail!("the delimiter {delimiter:?} must be one ASCII character"),
                    },
                    None => tabs.then_some(b'\t'),
                };
                let mut reader = CsvReader::new(text, delimiter);
                let mut record = Record::default();
                let header = match reader.next(&mut record)? {
                    None => bail!("{} is empty: the first row must name the columns", path.display()),
                    Some((line, Found::Malformed { reason, .. })) => {
                        bail!(
                            "{}:{line}: the row that names the columns {reason}",
                            path.display()
                        )
                    }
                    Some((_, Found::Row)) => header(&record).with_context(|| path.display().to_string())?,
                };
                Source::Csv {
                    reader,
                    header,
                    record,
                }
            }
            FileFormat::Jsonl => Source::Jsonl {
                reader: JsonReader::new(text),
                bytes: Vec::new(),
                row: Map::new(),
            },
        };
        Ok(Self { source })
    }

    /// The names of the columns; `None` where every row names its own.
    pub(crate) fn header(&self) -> Option<&[String]> {
        match &self.source {
            Source::Csv { header, .. } => Some(header),
            Source::Jsonl { .. } => None,
        }
    }

    /// How many bytes of the file were read.
    pub(crate) fn position(&self) -> u64 {
        match &self.source {
            Source::Csv { reader, .. } => reader.inner().position(),
            Source::Jsonl { reader, .. } => reader.inner().position(),
        }
    }

    /// The next row with its line; `None` at the end.
    pub(crate) fn next(&mut self) -> anyhow::Result<Option<(u64, Result<Cells<'_>, Malformed>)>> {
        match &mut self.source {
            Source::Csv {
                reader,
                header,
                record,
            } => {
                let Some((line, found)) = reader.next(record)? else {
                    return Ok(None);
                };
                let cells = match found {
                    Found::Malformed { reason, raw } => Err(Malformed { reason, raw }),
                    Found::Row if record.len() != header.len() => Err(Malformed {
                        reason: format!(
                            "has {} columns, the first row names {}",
                            record.len(),
                            header.len()
                        ),
                        raw: shown(record),
                    }),
                    Found::Row => Ok(Cells::Csv(record)),
                };
                Ok(Some((line, cells)))
            }
            Source::Jsonl { reader, bytes, row } => {
                let Some((line, found)) = reader.next(bytes)? else {
                    return Ok(None);
                };
                let cells = match found {
                    Line::Malformed { reason, raw } => Err(Malformed { reason, raw }),
                    Line::Row(found) => {
                        *row = found;
                        Ok(Cells::Json(row))
                    }
                };
                Ok(Some((line, cells)))
            }
        }
    }
}

impl Cells<'_> {
    /// The row as one text, for the file of refused rows.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Csv(record) => shown(record),
            Self::Json(row) => serde_json::to_string(row).unwrap_or_default(),
        }
    }
}

enum FileFormat {
    Csv { tabs: bool },
    Jsonl,
}

fn format_of(path: &Path) -> anyhow::Result<FileFormat> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.unwrap_or_default().to_ascii_lowercase().as_str() {
        "csv" | "txt" => Ok(FileFormat::Csv { tabs: false }),
        "tsv" => Ok(FileFormat::Csv { tabs: true }),
        "jsonl" | "ndjson" => Ok(FileFormat::Jsonl),
        _ => bail!("{} must end in .csv, .tsv, .jsonl or .ndjson", path.display()),
    }
}

fn header(record: &Record) -> anyhow::Result<Vec<String>> {
    record
        .iter()
        .enumerate()
        .map(|(column, name)| {
            let name = std::str::from_utf8(name)
                .with_context(|| format!("the name of column {} is not UTF-8", column + 1))?;
            Ok(name.trim().to_owned())
        })
        .collect()
}

/// A row as CSV again.
fn shown(record: &Record) -> String {
    let cells: Vec<String> = record
        .iter()
        .map(|cell| {
            let cell = String::from_utf8_lossy(cell);
            if cell.contains(['"', ',', '\n', '\r']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.into_owned()
            }
        })
        .collect();
    cells.join(",")
}
