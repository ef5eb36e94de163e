//! `PUT /v1/pipeline/vocabulary`.

use axum::{http::HeaderMap, response::Response};
use crm_store::StoreError;
use crm_tools::semantic::check_vocabulary;
use serde_json::Value;

use super::VocabularyView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        etag,
    },
};

/// Replace the vocabulary
///
/// Gives the entities of questions words of your own, dimensions of your custom fields, and measures that count fewer
/// records than one that is there. Nothing that is there can be changed or taken away. `{}` takes the vocabulary away.
#[utoipa::path(
    put,
    path = "/v1/pipeline/vocabulary",
    operation_id = "set_vocabulary",
    tag = "pipeline",
    params(("If-Match" = String, Header, description = "The ETag of the vocabulary, or of the settings, as it was read")),
    request_body(content = Object, description = "By entity: `synonyms`, `dimensions`, `measures`; docs/pipeline.md has an example"),
    responses(
        (status = 200, description = "The vocabulary", body = VocabularyView, headers(("ETag" = String))),
        (status = 403, description = "For those who administer settings", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The settings have changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Entries that cannot be used; the errors say what would be right", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageSettings>,
    headers: HeaderMap,
    body: Json<Value>,
) -> Result<Response, Problem> {
    let expected = etag::if_match(&headers)?;
    let mut tx = caller.store().begin().await?;
    tx.access().await?.require_area("settings")?;
    check_vocabulary(&mut tx, &body.value).await?;
    let version = match tx.set_vocabulary(&body.value, expected).await {
        Err(StoreError::Invalid { message, .. }) => return Err(Problem::field("", message)),
        set => set?,
    };
    let kept = tx.vocabulary().await?;
    tx.commit().await?;
    Ok(VocabularyView::respond(kept, Vec::new(), version))
}
