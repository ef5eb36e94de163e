//! Chunks, vectors and retrieval: from a tenant's articles to cited passages, and to records like another one.
//!
//! Postgres is the truth and the index is derived from it. [`Indexer`] turns published
//! articles into passages, [`TenantRetriever`] finds the passages for a question and
//! reads them again from Postgres as the asking actor: the index proposes, Postgres
//! confirms. Nothing here reads the environment; paths and addresses come in structs.

pub mod chunk;
pub mod embed;
mod error;
pub mod eval;
mod fuse;
pub mod index;
pub mod ingest;
mod knowledge;
pub mod lexical;
pub mod passage;
pub mod records;
mod relevance;
mod retrieve;

pub use chunk::{CHUNKER_VERSION, Chunk, Chunker, TokenCounter};
pub use embed::{
    CachedEmbedder, Embedder, Languages, LocalEmbedder, LocalModel, Precision, RemoteEmbedder, RemoteModel,
};
pub use error::RagError;
pub use index::{EdgeConfig, EdgeIndex, QdrantConfig, QdrantIndex, TenantIndex, VectorIndex, Wanted};
pub use ingest::{Indexer, Outcome, Reconciled, Worked};
pub use knowledge::{Knowledge, fingerprint};
pub use passage::{Passage, Query, Retrieved, Retriever};
pub use records::{Like, RecordCounts, RecordHit, RecordKind, RecordQuery, RecordsReconciled, Repair};
pub use relevance::THRESHOLD as RELEVANT;
pub use retrieve::TenantRetriever;
