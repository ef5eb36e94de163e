//! What became of the records that began in the same stretch of the calendar.

use std::time::Duration;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::Row;

use super::{Cell, Cohort, MAX_ROWS, Note, Plan, Table, cells, steps};
use crate::{
    StoreError, TenantTx,
    query::analytics::{CohortPlan, Frame, begun_since},
};

/// The most stretches that are followed.
const MOST: u32 = 60;

pub(super) async fn ask(
    tx: &mut TenantTx,
    frame: Frame<'_>,
    plan: &Plan,
    cohort: &Cohort,
    limit: Duration,
) -> Result<Table, StoreError> {
    if cohort.stretches > MOST {
        return Err(StoreError::invalid(
            "stretches",
            format!("must be at most {MOST}"),
        ));
    }
    let question = CohortPlan {
        frame,
        object: plan.object,
        filters: &plan.filters,
        cohort,
    };
    let (found, scanned) = super::run(tx, question.compile()?, limit).await?;
    let today = tx.now().with_timezone(&frame.reporting.timezone).date_naive();
    let (mut rows, mut records) = (Vec::new(), 0);
    for row in &found {
        let (first, size): (NaiveDate, i64) = (row.try_get("begun")?, row.try_get("records")?);
        records += size;
        // What has not begun yet has no number.
        let begun = begun_since(first, today, cohort.grain, frame.reporting);
        let Some(last) = begun.map(|begun| begun.min(cohort.stretches)) else {
            continue;
        };
        for stretch in 0..=last {
            let reached: i64 = row.try_get(format!("n{stretch}").as_str())?;
            rows.push(vec![
                Cell::Date(first),
                cells::number(Decimal::from(stretch)),
                cells::number(Decimal::from(size)),
                cells::number(Decimal::from(reached)),
                steps::share(reached, size),
            ]);
        }
    }
    let mut said = Vec::new();
    let most = usize::try_from(MAX_ROWS).unwrap_or(usize::MAX);
    if rows.len() > most {
        said.push(Note::Cut {
            shown: MAX_ROWS,
            of: i64::try_from(rows.len()).ok(),
        });
        rows.truncate(most);
    }
    if scanned {
        said.push(Note::Scanned);
    }
    Ok(Table {
        columns: steps::columns(2, 3),
        rows,
        records,
        behind: records,
        notes: said,
    })
}
