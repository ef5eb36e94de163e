//! Transactions that cross tenants: keys, jobs, tenants, prices, sweeps.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use crate::{Clock, StoreError, jobs::Turn, tx::Tx};

/// A transaction as the role `crm_system`, which sees narrow columns of few tables in all tenants.
#[must_use = "dropping without commit rolls back"]
pub struct SystemTx {
    tx: Tx,
    /// The time of every row that this transaction writes.
    now: DateTime<Utc>,
    turn: Turn,
}

impl fmt::Debug for SystemTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemTx").finish_non_exhaustive()
    }
}

impl SystemTx {
    pub(crate) async fn open(pool: &PgPool, clock: Arc<dyn Clock>, turn: Turn) -> Result<Self, StoreError> {
        // The pool's connections have the role already.
        let tx = Tx::open(pool, "BEGIN".to_owned()).await?;
        Ok(Self {
            tx,
            now: clock.now(),
            turn,
        })
    }

    /// The time of every row that this transaction writes.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Whose turn it is among the tenants that have work.
    pub(crate) fn turn(&self) -> Turn {
        self.turn.clone()
    }

    pub(crate) fn conn(&mut self) -> &mut sqlx::PgConnection {
        self.tx.conn()
    }

    /// Makes the changes permanent.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await
    }
}
