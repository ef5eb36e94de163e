//! What one question needs to know of the tenant and the asker, read at once.

use std::{
    num::NonZeroUsize,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, NaiveDate, Utc};
use crm_store::{Deadline, StoreError, TenantStore, TenantTx, access::Access, analytics::Reporting};
use lru::LruCache;
use serde_json::Value as Json;

use super::SemanticModel;

/// How many tenants' layers a process remembers.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// Layers by the documents that they were made of, so that nothing passes from one tenant to another but time.
static EXTENDED: LazyLock<Mutex<LruCache<Arc<str>, Arc<SemanticModel>>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(REMEMBERED)));

/// What one question needs to know of the tenant and the asker.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The layer with what the tenant adds to it.
    pub model: Arc<SemanticModel>,
    /// The tenant's money and calendar.
    pub reporting: Reporting,
    /// What the asker may see.
    pub access: Arc<Access>,
    /// When it was read.
    pub now: DateTime<Utc>,
    /// Today in the tenant's time zone.
    pub today: NaiveDate,
    /// When the time ends of the question that it was read for.
    pub deadline: Option<Deadline>,
}

impl Ground {
    /// Reads it in a transaction of the asker.
    pub async fn read(tx: &mut TenantTx) -> Result<Self, StoreError> {
        let access = tx.access().await?;
        let reporting = tx.reporting().await?;
        let model = layer(&tx.vocabulary().await?)?;
        let now = tx.now();
        Ok(Self {
            model,
            today: now.with_timezone(&reporting.timezone).date_naive(),
            reporting,
            access,
            now,
            deadline: tx.deadline(),
        })
    }

    /// Reads it in a transaction of its own.
    pub async fn of(store: &TenantStore) -> Result<Self, StoreError> {
        let mut tx = store.begin_question().await?;
        let ground = Self::read(&mut tx).await?;
        tx.commit().await?;
        Ok(ground)
    }

    /// The same on another day, at whose rates amounts are converted.
    #[must_use]
    pub fn at(mut self, today: NaiveDate) -> Self {
        self.today = today;
        self.reporting.on = today;
        self
    }
}

/// The layer with what the actor's tenant adds to it. Entries that cannot be used are named in
/// [`SemanticModel::left_out`].
pub async fn model_of(store: &TenantStore) -> Result<Arc<SemanticModel>, StoreError> {
    let mut tx = store.begin().await?;
    let vocabulary = tx.vocabulary().await?;
    tx.commit().await?;
    layer(&vocabulary)
}

/// The layer with a tenant's document.
pub(crate) fn layer(vocabulary: &Json) -> Result<Arc<SemanticModel>, StoreError> {
    let own = SemanticModel::shared().map_err(|error| StoreError::Corrupt {
        what: error.to_string(),
    })?;
    if vocabulary.is_null() {
        return Ok(own);
    }
    let key: Arc<str> = Arc::from(vocabulary.to_string());
    if let Some(known) = lock().get(&key) {
        return Ok(Arc::clone(known));
    }
    let mut model = own.extended_where_good(vocabulary);
    model.key = Some(Arc::clone(&key));
    let model = Arc::new(model);
    lock().put(key, Arc::clone(&model));
    Ok(model)
}

fn lock() -> MutexGuard<'static, LruCache<Arc<str>, Arc<SemanticModel>>> {
    EXTENDED.lock().unwrap_or_else(PoisonError::into_inner)
}
