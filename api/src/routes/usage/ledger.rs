//! `GET /v1/usage/ledger`.

use axum::Json;
use chrono::{DateTime, Utc};
use crm_store::usage::LedgerEntry;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, PageQuery},
    },
    money::Money,
};

/// One movement of money between two accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct LedgerEntryView {
    /// The entry.
    id: Uuid,
    /// The attempt to call a model that it belongs to.
    attempt_id: Uuid,
    /// The run, if there was one.
    run_id: Option<Uuid>,
    /// The agent.
    #[schema(example = "answer")]
    agent: String,
    /// `hold`, `settle`, `release` or `overrun`.
    #[schema(example = "settle")]
    kind: String,
    /// The account that gave.
    from_account: String,
    /// The account that took.
    to_account: String,
    /// How much.
    amount: Money,
    /// The provider.
    provider: String,
    /// The model.
    model: String,
    /// Tokens read.
    input_tokens: i64,
    /// Tokens written.
    output_tokens: i64,
    /// Tokens read that the provider had in its cache.
    cached_input_tokens: i64,
    /// Whether the provider did not report usage, so that it was counted here.
    estimated: bool,
    /// When it was written.
    created_at: DateTime<Utc>,
}

impl From<LedgerEntry> for LedgerEntryView {
    fn from(entry: LedgerEntry) -> Self {
        Self {
            id: entry.id,
            attempt_id: entry.attempt_id.uuid(),
            run_id: entry.run_id.map(crm_store::ids::RunId::uuid),
            agent: entry.agent,
            kind: entry.kind,
            from_account: entry.from_account,
            to_account: entry.to_account,
            amount: entry.amount_nano.into(),
            provider: entry.provider,
            model: entry.model,
            input_tokens: entry.input_tokens,
            output_tokens: entry.output_tokens,
            cached_input_tokens: entry.cached_input_tokens,
            estimated: entry.estimated,
            created_at: entry.created_at,
        }
    }
}

/// List the ledger, newest entry first
#[utoipa::path(
    get,
    path = "/v1/usage/ledger",
    operation_id = "list_ledger",
    tag = "usage",
    params(PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<LedgerEntryView>),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadUsage>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<LedgerEntryView>>, Problem> {
    let wanted = query.wanted::<Uuid>()?;
    let mut tx = caller.store().begin().await?;
    let entries = tx.usage().entries(wanted.after, wanted.rows()).await?;
    Ok(Json(Page::cut(entries, &wanted, |entry| entry.id)))
}
