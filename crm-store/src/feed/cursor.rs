//! How far a reader of the feed has come.
//!
//! Numbers of rows cannot say it: a transaction that took its number first may commit last, and a reader that went on
//! by numbers would pass its events by. So a place in the feed is a *snapshot* of Postgres: which transactions had
//! ended when it was taken. What a later snapshot shows and this one did not is new, each event once, and nobody waits
//! for a transaction that is still open. Inside what one snapshot added, events go by transaction and number.

use std::{fmt, str::FromStr};

use crate::StoreError;

/// More transactions than any server runs at a time.
const MOST_OPEN: usize = 10_000;

/// Which transactions had ended: those below `next` that are not among `open`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// All below had ended.
    pub(super) oldest: i64,
    /// None from here on had begun.
    pub(super) next: i64,
    /// Those in between that had not ended.
    pub(super) open: Vec<i64>,
}

/// A place in the feed. Opaque to clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedCursor {
    /// Everything that this shows was read.
    pub(super) read: Snapshot,
    /// And of what a later snapshot added, everything up to an event.
    pub(super) part: Option<Part>,
}

/// How far the additions of a snapshot were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) of: Snapshot,
    pub(super) xid: i64,
    pub(super) seq: i64,
}

impl Snapshot {
    /// Whether something that was new to this snapshot may be among what was pruned up to `floor`. What is still open
    /// was not pruned.
    pub(super) fn missed(&self, floor: i64, now: &Self) -> bool {
        let ended = |xid: &i64| !now.open.contains(xid);
        floor >= self.next || self.open.iter().any(|xid| *xid <= floor && ended(xid))
    }
}

impl FeedCursor {
    /// Behind everything that the snapshot shows.
    pub(super) const fn after(read: Snapshot) -> Self {
        Self { read, part: None }
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.oldest, self.next)?;
        for (n, open) in self.open.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            write!(f, "{comma}{open}")?;
        }
        Ok(())
    }
}

/// Reads what Postgres prints.
impl FromStr for Snapshot {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let mut parts = text.split(':');
            let (oldest, next, open) = (number(parts.next()?)?, number(parts.next()?)?, parts.next()?);
            let open: Option<Vec<i64>> = match open {
                "" => Some(Vec::new()),
                open => open.split(',').map(number).collect(),
            };
            let open = open.filter(|open| open.len() <= MOST_OPEN)?;
            let fits = oldest <= next && open.iter().all(|xid| (oldest..next).contains(xid));
            (fits && parts.next().is_none()).then_some(Self { oldest, next, open })
        };
        parse().ok_or_else(not_ours)
    }
}

impl fmt::Display for FeedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.read)?;
        match &self.part {
            Some(part) => write!(f, "~{}~{}~{}", part.of, part.xid, part.seq),
            None => Ok(()),
        }
    }
}

impl FromStr for FeedCursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.trim().split('~');
        let read = parts.next().unwrap_or_default().parse()?;
        let part = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (None, ..) => None,
            (Some(of), Some(xid), Some(seq), None) => Some(Part {
                of: of.parse()?,
                xid: number(xid).ok_or_else(not_ours)?,
                seq: number(seq).ok_or_else(not_ours)?,
            }),
            _ => return Err(not_ours()),
        };
        Ok(Self { read, part })
    }
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number| *number >= 0)
}

fn not_ours() -> StoreError {
    StoreError::invalid("Last-Event-ID", "must be the id of an event of this feed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_it_was_written() {
        for text in ["730:730:", "730:738:731,735", "730:738:731~731:740:733~734~12"] {
            assert_eq!(text.parse::<FeedCursor>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_was_pruned_is_missed_by_those_who_had_not_seen_it() {
        let snapshot = |text: &str| text.parse::<Snapshot>().unwrap();
        let (reader, now) = (snapshot("10:20:10,15"), snapshot("15:40:15"));
        assert!(!reader.missed(9, &now), "all of it was seen");
        assert!(reader.missed(12, &now), "10 has ended since and may be among it");
        assert!(reader.missed(20, &now), "what began later was not seen");
        let later = snapshot("15:30:15");
        assert!(
            !later.missed(29, &now),
            "15 is still open, so nothing of it was pruned"
        );
    }

    #[test]
    fn nonsense_is_not_a_place() {
        for text in [
            "",
            "7",
            "1:2",
            "1:2:3:4",
            "2:1:",
            "1:5:9",
            "-1:5:",
            "1:5:~",
            "1:5:~1:6:~1",
            "1:5:~1:6:~1~2~3",
            "a:b:",
            "1:99999999999999999999:",
        ] {
            assert!(text.parse::<FeedCursor>().is_err(), "{text}");
        }
    }
}
