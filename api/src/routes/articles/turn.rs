//! What publishing and withdrawing share: an article turns to readers, or away from them, once.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use crm_store::TenantStore;
use uuid::Uuid;

use super::ArticleSummary;
use crate::{
    Problem,
    http::{
        etag,
        idempotency::{Entered, NO_BODY, Once},
    },
};

/// Where an article turns.
#[derive(Debug, Clone, Copy)]
pub(super) enum Turn {
    /// Readers get its newest version.
    Publish,
    /// Readers get it no more.
    Withdraw,
}

impl Turn {
    /// Turns the article, if it is at the version that `If-Match` names, and answers with what it is now.
    pub(super) async fn take(
        self,
        store: &TenantStore,
        id: Uuid,
        headers: &HeaderMap,
        once: &Once,
    ) -> Result<Response, Problem> {
        let expected = etag::if_match_given(headers)?;
        let mut tx = store.begin().await?;
        let article = match once.enter(&mut tx, &NO_BODY).await? {
            Entered::First => {
                let article = match self {
                    Self::Publish => tx.articles().publish(id.into(), expected).await?,
                    Self::Withdraw => tx.articles().withdraw(id.into(), expected).await?,
                };
                once.done(&mut tx, 200, Some(id)).await?;
                article
            }
            Entered::Before { .. } => tx
                .articles()
                .get(id.into())
                .await?
                .ok_or_else(|| Problem::not_found("article"))?,
        };
        tx.commit().await?;
        Ok(ArticleSummary::from(article).respond(StatusCode::OK))
    }
}
