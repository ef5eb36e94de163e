//! `POST /v1/articles`: a new draft, published at once when asked.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use crm_store::{
    TenantTx,
    articles::{Article, Audience, NewArticle},
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
        body::Json,
        idempotency::{Entered, Once},
    },
};

/// The fields of a new article.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateArticle {
    /// Its id in your own system, unique in the organisation.
    #[schema(example = "kb-0042", max_length = 200)]
    external_id: Option<String>,
    /// The title.
    #[schema(example = "How to reset a password", min_length = 1, max_length = 300)]
    title: String,
    /// The text, in Markdown; at most 2,000,000 bytes.
    #[schema(example = "Open **Settings**, then *Security*. The link is valid for 30 minutes.")]
    body: String,
    /// ISO 639 code.
    #[serde(default = "english")]
    #[schema(example = "en", default = "en")]
    language: String,
    /// `public` (also for visitors) or `internal`.
    #[serde(default = "public")]
    #[schema(value_type = String, example = "public", default = "public")]
    audience: Audience,
    /// The member who looks after it.
    owner_id: Option<Uuid>,
    /// Whether to publish it at once.
    #[serde(default)]
    publish: bool,
}

fn english() -> String {
    "en".to_owned()
}

fn public() -> Audience {
    Audience::Public
}

/// Make an article
///
/// It is a draft until it is published; only published articles are retrieved and cited.
#[utoipa::path(
    post,
    path = "/v1/articles",
    operation_id = "create_article",
    tag = "articles",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = CreateArticle,
    responses(
        (status = 201, description = "The article", body = ArticleSummary, headers(("ETag" = String), ("Location" = String))),
        (status = 409, description = "The external_id is taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::WriteArticles>,
    once: Once,
    body: Json<CreateArticle>,
) -> Result<Response, Problem> {
    let new = body.value;
    let mut tx = caller.store().begin().await?;
    let article = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let article = make(&mut tx, new).await?;
            once.done(&mut tx, 201, Some(article.id.uuid())).await?;
            article
        }
        Entered::Before { resource, .. } => {
            let id = resource.ok_or_else(|| Problem::not_found("article"))?;
            tx.articles()
                .get(id.into())
                .await?
                .ok_or_else(|| Problem::not_found("article"))?
        }
    };
    tx.commit().await?;
    let location = HeaderValue::from_str(&format!("/v1/articles/{}", article.id));
    let mut response = ArticleSummary::from(article).respond(StatusCode::CREATED);
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn make(tx: &mut TenantTx, new: CreateArticle) -> Result<Article, Problem> {
    let publish = new.publish;
    let article = tx
        .articles()
        .create(&NewArticle {
            external_id: new.external_id,
            title: new.title,
            body: new.body,
            language: new.language,
            audience: new.audience,
            owner_id: new.owner_id.map(UserId::from),
        })
        .await?;
    Ok(if publish {
        tx.articles().publish(article.id, None).await?
    } else {
        article
    })
}
