//! Following the feed: one connection of the process listens, readers look for themselves.
//!
//! A notification says only which tenant has news. Each reader then reads as its own actor from its own place, so that
//! nothing is filtered twice and nobody's events wait in memory: between a reader's task and its connection there are
//! at most `WAITING` batches, and a connection that takes none of them for `PATIENCE` is cut. Its client comes back
//! with the place of the last event that it got.

mod hub;
mod reader;

pub use hub::FeedHub;
pub use reader::{Frame, Start, follow};

use std::time::Duration;

/// Batches that wait for a slow connection.
const WAITING: usize = 4;
/// Events of one batch.
const BATCH: i64 = 100;
/// How long a connection may take none.
const PATIENCE: Duration = Duration::from_secs(30);
/// Readers that ask the database at the same time, so that they leave connections to everybody else.
const AT_ONCE: usize = 4;
/// A reader looks no more often than this.
const PACE: Duration = Duration::from_millis(20);
/// Then a reader must come back, and show its credential again.
const LONGEST: Duration = Duration::from_mins(30);
