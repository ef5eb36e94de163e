//! What the models say of records, and what they said before.
//!
//! Scores rest on all records of the tenant, so the service alone writes them ([`TenantStore::predicting`]); who may read
//! a record reads its scores. A score is written when it differs from the one before by more than rounding, and once a
//! day, so that the history beside a record has a point for each day.
//!
//! Its terms are kept as text in the column `parts`; scores of before have them in `terms`.

mod bands;
mod events;
mod falls;
mod follow;
mod health;
mod last;
mod ranked;
mod write;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sqlx::{AssertSqlSafe, postgres::PgRow};
use uuid::Uuid;

pub use bands::{Band, Lines, RISK_DAYS, health, stays};
pub use events::Crossing;
pub(crate) use falls::tell_falls;
pub use falls::{By, Changed, Fall, FallOf, Suspects};
pub(crate) use follow::{follow, moved_by};
pub use last::{Last, Share};
pub use ranked::{RankCursor, RankOrder, Ranked};
pub use write::{NewScore, Terms, Written};

use crate::{
    Actor, Cursor, Grant, Page, StoreError, TenantStore, TenantTx, catalog::Object, ids::JobId,
    models::ModelKind, page::read_limit, text_enum::text_enum,
};

/// The kind of job that scores; its key is `<kind>:<record>`, or `<kind>:all`.
pub const SCORE_JOB: &str = "score_records";

text_enum! {
    /// What a score rests on.
    pub enum ScoreState {
        /// The active model.
        Model = "model",
        /// What was believed before looking at the record, because there is no model.
        Prior = "prior",
        /// The same of a lead, beside which points count what it did.
        Points = "points",
    }
}

text_enum! {
    /// What a part of a score's log-odds comes from.
    pub enum PartKind {
        /// What the model says of the average record.
        Base = "base",
        /// A feature of the record.
        Feature = "feature",
        /// The pull towards the prior.
        Prior = "prior",
    }
}

/// A part of a score's log-odds, with what is needed to explain it later to whoever may know it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScorePart {
    /// What it comes from.
    pub kind: PartKind,
    /// The feature's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// How far it moves the log-odds.
    pub log_odds: f64,
    /// The feature's value: a number, a word, or null when nothing is known or the part is too weak to be told.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub value: Json,
    /// What it says, in one sentence; none of parts that are too weak to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// The names of the objects whose records were read for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rests_on: Vec<String>,
    /// Those records, the telling ones first; with `object.*` in `rests_on` there are more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<PartEvidence>,
}

/// What moved a score, for everybody who sees its record: the feature by name where it rests on the record's own fields
/// alone, and otherwise that it is `hidden`, with why the record was scored; none when nothing moved.
///
/// A whole object, such as `opportunity` of a deal, stands for other records of that kind: they may be hidden.
pub fn public_cause(cause: &Json, terms: &[ScorePart], object: &Object) -> Option<Json> {
    let feature = cause.get("feature")?.as_str()?;
    let part = terms.iter().find(|part| part.feature.as_deref() == Some(feature));
    let is_own = part.is_some_and(|part| part.is_own(object));
    Some(if is_own {
        json!({"feature": feature})
    } else {
        json!({"why": cause.get("why"), "hidden": true})
    })
}

/// In the place of a field among what a part rests on: more records of the object were read than are named, so that only
/// those may know it who see all of them.
pub const ALL_RECORDS: &str = "*";

/// The object, all records of which a place among what a part rests on stands for, such as `lead` of `lead.*`.
pub fn all_of(place: &str) -> Option<&str> {
    let (object, field) = place.split_once('.')?;
    (field == ALL_RECORDS).then_some(object)
}

/// A record that a part rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartEvidence {
    /// The name of its object, such as `activity`.
    pub object: String,
    /// Which one.
    pub id: Uuid,
}

/// What was said of a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
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
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The log-odds of the probability.
    pub log_odds: f64,
    /// The probability that was believed before looking at the record.
    pub prior: f64,
    /// The parts that add up to the log-odds.
    pub terms: Vec<ScorePart>,
    /// Why it was scored, and what moved since the score before.
    pub cause: Json,
    /// What was known then is what it rests on.
    pub as_of: DateTime<Utc>,
    /// When it was written.
    pub scored_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    record_id: Uuid,
    model_id: Option<Uuid>,
    state: ScoreState,
    probability: f64,
    low: f64,
    high: f64,
    log_odds: f64,
    prior: f64,
    terms: sqlx::types::Json<Vec<ScorePart>>,
    cause: Json,
    as_of: DateTime<Utc>,
    scored_at: DateTime<Utc>,
}

impl From<Row> for Score {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            record_id: row.record_id,
            model_id: row.model_id,
            state: row.state,
            probability: row.probability,
            low: row.low,
            high: row.high,
            log_odds: row.log_odds,
            prior: row.prior,
            terms: row.terms.0,
            cause: row.cause,
            as_of: row.as_of,
            scored_at: row.scored_at,
        }
    }
}

/// All columns of a score `s` but that of its record.
const WHOLE: &str = "s.id, s.model_id, s.state, s.probability, s.low, s.high, s.log_odds, s.prior, \
    COALESCE(s.parts, s.terms::json) AS terms, s.cause, s.as_of, s.scored_at";

/// Which score `w` of a record is its latest. Not by an index of the latest scores alone: while the first of all are written
/// nothing is known of how many there are, and one of those indexes would be read whole for each record.
const LATEST: &str = "CASE WHEN w.is_latest THEN true END ORDER BY w.scored_at DESC, w.id DESC LIMIT 1";

/// Where the scores of a kind are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The table.
    table: &'static str,
    /// Its column with the record.
    column: &'static str,
    /// What holds of a record `r` that has not ended.
    open: &'static str,
}

impl ModelKind {
    /// Where its scores are kept.
    pub(crate) const fn place(self) -> Place {
        match self {
            Self::Win => Place {
                table: "win_scores",
                column: "opportunity_id",
                open: "NOT r.is_closed AND r.deleted_at IS NULL",
            },
            Self::Lead => Place {
                table: "lead_scores",
                column: "lead_id",
                open: "NOT r.is_converted AND r.status <> 'unqualified' AND r.deleted_at IS NULL",
            },
            Self::Churn => Place {
                table: "account_scores",
                column: "account_id",
                // Whose health is told, or whose type says that they are a customer.
                open: "r.deleted_at IS NULL AND (r.type = 'customer' OR EXISTS (SELECT FROM account_scores o \
                    WHERE o.tenant_id = r.tenant_id AND o.account_id = r.id AND o.is_latest))",
            },
        }
    }
}

/// The scores of one kind.
#[derive(Debug)]
pub struct Scores<'t> {
    tx: &'t mut TenantTx,
    kind: ModelKind,
    place: Place,
}

impl TenantTx {
    /// The scores of a kind.
    pub fn scores(&mut self, kind: ModelKind) -> Scores<'_> {
        Scores {
            place: kind.place(),
            tx: self,
            kind,
        }
    }
}

impl TenantStore {
    /// The same tenant as the service itself, which sees all records.
    ///
    /// A number about a record rests on records that its reader may not see, so it is computed so, and only so. What is
    /// read through it goes into features, scores and sums. No record of it is shown: check with the caller's own store first
    /// that they may read the record, and read what you show with that. A sum over all records of a kind is told to those who
    /// may view all of them; to everybody only what is counted of ended deals as a whole, never of one owner
    /// (docs/predictions.md, "Figures over all records").
    #[must_use]
    pub fn predicting(&self) -> Self {
        self.with_grant(Grant::mint(self.grant().tenant(), Actor::Job(JobId::new())))
    }
}

impl Scores<'_> {
    /// A statement that reads scores; `rest` follows the table's name.
    fn select(&self, rest: &str) -> AssertSqlSafe<String> {
        let Place { table, column, .. } = self.place;
        // Words of ours, out of a fixed list.
        AssertSqlSafe(format!(
            "SELECT id, {column} AS record_id, model_id, state, probability, low, high, log_odds, prior, \
                 COALESCE(parts, terms::json) AS terms, cause, as_of, scored_at FROM {table} {}",
            rest.replace("{record}", column)
        ))
    }

    /// How many records there are to score: those that the actor sees and that have not ended.
    pub async fn open_records(&mut self) -> Result<usize, StoreError> {
        let (records, open) = (self.kind.object().table, self.place.open);
        // Words of ours, out of a fixed list.
        let sql = AssertSqlSafe(format!("SELECT count(*) FROM {records} r WHERE {open}"));
        let count: i64 = sqlx::query_scalar(sql).fetch_one(self.tx.conn()).await?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// The latest score of each of these records, in one statement. Records without one are left out.
    pub async fn latest(&mut self, records: &[Uuid]) -> Result<HashMap<Uuid, Score>, StoreError> {
        let rows: Vec<Row> = self.each(WHOLE, records, LATEST, None).await?;
        Ok(rows.into_iter().map(|row| (row.record_id, row.into())).collect())
    }

    /// The latest scores of all records that the actor sees, by the id of the record.
    pub async fn page(&mut self, after: Option<Uuid>, limit: i64) -> Result<Vec<Score>, StoreError> {
        let sql =
            self.select("WHERE is_latest AND ($1::uuid IS NULL OR {record} > $1) ORDER BY {record} LIMIT $2");
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(after)
            .bind(limit)
            .fetch_all(self.tx.conn())
            .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// One score, such as the one that an event names.
    pub async fn get(&mut self, id: Uuid) -> Result<Option<Score>, StoreError> {
        let sql = self.select("WHERE id = $1");
        let row: Option<Row> = sqlx::query_as(sql)
            .bind(id)
            .fetch_optional(self.tx.conn())
            .await?;
        Ok(row.map(Into::into))
    }

    /// What was said of a record, latest first.
    pub async fn history(
        &mut self,
        record: Uuid,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<Score>, StoreError> {
        let sql = self.select(
            "WHERE {record} = $1 AND ($2::timestamptz IS NULL OR (scored_at, id) < ($2, $3)) \
             ORDER BY scored_at DESC, id DESC LIMIT $4",
        );
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(record)
            .bind(after.map(|after| after.at))
            .bind(after.map(|after| after.id))
            .bind(read_limit(limit))
            .fetch_all(self.tx.conn())
            .await?;
        Ok(Page::cut(
            rows.into_iter().map(Score::from).collect(),
            limit,
            |score| Cursor {
                at: score.scored_at,
                id: score.id,
            },
        ))
    }

    /// What was said of each of these records at a moment: the last score before it. For what moved since then.
    pub async fn before(
        &mut self,
        records: &[Uuid],
        moment: DateTime<Utc>,
    ) -> Result<HashMap<Uuid, Score>, StoreError> {
        let last = "w.scored_at <= $2 ORDER BY w.scored_at DESC, w.id DESC LIMIT 1";
        let rows: Vec<Row> = self.each(WHOLE, records, last, Some(moment)).await?;
        Ok(rows.into_iter().map(|row| (row.record_id, row.into())).collect())
    }

    /// One score of each of these records, as far as `what` names its columns: `which` follows what holds of a score `w` of
    /// the record, in which `$2` is a moment.
    async fn each<R>(
        &mut self,
        what: &'static str,
        records: &[Uuid],
        which: &'static str,
        moment: Option<DateTime<Utc>>,
    ) -> Result<Vec<R>, StoreError>
    where
        R: for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin,
    {
        let Place { table, column, .. } = self.place;
        let sql = AssertSqlSafe(format!(
            "SELECT s.{column} AS record_id, {what} FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN LATERAL (\
                 SELECT * FROM {table} w WHERE w.{column} = wanted.id AND {which}) s"
        ));
        let query = sqlx::query_as(sql).bind(records);
        let query = match moment {
            Some(moment) => query.bind(moment),
            None => query,
        };
        Ok(query.fetch_all(self.tx.conn()).await?)
    }
}
