//! External ids that a file has more than once.
//!
//! The last row with an id counts, so that the same file read twice leaves the same state and writes nothing the second
//! time. To know the last one, the file is read once before; memory stays bounded: a Bloom filter tells the ids that
//! may repeat, and only those are kept.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, Hasher as _, RandomState},
};

use anyhow::bail;

/// Bits of the filter: with a million ids one in ten thousand is kept without need, with ten million one in five.
const BITS: u64 = 1 << 26;
const HASHES: u64 = 4;
/// The most ids that are kept; more repeats than that are no file of records.
const MOST: usize = 2_000_000;

/// The last lines of ids that repeat.
#[derive(Debug)]
pub(crate) struct Repeats {
    filter: Vec<u64>,
    state: RandomState,
    last: HashMap<u64, u64>,
}

impl Repeats {
    pub(crate) fn new() -> Self {
        Self {
            filter: vec![0; usize::try_from(BITS / 64).unwrap_or(0)],
            state: RandomState::new(),
            last: HashMap::new(),
        }
    }

    /// Notes that a line has an id.
    pub(crate) fn note(&mut self, id: &str, line: u64) -> anyhow::Result<()> {
        let hash = self.hash(id);
        let step = (hash >> 32) | 1;
        let mut seen = true;
        for round in 0..HASHES {
            let bit = hash.wrapping_add(round.wrapping_mul(step)) % BITS;
            let place = usize::try_from(bit / 64).unwrap_or(0);
            let Some(word) = self.filter.get_mut(place) else {
                continue;
            };
            seen &= *word & (1 << (bit % 64)) != 0;
            *word |= 1 << (bit % 64);
        }
        if seen {
            if self.last.len() >= MOST {
                bail!(
                    "more than {MOST} rows repeat an external id: is this the column that tells records apart?"
                );
            }
            self.last.insert(hash, line);
        }
        Ok(())
    }

    /// The filter is not needed once the whole file was read.
    pub(crate) fn finish(mut self) -> Self {
        self.filter = Vec::new();
        self
    }

    /// The later line that replaces this one, if there is one.
    pub(crate) fn replaced_by(&self, id: &str, line: u64) -> Option<u64> {
        if self.last.is_empty() {
            return None;
        }
        self.last.get(&self.hash(id)).copied().filter(|last| *last > line)
    }

    fn hash(&self, id: &str) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write(id.as_bytes());
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_with_an_id_replaces_the_earlier_ones() {
        let mut repeats = Repeats::new();
        for (line, id) in [(2, "a"), (3, "b"), (4, "a"), (5, "c"), (6, "a")] {
            repeats.note(id, line).unwrap();
        }
        let repeats = repeats.finish();
        let replaced: Vec<_> = [(2, "a"), (3, "b"), (4, "a"), (5, "c"), (6, "a")]
            .map(|(line, id)| repeats.replaced_by(id, line))
            .to_vec();
        assert_eq!(replaced, [Some(6), None, Some(6), None, None]);
    }
}
