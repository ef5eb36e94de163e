//! What the next score of a record is compared with: the one before, without what explains it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{LATEST, ScoreState, Scores};
use crate::StoreError;

/// The numbers of the latest score of a record.
#[derive(Debug, Clone, Copy, PartialEq, sqlx::FromRow)]
pub struct Last {
    /// The score.
    pub id: Uuid,
    /// The record.
    pub record_id: Uuid,
    /// The model; none where the prior alone spoke.
    pub model_id: Option<Uuid>,
    /// What it rests on.
    pub state: ScoreState,
    /// The probability.
    pub probability: f64,
    /// When it was written.
    pub scored_at: DateTime<Utc>,
}

/// A part of a score's log-odds, without its words and its evidence.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Share {
    /// The feature's name; none of what the model starts from, and of the prior.
    #[serde(default)]
    pub feature: Option<String>,
    /// How far it moves the log-odds.
    pub log_odds: f64,
}

impl Scores<'_> {
    /// The numbers of the latest score of each of these records, in one statement. Unlike [`Self::latest`] it reads no
    /// terms, which are nearly all of a score. Records without one are left out.
    pub async fn last(&mut self, records: &[Uuid]) -> Result<HashMap<Uuid, Last>, StoreError> {
        let what = "s.id, s.model_id, s.state, s.probability, s.scored_at";
        let rows: Vec<Last> = self.each(what, records, LATEST, None).await?;
        Ok(rows.into_iter().map(|last| (last.record_id, last)).collect())
    }

    /// What these scores were made of, by their ids.
    pub async fn shares(&mut self, scores: &[Uuid]) -> Result<HashMap<Uuid, Vec<Share>>, StoreError> {
        if scores.is_empty() {
            return Ok(HashMap::new());
        }
        let sql = format!(
            "SELECT id, COALESCE(parts, terms::json) FROM {} WHERE id = ANY ($1)",
            self.place.table
        );
        let rows: Vec<(Uuid, sqlx::types::Json<Vec<Share>>)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(scores)
            .fetch_all(self.tx.conn())
            .await?;
        Ok(rows.into_iter().map(|(id, shares)| (id, shares.0)).collect())
    }
}
