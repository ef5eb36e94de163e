//! Rows of Postgres as rows of a table.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::Cell;
use crate::{
    StoreError, TenantTx,
    access::Access,
    catalog::Object,
    query::analytics::{self, Kind},
};

/// A value of a column, records without their names.
pub(super) fn cell(row: &PgRow, column: &str, kind: Kind) -> Result<Cell, StoreError> {
    Ok(match kind {
        Kind::Text => row.try_get::<Option<String>, _>(column)?.map(Cell::Text),
        Kind::Boolean => row.try_get::<Option<bool>, _>(column)?.map(Cell::Boolean),
        Kind::Number => row.try_get::<Option<Decimal>, _>(column)?.map(number),
        Kind::Date => row
            .try_get::<Option<chrono::NaiveDate>, _>(column)?
            .map(Cell::Date),
        Kind::Time => row
            .try_get::<Option<chrono::DateTime<chrono::Utc>>, _>(column)?
            .map(Cell::Time),
        Kind::Record(_) => row
            .try_get::<Option<Uuid>, _>(column)?
            .map(|id| Cell::Record { id, name: None }),
    }
    .unwrap_or(Cell::Null))
}

/// A number without zeros at its end.
pub(super) fn number(number: Decimal) -> Cell {
    Cell::Number(number.normalize())
}

/// Gives records their names, those that the actor may see.
pub(super) async fn name(
    tx: &mut TenantTx,
    access: &Access,
    kinds: &[Kind],
    rows: &mut [Vec<Cell>],
) -> Result<(), StoreError> {
    let mut wanted: BTreeMap<&'static str, (&'static Object, BTreeSet<Uuid>)> = BTreeMap::new();
    for row in rows.iter() {
        for (cell, kind) in row.iter().zip(kinds) {
            if let (Cell::Record { id, .. }, Kind::Record(Some(object))) = (cell, kind) {
                wanted
                    .entry(object.name)
                    .or_insert_with(|| (object, BTreeSet::new()))
                    .1
                    .insert(*id);
            }
        }
    }
    let mut names: BTreeMap<(&'static str, Uuid), String> = BTreeMap::new();
    for (word, (object, ids)) in wanted {
        let Some(title) = analytics::title(object, access) else {
            continue;
        };
        let ids: Vec<Uuid> = ids.into_iter().collect();
        for row in analytics::named(object, title, &ids)
            .rows(tx.timely().await?)
            .await?
        {
            if let Some(name) = row.try_get::<Option<String>, _>(1)? {
                names.insert((word, row.try_get(0)?), name);
            }
        }
    }
    for row in rows {
        for (cell, kind) in row.iter_mut().zip(kinds) {
            if let (Cell::Record { id, name }, Kind::Record(Some(object))) = (cell, kind) {
                *name = names.get(&(object.name, *id)).cloned();
            }
        }
    }
    Ok(())
}
