//! The price list, kept in memory.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use crm_store::{Store, StoreError, prices::Rates};

use crate::model::ModelProfile;

/// The prices of each model with the time from which they hold.
type Rows = HashMap<String, Vec<(DateTime<Utc>, Rates)>>;

/// What models cost. Loaded before the first call and again every minute.
#[derive(Debug, Default)]
pub(crate) struct PriceBook {
    /// By model, oldest price first; `None` until it was loaded.
    rates: RwLock<Option<Rows>>,
    default: Rates,
    missed: Mutex<HashSet<String>>,
}

impl PriceBook {
    /// An empty book; models that it does not know cost `default`.
    pub(crate) fn new(default: Rates) -> Self {
        Self {
            default,
            ..Self::default()
        }
    }

    /// Reads the list from the store.
    pub(crate) async fn load(&self, store: &Store) -> Result<(), StoreError> {
        let mut tx = store.system().await?;
        let prices = tx.prices().all().await?;
        tx.commit().await?;
        let mut book = Rows::new();
        for price in prices {
            book.entry(price.model)
                .or_default()
                .push((price.valid_from, price.rates));
        }
        *self.rates.write().unwrap_or_else(PoisonError::into_inner) = Some(book);
        Ok(())
    }

    /// Reads the list unless that was done before.
    pub(crate) async fn ensure(&self, store: &Store) -> Result<(), StoreError> {
        let loaded = self
            .rates
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some();
        if loaded { Ok(()) } else { self.load(store).await }
    }

    /// What a model costs at a time. The floor costs nothing; a model without a
    /// price costs the default, and that is said once.
    pub(crate) fn rates(&self, profile: &ModelProfile, now: DateTime<Utc>) -> Rates {
        if profile.is_floor {
            return Rates::default();
        }
        let book = self.rates.read().unwrap_or_else(PoisonError::into_inner);
        let known = book
            .as_ref()
            .and_then(|book| book.get(&profile.model))
            .and_then(|prices| prices.iter().rev().find(|(from, _)| *from <= now))
            .map(|(_, rates)| *rates);
        known.unwrap_or_else(|| {
            let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
            if missed.insert(profile.model.clone()) {
                tracing::warn!(
                    model = profile.model,
                    "this model has no price: its calls are metered at the default one until a price is imported"
                );
            }
            self.default
        })
    }
}
