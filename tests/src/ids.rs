//! Ids that are the same each time.
//!
//! At which moments a record is looked at to learn of it depends on its id, so that what a model reaches on the few records
//! of a test would else depend on the clock.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// The next id of this process: in the order of making, as those of the store are, and spread as though drawn at random.
///
/// Each test has a process of its own, and with it the same ids in each run.
pub fn next() -> Uuid {
    let nth = NEXT.fetch_add(1, Ordering::Relaxed);
    // The last step of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): each bit of the number moves each bit of the result.
    let mut spread = nth.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    spread = (spread ^ (spread >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    spread = (spread ^ (spread >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    spread ^= spread >> 31;
    uuid::Builder::from_unix_timestamp_millis(1_700_000_000_000 + nth, &{
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&spread.to_be_bytes());
        bytes
    })
    .into_uuid()
}
