//! What retrieval is asked and what it answers.

use crm_store::ids::{ArticleId, ArticleVersionId};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::records::{RecordHit, RecordQuery};
use crate::{Embedder, RagError};

/// A question to the published articles; [`RecordQuery`] is one to records.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The words of the question.
    pub text: String,
    /// How many passages at the most.
    pub limit: usize,
    /// Only passages in this language (ISO 639-1); any when `None`.
    pub language: Option<String>,
}

/// A passage of a stored article, read from Postgres as the asking actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// The article.
    pub article_id: ArticleId,
    /// The tenant's own id of the article.
    pub external_id: Option<String>,
    /// The version that was read.
    pub version_id: ArticleVersionId,
    /// The version's number, from 1.
    pub version: i32,
    /// The title in that version.
    pub title: String,
    /// Headings above the passage, outermost first.
    pub headings: Vec<String>,
    /// ISO 639-1 code.
    pub language: String,
    /// Where it starts in the body, in UTF-8 bytes.
    pub start: usize,
    /// Where it ends, exclusive, in UTF-8 bytes.
    pub end: usize,
    /// The text: exactly `body[start..end]`.
    pub text: String,
    /// The fused score that ranks it, 0..1.
    pub score: f32,
    /// Calibrated probability that the passage is about the question, 0..1.
    pub relevance: f32,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Retrieved {
    /// The passages, best first.
    pub passages: Vec<Passage>,
    /// Whether the best passage passes the calibrated threshold: when it does
    /// not, the honest answer is that nothing was found.
    pub confident: bool,
    /// The weight of the dense half in the fusion, 0..1, and why, for people.
    pub fusion: String,
}

/// Finds passages and records for one tenant as one actor; both were fixed when this was opened.
pub trait Retriever: Send + Sync {
    /// Finds the passages that fit `query` best.
    fn retrieve<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Retrieved, RagError>>;

    /// Finds the records that are most like what `query` names, best first. What the actor may not see is neither
    /// found nor quoted; visitors are refused.
    fn similar<'a>(&'a self, query: &'a RecordQuery) -> BoxFuture<'a, Result<Vec<RecordHit>, RagError>>;

    /// The model that it compares meanings with, if it has one.
    fn embedder(&self) -> Option<&dyn Embedder> {
        None
    }
}
