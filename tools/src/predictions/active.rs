//! The active models, decoded once in a process.

use std::{num::NonZeroUsize, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{Model, features::Usual};
use crm_store::{
    TenantStore, TenantTx,
    models::{ActiveModel, ModelKind},
    settings::LeadScoring,
};
use lru::LruCache;
use tokio::sync::{Mutex, Semaphore};
use uuid::Uuid;

use super::{
    PredictError, artifact, examples,
    leads::{LeadBooks, lead_books},
    score::Scale,
    subject::Subject,
};
use crate::kept::Kept;

/// Models that are kept decoded. One takes a few hundred kilobytes.
const KEPT: NonZeroUsize = NonZeroUsize::new(64).unwrap();
/// How long it is kept what is usual in a tenant without a model.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// A decoded model that records are scored with.
#[derive(Debug)]
pub struct Active {
    /// The model.
    pub id: Uuid,
    /// Its number.
    pub number: i32,
    /// When it was trained.
    pub trained_at: DateTime<Utc>,
    /// What it says.
    pub model: Model,
    /// What was usual when it was trained: features are measured against it.
    pub usual: Usual,
    /// Of leads: within how many days they are converted, in what it says.
    pub window_days: Option<u16>,
}

/// What a process keeps for predictions: decoded models, and that one is trained at a time.
#[derive(Debug)]
pub struct Predictor {
    models: Mutex<LruCache<Uuid, Arc<Active>>>,
    /// What is usual in tenants without a model.
    usual: Kept<(Uuid, ModelKind), Usual>,
    /// What past leads were like.
    pub(super) lead_books: LeadBooks,
    /// Learning takes all the cores that it gets.
    pub(super) training: Arc<Semaphore>,
}

impl Default for Predictor {
    fn default() -> Self {
        Self {
            models: Mutex::new(LruCache::new(KEPT)),
            usual: Kept::new(KEPT.get(), FRESH),
            lead_books: lead_books(KEPT.get()),
            training: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Predictor {
    /// The active model of a kind, if there is one that this program can read.
    ///
    /// Which one is active is asked every time, so that a new one speaks at once in every process.
    pub async fn active(
        &self,
        tx: &mut TenantTx,
        kind: ModelKind,
    ) -> Result<Option<Arc<Active>>, PredictError> {
        let Some(id) = tx.models().active_id(kind).await? else {
            return Ok(None);
        };
        if let Some(known) = self.models.lock().await.get(&id) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(stored) = tx.models().active(kind).await? else {
            return Ok(None);
        };
        let Some(active) = decode(kind, &stored) else {
            return Ok(None);
        };
        let active = Arc::new(active);
        self.models.lock().await.put(active.id, Arc::clone(&active));
        Ok(Some(active))
    }
}

impl Predictor {
    /// What records are scored with: the active model, else what is usual. `store` sees all records.
    pub(super) async fn scale<S: Subject>(&self, store: &TenantStore) -> Result<Scale, PredictError> {
        let mut tx = store.begin().await?;
        let active = self.active(&mut tx, S::KIND).await?;
        let now = tx.now();
        tx.commit().await?;
        if let Some(active) = active {
            return Ok(Scale::Model(active));
        }
        let place = (store.grant().tenant().uuid(), S::KIND);
        let usual = self.usual.of(&place, now, examples::usual::<S>(store)).await?;
        Ok(Scale::Prior(usual))
    }
}

/// Reads a model; none when another version of the program wrote it, until it is trained anew.
fn decode(kind: ModelKind, stored: &ActiveModel) -> Option<Active> {
    let (model, usual) = artifact::read(&stored.artifact)?;
    Some(Active {
        id: stored.id,
        number: stored.number,
        trained_at: stored.trained_at,
        model,
        usual,
        window_days: window_days(kind, &stored.card),
    })
}

/// Within how many days a model's leads are converted. Those of before this was a setting say nothing of it.
fn window_days(kind: ModelKind, card: &serde_json::Value) -> Option<u16> {
    let said = card.get("window_days").and_then(serde_json::Value::as_u64);
    let said = said.and_then(|days| u16::try_from(days).ok());
    (kind == ModelKind::Lead).then(|| said.unwrap_or(LeadScoring::default().conversion_days))
}
