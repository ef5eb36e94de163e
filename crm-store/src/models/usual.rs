//! What is usual, kept for tenants without a model.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::{ModelKind, Models};
use crate::StoreError;

impl Models<'_> {
    /// When it was found out last what is usual with the records of a kind; none if it never was. Only the service may.
    pub async fn usual_made_at(&mut self, kind: ModelKind) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT made_at FROM usual_figures WHERE kind = $1")
                .bind(kind)
                .fetch_optional(self.0.conn())
                .await?,
        )
    }

    /// What was usual then, as it was kept. Only the service may.
    pub async fn usual(&mut self, kind: ModelKind) -> Result<Option<Json>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT figures FROM usual_figures WHERE kind = $1")
                .bind(kind)
                .fetch_optional(self.0.conn())
                .await?,
        )
    }

    /// Keeps what is usual now. Only a job may.
    pub async fn keep_usual(&mut self, kind: ModelKind, figures: &Json) -> Result<(), StoreError> {
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        sqlx::query(
            "INSERT INTO usual_figures (tenant_id, kind, figures, made_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (tenant_id, kind) DO UPDATE SET figures = excluded.figures, made_at = excluded.made_at",
        )
        .bind(tenant)
        .bind(kind)
        .bind(figures)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }
}
