//! Whether what a model says still holds: whom it speaks of now, and how it did on what ended since.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Place, Scores};
use crate::{
    StoreError,
    history::{GRACE, Which},
    models::ModelKind,
    scores::RISK_DAYS,
};

/// Classes of probability, equally wide.
const CLASSES: usize = 10;

/// The most records, the last to end, by which it is judged how a model did.
const LATEST: i64 = 5_000;
/// Accounts that are read at once.
const PAGE: usize = 500;

impl Scores<'_> {
    /// How many open records a model says what of now, in ten classes of probability: one row read for each that it ever
    /// scored, none of what it said before. What it said last of records that have ended is no part of it: as they pile up,
    /// they would shift it by themselves.
    pub async fn population(&mut self, model: Uuid) -> Result<Vec<usize>, StoreError> {
        let Place { table, column, open } = self.place;
        let records = self.kind.object().table;
        let now = format!(
            "SELECT least(floor(s.probability * 10), 9)::int, count(*) \
             FROM {table} s JOIN {records} r ON r.tenant_id = s.tenant_id AND r.id = s.{column} AND {open} \
             WHERE s.model_id = $1 AND s.is_latest GROUP BY 1"
        );
        self.classes(now, model).await
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

    /// What a model said first of records that ended since, and how they ended: of the latest 5,000 of them. A lead ends when
    /// the time in which it may be converted, `window`, is over.
    pub async fn ended(&mut self, model: Uuid, window: TimeDelta) -> Result<Vec<(f64, bool)>, StoreError> {
        let sql = match self.kind {
            ModelKind::Win => {
                "SELECT s.probability, o.is_won FROM (\
                     SELECT id, is_won, closed_at FROM opportunities WHERE is_closed AND deleted_at IS NULL \
                       AND closed_at >= (SELECT activated_at FROM predictive_models WHERE id = $1) \
                     ORDER BY closed_at DESC LIMIT $2) o \
                 CROSS JOIN LATERAL (SELECT w.probability, w.scored_at FROM win_scores w \
                     WHERE w.opportunity_id = o.id AND w.model_id = $1 ORDER BY w.scored_at, w.id LIMIT 1) s \
                 WHERE s.scored_at < o.closed_at AND $3::interval IS NOT NULL AND $4::timestamptz IS NOT NULL"
            }
            // Those that ended sooner are mostly good: only when the whole time is over it is known of all.
            ModelKind::Lead => {
                "SELECT s.probability, COALESCE(l.converted_at <= s.scored_at + $3, false) FROM (\
                     SELECT id, converted_at FROM leads WHERE deleted_at IS NULL AND created_at <= $4 - $3 \
                       AND (converted_at IS NULL \
                         OR converted_at >= (SELECT activated_at FROM predictive_models WHERE id = $1)) \
                     ORDER BY created_at DESC LIMIT $2) l \
                 CROSS JOIN LATERAL (SELECT w.probability, w.scored_at FROM lead_scores w \
                     WHERE w.lead_id = l.id AND w.model_id = $1 ORDER BY w.scored_at, w.id LIMIT 1) s \
                 WHERE s.scored_at <= $4 - $3"
            }
            ModelKind::Churn => return self.left(model).await,
        };
        let now = self.tx.now();
        Ok(sqlx::query_as(sql)
            .bind(model)
            .bind(LATEST)
            .bind(window)
            .bind(now)
            .fetch_all(self.tx.conn())
            .await?)
    }

    /// Whether customers left within the time that the score speaks of, once that is known of all of them: of those who were
    /// scored first last. It is told as models learn it, [`crate::history::Endings::left`].
    async fn left(&mut self, model: Uuid) -> Result<Vec<(f64, bool)>, StoreError> {
        let (now, risk) = (self.tx.now(), TimeDelta::days(RISK_DAYS));
        let mut said: Vec<(Uuid, f64, DateTime<Utc>)> = sqlx::query_as(
            "SELECT account_id, probability, scored_at FROM (\
                 SELECT DISTINCT ON (s.account_id) s.account_id, s.probability, s.scored_at \
                 FROM account_scores s JOIN accounts a ON a.tenant_id = s.tenant_id AND a.id = s.account_id \
                 WHERE s.model_id = $1 AND s.scored_at < $3 AND a.deleted_at IS NULL \
                 ORDER BY s.account_id, s.scored_at, s.id) first \
             ORDER BY scored_at DESC, account_id DESC LIMIT $2",
        )
        .bind(model)
        .bind(LATEST)
        .bind(now - risk - GRACE)
        .fetch_all(self.tx.conn())
        .await?;
        said.sort_unstable_by_key(|(account, ..)| *account);
        let mut ended = Vec::with_capacity(said.len());
        for page in said.chunks(PAGE) {
            let ids: Vec<Uuid> = page.iter().map(|(account, ..)| *account).collect();
            let most = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            let accounts = self.tx.account_outlines(Which::Ids(&ids), None, most).await?;
            // Both are in the order of ids.
            let mut accounts = accounts.iter().peekable();
            for (id, probability, scored) in page {
                while accounts.next_if(|account| account.id() < *id).is_some() {}
                let Some(account) = accounts.next_if(|account| account.id() == *id) else {
                    continue;
                };
                let left = account.endings(now).left(*scored, risk);
                ended.push((*probability, left.is_some()));
            }
        }
        Ok(ended)
    }
}
