//! `POST /v1/knowledge/search`.

use axum::{Json as JsonBody, extract::State};
use crm_rag::{Passage, Query, Retriever};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
    },
    metrics,
    state::AppState,
};

/// A longer text is a document, not a question.
const MAX_QUERY_CHARS: usize = 8_000;
/// The most passages of one search.
const MAX_LIMIT: usize = 50;

/// What to look for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// The question, in any language.
    #[schema(
        example = "How long is a password reset link valid?",
        min_length = 1,
        max_length = 8000
    )]
    query: String,
    /// How many passages at the most, 1 to 50.
    #[serde(default = "five")]
    #[schema(default = 5, minimum = 1, maximum = 50)]
    limit: usize,
    /// Only passages in this language (ISO 639-1).
    language: Option<String>,
}

const fn five() -> usize {
    5
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResponse {
    /// The passages, best first.
    data: Vec<PassageView>,
    /// Whether the best one passes the calibrated threshold: when not, the honest answer is that nothing was found.
    #[schema(example = true)]
    confident: bool,
    /// How dense and lexical search were weighed, for people.
    fusion: String,
}

/// A passage of a published article.
#[derive(Debug, Serialize, ToSchema)]
pub struct PassageView {
    /// The article.
    article_id: Uuid,
    /// Its id in your own system.
    external_id: Option<String>,
    /// The version that was read.
    version_id: Uuid,
    /// Its number.
    version: i32,
    /// The title in that version.
    title: String,
    /// Headings above the passage, outermost first.
    headings: Vec<String>,
    /// ISO 639-1 code.
    language: String,
    /// Where it starts in the version's text, in UTF-8 bytes.
    start: usize,
    /// Where it ends, exclusive.
    end: usize,
    /// The text.
    text: String,
    /// The fused score that ranks it, 0 to 1.
    score: f32,
    /// Calibrated probability that it is about the question, 0 to 1.
    relevance: f32,
}

impl From<Passage> for PassageView {
    fn from(passage: Passage) -> Self {
        Self {
            article_id: passage.article_id.uuid(),
            external_id: passage.external_id,
            version_id: passage.version_id.uuid(),
            version: passage.version,
            title: passage.title,
            headings: passage.headings,
            language: passage.language,
            start: passage.start,
            end: passage.end,
            text: passage.text,
            score: passage.score,
            relevance: passage.relevance,
        }
    }
}

/// Find passages in the knowledge base
#[utoipa::path(
    post,
    path = "/v1/knowledge/search",
    operation_id = "search_knowledge",
    tag = "knowledge",
    request_body = SearchRequest,
    responses(
        (status = 200, description = "What was found", body = SearchResponse),
        (status = 400, description = "The body cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::Search>,
    body: Json<SearchRequest>,
) -> Result<JsonBody<SearchResponse>, Problem> {
    let SearchRequest {
        query,
        limit,
        language,
    } = body.value;
    let text = query.trim().to_owned();
    let chars = text.chars().count();
    if chars == 0 {
        return Err(Problem::field("/query", "must not be empty"));
    }
    if chars > MAX_QUERY_CHARS {
        return Err(Problem::field(
            "/query",
            format!("has {chars} characters; at most {MAX_QUERY_CHARS} are allowed"),
        ));
    }
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::field(
            "/limit",
            format!("must be between 1 and {MAX_LIMIT}"),
        ));
    }
    let retriever = state.services.knowledge.retriever(caller.store().clone());
    let found = retriever
        .retrieve(&Query {
            text,
            limit,
            language,
        })
        .await?;
    metrics::search(found.confident);
    Ok(JsonBody(SearchResponse {
        data: found.passages.into_iter().map(PassageView::from).collect(),
        confident: found.confident,
        fusion: found.fusion,
    }))
}
