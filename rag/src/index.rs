//! The vector index: two engines behind one trait, and one way into them.

mod edge;
mod filter;
mod qdrant;
mod scoped;
mod vector;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::RagError;

pub use edge::{EdgeConfig, EdgeIndex};
pub use filter::Wanted;
pub use qdrant::{QdrantConfig, QdrantIndex};
pub use scoped::{Scoped, TenantIndex};
pub use vector::Sparse;

/// What is kept beside a passage's vectors. Its text is not: Postgres has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// What the document is: `article`, or the name of a record's object.
    pub kind: String,
    /// The document.
    pub document: Uuid,
    /// The version that was indexed.
    pub version: Uuid,
    /// The hash of that version's text.
    pub content_hash: String,
    /// Model and chunker that made the vectors.
    pub fingerprint: String,
    /// ISO 639-1 code.
    pub language: String,
    /// `public` or `internal`.
    pub audience: String,
    /// First byte in the body.
    pub start: usize,
    /// One past the last byte in the body.
    pub end: usize,
    /// Headings above the passage.
    pub headings: Vec<String>,
    /// The fields of a record that the passage says something of; none of an article.
    #[serde(default)]
    pub fields: Vec<String>,
    /// How many passages the document has in all, so that a half-written one shows.
    pub passages: usize,
}

/// A passage on its way into the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The point's id: the same passage of the same version has the same.
    pub id: Uuid,
    /// The embedding, of length one.
    pub dense: Vec<f32>,
    /// The BM25 weights of its terms.
    pub text: Sparse,
    /// What is kept beside them.
    pub payload: Payload,
}

/// A question in both forms.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The embedding, of length one.
    pub dense: Vec<f32>,
    /// The weighted terms; without any, only the embedding is searched.
    pub text: Sparse,
    /// How many nearest passages of each form.
    pub candidates: usize,
}

/// A passage near a question, with its vectors, so that both scores can be had for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The point's id.
    pub id: Uuid,
    /// The embedding.
    pub dense: Vec<f32>,
    /// The BM25 weights.
    pub text: Sparse,
    /// What is kept beside them.
    pub payload: Payload,
}

/// A page of a listing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// The points' ids and payloads, by id.
    pub points: Vec<(Uuid, Payload)>,
    /// Where the next page begins, if there is one.
    pub next: Option<Uuid>,
}

/// An engine that keeps vectors.
///
/// Every call carries its scope, which only [`TenantIndex`] can make; an engine adds
/// nothing to it and takes nothing away. A write is durable when it returns. What an
/// engine does not do: rank two forms into one, or decide what an actor may see.
pub trait VectorIndex: Send + Sync + std::fmt::Debug {
    /// Writes points, replacing those with the same ids.
    fn upsert(&self, points: Scoped<Vec<Point>>) -> BoxFuture<'_, Result<(), RagError>>;

    /// The points nearest to the question in either form, each once, in no order.
    fn search(&self, search: Scoped<Search>) -> BoxFuture<'_, Result<Vec<Candidate>, RagError>>;

    /// Lists the scope's points by id, from `from` on.
    fn scroll(&self, from: Scoped<Option<Uuid>>, limit: usize) -> BoxFuture<'_, Result<Page, RagError>>;

    /// Deletes every point of the scope.
    fn delete(&self, scope: Scoped<()>) -> BoxFuture<'_, Result<(), RagError>>;

    /// Counts the scope's points.
    fn count(&self, scope: Scoped<()>) -> BoxFuture<'_, Result<usize, RagError>>;

    /// Merges segments and builds graphs. Slow; searches go on meanwhile.
    fn optimize(&self) -> BoxFuture<'_, Result<(), RagError>>;

    /// Whether the engine was found empty, damaged or made by another version, model or chunker, and nobody has said
    /// since that every tenant was reconciled ([`Self::filled`]). An engine that a service fills all the time never is.
    fn is_fresh(&self) -> bool {
        false
    }

    /// Says that every tenant was reconciled.
    fn filled(&self) -> Result<(), RagError> {
        Ok(())
    }

    /// Whether the engine answers, and what it calls itself.
    fn check(&self) -> BoxFuture<'_, Result<String, RagError>>;

    /// Points of all tenants, for the health page.
    fn total(&self) -> BoxFuture<'_, Result<usize, RagError>>;
}
