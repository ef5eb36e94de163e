//! The durable log of a run: written in memory at once, stored in batches,
//! read by cursor from either.
//!
//! Nobody who writes waits for the store or for a reader. Every event has its
//! own number; only one process at a time appends to a run. A log that was lost
//! with its process goes on above [`GAP`], so numbers only grow.

mod flush;
mod hub;
mod live;
mod read;
mod rows;

pub(crate) use flush::Flusher;
pub(crate) use hub::Hub;
pub(crate) use live::{Closed, LiveLog, Logs};
pub use read::EventReader;
pub(crate) use rows::{events_of, row_of};

/// More events than a run may have, so more than can be lost unstored: the first
/// event after a crash has a number this far above the last stored one.
pub const GAP: u64 = 1 << 20;
