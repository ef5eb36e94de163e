//! The way of the open amount between two days.

use std::time::Duration;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::Row;

use super::{Cell, DayRange, Note, Plan, Table, cells, notes, steps};
use crate::{
    StoreError, TenantTx,
    catalog::OPPORTUNITY,
    query::analytics::{BridgePlan, Frame, PARTS},
};

pub(super) async fn ask(
    tx: &mut TenantTx,
    frame: Frame<'_>,
    plan: &Plan,
    days: (NaiveDate, NaiveDate, DayRange),
    limit: Duration,
) -> Result<Table, StoreError> {
    steps::only_opportunities(plan, "a bridge")?;
    let (from, to, closing) = days;
    let question = BridgePlan {
        frame,
        filters: &plan.filters,
        from,
        to,
        closing,
    };
    let (found, scanned) = super::run(tx, question.compile()?, limit).await?;
    let row = found.first().ok_or_else(|| StoreError::Corrupt {
        what: format!("a bridge of {}", OPPORTUNITY.plural),
    })?;
    let mut parts = Vec::with_capacity(PARTS.len());
    for (place, part) in PARTS.into_iter().enumerate() {
        let amount: Decimal = row.try_get(format!("m{place}").as_str())?;
        let records: i64 = row.try_get(format!("n{place}").as_str())?;
        parts.push((part, amount, records));
    }
    let amount = |wanted: &str| {
        let found = parts.iter().find(|(part, ..)| *part == wanted);
        found.map_or(Decimal::ZERO, |(_, amount, _)| *amount)
    };
    // What rounding each part leaves over is a change too, so that the parts add up to the cent.
    let changed = amount("closing") - amount("opening") - amount("created") - amount("moved_in")
        + amount("won")
        + amount("lost")
        + amount("slipped");
    let rows = parts
        .iter()
        .map(|(part, amount, records)| {
            let amount = if *part == "changed" { changed } else { *amount };
            vec![
                Cell::Text((*part).to_owned()),
                cells::number(amount),
                cells::number(Decimal::from(*records)),
            ]
        })
        .collect();
    let mut said = notes::of_money(tx, frame, question.currencies()?.into_iter().collect()).await?;
    said.extend(notes::of_history(tx, frame, from).await?);
    if scanned {
        said.push(Note::Scanned);
    }
    Ok(Table {
        columns: steps::columns(1, 2),
        rows,
        records: row.try_get("records")?,
        behind: row.try_get("records")?,
        notes: said,
    })
}
