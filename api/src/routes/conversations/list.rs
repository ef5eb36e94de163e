//! `GET /v1/conversations`.

use axum::Json;
use crm_store::conversations::{ConversationFilter, ConversationStatus};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::ConversationView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, Wanted},
    },
};

/// Which conversations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConversationQuery {
    /// `open`, `handed_off` or `closed`.
    #[param(value_type = Option<String>)]
    status: Option<ConversationStatus>,
    /// Only those that this user looks after.
    owner_id: Option<Uuid>,
    /// Only those with this contact.
    contact_id: Option<Uuid>,
    /// Only those with this lead.
    lead_id: Option<Uuid>,
    /// Only those about this case.
    case_id: Option<Uuid>,
    /// Records on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List conversations, those changed last first
#[utoipa::path(
    get,
    path = "/v1/conversations",
    operation_id = "list_conversations",
    tag = "conversations",
    params(ConversationQuery),
    responses(
        (status = 200, description = "A page", body = Page<ConversationView>),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadConversations>,
    Query(query): Query<ConversationQuery>,
) -> Result<Json<Page<ConversationView>>, Problem> {
    let wanted = Wanted::new(query.limit, query.cursor.as_deref())?;
    let filter = ConversationFilter {
        status: query.status,
        owner_id: query.owner_id.map(Into::into),
        contact_id: query.contact_id,
        lead_id: query.lead_id,
        case_id: query.case_id,
    };
    let mut tx = caller.store().begin().await?;
    let page = tx
        .conversations()
        .list(&filter, wanted.after, wanted.limit.into())
        .await?;
    Ok(Json(Page::of(page)))
}
