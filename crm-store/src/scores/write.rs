//! Writing scores, many in two statements.

use std::{collections::HashMap, ops::Deref};

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Last, Place, ScorePart, ScoreState, Scores};
use crate::StoreError;

/// Probabilities that are nearer are the same number for a reader.
const ROUNDING: f64 = 0.000_5;

/// What a score is made of, and the text that is kept of it: made with it, because whoever writes scores keeps others waiting.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    parts: Vec<ScorePart>,
    text: String,
}

impl Terms {
    /// Of these parts, in the order in which they are shown.
    pub fn new(parts: Vec<ScorePart>) -> Result<Self, StoreError> {
        let text = serde_json::to_string(&parts)
            .map_err(|error| StoreError::Database(sqlx::Error::Encode(Box::new(error))))?;
        Ok(Self { parts, text })
    }
}

impl Deref for Terms {
    type Target = [ScorePart];

    fn deref(&self) -> &[ScorePart] {
        &self.parts
    }
}

/// A score to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct NewScore {
    /// The record.
    pub record: Uuid,
    /// The model; none where the prior alone speaks.
    pub model: Option<Uuid>,
    /// What it rests on.
    pub state: ScoreState,
    /// The probability.
    pub probability: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The log-odds of the probability.
    pub log_odds: f64,
    /// The probability that was believed before looking at the record.
    pub prior: f64,
    /// The parts that add up to the log-odds.
    pub terms: Terms,
    /// Why it is scored, and what moved.
    pub cause: Json,
    /// What is known by then is what it rests on.
    pub as_of: DateTime<Utc>,
}

impl NewScore {
    /// Whether it says something else than the latest score, or is the first of the day.
    pub fn is_news(&self, latest: Option<&Last>, now: DateTime<Utc>) -> bool {
        latest.is_none_or(|latest| {
            latest.model_id != self.model
                || latest.state != self.state
                || (latest.probability - self.probability).abs() > ROUNDING
                || latest.scored_at.date_naive() != now.date_naive()
        })
    }
}

/// A score that was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Written {
    /// The score.
    pub id: Uuid,
    /// The record.
    pub record: Uuid,
    /// The probability before; none for the first score.
    pub before: Option<f64>,
    /// The probability now.
    pub after: f64,
}

impl Scores<'_> {
    /// Writes those scores that are news, and returns them. Only the service writes: [`crate::TenantStore::predicting`].
    ///
    /// `latest` are the latest scores as [`Self::last`] read them in this transaction, after [`Self::lock`].
    pub async fn write(
        &mut self,
        new: &[NewScore],
        latest: &HashMap<Uuid, Last>,
    ) -> Result<Vec<Written>, StoreError> {
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        let news: Vec<&NewScore> = new
            .iter()
            .filter(|score| score.is_news(latest.get(&score.record), now))
            .collect();
        if news.is_empty() {
            return Ok(Vec::new());
        }
        let Place { table, column, .. } = self.place;
        let records: Vec<Uuid> = news.iter().map(|score| score.record).collect();
        let old: Vec<Uuid> = news
            .iter()
            .filter_map(|score| Some(latest.get(&score.record)?.id))
            .collect();
        if !old.is_empty() {
            let retire = format!(
                "UPDATE {table} s SET is_latest = false FROM unnest($1::uuid[]) AS old (id) WHERE s.id = old.id"
            );
            sqlx::query(AssertSqlSafe(retire))
                .bind(old)
                .execute(self.tx.conn())
                .await?;
        }
        let ids: Vec<Uuid> = news.iter().map(|_| Uuid::now_v7()).collect();
        let parts: Vec<&str> = news.iter().map(|score| score.terms.text.as_str()).collect();
        // A record may have gone since it was read: its score goes with it.
        let insert = format!(
            "INSERT INTO {table} (tenant_id, id, {column}, model_id, state, probability, low, high, log_odds, prior, parts, \
                 cause, as_of, scored_at) \
             SELECT $1, n.id, n.record_id, n.model_id, n.state, n.probability, n.low, n.high, n.log_odds, n.prior, \
                 n.parts::json, n.cause, n.as_of, $13 \
             FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::float8[], $7::float8[], \
                 $8::float8[], $9::float8[], $10::float8[], $11::text[], $12::jsonb[], $14::timestamptz[]) \
                 AS n (id, record_id, model_id, state, probability, low, high, log_odds, prior, parts, cause, as_of) \
             WHERE EXISTS (SELECT FROM {parent} p WHERE p.tenant_id = $1 AND p.id = n.record_id)",
            parent = self.kind.object().table,
        );
        let numbers = |of: fn(&NewScore) -> f64| news.iter().map(|score| of(score)).collect::<Vec<f64>>();
        sqlx::query(AssertSqlSafe(insert))
            .bind(tenant)
            .bind(&ids)
            .bind(&records)
            .bind(news.iter().map(|score| score.model).collect::<Vec<_>>())
            .bind(news.iter().map(|score| score.state.as_str()).collect::<Vec<_>>())
            .bind(numbers(|score| score.probability))
            .bind(numbers(|score| score.low))
            .bind(numbers(|score| score.high))
            .bind(numbers(|score| score.log_odds))
            .bind(numbers(|score| score.prior))
            .bind(parts)
            .bind(news.iter().map(|score| &score.cause).collect::<Vec<_>>())
            .bind(now)
            .bind(news.iter().map(|score| score.as_of).collect::<Vec<_>>())
            .execute(self.tx.conn())
            .await?;
        Ok(news
            .iter()
            .zip(ids)
            .map(|(score, id)| Written {
                id,
                record: score.record,
                before: latest.get(&score.record).map(|latest| latest.probability),
                after: score.probability,
            })
            .collect())
    }

    /// Makes whoever writes scores of this kind wait for each other until the end of the transaction.
    ///
    /// Its end does not wait for the disk: what a crash of the server takes, at most the last second, is scored again by the
    /// job, whose place goes with it and whose end does wait.
    pub async fn lock(&mut self) -> Result<(), StoreError> {
        let key = format!("scores:{}:{}", self.tx.grant().tenant(), self.kind);
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0)), set_config('synchronous_commit', 'off', true)";
        sqlx::query(sql).bind(key).execute(self.tx.conn()).await?;
        Ok(())
    }
}
