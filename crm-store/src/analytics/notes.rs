//! What the reader of the numbers must know.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::{Row, postgres::PgRow};

use super::Note;
use crate::{
    StoreError, TenantTx,
    query::analytics::{Frame, GroupsPlan, Numbers, Statement, unknown},
};

/// What was left out of the numbers of groups, and what was converted.
pub(super) async fn of_groups(
    tx: &mut TenantTx,
    question: &GroupsPlan<'_>,
    first: Option<&PgRow>,
    numbers: &[Numbers],
) -> Result<Vec<Note>, StoreError> {
    let Some(row) = first else {
        return Ok(Vec::new());
    };
    let mut said = Vec::new();
    let mut amounts = Vec::new();
    for (measure, number) in numbers.iter().enumerate() {
        let counted = |letter: char| row.try_get::<i64, _>(format!("{letter}{measure}").as_str());
        if number.missing {
            let records = counted('n')?;
            if records > 0 {
                said.push(Note::Missing { measure, records });
            }
        }
        if number.foreign && counted('f')? > 0 {
            amounts.extend(question.currencies(measure)?);
        }
    }
    said.extend(of_money(tx, question.frame, amounts).await?);
    Ok(said)
}

/// Which currencies were converted, and which have no rate: of statements that count records by currency.
pub(super) async fn of_money(
    tx: &mut TenantTx,
    frame: Frame<'_>,
    statements: Vec<Statement>,
) -> Result<Vec<Note>, StoreError> {
    let mut found: BTreeMap<String, i64> = BTreeMap::new();
    for statement in statements {
        for row in statement.rows(tx.timely().await?).await? {
            let records: i64 = row.try_get(1)?;
            let known = found.entry(row.try_get(0)?).or_default();
            *known = records.max(*known);
        }
    }
    let (rated, bare): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|(currency, _)| frame.rates.factors.contains_key(currency));
    let mut said = Vec::new();
    if !rated.is_empty() {
        said.push(Note::Converted {
            from: rated.into_iter().map(|(currency, _)| currency).collect(),
            on: frame.reporting.on,
        });
    }
    said.extend(
        bare.into_iter()
            .map(|(currency, records)| Note::NoRate { currency, records }),
    );
    Ok(said)
}

/// How many records were left out because their history begins after a day.
pub(super) async fn of_history(
    tx: &mut TenantTx,
    frame: Frame<'_>,
    day: NaiveDate,
) -> Result<Option<Note>, StoreError> {
    let rows = unknown(frame, day).rows(tx.timely().await?).await?;
    let records: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
    Ok((records > 0).then_some(Note::NoHistory { records }))
}
