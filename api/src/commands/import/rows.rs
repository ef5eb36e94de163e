//! Rows of a CSV or JSONL file, one at a time, each with the line it starts at.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use anyhow::{Context as _, bail};
use serde_json::Value;

/// The most bytes of one line: a row has at most one article.
const MAX_LINE: u64 = 16 * 1024 * 1024;

/// The columns of one row.
pub(super) type Fields = HashMap<String, String>;

/// A row, or why its line is none.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) fields: Result<Fields, String>,
}

/// The rows of a file.
pub(super) struct Rows {
    source: Source,
    bytes: u64,
}

enum Source {
    Csv {
        reader: csv::Reader<File>,
        header: Vec<String>,
        record: csv::ByteRecord,
    },
    Jsonl {
        reader: BufReader<File>,
        line: u64,
        read: u64,
    },
}

impl Rows {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let ending = path
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default();
        let source = match ending.to_ascii_lowercase().as_str() {
            "csv" => {
                let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
                let header = reader
                    .byte_headers()
                    .with_context(|| format!("cannot read {}", path.display()))?;
                let header: Result<Vec<String>, _> = header
                    .iter()
                    .map(|name| String::from_utf8(name.to_vec()))
                    .collect();
                let header =
                    header.with_context(|| format!("{}: the header is not UTF-8", path.display()))?;
                let header = header
                    .into_iter()
                    .map(|name| name.trim_start_matches('\u{feff}').trim().to_owned());
                Source::Csv {
                    reader,
                    header: header.collect(),
                    record: csv::ByteRecord::new(),
                }
            }
            "jsonl" | "ndjson" => Source::Jsonl {
                reader: BufReader::new(file),
                line: 0,
                read: 0,
            },
            _ => bail!("{} must end in .csv or .jsonl", path.display()),
        };
        Ok(Self { source, bytes })
    }

    /// The length of the file.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How far it is read.
    pub(super) fn position(&self) -> u64 {
        match &self.source {
            Source::Csv { reader, .. } => reader.position().byte(),
            Source::Jsonl { read, .. } => *read,
        }
    }

    /// The next row; `None` at the end. An error means that the file cannot be read on.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Row>> {
        match &mut self.source {
            Source::Csv {
                reader,
                header,
                record,
            } => {
                if !reader.read_byte_record(record)? {
                    return Ok(None);
                }
                let line = record.position().map_or(0, csv::Position::line);
                Ok(Some(Row {
                    line,
                    fields: csv_fields(header, record),
                }))
            }
            Source::Jsonl { reader, line, read } => next_json(reader, line, read),
        }
    }
}

fn csv_fields(header: &[String], record: &csv::ByteRecord) -> Result<Fields, String> {
    if record.len() != header.len() {
        return Err(format!(
            "has {} columns, the header has {}",
            record.len(),
            header.len()
        ));
    }
    let mut fields = Fields::with_capacity(header.len());
    for (name, value) in header.iter().zip(record) {
        let value = std::str::from_utf8(value).map_err(|_| format!("{name} is not UTF-8"))?;
        fields.insert(name.clone(), value.to_owned());
    }
    Ok(fields)
}

fn next_json(reader: &mut BufReader<File>, line: &mut u64, read: &mut u64) -> anyhow::Result<Option<Row>> {
    loop {
        let mut bytes = Vec::new();
        let length = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes)? as u64;
        if length == 0 {
            return Ok(None);
        }
        *line += 1;
        *read += length;
        if length == MAX_LINE && bytes.last() != Some(&b'\n') {
            *read += skip_line(reader)?;
            return Ok(Some(Row {
                line: *line,
                fields: Err(format!("is longer than {MAX_LINE} bytes")),
            }));
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        return Ok(Some(Row {
            line: *line,
            fields: json_fields(&bytes),
        }));
    }
}

/// Reads on to the end of a line without keeping it.
fn skip_line(reader: &mut BufReader<File>) -> std::io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(skipped);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let used = end.unwrap_or(buffer.len());
        reader.consume(used);
        skipped += used as u64;
        if end.is_some() {
            return Ok(skipped);
        }
    }
}

fn json_fields(bytes: &[u8]) -> Result<Fields, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("is not JSON: see column {}", error.column()))?;
    let Value::Object(object) = value else {
        return Err("must be a JSON object".to_owned());
    };
    object
        .into_iter()
        .filter_map(|(name, value)| match value {
            Value::Null => None,
            Value::String(text) => Some(Ok((name, text))),
            Value::Number(number) => Some(Ok((name, number.to_string()))),
            Value::Bool(flag) => Some(Ok((name, flag.to_string()))),
            Value::Array(_) | Value::Object(_) => Some(Err(format!("{name} must be text"))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(name: &str, content: &[u8]) -> Vec<(u64, Result<Fields, String>)> {
        let path = std::env::temp_dir().join(format!("crm-ai-rows-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        let mut rows = Rows::open(&path).unwrap();
        let mut found = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            found.push((row.line, row.fields));
        }
        std::fs::remove_file(path).unwrap();
        found
    }

    #[test]
    fn rows_know_the_line_they_start_at() {
        let found = rows("a.csv", b"\xef\xbb\xbfid,body\n1,\"two\nlines\"\n2\n3,\xff\n");
        let lines: Vec<u64> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 4, 5]);
        assert_eq!(found[0].1.as_ref().unwrap()["id"], "1");
        assert_eq!(found[1].1, Err("has 1 columns, the header has 2".to_owned()));
        assert_eq!(found[2].1, Err("body is not UTF-8".to_owned()));
    }

    #[test]
    fn a_bad_line_of_json_is_one_bad_row() {
        let found = rows("a.jsonl", b"{\"id\":1}\n\n[1]\n{\"id\":\n{\"id\":{}}\n\xff\n");
        let lines: Vec<u64> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 3, 4, 5, 6]);
        assert_eq!(found[0].1.as_ref().unwrap()["id"], "1");
        assert!(found[1..].iter().all(|(_, fields)| fields.is_err()));
    }
}
