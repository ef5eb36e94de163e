//! Files of other systems, row by row, as records.
//!
//! [`scan`] reads a file once for its hash and its encoding, [`rows`] gives its rows one at a time, a [`plan`] says which
//! column fills which field, and [`drive`] hands them to the store in batches. Memory is bounded whatever the size of
//! the file: one batch is written while the next one is read.

/// Where uploads wait, below the data folder.
pub(crate) const UPLOADS: &str = "uploads";

mod convert;
mod csv;
mod dates;
pub(crate) mod drive;
mod fill;
mod history;
mod jsonl;
pub(crate) mod mapping;
mod names;
pub(crate) mod plan;
mod read;
mod rejects;
mod repeats;
mod rows;
mod scan;
pub(crate) mod subject;
pub(crate) mod table;
mod text;
