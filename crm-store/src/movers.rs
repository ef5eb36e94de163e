//! Open deals whose probability of winning moved most, and the weekly digest of them.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    catalog::OPPORTUNITY,
    feed::FeedEvent,
    ids::JobId,
    models::ModelKind,
    scores::{Fall, FallOf, ScorePart, tell_falls},
};

/// The kind of job that tells what moved in a week; its key is `all`.
pub const DIGEST_JOB: &str = "win_digest";
/// What a digest looks back.
pub const WEEK: TimeDelta = TimeDelta::days(7);

/// An open deal whose probability moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Mover {
    /// The deal.
    pub opportunity: Uuid,
    /// What the same model said then: its last score before the time looked at, or its first of the deal.
    pub before: Said,
    /// What is said now.
    pub now: Said,
    /// The score that says it.
    pub score: Uuid,
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
    id: Uuid,
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
            score: row.id,
            cause: row.cause,
        }
    }
}

impl TenantTx {
    /// The open deals that the actor sees whose probability moved by at least `least` since a moment, the furthest first.
    /// Only what one and the same model said is compared: another model moves no deal. Where none speaks no deal moves: the
    /// prior is how deals at its stage end, which is estimated anew each night though nothing of the deal changed.
    pub async fn win_movers(
        &mut self,
        since: DateTime<Utc>,
        least: f64,
        limit: i64,
    ) -> Result<Vec<Mover>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT s.opportunity_id, s.id, s.cause, s.model_id AS model, s.probability, s.log_odds, \
                 COALESCE(s.parts, s.terms::json) AS terms, s.as_of, s.scored_at, b.model_id AS was_model, \
                 b.probability AS was_probability, b.log_odds AS was_log_odds, \
                 COALESCE(b.parts, b.terms::json) AS was_terms, b.as_of AS was_as_of, b.scored_at AS was_scored_at \
             FROM win_scores s JOIN opportunities o ON o.tenant_id = s.tenant_id AND o.id = s.opportunity_id \
                 AND NOT o.is_closed AND o.deleted_at IS NULL \
             CROSS JOIN LATERAL (SELECT * FROM win_scores w \
                 WHERE w.tenant_id = s.tenant_id AND w.opportunity_id = s.opportunity_id AND NOT w.is_latest \
                     AND w.model_id = s.model_id \
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

    /// Tells feed and webhooks that these deals moved: one `opportunity.win_moved` each, which only those hear of who see
    /// the deal. What moved each one, in their order, is told as far as everybody may know it ([`Fall::for_everybody`]) and
    /// kept with its score.
    pub async fn tell_win_movers(
        &mut self,
        movers: &[Mover],
        falls: &[Option<Fall>],
    ) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = movers.iter().map(|mover| mover.opportunity).collect();
        let owners: Vec<(Uuid, Option<Uuid>)> =
            sqlx::query_as("SELECT id, owner_id FROM opportunities WHERE id = ANY ($1)")
                .bind(&ids)
                .fetch_all(self.conn())
                .await?;
        let owners: HashMap<Uuid, Option<Uuid>> = owners.into_iter().collect();
        let moved = || movers.iter().zip(falls.iter().map(Option::as_ref));
        let kept: Vec<(Uuid, Option<&Fall>)> = moved().map(|(mover, fall)| (mover.score, fall)).collect();
        self.scores(ModelKind::Win)
            .keep_falls(FallOf::Moved, &kept)
            .await?;
        let told = moved().map(|(mover, fall)| {
            let event = FeedEvent {
                owner: owners.get(&mover.opportunity).copied().flatten(),
                refs: json!({
                    "score_id": mover.score,
                    "from": rounded(mover.before.probability),
                    "to": rounded(mover.now.probability),
                    "since": mover.before.scored_at,
                }),
                ..FeedEvent::new(OPPORTUNITY.name, "win_moved", mover.opportunity)
            };
            (event, fall)
        });
        let told: Vec<(FeedEvent, Option<&Fall>)> = told.collect();
        tell_falls(self, &OPPORTUNITY, told).await
    }

    /// Plans the next digest, for the coming Monday, unless one is planned.
    pub async fn plan_win_digest(&mut self) -> Result<(), StoreError> {
        let (tenant, now) = (self.grant().tenant(), self.now());
        sqlx::query(
            "INSERT INTO jobs (tenant_id, id, kind, key, run_at, created_at, updated_at) \
             VALUES ($1, $2, $3, 'all', $4, $5, $5) \
             ON CONFLICT (tenant_id, kind, key) WHERE state = 'ready' DO NOTHING",
        )
        .bind(tenant)
        .bind(JobId::new())
        .bind(DIGEST_JOB)
        .bind(monday(now))
        .bind(now)
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

/// Six o'clock UTC of the Monday after a moment.
fn monday(now: DateTime<Utc>) -> DateTime<Utc> {
    let ahead = 7 - u64::from(now.weekday().num_days_from_monday());
    let day = now.date_naive().checked_add_days(Days::new(ahead));
    day.map_or(now + WEEK, |day| {
        day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(6)
    })
}

/// A probability as readers see it.
fn rounded(probability: f64) -> f64 {
    (probability * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_comes_on_the_monday_after() {
        for (now, then) in [
            ("2026-11-21T12:00:00Z", "2026-11-23T06:00:00Z"),
            ("2026-11-23T05:00:00Z", "2026-11-30T06:00:00Z"),
            ("2026-12-28T23:59:59Z", "2027-01-04T06:00:00Z"),
        ] {
            assert_eq!(
                monday(now.parse().unwrap()),
                then.parse::<DateTime<Utc>>().unwrap()
            );
        }
    }
}
