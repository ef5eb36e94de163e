//! The statements that store records.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{
    Action, Record, Value, Write,
    read::fetch,
    write::{Errors, positions},
};
use crate::{
    StoreError, TenantTx,
    access::{Verb, sharing},
    behaviour,
    catalog::{Field, Object},
    query::{self, Column, Columns, stored_json},
};

/// Stores what has no problem. A record whose fields are all as they were is left alone.
pub(super) async fn store(
    tx: &mut TenantTx,
    object: &'static Object,
    writes: &mut [Write],
    errors: Errors,
) -> Result<(), StoreError> {
    let mut new = Vec::new();
    let mut old = Vec::new();
    for (at, write) in writes.iter_mut().enumerate() {
        if write.problem.is_some() {
            continue;
        }
        match write.action {
            Action::Create => new.push(at),
            _ if write.changed.is_empty() => write.after.clone_from(&write.before),
            _ => old.push(at),
        }
    }
    let seen_anyway = tx.access().await?.can(object, Verb::ViewAll);
    for (batch, statement) in [(new, Kind::Insert), (old, Kind::Update)] {
        if batch.is_empty() {
            continue;
        }
        if !seen_anyway {
            let ids: Vec<Uuid> = batch
                .iter()
                .filter_map(|at| writes.get(*at))
                .map(|write| write.id)
                .collect();
            writing(tx, &ids).await?;
        }
        match errors {
            Errors::Raise => attempt(tx, object, writes, &batch, statement).await?,
            Errors::Keep => keep(tx, object, writes, batch.clone(), statement).await?,
            Errors::Import => {
                let statement = match statement {
                    Kind::Insert if !behaviour::reads_stored(object) => Kind::Add,
                    other => other,
                };
                keep(tx, object, writes, batch.clone(), statement).await?;
            }
        }
        let stored: Vec<Uuid> = batch
            .iter()
            .filter_map(|at| writes.get(*at))
            .filter(|write| write.problem.is_none())
            .map(|write| write.id)
            .collect();
        sharing::refresh_written(tx, object, &stored).await?;
        if !seen_anyway {
            writing(tx, &[]).await?;
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Insert,
    /// An insertion whose rows nobody reads back.
    Add,
    Update,
}

/// Lets this transaction see the records that its next statement writes, whoever owns them then.
async fn writing(tx: &mut TenantTx, ids: &[Uuid]) -> Result<(), StoreError> {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    let list = if ids.is_empty() {
        String::new()
    } else {
        format!("{{{}}}", ids.join(","))
    };
    sqlx::query("SELECT set_config('app.writing', $1, true)")
        .bind(list)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Stores a batch; when Postgres refuses it, its halves, until the records that are at fault stand alone.
async fn keep(
    tx: &mut TenantTx,
    object: &'static Object,
    writes: &mut [Write],
    batch: Vec<usize>,
    statement: Kind,
) -> Result<(), StoreError> {
    let mut waiting = vec![batch];
    while let Some(batch) = waiting.pop() {
        sqlx::query("SAVEPOINT batch").execute(tx.conn()).await?;
        let failed = match attempt(tx, object, writes, &batch, statement).await {
            Ok(()) => {
                sqlx::query("RELEASE SAVEPOINT batch").execute(tx.conn()).await?;
                continue;
            }
            Err(
                error @ (StoreError::Invalid { .. }
                | StoreError::InvalidMany(_)
                | StoreError::Conflict { .. }
                | StoreError::Forbidden),
            ) => error,
            Err(error) => return Err(error),
        };
        sqlx::query("ROLLBACK TO SAVEPOINT batch")
            .execute(tx.conn())
            .await?;
        if let [only] = batch.as_slice() {
            if let Some(write) = writes.get_mut(*only) {
                write.problem = Some(failed);
            }
        } else {
            let (left, right) = batch.split_at(batch.len() / 2);
            waiting.push(right.to_vec());
            waiting.push(left.to_vec());
        }
    }
    Ok(())
}

async fn attempt(
    tx: &mut TenantTx,
    object: &'static Object,
    writes: &mut [Write],
    batch: &[usize],
    statement: Kind,
) -> Result<(), StoreError> {
    let columns = Columns::all(object);
    let now = tx.now();
    let tenant = tx.grant().tenant().uuid();
    let chosen: Vec<&Write> = batch.iter().filter_map(|at| writes.get(*at)).collect();
    let said = |field: &&'static Field| match statement {
        Kind::Insert | Kind::Add => {
            ["id", "created_at", "updated_at"].contains(&field.name)
                || chosen
                    .iter()
                    .any(|write| write.draft.get(field.name).is_some_and(|value| !value.is_null()))
        }
        Kind::Update => chosen.iter().any(|write| write.changed.contains(&field.name)),
    };
    let fields: Vec<&'static Field> = columns.fields.iter().copied().filter(said).collect();
    if matches!(statement, Kind::Add) && add(tx, object, &chosen, &fields).await? {
        for at in batch {
            if let Some(write) = writes.get_mut(*at) {
                write.after = Some(written(object, write));
            }
        }
        return Ok(());
    }
    let rows: Vec<Json> = chosen
        .iter()
        .map(|write| {
            let mut row = Map::new();
            for field in &fields {
                let value = match (field.name, write.will_be(field.name)) {
                    ("id", _) => Value::Id(write.id),
                    ("created_at" | "updated_at", Value::Null) => Value::Time(now),
                    (_, value) => value.clone(),
                };
                row.insert(field.column.to_owned(), stored_json(&value));
            }
            row.insert("id".to_owned(), Json::from(write.id.to_string()));
            Json::Object(row)
        })
        .collect();
    let rows = Json::Array(rows);
    let statement = match statement {
        Kind::Insert | Kind::Add => query::insert(&columns, tenant, &fields, rows),
        Kind::Update => query::update(&columns, tenant, &fields, rows, now),
    };
    let stored = fetch(tx, &columns, statement).await?;
    let places = positions(writes);
    for record in stored {
        if let Some(write) = places.get(&record.id).and_then(|at| writes.get_mut(*at)) {
            write.after = Some(record);
        }
    }
    Ok(())
}

/// Adds records column by column. False, and nothing was done, when that cannot be.
async fn add(
    tx: &mut TenantTx,
    object: &'static Object,
    writes: &[&Write],
    fields: &[&'static Field],
) -> Result<bool, StoreError> {
    let (now, tenant) = (Value::Time(tx.now()), tx.grant().tenant().uuid());
    let ids: Vec<Uuid> = writes.iter().map(|write| write.id).collect();
    let columns: Vec<Column<'_>> = fields
        .iter()
        .filter(|field| field.name != "id")
        .map(|field| {
            let values = writes.iter().map(|write| match write.will_be(field.name) {
                Value::Null if ["created_at", "updated_at"].contains(&field.name) => &now,
                value => value,
            });
            (*field, values.collect())
        })
        .collect();
    match query::insert_columns(tx.conn(), object, tenant, &ids, &columns).await? {
        None => Ok(false),
        Some(added) if added == ids.len() as u64 => Ok(true),
        Some(_) => Err(StoreError::Forbidden),
    }
}

/// A new record as it was written.
fn written(object: &'static Object, write: &mut Write) -> Record {
    Record {
        object,
        id: write.id,
        version: 1,
        values: write.draft.take_values(),
        includes: BTreeMap::new(),
    }
}
