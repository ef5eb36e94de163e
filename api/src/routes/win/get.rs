//! `GET /v1/opportunities/{id}/win`.

use axum::{Json, extract::State};
use crm_tools::win::{Parts, WinCard};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Path,
    },
    state::AppState,
};

/// How likely a deal is won
///
/// The probability with its interval, the reasons up and down (they add up to its log-odds), which change would move it
/// most, past deals that were like it, and proposed next steps; with the model and how well such a probability holds.
/// `state` is `prior` while no model speaks, with the reason in `missing` (such as how many closed deals are needed), and
/// `unscored` before the first score. A reason that rests on records that you may not see is told without saying what it
/// is. Of a closed deal it says how it ended.
#[utoipa::path(
    get,
    path = "/v1/opportunities/{id}/win",
    operation_id = "get_opportunity_win",
    tag = "predictions",
    params(("id" = Uuid, Path, description = "The opportunity")),
    responses(
        (status = 200, description = "The card: see docs/predictions.md", body = WinCard),
        (status = 404, description = "No such opportunity", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ReadRecords>,
    Path(id): Path<Uuid>,
) -> Result<Json<WinCard>, Problem> {
    let store = caller.store();
    let retriever = state.services.knowledge.retriever(store.clone());
    let card = state
        .services
        .advisor
        .card(store, Some(&retriever), id, Parts::ALL)
        .await?;
    card.map(Json).ok_or_else(|| Problem::not_found("opportunity"))
}
