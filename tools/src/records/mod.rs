//! Tools that read the tenant's records.

mod similar;

pub use similar::{SimilarKind, SimilarRecord, SimilarRecords, SimilarRecordsArgs, SimilarRecordsOutput};
