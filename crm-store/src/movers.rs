//! Open deals whose probability of winning moved most.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{StoreError, TenantTx, scores::ScorePart};

/// An open deal whose probability moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Mover {
    /// The deal.
    pub opportunity: Uuid,
    /// What was said then: the last score before the time looked at, or the deal's first.
    pub before: Said,
    /// What is said now.
    pub now: Said,
    /// Why it was scored last, and what moved.
    pub cause: Json,
}

/// What was said of a deal at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The model; none where the prior spoke.
    pub model: Option<Uuid>,
    /// The probability.
    pub probability: f64,
    /// Its log-odds.
    pub log_odds: f64,
    /// The parts that add up to them.
    pub terms: Vec<ScorePart>,
    /// What was known then is what it rests on.
    pub as_of: DateTime<Utc>,
    /// When it was written.
    pub scored_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    opportunity_id: Uuid,
    cause: Json,
    model: Option<Uuid>,
    probability: f64,
    log_odds: f64,
    terms: sqlx::types::Json<Vec<ScorePart>>,
    as_of: DateTime<Utc>,
    scored_at: DateTime<Utc>,
    was_model: Option<Uuid>,
    was_probability: f64,
    was_log_odds: f64,
    was_terms: sqlx::types::Json<Vec<ScorePart>>,
    was_as_of: DateTime<Utc>,
    was_scored_at: DateTime<Utc>,
}

impl From<Row> for Mover {
    fn from(row: Row) -> Self {
        Self {
            opportunity: row.opportunity_id,
            before: Said {
                model: row.was_model,
                probability: row.was_probability,
                log_odds: row.was_log_odds,
                terms: row.was_terms.0,
                as_of: row.was_as_of,
                scored_at: row.was_scored_at,
            },
            now: Said {
                model: row.model,
                probability: row.probability,
                log_odds: row.log_odds,
                terms: row.terms.0,
                as_of: row.as_of,
                scored_at: row.scored_at,
            },
            cause: row.cause,
        }
    }
}

impl TenantTx {
    /// The open deals that the actor sees whose probability moved by at least `least` since a moment, the furthest first.
    pub async fn win_movers(
        &mut self,
        since: DateTime<Utc>,
        least: f64,
        limit: i64,
    ) -> Result<Vec<Mover>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT s.opportunity_id, s.cause, s.model_id AS model, s.probability, s.log_odds, s.terms, s.as_of, \
                 s.scored_at, b.model_id AS was_model, b.probability AS was_probability, b.log_odds AS was_log_odds, \
                 b.terms AS was_terms, b.as_of AS was_as_of, b.scored_at AS was_scored_at \
             FROM win_scores s JOIN opportunities o ON o.tenant_id = s.tenant_id AND o.id = s.opportunity_id \
                 AND NOT o.is_closed AND o.deleted_at IS NULL \
             CROSS JOIN LATERAL (SELECT * FROM win_scores w \
                 WHERE w.tenant_id = s.tenant_id AND w.opportunity_id = s.opportunity_id AND NOT w.is_latest \
                 ORDER BY (w.scored_at <= $1) DESC, CASE WHEN w.scored_at <= $1 THEN w.scored_at END DESC, \
                     w.scored_at, w.id LIMIT 1) b \
             WHERE s.is_latest AND s.scored_at > $1 AND abs(s.probability - b.probability) >= $2 \
             ORDER BY abs(s.probability - b.probability) DESC, s.opportunity_id LIMIT $3",
        )
        .bind(since)
        .bind(least)
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
