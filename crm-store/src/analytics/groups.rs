//! Groups: asked, read, completed with what is beyond the limit.

use std::time::Duration;

use rust_decimal::{Decimal, RoundingStrategy};
use sqlx::{Row, postgres::PgRow};

use super::{Cell, Column, Groups, MAX_ROWS, Note, Plan, Role, Table, cells, notes};
use crate::{
    StoreError, TenantTx,
    query::analytics::{Asked, Compiled, Frame, GroupsPlan, Kind, Numbers},
};

/// The most groups that can be shown with the rest as one more.
const MOST_BEFORE_OTHER: u32 = 500;

pub(super) async fn ask(
    tx: &mut TenantTx,
    frame: Frame<'_>,
    plan: &Plan,
    groups: &Groups,
    limit: Duration,
) -> Result<Table, StoreError> {
    let most = most(groups)?;
    // The policies' look at what is shared counts so much that sorting a million rows before they are grouped seems to cost
    // nothing beside it. It takes longer than all else.
    sqlx::query("SET LOCAL enable_sort = off")
        .execute(tx.timely().await?)
        .await?;
    let question = GroupsPlan {
        frame,
        object: plan.object,
        filters: &plan.filters,
        groups,
    };
    // With conditions on groups the rest are those that fulfil them too, so their keys must be known.
    let read = if groups.other && !groups.having.is_empty() {
        MAX_ROWS
    } else {
        most
    };
    let compiled = question.compile(Asked::Shown(u64::from(read)))?;
    let (kinds, numbers) = (compiled.keys.clone(), compiled.numbers.clone());
    let (found, scanned) = super::run(tx, compiled.statement, limit).await?;
    let columns = columns(groups, &numbers);
    let shown = usize::try_from(most).unwrap_or(usize::MAX);
    let mut rows = found
        .iter()
        .take(shown)
        .map(|row| read_row(row, groups, &kinds, &numbers))
        .collect::<Result<Vec<_>, _>>()?;
    cells::name(tx, frame.access, &kinds, &mut rows).await?;
    let mut said = notes::of_groups(tx, &question, found.first(), &numbers).await?;
    let of: i64 = found.first().map_or(Ok(0), |row| row.try_get("groups"))?;
    let cut = usize::try_from(of).unwrap_or(usize::MAX) > rows.len();
    if groups.other && !groups.having.is_empty() && of > i64::from(MAX_ROWS) {
        return Err(StoreError::invalid(
            "other",
            format!(
                "{of} groups fulfil the conditions, and at most {MAX_ROWS} can be told apart to sum up the rest: leave it out, or ask for fewer"
            ),
        ));
    }
    if cut && groups.other {
        let keys: Vec<String> = found
            .iter()
            .map(|row| row.try_get("key"))
            .collect::<Result<_, _>>()?;
        let beyond = keys.get(shown..).unwrap_or_default();
        let asked = if groups.having.is_empty() {
            Asked::Rest {
                keys: &keys,
                these: false,
            }
        } else {
            Asked::Rest {
                keys: beyond,
                these: true,
            }
        };
        let Compiled {
            statement, numbers, ..
        } = question.compile(asked)?;
        let (rest, _) = super::run(tx, statement, limit).await?;
        if let Some(row) = rest.first() {
            rows.push(rest_row(row, groups, &numbers, found.first())?);
        }
    }
    if cut {
        said.push(Note::Cut {
            shown: most,
            of: Some(of),
        });
    }
    if let Some(day) = groups.as_of {
        said.extend(notes::of_history(tx, frame, day).await?);
    }
    if scanned {
        said.push(Note::Scanned);
    }
    let (records, behind) = match found.first() {
        Some(row) => (row.try_get("records")?, row.try_get("counted")?),
        // No group fulfils the conditions: that is another reason for an empty answer than that there are no records.
        None if !groups.having.is_empty() => (of_all(tx, &question, limit).await?, 0),
        None => (0, 0),
    };
    Ok(Table {
        columns,
        rows,
        records,
        behind,
        notes: said,
    })
}

/// How many groups are shown at most; refused is what has no measures, and more than can be told apart from the rest.
fn most(groups: &Groups) -> Result<u32, StoreError> {
    if groups.measures.is_empty() {
        return Err(StoreError::invalid("measures", "must name one at least"));
    }
    let most = if groups.limit == 0 {
        MAX_ROWS
    } else {
        groups.limit.min(MAX_ROWS)
    };
    if groups.other && most > MOST_BEFORE_OTHER {
        return Err(StoreError::invalid(
            "limit",
            format!("must be at most {MOST_BEFORE_OTHER} where the rest is one group more"),
        ));
    }
    Ok(most)
}

/// How many records the filters leave, whichever groups are shown.
async fn of_all(tx: &mut TenantTx, question: &GroupsPlan<'_>, limit: Duration) -> Result<i64, StoreError> {
    let groups = Groups {
        having: Vec::new(),
        order: Vec::new(),
        other: false,
        ..question.groups.clone()
    };
    let all = GroupsPlan {
        groups: &groups,
        ..*question
    };
    let statement = all.compile(Asked::Shown(1))?.statement;
    let (found, _) = super::run(tx, statement, limit).await?;
    Ok(found.first().map_or(Ok(0), |row| row.try_get("records"))?)
}

/// What the places of a row are: keys, and each measure with what belongs to it.
fn columns(groups: &Groups, numbers: &[Numbers]) -> Vec<Column> {
    let mut columns: Vec<Column> = (0..groups.keys.len())
        .map(|place| Column {
            role: Role::Key,
            place,
        })
        .collect();
    for (place, number) in numbers.iter().enumerate() {
        columns.push(Column {
            role: Role::Measure,
            place,
        });
        if groups.compare.is_some() {
            columns.push(Column {
                role: Role::Earlier,
                place,
            });
        }
        if groups.share && number.additive {
            columns.push(Column {
                role: Role::Share,
                place,
            });
        }
    }
    columns
}

fn decimal(row: &PgRow, column: &str) -> Result<Cell, StoreError> {
    Ok(row
        .try_get::<Option<Decimal>, _>(column)?
        .map_or(Cell::Null, cells::number))
}

fn read_row(
    row: &PgRow,
    groups: &Groups,
    kinds: &[Kind],
    numbers: &[Numbers],
) -> Result<Vec<Cell>, StoreError> {
    let mut read = Vec::new();
    for (place, kind) in kinds.iter().enumerate() {
        read.push(cells::cell(row, &format!("k{place}"), *kind)?);
    }
    for (place, number) in numbers.iter().enumerate() {
        read.push(decimal(row, &format!("m{place}"))?);
        if groups.compare.is_some() {
            read.push(decimal(row, &format!("e{place}"))?);
        }
        if groups.share && number.additive {
            read.push(decimal(row, &format!("s{place}"))?);
        }
    }
    Ok(read)
}

/// What is beyond the limit, together. Its shares are of the same whole as those of the groups that are shown.
fn rest_row(
    row: &PgRow,
    groups: &Groups,
    numbers: &[Numbers],
    shown: Option<&PgRow>,
) -> Result<Vec<Cell>, StoreError> {
    let mut read: Vec<Cell> = groups.keys.iter().map(|_| Cell::Other).collect();
    for (place, number) in numbers.iter().enumerate() {
        let value = decimal(row, &format!("m{place}"))?;
        let share = match (&value, shown) {
            (Cell::Number(part), Some(shown)) if groups.share && number.additive => {
                let whole: Option<Decimal> = shown.try_get(format!("t{place}").as_str())?;
                whole
                    .and_then(|whole| part.checked_div(whole))
                    .map(|share| share.round_dp_with_strategy(6, RoundingStrategy::MidpointAwayFromZero))
            }
            _ => None,
        };
        read.push(value);
        if groups.compare.is_some() {
            read.push(decimal(row, &format!("e{place}"))?);
        }
        if groups.share && number.additive {
            read.push(share.map_or(Cell::Null, cells::number));
        }
    }
    Ok(read)
}
