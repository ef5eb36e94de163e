//! The records behind numbers.

use std::time::Duration;

use chrono::NaiveDate;
use sqlx::Row;

use super::{Column, MAX_ROWS, Note, Path, Plan, Role, Table, cells, notes};
use crate::{
    StoreError, TenantTx,
    query::analytics::{Frame, RecordsPlan},
};

/// What is asked of records.
pub(super) struct Asked<'a> {
    pub(super) fields: &'a [Path],
    pub(super) order: Option<&'a (Path, bool)>,
    pub(super) limit: u32,
    pub(super) offset: u32,
    pub(super) as_of: Option<NaiveDate>,
}

pub(super) async fn ask(
    tx: &mut TenantTx,
    frame: Frame<'_>,
    plan: &Plan,
    asked: Asked<'_>,
    limit: Duration,
) -> Result<Table, StoreError> {
    if asked.fields.is_empty() {
        return Err(StoreError::invalid("fields", "must name one at least"));
    }
    if asked.offset >= MAX_ROWS {
        return Err(StoreError::invalid(
            "cursor",
            format!("at most {MAX_ROWS} records of a list are shown; ask for fewer"),
        ));
    }
    // All pages of a list together have as many rows as any answer.
    let left = MAX_ROWS - asked.offset;
    let most = if asked.limit == 0 {
        left
    } else {
        asked.limit.min(left)
    };
    let mut question = RecordsPlan {
        frame,
        object: plan.object,
        filters: &plan.filters,
        fields: asked.fields,
        order: asked.order,
        // One more tells whether there are more.
        limit: u64::from(most) + 1,
        offset: u64::from(asked.offset),
        as_of: asked.as_of,
        least: None,
    };
    if let Some(last) = question.last_of_largest()? {
        let (found, _) = super::run(tx, last, limit).await?;
        question.least = found.first().map(|row| row.try_get(0)).transpose()?;
    }
    let (statement, kinds) = question.compile()?;
    let (found, scanned) = super::run(tx, statement, limit).await?;
    let shown = usize::try_from(most).unwrap_or(usize::MAX);
    let mut rows = Vec::with_capacity(found.len().min(shown));
    for row in found.iter().take(shown) {
        let cells = kinds
            .iter()
            .enumerate()
            .map(|(place, kind)| cells::cell(row, &format!("k{place}"), *kind));
        rows.push(cells.collect::<Result<Vec<_>, _>>()?);
    }
    cells::name(tx, frame.access, &kinds, &mut rows).await?;
    let mut said = notes::of_money(tx, frame, question.currencies()?).await?;
    let mut records = i64::from(asked.offset) + i64::try_from(rows.len()).unwrap_or(i64::MAX);
    if found.len() > shown {
        let (counted, _) = super::run(tx, question.count()?, limit).await?;
        records = counted.first().map_or(Ok(records), |row| row.try_get(0))?;
        said.push(Note::Cut {
            shown: most,
            of: Some(records),
        });
    }
    if let Some(day) = asked.as_of {
        said.extend(notes::of_history(tx, frame, day).await?);
    }
    if scanned {
        said.push(Note::Scanned);
    }
    Ok(Table {
        columns: (0..kinds.len())
            .map(|place| Column {
                role: Role::Key,
                place,
            })
            .collect(),
        rows,
        records,
        behind: records,
        notes: said,
    })
}
