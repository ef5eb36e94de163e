//! Whose turn it is among the tenants that have work.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::ids::TenantId;

/// The tenant that was served last, shared by all transactions of a store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turn(Arc<Mutex<Uuid>>);

impl Turn {
    pub(crate) fn last(&self) -> Uuid {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on behind the farthest of the tenants that were served, or from the start when it was a lap's end.
    pub(crate) fn served(&self, tenants: impl Iterator<Item = TenantId>) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (ahead, wrapped): (Vec<Uuid>, Vec<Uuid>) =
            tenants.map(TenantId::uuid).partition(|tenant| *tenant > *last);
        if let Some(farthest) = wrapped.into_iter().max().or_else(|| ahead.into_iter().max()) {
            *last = farthest;
        }
    }
}
