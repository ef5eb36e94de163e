//! A copy of the database that answers questions, so that they keep nobody from working.
//!
//! Postgres keeps such a copy by itself (streaming replication). It lags: what a question reads there is as old as the copy
//! is behind, which the transaction knows and the answer says. A copy that cannot be used, or is too far behind, is left
//! alone for a while, and questions go to the database itself.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::{PgPool, postgres::PgConnectOptions};
use tokio::time::Instant;

use crate::{Store, StoreError, TenantTx};

/// How long a copy that could not be used is left alone.
const REST: Duration = Duration::from_secs(10);
/// How long a question waits for a connection to the copy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// How many seconds the copy is behind. What a server replays that has nothing more to replay is of now, as long as it is
/// still told what is new; otherwise it is as old as the last transaction that it replayed. Null when it replayed none.
const LAG: &str = "SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0 \
     WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0 \
     ELSE GREATEST(0, extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())) END::float8";

/// The copy, for everybody who asks.
#[derive(Clone)]
pub(crate) struct Replica {
    pub(crate) pool: PgPool,
    most: Duration,
    resting: Arc<Mutex<Option<Instant>>>,
}

impl Replica {
    /// A copy that may be `most` behind.
    pub(crate) fn new(pool: PgPool, most: Duration) -> Self {
        Self {
            pool,
            most,
            resting: Arc::default(),
        }
    }

    /// Whether it is to be left alone for now.
    pub(crate) fn rests(&self) -> bool {
        let resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.is_some_and(|until| Instant::now() < until)
    }

    /// Leaves it alone for a while.
    fn rest(&self) {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        *resting = Instant::now().checked_add(REST);
    }

    /// The transaction that was opened on the copy, if it may answer.
    ///
    /// Who waited for a connection in vain because all are in use is not sent to the database: that would bring down
    /// the one when the other has too much to do.
    pub(crate) async fn usable(
        &self,
        opened: Result<TenantTx, StoreError>,
    ) -> Result<Option<TenantTx>, StoreError> {
        let checked = match opened {
            Ok(mut tx) => match tx.lag().await {
                Ok(lag) => Ok((tx, lag)),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        match checked {
            Ok((mut tx, Some(lag))) if lag <= self.most => {
                tx.is_behind(lag);
                return Ok(Some(tx));
            }
            Ok((_, lag)) => tracing::warn!(
                lag_seconds = lag.map(|lag| lag.as_secs_f64()),
                "the copy of the database is too far behind, or cannot tell: questions go to the database itself"
            ),
            Err(StoreError::TooMuch) => return Err(StoreError::TooMuch),
            Err(error) if is_full(&self.pool, &error) => return Err(error),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the copy of the database cannot be used: questions go to the database itself"
            ),
        }
        self.rest();
        Ok(None)
    }
}

impl fmt::Debug for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replica")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

fn is_full(pool: &PgPool, error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(sqlx::Error::PoolTimedOut))
        && pool.size() >= pool.options().get_max_connections()
}

/// How a connection to the copy is told from one to the database: it never writes.
pub(crate) fn options(database: PgConnectOptions) -> PgConnectOptions {
    database.options([("default_transaction_read_only", "on")])
}

impl TenantTx {
    /// How far the server is behind that this transaction reads from; none when it cannot tell.
    async fn lag(&mut self) -> Result<Option<Duration>, StoreError> {
        let read = sqlx::query_scalar(LAG).fetch_one(self.timely().await?).await;
        let seconds: Option<f64> = read.map_err(|error| self.late(error))?;
        Ok(seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
    }
}

/// What a look at the copy found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaCheck {
    /// How far it is behind; none when it cannot tell.
    pub lag: Option<Duration>,
    /// The most that it may be behind.
    pub most: Duration,
    /// Whether it replays what another server writes, and takes no writes itself.
    pub is_replica: bool,
    /// Whether it is a copy of this very database.
    pub is_same: bool,
}

impl Store {
    /// Looks at the copy that answers questions; none when there is none.
    pub async fn check_replica(&self) -> Result<Option<ReplicaCheck>, StoreError> {
        const OF: &str = "SELECT format('%s %s', system_identifier, current_database()), pg_is_in_recovery() FROM pg_control_system()";
        let Some(replica) = self.replica() else {
            return Ok(None);
        };
        let (this, _): (String, bool) = sqlx::query_as(OF).fetch_one(&mut *self.raw().await?).await?;
        let mut conn = replica.pool.acquire().await?;
        let (that, is_replica): (String, bool) = sqlx::query_as(OF).fetch_one(&mut *conn).await?;
        let seconds: Option<f64> = sqlx::query_scalar(LAG).fetch_one(&mut *conn).await?;
        Ok(Some(ReplicaCheck {
            lag: seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            most: replica.most,
            is_replica,
            is_same: this == that,
        }))
    }
}
