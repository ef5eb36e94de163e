//! A transaction that cannot leak out of a cancelled `begin`.

use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Postgres, SqlSafeStr, pool::PoolConnection,
    postgres::PgTransactionManager,
};
use sqlx_core::transaction::TransactionManager;

use crate::StoreError;

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
        // After a restart of the server every pooled connection may be dead.
        let mut dead = pool.options().get_max_connections();
        loop {
            let mut tx = Self {
                conn: pool.acquire().await?,
                state: State::Opening,
            };
            match PgTransactionManager::begin(&mut tx.conn, Some(batch.clone())).await {
                Ok(()) => {
                    tx.state = State::Open;
                    return Ok(tx);
                }
                Err(error) if dead > 0 && is_gone(&error) => dead -= 1,
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

/// Whether the connection had died before it was used. Nothing was done on it, so another one may do it.
fn is_gone(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        // What a server says to its clients when it shuts down, or when an operator ends one connection.
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("57P01" | "57P02" | "57P03")),
        _ => false,
    }
}
