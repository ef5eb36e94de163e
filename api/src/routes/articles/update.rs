//! `PATCH /v1/articles/{id}`: changes the draft, never a published text.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use crm_store::{
    articles::{ArticlePatch, Audience},
    ids::UserId,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ArticleSummary;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path, present},
        etag,
    },
};

/// The fields to change; what is left out stays. `null` empties a field that may be empty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "left out, emptied and set are three things")]
pub struct UpdateArticle {
    /// Its id in your own system.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "kb-0042")]
    external_id: Option<Option<String>>,
    /// The title.
    title: Option<String>,
    /// The text, in Markdown.
    body: Option<String>,
    /// ISO 639 code.
    language: Option<String>,
    /// `public` or `internal`.
    #[schema(value_type = Option<String>, example = "internal")]
    audience: Option<Audience>,
    /// The member who looks after it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    owner_id: Option<Option<Uuid>>,
}

/// Change an article
///
/// Title, text, language and audience go to a draft: publish it to let readers have them.
#[utoipa::path(
    patch,
    path = "/v1/articles/{id}",
    operation_id = "update_article",
    tag = "articles",
    params(
        ("id" = Uuid, Path, description = "The article"),
        ("If-Match" = String, Header, description = "The ETag of the article as you have read it"),
    ),
    request_body = UpdateArticle,
    responses(
        (status = 200, description = "The article", body = ArticleSummary, headers(("ETag" = String))),
        (status = 404, description = "No such article", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteArticles>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Json<UpdateArticle>,
) -> Result<Response, Problem> {
    let expected = etag::if_match(&headers)?;
    let change = body.value;
    let patch = ArticlePatch {
        external_id: change.external_id,
        title: change.title,
        body: change.body,
        language: change.language,
        audience: change.audience,
        owner_id: change.owner_id.map(|owner| owner.map(UserId::from)),
    };
    let mut tx = caller.store().begin().await?;
    let article = tx.articles().update(id.into(), &patch, Some(expected)).await?;
    tx.commit().await?;
    Ok(ArticleSummary::from(article).respond(StatusCode::OK))
}
