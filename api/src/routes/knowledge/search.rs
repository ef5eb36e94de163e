//! `POST /v1/knowledge/search`.

use axum::{Json as JsonBody, extract::State};
use crm_rag::{Like, Passage, Query, RecordHit, RecordKind, RecordQuery, Retrieved, Retriever};
use crm_store::TenantStore;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody, ProblemKind,
    http::{
        auth::{Allowed, scope, scopes},
        body::Json,
    },
    metrics,
    routes::verbs::SimilarRecord,
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
    /// Where to look: `article` when not given. Records need the scope to read them, and are found as far as your role
    /// may see them.
    #[serde(default = "articles")]
    #[schema(default = json!(["article"]), min_items = 1)]
    kinds: Vec<SearchKind>,
}

/// What can be searched by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// Published articles.
    Article,
    /// Cases.
    Case,
    /// Leads.
    Lead,
    /// Messages of conversations.
    Message,
    /// Opportunities.
    Opportunity,
}

impl SearchKind {
    const fn records(self) -> Option<RecordKind> {
        match self {
            Self::Article => None,
            Self::Case => Some(RecordKind::Case),
            Self::Lead => Some(RecordKind::Lead),
            Self::Message => Some(RecordKind::Message),
            Self::Opportunity => Some(RecordKind::Opportunity),
        }
    }
}

fn articles() -> Vec<SearchKind> {
    vec![SearchKind::Article]
}

const fn five() -> usize {
    5
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResponse {
    /// The passages of articles, best first.
    data: Vec<PassageView>,
    /// The records, best first among all kinds that were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    records: Vec<SimilarRecord>,
    /// Whether the best passage of an article passes the calibrated threshold: when not, the honest answer is that nothing was found.
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
        (status = 403, description = "Records that the key or the role may not read", body = ProblemBody, content_type = "application/problem+json"),
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
        kinds,
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
    if kinds.is_empty() {
        return Err(Problem::field("/kinds", "must name one kind at least"));
    }
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::field(
            "/limit",
            format!("must be between 1 and {MAX_LIMIT}"),
        ));
    }
    let mut wanted: Vec<RecordKind> = kinds.iter().filter_map(|kind| kind.records()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    for kind in &wanted {
        let plural = kind.object().plural;
        if !scope::reaches(&caller.authenticated().scopes, plural, "read") {
            let needed = format!("{plural}:read");
            let detail = format!("this needs a key with the scope {needed} or records:read");
            return Err(Problem::new(ProblemKind::Forbidden, detail).fact("scope", needed));
        }
    }
    let query = Query {
        text,
        limit,
        language,
    };
    let records = records(&state, caller.store(), &wanted, &query).await?;
    let mut found = Retrieved::default();
    if kinds.is_empty() || kinds.contains(&SearchKind::Article) {
        let retriever = state.services.knowledge.retriever(caller.store().clone());
        found = retriever.retrieve(&query).await?;
        metrics::search(found.confident);
    }
    Ok(JsonBody(SearchResponse {
        data: found.passages.into_iter().map(PassageView::from).collect(),
        records: records.into_iter().map(SimilarRecord::from).collect(),
        confident: found.confident,
        fusion: found.fusion,
    }))
}

/// The best records of all these kinds. Their scores are shares of what a perfect match would reach, so they compare.
async fn records(
    state: &AppState,
    store: &TenantStore,
    kinds: &[RecordKind],
    query: &Query,
) -> Result<Vec<RecordHit>, Problem> {
    let retriever = state.services.knowledge.retriever(store.clone());
    let mut found = Vec::new();
    for kind in kinds {
        let query = RecordQuery {
            kind: *kind,
            like: Like::Text(query.text.clone()),
            limit: query.limit,
            settled: false,
            language: query.language.clone(),
        };
        found.extend(retriever.similar(&query).await?);
    }
    found.sort_by(|left, right| right.score.total_cmp(&left.score));
    found.truncate(query.limit);
    Ok(found)
}
