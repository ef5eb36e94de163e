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
use crate::kept::Lasting;

/// Models that are kept decoded. One takes a few hundred kilobytes.
const KEPT: NonZeroUsize = NonZeroUsize::new(64).unwrap();
/// How long a process keeps what is usual in a tenant without a model.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// What the nightly scoring found usual is gone by for so long, should it not come by.
const HOLDS: TimeDelta = TimeDelta::days(7);

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
    /// What is usual in tenants without a model, by when it was found out for the tenant.
    usual: Lasting<(Uuid, ModelKind, Option<DateTime<Utc>>), Usual>,
    /// What past leads were like.
    pub(super) lead_books: LeadBooks,
    /// Learning takes all the cores that it gets.
    pub(super) training: Arc<Semaphore>,
}

impl Default for Predictor {
    fn default() -> Self {
        Self {
            models: Mutex::new(LruCache::new(KEPT)),
            usual: Lasting::new(KEPT.get(), FRESH),
            lead_books: lead_books(),
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
    ///
    /// What is usual was kept by the nightly scoring; before the first night of a tenant it is found out here, once for all who
    /// ask, in a task that outlives them.
    pub(super) async fn scale<S: Subject>(&self, store: &TenantStore) -> Result<Scale, PredictError> {
        let mut tx = store.begin().await?;
        let active = self.active(&mut tx, S::KIND).await?;
        let now = tx.now();
        if let Some(active) = active {
            tx.commit().await?;
            return Ok(Scale::Model(active));
        }
        let made = tx.models().usual_made_at(S::KIND).await?;
        tx.commit().await?;
        let made = made.filter(|made| now - *made < HOLDS);
        let place = (store.grant().tenant().uuid(), S::KIND, made);
        let store = store.clone();
        let usual = self.usual.of(&place, now, async move {
            match made {
                Some(_) => known_or_found::<S>(&store).await,
                None => examples::usual::<S>(&store).await,
            }
        });
        Ok(Scale::Prior(usual.await?))
    }

    /// What all records are scored with: as [`Self::scale`], but what is usual is found out anew, and kept for those who ask
    /// for one. Only a job may.
    pub(super) async fn scale_of_all<S: Subject>(&self, store: &TenantStore) -> Result<Scale, PredictError> {
        let mut tx = store.begin().await?;
        let active = self.active(&mut tx, S::KIND).await?;
        tx.commit().await?;
        if let Some(active) = active {
            return Ok(Scale::Model(active));
        }
        let usual = examples::usual::<S>(store).await?;
        let figures =
            serde_json::to_value(&usual).map_err(|error| PredictError::Broken(error.to_string()))?;
        let mut tx = store.begin().await?;
        tx.models().keep_usual(S::KIND, &figures).await?;
        tx.commit().await?;
        Ok(Scale::Prior(Arc::new(usual)))
    }
}

/// What is usual as it was kept; found out anew where another version of the program kept it in other words.
async fn known_or_found<S: Subject>(store: &TenantStore) -> Result<Usual, PredictError> {
    let mut tx = store.begin().await?;
    let figures = tx.models().usual(S::KIND).await?;
    tx.commit().await?;
    match figures.map(serde_json::from_value) {
        Some(Ok(usual)) => Ok(usual),
        Some(Err(_)) | None => examples::usual::<S>(store).await,
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
