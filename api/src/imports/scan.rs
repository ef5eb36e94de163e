//! A first look at a whole file: its hash, and the encoding of its text.

use std::{fs::File, io::Read, path::Path};

use anyhow::{Context as _, bail};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use sha2::{Digest, Sha256};

const BLOCK: usize = 256 * 1024;

/// What a file is.
#[derive(Debug, Clone)]
pub(crate) struct Scanned {
    /// Its SHA-256.
    pub(crate) hash: Vec<u8>,
    /// Its length.
    pub(crate) bytes: u64,
    /// How its text is written.
    pub(crate) encoding: &'static Encoding,
}

/// Counts what tells encodings apart.
#[derive(Default)]
struct Tally {
    /// Zeros at even and at odd places.
    zeros: [u64; 2],
    /// Characters of several bytes that are right in UTF-8, and bytes that are not.
    good: u64,
    bad: u64,
    /// Bytes that Windows-1252 does not define.
    undefined: u64,
    /// The end of the block before, when it was in the middle of a character.
    rest: Vec<u8>,
    place: u64,
    head: Vec<u8>,
}

/// Reads a file once, in bounded memory.
pub(crate) fn scan(path: &Path, named: Option<&str>) -> anyhow::Result<Scanned> {
    let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let (mut hash, mut bytes, mut tally) = (Sha256::new(), 0, Tally::default());
    let mut block = vec![0; BLOCK];
    loop {
        let count = file
            .read(&mut block)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let Some(read) = block.get(..count).filter(|read| !read.is_empty()) else {
            break;
        };
        hash.update(read);
        bytes += count as u64;
        tally.add(read);
    }
    let encoding = match named {
        Some(label) => match Encoding::for_label(label.as_bytes()) {
            Some(encoding) => encoding,
            None => bail!("there is no encoding {label}; utf-8, utf-16le and windows-1252 are some"),
        },
        None => tally
            .encoding()
            .map_err(|reason| anyhow::anyhow!("{}: {reason}", path.display()))?,
    };
    Ok(Scanned {
        hash: hash.finalize().to_vec(),
        bytes,
        encoding,
    })
}

impl Tally {
    fn add(&mut self, block: &[u8]) {
        if self.head.len() < 4 {
            self.head.extend(block.iter().take(4 - self.head.len()));
        }
        for byte in block {
            if *byte == 0 {
                let parity = usize::from(self.place % 2 == 1);
                self.zeros
                    .iter_mut()
                    .skip(parity)
                    .take(1)
                    .for_each(|count| *count += 1);
            }
            if matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D) {
                self.undefined += 1;
            }
            self.place += 1;
        }
        let mut joined = std::mem::take(&mut self.rest);
        joined.extend_from_slice(block);
        let mut left = joined.as_slice();
        loop {
            match std::str::from_utf8(left) {
                Ok(text) => {
                    self.note(text);
                    break;
                }
                Err(error) => {
                    let (valid, wrong) = left.split_at(error.valid_up_to());
                    self.note(std::str::from_utf8(valid).unwrap_or_default());
                    let Some(length) = error.error_len() else {
                        self.rest = wrong.to_vec();
                        break;
                    };
                    self.bad += 1;
                    left = wrong.get(length..).unwrap_or_default();
                }
            }
        }
    }

    fn note(&mut self, text: &str) {
        if !text.is_ascii() {
            self.good += text.chars().filter(|character| !character.is_ascii()).count() as u64;
        }
    }

    fn encoding(&self) -> Result<&'static Encoding, String> {
        if let Some((encoding, _)) = Encoding::for_bom(&self.head) {
            return Ok(encoding);
        }
        if self.head.starts_with(b"PK\x03\x04") {
            return Err("is a spreadsheet or another archive, not text; save it as CSV in UTF-8".to_owned());
        }
        let [even, odd] = self.zeros;
        if even + odd > 0 {
            // Latin text in UTF-16 has a zero in every second byte.
            let mostly = |zeros: u64| zeros * 10 > self.place * 3;
            return match (mostly(even), mostly(odd)) {
                (false, true) => Ok(UTF_16LE),
                (true, false) => Ok(UTF_16BE),
                _ => Err(
                    "has zero bytes, so it is no text in UTF-8 or Windows-1252; save it as UTF-8, or name its \
                     encoding in the mapping (`encoding: utf-16le`)"
                        .to_owned(),
                ),
            };
        }
        let bad = self.bad + u64::from(!self.rest.is_empty());
        // A few broken characters in a file of UTF-8: their rows are refused one by one.
        if bad == 0 || self.good > bad {
            return Ok(UTF_8);
        }
        if self.undefined > 0 {
            return Err(
                "is neither UTF-8 nor Windows-1252; save it as UTF-8, or name its encoding in the mapping \
                 (such as `encoding: shift_jis`)"
                    .to_owned(),
            );
        }
        Ok(WINDOWS_1252)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(blocks: &[&[u8]]) -> Result<&'static str, String> {
        let mut tally = Tally::default();
        for block in blocks {
            tally.add(block);
        }
        tally.encoding().map(Encoding::name)
    }

    #[test]
    fn encodings_are_told_apart_also_across_blocks() {
        assert_eq!(of(&[b"a,b\n"]), Ok("UTF-8"));
        assert_eq!(of(&[b"a,\xC3", b"\xBC\n"]), Ok("UTF-8"));
        assert_eq!(of(&[b"caf\xE9,na\xEFve\n"]), Ok("windows-1252"));
        assert_eq!(
            of(&["ü, ö, ä".as_bytes(), b"\xFF\n"]),
            Ok("UTF-8"),
            "one broken row"
        );
        assert_eq!(of(&[b"\xFF\xFEa\0"]), Ok("UTF-16LE"));
        assert_eq!(of(&[b"a\0,\0b\0\n\0"]), Ok("UTF-16LE"));
        assert_eq!(of(&[b"\0a\0,\0b\0\n"]), Ok("UTF-16BE"));
        assert!(of(&[b"a\0\0\0b,c,d,e,f,g,h"]).unwrap_err().contains("zero bytes"));
        assert!(of(&[b"\x83\x65\x81\x5B"]).unwrap_err().contains("shift_jis"));
        assert!(of(&[b"PK\x03\x04xl"]).unwrap_err().contains("spreadsheet"));
    }
}
