//! `GET /v1/articles`.

use axum::Json;
use crm_store::{
    articles::{ArticleFilter, ArticleStatus, Audience},
    ids::UserId,
};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::ArticleSummary;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, Wanted},
    },
};

/// Which articles.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListArticles {
    /// `draft`, `published` or `withdrawn`.
    #[param(value_type = Option<String>)]
    status: Option<ArticleStatus>,
    /// `public` or `internal`.
    #[param(value_type = Option<String>)]
    audience: Option<Audience>,
    /// ISO 639 code.
    language: Option<String>,
    /// The member who looks after it.
    owner_id: Option<Uuid>,
    /// Words in the title.
    q: Option<String>,
    /// Records on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List articles, those changed last first
#[utoipa::path(
    get,
    path = "/v1/articles",
    operation_id = "list_articles",
    tag = "articles",
    params(ListArticles),
    responses(
        (status = 200, description = "A page", body = Page<ArticleSummary>),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadArticles>,
    Query(query): Query<ListArticles>,
) -> Result<Json<Page<ArticleSummary>>, Problem> {
    let wanted = Wanted::new(query.limit, query.cursor.as_deref())?;
    let filter = ArticleFilter {
        status: query.status,
        audience: query.audience,
        language: query.language,
        owner_id: query.owner_id.map(UserId::from),
        title_contains: query.q.filter(|words| !words.is_empty()),
    };
    let mut tx = caller.store().begin().await?;
    let page = tx
        .articles()
        .list(&filter, wanted.after, wanted.limit.into())
        .await?;
    Ok(Json(Page::of(page)))
}
