//! Whether what a model says still holds: whom it speaks of now, and how it did on what ended since.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Place, Scores};
use crate::{StoreError, models::ModelKind};

/// Classes of probability, equally wide.
const CLASSES: usize = 10;

/// How many records a model says what of, in ten classes of probability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    /// On the day when it began.
    pub first: Vec<usize>,
    /// Now.
    pub now: Vec<usize>,
}

impl Scores<'_> {
    /// Of whom a model spoke on its first day and speaks now.
    pub async fn population(&mut self, model: Uuid) -> Result<Population, StoreError> {
        let Place { table, column, .. } = self.place;
        let first = format!(
            "SELECT least(floor(f.probability * 10), 9)::int, count(*) FROM (\
                 SELECT DISTINCT ON ({column}) probability FROM {table} WHERE model_id = $1 AND scored_at < (\
                     SELECT min(scored_at) + interval '1 day' FROM {table} WHERE model_id = $1) \
                 ORDER BY {column}, scored_at, id) f GROUP BY 1"
        );
        let now = format!(
            "SELECT least(floor(probability * 10), 9)::int, count(*) FROM {table} WHERE model_id = $1 AND is_latest GROUP BY 1"
        );
        Ok(Population {
            first: self.classes(first, model).await?,
            now: self.classes(now, model).await?,
        })
    }

    async fn classes(&mut self, sql: String, model: Uuid) -> Result<Vec<usize>, StoreError> {
        let rows: Vec<(i32, i64)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(model)
            .fetch_all(self.tx.conn())
            .await?;
        let mut counts = vec![0; CLASSES];
        for (class, count) in rows {
            let place = usize::try_from(class)
                .ok()
                .and_then(|class| counts.get_mut(class));
            if let Some(place) = place {
                *place = usize::try_from(count).unwrap_or_default();
            }
        }
        Ok(counts)
    }

    /// What a model said first of records that ended since, and how they ended.
    pub async fn ended(&mut self, model: Uuid) -> Result<Vec<(f64, bool)>, StoreError> {
        let sql = match self.kind {
            ModelKind::Win => {
                "SELECT DISTINCT ON (s.opportunity_id) s.probability, o.is_won FROM win_scores s \
                 JOIN opportunities o ON o.tenant_id = s.tenant_id AND o.id = s.opportunity_id \
                 WHERE s.model_id = $1 AND o.is_closed AND o.deleted_at IS NULL AND o.closed_at > s.scored_at \
                 ORDER BY s.opportunity_id, s.scored_at, s.id"
            }
            // Whether they left within the time that the score speaks of, once that is over.
            ModelKind::Churn => {
                "SELECT DISTINCT ON (s.account_id) s.probability, EXISTS (SELECT FROM field_changes c \
                     WHERE c.tenant_id = s.tenant_id AND c.object = 'account' AND c.record_id = s.account_id \
                       AND c.field = 'type' AND c.new = '\"former_customer\"' AND c.effective_at > s.scored_at \
                       AND c.effective_at <= s.scored_at + interval '90 days') \
                   OR EXISTS (SELECT FROM contracts k JOIN field_changes c ON c.tenant_id = k.tenant_id \
                       AND c.object = 'contract' AND c.record_id = k.id AND c.field = 'status' \
                       AND c.new = '\"terminated\"' AND c.effective_at > s.scored_at \
                       AND c.effective_at <= s.scored_at + interval '90 days' \
                     WHERE k.tenant_id = s.tenant_id AND k.account_id = s.account_id AND NOT EXISTS (\
                       SELECT FROM contracts o WHERE o.tenant_id = s.tenant_id AND o.account_id = s.account_id \
                         AND o.status = 'activated' AND o.deleted_at IS NULL)) \
                 FROM account_scores s JOIN accounts a ON a.tenant_id = s.tenant_id AND a.id = s.account_id \
                 WHERE s.model_id = $1 AND s.scored_at < now() - interval '90 days' AND a.deleted_at IS NULL \
                 ORDER BY s.account_id, s.scored_at, s.id"
            }
            ModelKind::Lead => {
                "SELECT DISTINCT ON (s.lead_id) s.probability, l.is_converted FROM lead_scores s \
                 JOIN leads l ON l.tenant_id = s.tenant_id AND l.id = s.lead_id \
                 WHERE s.model_id = $1 AND (l.is_converted OR l.status = 'unqualified') AND l.deleted_at IS NULL \
                 ORDER BY s.lead_id, s.scored_at, s.id"
            }
        };
        Ok(sqlx::query_as(sql).bind(model).fetch_all(self.tx.conn()).await?)
    }
}
