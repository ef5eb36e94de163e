//! Which records a model learns from, where there are more than it can take.

use chrono::{DateTime, TimeDelta, Utc};

use super::account::customers;
use crate::{StoreError, TenantTx, history::Which, models::ModelKind};

/// The records that a model learns from.
#[derive(Debug, Clone, Copy)]
pub struct Lessons {
    /// Which they are.
    pub which: Which<'static>,
    /// How many more there are.
    pub left_out: u64,
}

impl TenantTx {
    /// At most `most` records to learn from: the latest deals that closed, or leads that came, since a moment; of the
    /// accounts that are or were customers a sample, because customers do not end. It is drawn by their ids and so is the same
    /// each time. Fewer deals and leads where many ended in the same moment as the last of them.
    pub async fn lessons(
        &mut self,
        kind: ModelKind,
        since: DateTime<Utc>,
        most: u32,
    ) -> Result<Lessons, StoreError> {
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
            ModelKind::Churn => return self.customers_to_learn_from(most).await,
        };
        let edge: Option<DateTime<Utc>> = sqlx::query_scalar(edge)
            .bind(since)
            .bind(i64::from(most))
            .fetch_optional(self.conn())
            .await?;
        let (since, left_out) = match edge {
            None => (since, 0),
            Some(edge) => {
                let older: i64 = sqlx::query_scalar(older)
                    .bind(since)
                    .bind(edge)
                    .fetch_one(self.conn())
                    .await?;
                (edge + TimeDelta::microseconds(1), older)
            }
        };
        Ok(Lessons {
            which: match kind {
                // A lead that nobody converted in time has ended too, whatever its status says.
                ModelKind::Lead => Which::Came { since },
                ModelKind::Win | ModelKind::Churn => Which::Closed { since },
            },
            left_out: u64::try_from(left_out).unwrap_or_default(),
        })
    }

    async fn customers_to_learn_from(&mut self, most: u32) -> Result<Lessons, StoreError> {
        let drawn: Option<(i64, i64)> = sqlx::query_as(customers!(
            "WITH drawn AS (SELECT hashtextextended(id::text, 0) AS place FROM accounts WHERE deleted_at IS NULL AND ",
            "), edge AS (SELECT place FROM drawn ORDER BY place OFFSET $1 LIMIT 1) \
             SELECT edge.place, (SELECT count(*) FROM drawn WHERE drawn.place >= edge.place) FROM edge"
        ))
            .bind(i64::from(most))
            .fetch_optional(self.conn())
            .await?;
        let (below, left_out) = drawn.unwrap_or((i64::MAX, 0));
        Ok(Lessons {
            which: Which::Drawn { below },
            left_out: u64::try_from(left_out).unwrap_or_default(),
        })
    }
}
