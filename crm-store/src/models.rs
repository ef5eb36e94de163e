//! Models that were learned from a tenant's own records: one active of each kind, the others kept with the reason.
//!
//! Whoever may read an object reads how well its numbers hold. Who administers `models`, and jobs, train and activate.
//! The bytes of a model leave this crate only for the process that scores with it.

mod state;
mod usual;
mod work;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

pub use work::{Task, Work, WorkState};

use crate::{
    Cursor, Page, StoreError, TenantTx,
    catalog::{self, Object},
    page::read_limit,
    text_enum::text_enum,
};

/// The kind of job that trains; its key is the kind of model.
pub const TRAIN_JOB: &str = "train_model";

/// In the payload of a [`TRAIN_JOB`]: somebody asked for it.
pub const ASKED: &str = "asked";

/// Models of a kind that were active once whose bytes are kept, beside the active one, so that one can go back.
const KEPT: i64 = 10;
/// Models of a kind that never were whose bytes are kept, so that one can be tried all the same.
const KEPT_REJECTED: i64 = 3;

text_enum! {
    /// What a model says something of.
    pub enum ModelKind {
        /// Whether an open opportunity will be won.
        Win = "win",
        /// Whether a lead will convert.
        Lead = "lead",
        /// Whether an account will leave.
        Churn = "churn",
    }
}

impl ModelKind {
    /// The object whose records are scored.
    pub const fn object(self) -> &'static Object {
        match self {
            Self::Win => &catalog::OPPORTUNITY,
            Self::Lead => &catalog::LEAD,
            Self::Churn => &catalog::ACCOUNT,
        }
    }
}

text_enum! {
    /// Where a model stands.
    pub enum ModelState {
        /// It was trained and not judged yet.
        Candidate = "candidate",
        /// Records are scored with it.
        Active = "active",
        /// It was not better than what there was.
        Rejected = "rejected",
        /// It was active once.
        Retired = "retired",
        /// It could not be trained to its end.
        Failed = "failed",
    }
}

/// A model as its tenant sees it.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct PredictiveModel {
    /// The model.
    pub id: Uuid,
    /// What it says something of.
    pub kind: ModelKind,
    /// Counts the models of a kind, from 1.
    pub number: i32,
    /// Where it stands.
    pub state: ModelState,
    /// Why it is there, in one sentence.
    pub why: String,
    /// When the first of the records that it was learned from ended.
    pub data_from: Option<DateTime<Utc>>,
    /// When the last of them ended.
    pub data_to: Option<DateTime<Utc>>,
    /// How many records it was learned from.
    pub examples: i64,
    /// How many of them were won, or converted.
    pub positives: i64,
    /// At how many moments they were looked at.
    pub rows: i64,
    /// The main figures of the card.
    pub metrics: Json,
    /// What it looks at: names and kinds, in order.
    pub features: Json,
    /// When it was trained.
    pub trained_at: DateTime<Utc>,
    /// When it became active last.
    pub activated_at: Option<DateTime<Utc>>,
    /// When another took its place last.
    pub retired_at: Option<DateTime<Utc>>,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

impl PredictiveModel {
    /// When somebody made it the active one by hand, if it is so still. Training activates what it learned in the moment in
    /// which it writes it down; whatever comes later is a choice.
    pub fn chosen_at(&self) -> Option<DateTime<Utc>> {
        self.activated_at
            .filter(|at| self.state == ModelState::Active && *at > self.trained_at)
    }
}

/// What came of a training.
#[derive(Debug, Clone, PartialEq)]
pub struct NewModel {
    /// What it says something of.
    pub kind: ModelKind,
    /// What is known of it so far, in one sentence.
    pub why: String,
    /// When the first of the records that it was learned from ended.
    pub data_from: Option<DateTime<Utc>>,
    /// When the last of them ended.
    pub data_to: Option<DateTime<Utc>>,
    /// How many records it was learned from.
    pub examples: usize,
    /// How many of them were won, or converted.
    pub positives: usize,
    /// At how many moments they were looked at.
    pub rows: usize,
    /// The main figures of the card.
    pub metrics: Json,
    /// The whole card.
    pub card: Json,
    /// What it looks at.
    pub features: Json,
    /// The model itself.
    pub artifact: Vec<u8>,
}

/// The active model of a kind, with its bytes.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ActiveModel {
    /// The model.
    pub id: Uuid,
    /// Its number.
    pub number: i32,
    /// Its bytes.
    pub artifact: Vec<u8>,
    /// The whole card.
    pub card: Json,
    /// When it was trained.
    pub trained_at: DateTime<Utc>,
}

/// Which models to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ModelFilter {
    /// Only these.
    pub kind: Option<ModelKind>,
    /// Only those that stand there.
    pub state: Option<ModelState>,
}

macro_rules! columns {
    () => {
        "id, kind, number, state, why, data_from, data_to, examples, positives, rows, metrics, features, trained_at, \
         activated_at, retired_at, created_at, updated_at"
    };
}
use columns;

/// The models of the tenant.
#[derive(Debug)]
pub struct Models<'t>(&'t mut TenantTx);

impl TenantTx {
    /// Predictive models.
    pub fn models(&mut self) -> Models<'_> {
        Models(self)
    }
}

impl Models<'_> {
    /// A page of models, latest first.
    pub async fn list(
        &mut self,
        filter: &ModelFilter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<PredictiveModel>, StoreError> {
        let rows: Vec<PredictiveModel> = sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM predictive_models WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR state = $2) \
               AND ($3::timestamptz IS NULL OR (trained_at, id) < ($3, $4)) \
             ORDER BY trained_at DESC, id DESC LIMIT $5"
        ))
        .bind(filter.kind)
        .bind(filter.state)
        .bind(after.map(|after| after.at))
        .bind(after.map(|after| after.id))
        .bind(read_limit(limit))
        .fetch_all(self.0.conn())
        .await?;
        Ok(Page::cut(rows, limit, |model| Cursor {
            at: model.trained_at,
            id: model.id,
        }))
    }

    /// One model.
    pub async fn get(&mut self, id: Uuid) -> Result<Option<PredictiveModel>, StoreError> {
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM predictive_models WHERE id = $1"
        ))
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// The whole card of a model.
    pub async fn card(&mut self, id: Uuid) -> Result<Option<Json>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT card FROM predictive_models WHERE id = $1")
                .bind(id)
                .fetch_optional(self.0.conn())
                .await?,
        )
    }

    /// Within how many days what a model speaks of has to happen, where its card says so.
    pub async fn window_days(&mut self, id: Uuid) -> Result<Option<u16>, StoreError> {
        let days: Option<Option<i32>> = sqlx::query_scalar(
            "SELECT (card ->> 'window_days')::integer FROM predictive_models WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?;
        Ok(days.flatten().and_then(|days| u16::try_from(days).ok()))
    }

    /// From how many records a model learned, where its card says so.
    pub async fn learned_from(&mut self, id: Uuid) -> Result<Option<usize>, StoreError> {
        let learned: Option<Option<i64>> = sqlx::query_scalar(
            "SELECT (card ->> 'groups_train')::bigint FROM predictive_models WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?;
        Ok(learned
            .flatten()
            .and_then(|learned| usize::try_from(learned).ok()))
    }

    /// Which model of a kind is active; cheap, for caches.
    pub async fn active_id(&mut self, kind: ModelKind) -> Result<Option<Uuid>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT id FROM predictive_models WHERE kind = $1 AND state = 'active'")
                .bind(kind)
                .fetch_optional(self.0.conn())
                .await?,
        )
    }

    /// The active model of a kind, with its bytes.
    pub async fn active(&mut self, kind: ModelKind) -> Result<Option<ActiveModel>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, number, artifact, card, trained_at FROM predictive_models WHERE kind = $1 AND state = 'active'",
        )
        .bind(kind)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// Writes down a model that was trained, as a candidate. Needs the area `models`.
    pub async fn insert(&mut self, new: &NewModel) -> Result<PredictiveModel, StoreError> {
        self.0.access().await?.require_area("models")?;
        self.lock(new.kind).await?;
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let made: PredictiveModel = sqlx::query_as(concat!(
            "INSERT INTO predictive_models (tenant_id, id, kind, number, why, data_from, data_to, examples, positives, \
                 rows, metrics, card, features, artifact, trained_at, created_at, updated_at) \
             SELECT $1, $2, $3, COALESCE(max(number), 0) + 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $14 \
             FROM predictive_models WHERE kind = $3 RETURNING ",
            columns!()
        ))
        .bind(tenant)
        .bind(Uuid::now_v7())
        .bind(new.kind)
        .bind(&new.why)
        .bind(new.data_from)
        .bind(new.data_to)
        .bind(count(new.examples))
        .bind(count(new.positives))
        .bind(count(new.rows))
        .bind(&new.metrics)
        .bind(&new.card)
        .bind(&new.features)
        .bind(&new.artifact)
        .bind(now)
        .fetch_one(self.0.conn())
        .await?;
        self.forget_bytes(new.kind).await?;
        Ok(made)
    }

    /// Forgets the bytes of old models: their cards stay. However many are rejected meanwhile, the one that was active before
    /// keeps its bytes.
    async fn forget_bytes(&mut self, kind: ModelKind) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE predictive_models SET artifact = NULL WHERE kind = $1 AND state <> 'active' AND artifact IS NOT NULL \
               AND id NOT IN (SELECT id FROM (SELECT id, activated_at IS NOT NULL AS served, row_number() OVER (\
                       PARTITION BY activated_at IS NOT NULL ORDER BY COALESCE(retired_at, trained_at) DESC, id DESC) AS nth \
                     FROM predictive_models WHERE kind = $1 AND state <> 'active' AND artifact IS NOT NULL) kept \
                   WHERE nth <= CASE WHEN served THEN $2 ELSE $3 END)",
        )
        .bind(kind)
        .bind(KEPT)
        .bind(KEPT_REJECTED)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Makes whoever changes the models of a kind wait for each other until the end of the transaction.
    async fn lock(&mut self, kind: ModelKind) -> Result<(), StoreError> {
        let key = format!("predictive_models:{}:{kind}", self.0.grant().tenant());
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(key)
            .execute(self.0.conn())
            .await?;
        Ok(())
    }
}

/// A count as Postgres keeps it.
fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
