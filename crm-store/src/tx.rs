//! A transaction that cannot leak out of a cancelled `begin`.

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, SqlSafeStr, pool::PoolConnection, postgres::PgTransactionManager};
use sqlx_core::transaction::TransactionManager;

use crate::StoreError;

/// Attempts at a `begin`: a pooled connection may have died since it was last used.
const ATTEMPTS: usize = 3;

/// A transaction on a connection of the pool.
///
/// sqlx 0.9 counts a transaction only once the answer to `BEGIN` is read: when
/// the future is dropped before that, or when a later statement of the batch
/// fails, the connection goes back to the pool with the transaction open. Here
/// such a connection is closed, which rolls back.
pub(crate) struct Tx {
    conn: PoolConnection<Postgres>,
    state: State,
}

enum State {
    /// `BEGIN` may have been sent; nobody knows how far it came.
    Opening,
    Open,
    Ended,
}

impl Tx {
    /// Opens a transaction with `batch`, which starts with `BEGIN`, in one round trip.
    pub(crate) async fn open(pool: &PgPool, batch: String) -> Result<Self, StoreError> {
        let batch = AssertSqlSafe(batch).into_sql_str();
        let mut attempt = 1;
        loop {
            let mut tx = Self { conn: pool.acquire().await?, state: State::Opening };
            match PgTransactionManager::begin(&mut tx.conn, Some(batch.clone())).await {
                Ok(()) => {
                    tx.state = State::Open;
                    return Ok(tx);
                }
                Err(sqlx::Error::Io(_)) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The connection, inside the transaction.
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.conn
    }

    /// Makes the changes permanent.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        PgTransactionManager::commit(&mut self.conn).await?;
        self.state = State::Ended;
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        match self.state {
            State::Opening => self.conn.close_on_drop(),
            State::Open => PgTransactionManager::start_rollback(&mut self.conn),
            State::Ended => {}
        }
    }
}
