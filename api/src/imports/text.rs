//! Bytes in whatever encoding, read as UTF-8.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};

/// Bytes that are read and decoded at once.
const BLOCK: usize = 64 * 1024;

/// Reads a file as UTF-8, without its byte order mark.
///
/// What is UTF-8 already passes through as it is, so that a row with a broken character can be named; other encodings
/// are decoded.
#[derive(Debug)]
pub(crate) struct Utf8Reader<R> {
    inner: R,
    way: Way,
    /// Bytes of the file that were read.
    read: u64,
}

enum Way {
    /// The first bytes, which may begin with a mark, then the rest as it is.
    Plain {
        head: Vec<u8>,
        begun: bool,
    },
    Decoded(Box<Decoding>),
}

struct Decoding {
    decoder: Decoder,
    input: Vec<u8>,
    taken: usize,
    filled: usize,
    ended: bool,
    output: Vec<u8>,
    given: usize,
}

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain { .. } => "Plain",
            Self::Decoded(_) => "Decoded",
        })
    }
}

impl<R: Read> Utf8Reader<R> {
    /// Reads `inner`, which is in `encoding`, from its beginning.
    pub(crate) fn new(inner: R, encoding: &'static Encoding) -> Self {
        let way = if encoding == UTF_8 {
            Way::Plain {
                head: Vec::new(),
                begun: false,
            }
        } else {
            Way::Decoded(Box::new(Decoding {
                decoder: encoding.new_decoder_with_bom_removal(),
                input: vec![0; BLOCK],
                taken: 0,
                filled: 0,
                ended: false,
                output: Vec::with_capacity(BLOCK * 3),
                given: 0,
            }))
        };
        Self { inner, way, read: 0 }
    }

    /// How many bytes of the file were read.
    pub(crate) const fn position(&self) -> u64 {
        self.read
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match &mut self.way {
            Way::Plain { head, begun } => {
                if !*begun {
                    *begun = true;
                    self.inner.by_ref().take(3).read_to_end(head)?;
                    self.read += head.len() as u64;
                    if head.starts_with(b"\xEF\xBB\xBF") {
                        head.clear();
                    }
                }
                if !head.is_empty() {
                    let count = head.len().min(to.len());
                    to.iter_mut()
                        .zip(head.drain(..count))
                        .for_each(|(to, from)| *to = from);
                    return Ok(count);
                }
                let count = self.inner.read(to)?;
                self.read += count as u64;
                Ok(count)
            }
            Way::Decoded(decoding) => decoding.read(&mut self.inner, &mut self.read, to),
        }
    }
}

impl Decoding {
    fn read(&mut self, inner: &mut impl Read, read: &mut u64, to: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() {
            if self.ended && self.taken == self.filled {
                return Ok(0);
            }
            self.output.resize(BLOCK * 3, 0);
            self.given = 0;
            if self.taken == self.filled {
                self.filled = inner.read(&mut self.input)?;
                self.taken = 0;
                *read += self.filled as u64;
                self.ended = self.filled == 0;
            }
            let input = self.input.get(self.taken..self.filled).unwrap_or_default();
            let (result, taken, written, _) =
                self.decoder.decode_to_utf8(input, &mut self.output, self.ended);
            self.taken += taken;
            self.output.truncate(written);
            if self.ended && result == CoderResult::InputEmpty && written == 0 {
                return Ok(0);
            }
        }
        let rest = self.output.get(self.given..).unwrap_or_default();
        let count = rest.len().min(to.len());
        to.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{UTF_16LE, WINDOWS_1252};

    use super::*;

    fn read(bytes: &[u8], encoding: &'static Encoding) -> String {
        let mut text = String::new();
        Utf8Reader::new(bytes, encoding)
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn every_encoding_reads_as_the_same_text() {
        let utf16: Vec<u8> = "\u{feff}a,ü\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(read(&utf16, UTF_16LE), "a,ü\n");
        assert_eq!(read(b"a,\xFC\n", WINDOWS_1252), "a,ü\n");
        assert_eq!(read("\u{feff}a,ü\n".as_bytes(), UTF_8), "a,ü\n");
        assert_eq!(read(b"", UTF_16LE), "");
        let long = "ü€".repeat(200_000);
        let bytes: Vec<u8> = long.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&bytes, UTF_16LE), long);
    }
}
