//! Asking: one read-only transaction as the actor, with a limit on its time.

use std::time::Duration;

use sqlx::postgres::PgRow;

use super::{
    Plan, Shape, Table, accounts, bridge, cohort, cost, groups, rates, records, spells, steps, sums,
};
use crate::{
    Deadline, StoreError, TenantStore, TenantTx,
    query::analytics::{ByAccount, Frame, Statement, is_by_account},
};

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(10);

impl TenantStore {
    /// Answers a question as the actor, within ten seconds.
    ///
    /// Fields that the actor may not see are [`StoreError::Refused`]; a question that would read too much is
    /// [`StoreError::TooMuch`], one that would show too much [`StoreError::Invalid`].
    pub async fn analyze(&self, plan: &Plan) -> Result<Table, StoreError> {
        self.analyze_within(plan, LIMIT).await
    }

    /// Opens a transaction for a question: it only reads, all of it at one moment, and all of its statements together have
    /// ten seconds.
    pub async fn begin_question(&self) -> Result<TenantTx, StoreError> {
        self.begin_question_until(Deadline::within(LIMIT)).await
    }

    /// Opens a transaction for a question whose time began earlier, such as when its words were read.
    pub async fn begin_question_until(&self, deadline: Deadline) -> Result<TenantTx, StoreError> {
        self.begin_reading(deadline).await
    }

    /// Answers a question as the actor, within a time.
    pub async fn analyze_within(&self, plan: &Plan, limit: Duration) -> Result<Table, StoreError> {
        let mut tx = self.begin_reading(Deadline::within(limit)).await?;
        let table = ask(&mut tx, plan, limit).await.map_err(cost::explained)?;
        tx.commit().await?;
        Ok(table)
    }
}

impl TenantTx {
    /// Answers a question as the actor of a transaction that [`TenantStore::begin_question`] opened, where nothing else is
    /// asked afterwards: how Postgres plans is set for the answer.
    pub async fn analyze(&mut self, plan: &Plan) -> Result<Table, StoreError> {
        ask(self, plan, LIMIT).await.map_err(cost::explained)
    }
}

async fn ask(tx: &mut TenantTx, plan: &Plan, limit: Duration) -> Result<Table, StoreError> {
    let access = tx.access().await?;
    let rates = rates::load(tx, &plan.reporting).await?;
    let sums = tx.reads_sums() && sums::hold(tx, &plan.reporting).await?;
    let beside = if sums
        && (reads_history(&plan.shape) || matches!(plan.shape, Shape::Funnel(_) | Shape::StageDurations))
    {
        spells::beside(tx, &access).await?
    } else {
        None
    };
    let accounts = match &plan.shape {
        Shape::Groups(groups) if sums && is_by_account(groups) => accounts::told(tx).await?,
        _ => ByAccount::Records,
    };
    let frame = Frame {
        access: &access,
        rates: &rates,
        reporting: &plan.reporting,
        tenant: tx.grant().tenant().uuid(),
        sums,
        accounts,
        beside: beside.as_deref(),
    };
    if reads_history(&plan.shape) || beside.as_ref().is_some_and(|beside| !beside.is_empty()) {
        // Until Postgres has looked at a table that was just filled, it takes the changes of a record for one or two and goes
        // through all of them for each record: seconds for a thousand deals.
        sqlx::query("SET LOCAL enable_nestloop = off")
            .execute(tx.timely().await?)
            .await?;
    }
    match &plan.shape {
        Shape::Groups(asked) => groups::ask(tx, frame, plan, asked, limit).await,
        Shape::Records {
            fields,
            order,
            limit: most,
            offset,
            as_of,
        } => {
            let asked = records::Asked {
                fields,
                order: order.as_ref(),
                limit: *most,
                offset: *offset,
                as_of: *as_of,
            };
            records::ask(tx, frame, plan, asked, limit).await
        }
        Shape::Funnel(funnel) => steps::funnel(tx, frame, plan, funnel, limit).await,
        Shape::Cohort(asked) => cohort::ask(tx, frame, plan, asked, limit).await,
        Shape::StageDurations => steps::durations(tx, frame, plan, limit).await,
        Shape::Bridge { from, to, closing } => {
            bridge::ask(tx, frame, plan, (*from, *to, *closing), limit).await
        }
    }
}

/// Whether records are put together as they were on another day.
fn reads_history(shape: &Shape) -> bool {
    match shape {
        Shape::Groups(groups) => groups.as_of.is_some(),
        Shape::Records { as_of, .. } => as_of.is_some(),
        Shape::Bridge { .. } => true,
        Shape::Funnel(_) | Shape::Cohort(_) | Shape::StageDurations => false,
    }
}

/// Runs a statement, unless Postgres expects it to take longer than it may. Says whether it reads nearly everything.
pub(super) async fn run(
    tx: &mut TenantTx,
    statement: Statement,
    limit: Duration,
) -> Result<(Vec<PgRow>, bool), StoreError> {
    let expected = cost::Expected::read(&statement.expected(tx.timely().await?).await?);
    let expected = expected.within(tx.left(limit))?;
    Ok((statement.rows(tx.timely().await?).await?, expected.scans()))
}
