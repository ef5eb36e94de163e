//! Which records are the latest, where there are more than a model learns from.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{StoreError, TenantTx, models::ModelKind};

/// The latest records of a kind, up to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latest {
    /// From this moment on they ended, or came.
    pub since: DateTime<Utc>,
    /// How many older ones there are.
    pub left_out: u64,
}

impl TenantTx {
    /// The latest `most` deals that closed, or leads that came, since a moment. Fewer where many ended in the
    /// same moment as the last of them.
    pub async fn latest_records(
        &mut self,
        kind: ModelKind,
        since: DateTime<Utc>,
        most: u32,
    ) -> Result<Latest, StoreError> {
        let (edge, older) = match kind {
            ModelKind::Win => (
                "SELECT closed_at FROM opportunities WHERE deleted_at IS NULL AND closed_at >= $1 \
                 ORDER BY closed_at DESC OFFSET $2 LIMIT 1",
                "SELECT count(*) FROM opportunities WHERE deleted_at IS NULL AND closed_at BETWEEN $1 AND $2",
            ),
            ModelKind::Lead => (
                "SELECT created_at FROM leads WHERE deleted_at IS NULL AND created_at >= $1 \
                 ORDER BY created_at DESC OFFSET $2 LIMIT 1",
                "SELECT count(*) FROM leads WHERE deleted_at IS NULL AND created_at BETWEEN $1 AND $2",
            ),
            // Customers do not end: all are looked at.
            ModelKind::Churn => return Ok(Latest { since, left_out: 0 }),
        };
        let edge: Option<DateTime<Utc>> = sqlx::query_scalar(edge)
            .bind(since)
            .bind(i64::from(most))
            .fetch_optional(self.conn())
            .await?;
        let Some(edge) = edge else {
            return Ok(Latest { since, left_out: 0 });
        };
        let older: i64 = sqlx::query_scalar(older)
            .bind(since)
            .bind(edge)
            .fetch_one(self.conn())
            .await?;
        Ok(Latest {
            since: edge + TimeDelta::microseconds(1),
            left_out: u64::try_from(older).unwrap_or_default(),
        })
    }
}
