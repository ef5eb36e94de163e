//! One JSON object a line, in bounded memory.

use std::io::{self, BufRead, BufReader, Read};

use serde_json::{Map, Value};

/// The most bytes of one line.
const MAX_LINE: u64 = 16 * 1024 * 1024;

/// The objects of a file.
#[derive(Debug)]
pub(crate) struct JsonReader<R> {
    inner: BufReader<R>,
    line: u64,
}

/// What stands on a line.
pub(crate) enum Line {
    /// An object.
    Row(Map<String, Value>),
    /// None, and why; the line as it stands.
    Malformed { reason: String, raw: String },
}

impl<R: Read> JsonReader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner: BufReader::with_capacity(256 * 1024, inner),
            line: 0,
        }
    }

    pub(crate) fn inner(&self) -> &R {
        self.inner.get_ref()
    }

    /// The next line that is not blank, with its number; `None` at the end.
    pub(crate) fn next(&mut self, bytes: &mut Vec<u8>) -> io::Result<Option<(u64, Line)>> {
        loop {
            bytes.clear();
            let read = self.inner.by_ref().take(MAX_LINE).read_until(b'\n', bytes)? as u64;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            if read == MAX_LINE && bytes.last() != Some(&b'\n') {
                self.skip_line()?;
                let reason = format!("is longer than {} MiB", MAX_LINE / 1024 / 1024);
                return Ok(Some((self.line, malformed(reason, bytes))));
            }
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Ok(Some((self.line, read_object(bytes))));
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.inner.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            if let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                self.inner.consume(end + 1);
                return Ok(());
            }
            let length = buffer.len();
            self.inner.consume(length);
        }
    }
}

fn read_object(bytes: &[u8]) -> Line {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(row)) => Line::Row(row),
        Ok(_) => malformed("is no JSON object".to_owned(), bytes),
        Err(error) if std::str::from_utf8(bytes).is_err() => {
            malformed(format!("is not UTF-8: {error}"), bytes)
        }
        Err(error) => malformed(format!("is no JSON: {error}"), bytes),
    }
}

fn malformed(reason: String, bytes: &[u8]) -> Line {
    let raw = bytes.get(..bytes.len().min(4_096)).unwrap_or_default();
    Line::Malformed {
        reason,
        raw: String::from_utf8_lossy(raw).trim_end().to_owned(),
    }
}
