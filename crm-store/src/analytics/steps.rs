//! How far opportunities came through the stages, and how long that took.

use std::time::Duration;

use rust_decimal::{Decimal, RoundingStrategy};
use sqlx::Row;

use super::{Cell, Column, Funnel, Note, Plan, Role, Table, cells, notes};
use crate::{
    StoreError, TenantTx,
    catalog::OPPORTUNITY,
    query::analytics::{Frame, FunnelPlan, Step, stays},
};

/// Shares are told with so many decimals.
const DECIMALS: u32 = 6;

/// Refuses questions about other records.
pub(super) fn only_opportunities(plan: &Plan, what: &str) -> Result<(), StoreError> {
    if plan.object.name == OPPORTUNITY.name {
        return Ok(());
    }
    Err(StoreError::invalid(
        "shape",
        format!("{what} is made of opportunities, not of {}", plan.object.plural),
    ))
}

/// So many keys and so many measures.
pub(super) fn columns(keys: usize, measures: usize) -> Vec<Column> {
    let keys = (0..keys).map(|place| Column {
        role: Role::Key,
        place,
    });
    let measures = (0..measures).map(|place| Column {
        role: Role::Measure,
        place,
    });
    keys.chain(measures).collect()
}

/// One number as a share of another; null of nothing.
pub(super) fn share(part: i64, whole: i64) -> Cell {
    Decimal::from(part)
        .checked_div(Decimal::from(whole))
        .map_or(Cell::Null, |share| {
            cells::number(share.round_dp_with_strategy(DECIMALS, RoundingStrategy::MidpointAwayFromZero))
        })
}

/// How many opportunities came to each step at least.
pub(super) async fn funnel(
    tx: &mut TenantTx,
    frame: Frame<'_>,
    plan: &Plan,
    funnel: &Funnel,
    limit: Duration,
) -> Result<Table, StoreError> {
    only_opportunities(plan, "a funnel")?;
    let stages: Vec<(String, String, bool)> = sqlx::query_as(
        "SELECT name, kind, is_active FROM pipeline_stages WHERE deleted_at IS NULL AND kind <> 'lost' \
         ORDER BY kind = 'won', position, id",
    )
    .fetch_all(tx.timely().await?)
    .await?;
    let known: Vec<Step> = (1..)
        .zip(&stages)
        .map(|(rank, (name, ..))| Step {
            name: name.clone(),
            rank,
        })
        .collect();
    let steps = if funnel.steps.is_empty() {
        let used = known
            .iter()
            .zip(&stages)
            .filter(|(_, (_, kind, active))| *active || kind == "won");
        used.map(|(step, _)| step.clone()).collect()
    } else {
        chosen(&known, &funnel.steps)?
    };
    let question = FunnelPlan {
        frame,
        filters: &plan.filters,
        known: &known,
        steps: &steps,
    };
    let (found, scanned) = super::run(tx, question.compile()?, limit).await?;
    let row = found.first().ok_or_else(|| StoreError::Corrupt {
        what: "a funnel".to_owned(),
    })?;
    let mut rows = Vec::with_capacity(steps.len());
    let (mut first, mut previous) = (None, None);
    for (place, step) in steps.iter().enumerate() {
        let came: i64 = row.try_get(format!("n{place}").as_str())?;
        let amount: Decimal = row.try_get(format!("m{place}").as_str())?;
        rows.push(vec![
            Cell::Text(step.name.clone()),
            cells::number(Decimal::from(came)),
            cells::number(amount),
            share(came, *first.get_or_insert(came)),
            share(came, previous.unwrap_or(came)),
        ]);
        previous = Some(came);
    }
    let mut said = notes::of_money(tx, frame, question.currencies()?.into_iter().collect()).await?;
    if scanned {
        said.push(Note::Scanned);
    }
    Ok(Table {
        columns: columns(1, 4),
        rows,
        records: row.try_get("records")?,
        behind: row.try_get("records")?,
        notes: said,
    })
}

/// The steps with these names, in the order of the pipeline.
fn chosen(known: &[Step], names: &[String]) -> Result<Vec<Step>, StoreError> {
    let mut steps = Vec::with_capacity(names.len());
    for name in names {
        let step = known
            .iter()
            .find(|step| step.name.eq_ignore_ascii_case(name.trim()));
        steps.push(step.cloned().ok_or_else(|| {
            let all: Vec<&str> = known.iter().map(|step| step.name.as_str()).collect();
            StoreError::invalid(
                "steps",
                format!("{name} is no step; there are {}", all.join(", ")),
            )
        })?);
    }
    steps.sort_by_key(|step| step.rank);
    steps.dedup_by_key(|step| step.rank);
    Ok(steps)
}

/// How long opportunities stayed in each stage that they left.
pub(super) async fn durations(
    tx: &mut TenantTx,
    frame: Frame<'_>,
    plan: &Plan,
    limit: Duration,
) -> Result<Table, StoreError> {
    only_opportunities(plan, "the length of stages")?;
    let (found, scanned) = super::run(tx, stays(frame, &plan.filters)?, limit).await?;
    let mut rows = Vec::with_capacity(found.len());
    let mut records = 0;
    for row in &found {
        let stays: i64 = row.try_get("stays")?;
        records += stays;
        rows.push(vec![
            Cell::Text(row.try_get("stage")?),
            cells::number(row.try_get("average")?),
            cells::number(row.try_get("median")?),
            cells::number(Decimal::from(stays)),
        ]);
    }
    Ok(Table {
        columns: columns(1, 3),
        rows,
        records,
        behind: records,
        notes: if scanned { vec![Note::Scanned] } else { Vec::new() },
    })
}
