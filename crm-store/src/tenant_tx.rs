//! One tenant's store, and transactions in which Postgres hides every other tenant.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;

use crate::{
    Clock, Grant, Secrets, StoreError,
    access::Access,
    analytics::Reporting,
    deadline::{Allotted, Deadline, in_millis},
    replica::Replica,
    tx::Tx,
};

/// A tenant's data, as one actor. Cheap to clone; holds no connection.
#[derive(Clone)]
pub struct TenantStore {
    pool: PgPool,
    grant: Grant,
    clock: Arc<dyn Clock>,
    request_id: Option<Arc<str>>,
    client: Option<IpAddr>,
    secrets: Option<Secrets>,
    reads_sums: bool,
    replica: Option<Replica>,
}

impl fmt::Debug for TenantStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantStore")
            .field("grant", &self.grant)
            .finish_non_exhaustive()
    }
}

impl TenantStore {
    pub(crate) fn new(
        pool: PgPool,
        grant: Grant,
        clock: Arc<dyn Clock>,
        secrets: Option<Secrets>,
        replica: Option<Replica>,
    ) -> Self {
        Self {
            pool,
            grant,
            clock,
            request_id: None,
            client: None,
            secrets,
            reads_sums: true,
            replica,
        }
    }

    /// The same store, whose audit entries name the request that is being served.
    #[must_use]
    pub fn for_request(mut self, request_id: &str) -> Self {
        self.request_id = Some(request_id.into());
        self
    }

    /// The same store, whose audit entries and security events name the address that asked.
    #[must_use]
    pub fn from_address(mut self, client: Option<IpAddr>) -> Self {
        self.client = client;
        self
    }

    /// The same store for another actor, whose grant this crate has minted.
    pub(crate) fn with_grant(&self, grant: Grant) -> Self {
        Self {
            grant,
            ..self.clone()
        }
    }

    pub(crate) fn secrets(&self) -> Option<&Secrets> {
        self.secrets.as_ref()
    }

    /// The same store, whose questions read the records and never the sums that are kept of them.
    #[must_use]
    pub fn without_sums(mut self) -> Self {
        self.reads_sums = false;
        self
    }

    /// Opens a transaction. Dropping the future at any point leaves nothing behind.
    ///
    /// Role, tenant and actor are set in the round trip of `BEGIN` and end with
    /// the transaction. Keep none open across a call to a model.
    pub async fn begin(&self) -> Result<TenantTx, StoreError> {
        self.begin_as(&self.pool, "BEGIN").await
    }

    /// Opens a transaction in which records are read and written by their keys, many at a time, and no table is read whole.
    ///
    /// A statement that was planned while a table was small, or that Postgres has not counted yet, reads all of it for each page:
    /// 20,000 leads of a new tenant were scored again at half the speed for that.
    pub async fn begin_by_key(&self) -> Result<TenantTx, StoreError> {
        self.begin_as(&self.pool, "BEGIN; SET LOCAL enable_seqscan = off")
            .await
    }

    /// Opens a transaction that only reads, all of it at one moment and within a time: on the copy of the database for
    /// questions, if there is one that can be used.
    pub(crate) async fn begin_reading(&self, deadline: Deadline) -> Result<TenantTx, StoreError> {
        let allotted = Allotted::of(deadline)?;
        // Compiling a statement takes longer than it saves in any that ends within a limit. Indexes that hold all that is
        // asked are read from memory, whatever their pages would cost on a disk that turns. What changed in some weeks is
        // sorted without writing it out.
        let opening = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {}; SET LOCAL jit = off; \
             SET LOCAL random_page_cost = 1.1; SET LOCAL work_mem = '32MB'",
            in_millis(allotted.given),
        );
        let begin = async |pool: &PgPool| {
            let mut tx = self.begin_as(pool, &opening).await?;
            tx.allot(allotted);
            Ok::<_, StoreError>(tx)
        };
        if let Some(replica) = self.replica.as_ref().filter(|replica| !replica.rests())
            && let Some(tx) = replica.usable(begin(&replica.pool).await).await?
        {
            return Ok(tx);
        }
        begin(&self.pool).await
    }

    /// Opens a transaction that reads and writes at one moment; who was faster makes it fail.
    pub(crate) async fn begin_repeatable(&self) -> Result<TenantTx, StoreError> {
        self.begin_as(&self.pool, "BEGIN ISOLATION LEVEL REPEATABLE READ")
            .await
    }

    async fn begin_as(&self, pool: &PgPool, opening: &str) -> Result<TenantTx, StoreError> {
        let (tenant, actor) = (self.grant.tenant(), self.grant.actor());
        // Two uuids and a word of ours: nothing in here needs quoting.
        let batch = format!(
            "{opening}; SET LOCAL ROLE crm_app; SELECT set_config('app.tenant_id', '{tenant}', true), \
             set_config('app.actor_kind', '{}', true), set_config('app.actor_id', '{}', true)",
            actor.kind(),
            actor.id(),
        );
        let tx = Tx::open(pool, batch).await?;
        Ok(TenantTx {
            tx,
            grant: self.grant,
            now: self.clock.now(),
            request_id: self.request_id.clone(),
            client: self.client,
            secrets: self.secrets.clone(),
            access: None,
            reporting: None,
            reads_sums: self.reads_sums,
            allotted: None,
            behind: Duration::ZERO,
        })
    }

    /// For whom this store is open.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The time that this store goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }
}

/// A transaction in which Postgres hides every other tenant's rows.
///
/// After an error the transaction can only be dropped: Postgres refuses
/// everything else.
#[must_use = "dropping without commit rolls back"]
pub struct TenantTx {
    tx: Tx,
    grant: Grant,
    /// The time of every row that this transaction writes.
    now: DateTime<Utc>,
    request_id: Option<Arc<str>>,
    client: Option<IpAddr>,
    secrets: Option<Secrets>,
    /// What the actor may do, once somebody asked.
    access: Option<Arc<Access>>,
    /// The tenant's money and calendar, once somebody asked.
    reporting: Option<Reporting>,
    reads_sums: bool,
    /// The time of the question that it was opened for.
    allotted: Option<Allotted>,
    /// How far the server is behind that it reads from.
    behind: Duration,
}

impl fmt::Debug for TenantTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantTx")
            .field("grant", &self.grant)
            .finish_non_exhaustive()
    }
}

impl TenantTx {
    /// For whom this transaction is open.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The time of every row that this transaction writes.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The time of what this transaction reads: now, or earlier on a copy of the database that is behind.
    pub fn read_as_of(&self) -> DateTime<Utc> {
        TimeDelta::from_std(self.behind)
            .ok()
            .and_then(|behind| self.now.checked_sub_signed(behind))
            .unwrap_or(self.now)
    }

    pub(crate) fn is_behind(&mut self, behind: Duration) {
        self.behind = behind;
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The address that the request came from, if it was told.
    pub(crate) fn client(&self) -> Option<IpAddr> {
        self.client
    }

    pub(crate) fn secrets(&self) -> Option<&Secrets> {
        self.secrets.as_ref()
    }

    pub(crate) fn known_access(&self) -> Option<Arc<Access>> {
        self.access.clone()
    }

    pub(crate) fn know_access(&mut self, access: Arc<Access>) {
        self.access = Some(access);
    }

    /// Whether questions may read the sums that are kept of records.
    pub(crate) fn reads_sums(&self) -> bool {
        self.reads_sums
    }

    pub(crate) fn known_reporting(&self) -> Option<Reporting> {
        self.reporting.clone()
    }

    /// Nothing is known any more when the settings have changed.
    pub(crate) fn know_reporting(&mut self, reporting: Option<Reporting>) {
        self.reporting = reporting;
    }

    pub(crate) fn allotted(&self) -> Option<Allotted> {
        self.allotted
    }

    pub(crate) fn allot(&mut self, allotted: Allotted) {
        self.allotted = Some(allotted);
    }

    pub(crate) fn conn(&mut self) -> &mut sqlx::PgConnection {
        self.tx.conn()
    }

    /// Makes the changes permanent.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await
    }
}
