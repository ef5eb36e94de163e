//! The history of fields, as other systems kept it.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{BatchReport, Imports, resolve};
use crate::{
    StoreError, TenantTx,
    catalog::{self, Field, FieldType, Object},
    records::{Money, Value},
};

/// The name under which history waits for its record.
pub(super) const WAITING: &str = "field_change";

/// A value that a field of a record had from some moment on.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryRow {
    /// Where it stands in its file.
    pub line: u64,
    /// Whose history.
    pub object: &'static Object,
    /// The record's external id.
    pub record: String,
    /// Which field.
    pub field: &'static Field,
    /// From when the value held.
    pub at: DateTime<Utc>,
    /// The value; for a reference to a person the other system's id or an address, as text.
    pub new: Value,
    /// The value before, when the file says it; else it is the one that the history has.
    pub old: Option<Value>,
}

/// Rows of history that go together.
pub type HistoryBatch = Vec<HistoryRow>;

#[derive(sqlx::FromRow)]
struct Known {
    id: Uuid,
    record_id: Uuid,
    field: String,
    effective_at: DateTime<Utc>,
    new: Option<Json>,
}

impl Imports<'_> {
    /// Adds history that is not there yet. What is there never changes; a state that is the same as the one before it
    /// is no change.
    pub async fn history(&mut self, rows: HistoryBatch) -> Result<BatchReport, StoreError> {
        let mut objects: BTreeMap<&'static str, HistoryBatch> = BTreeMap::new();
        for row in rows {
            objects.entry(row.object.name).or_default().push(row);
        }
        let mut report = BatchReport::default();
        for (name, rows) in objects {
            let Some(object) = catalog::object(name) else {
                continue;
            };
            let fields: HashSet<&str> = rows.iter().map(|row| row.field.name).collect();
            self.allow(object, &fields.into_iter().collect::<Vec<_>>())
                .await?;
            add(self.0, object, rows, &mut report).await?;
        }
        Ok(report)
    }
}

/// Adds the history that waited for these records.
pub(super) async fn release(
    tx: &mut TenantTx,
    object: &'static Object,
    external_ids: &[String],
) -> Result<u64, StoreError> {
    let lines: Vec<Json> = sqlx::query_scalar(
        "DELETE FROM import_waiting WHERE object = $1 AND target = $2 AND target_external_id = ANY ($3) RETURNING line",
    )
    .bind(WAITING)
    .bind(object.name)
    .bind(external_ids)
    .fetch_all(tx.conn())
    .await?;
    let rows: HistoryBatch = lines.iter().filter_map(|line| from_json(object, line)).collect();
    let mut report = BatchReport::default();
    add(tx, object, rows, &mut report).await?;
    Ok(report.created)
}

async fn add(
    tx: &mut TenantTx,
    object: &'static Object,
    mut rows: HistoryBatch,
    report: &mut BatchReport,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let ids: HashSet<String> = rows.iter().map(|row| row.record.clone()).collect();
    let records = resolve::find(tx, object.name, &ids.into_iter().collect::<Vec<_>>()).await?;
    let people: HashSet<String> = rows
        .iter()
        .filter(|row| row.field.kind == FieldType::Id)
        .flat_map(|row| [Some(&row.new), row.old.as_ref()])
        .filter_map(|value| value?.as_text().map(str::to_owned))
        .collect();
    let people = resolve::find(tx, catalog::USER.name, &people.into_iter().collect::<Vec<_>>()).await?;
    let found: Vec<Uuid> = records.values().copied().collect();
    let currencies = currencies(tx, object, &found).await?;
    let known: Vec<Known> = sqlx::query_as(
        "SELECT id, record_id, field, effective_at, new FROM field_changes WHERE object = $1 AND record_id = ANY ($2)",
    )
    .bind(object.name)
    .bind(&found)
    .fetch_all(tx.conn())
    .await?;
    let mut there: HashSet<Uuid> = known.iter().map(|change| change.id).collect();
    let mut states: HashMap<(Uuid, String), BTreeMap<DateTime<Utc>, Option<Json>>> = HashMap::new();
    for change in known {
        states
            .entry((change.record_id, change.field))
            .or_default()
            .insert(change.effective_at, change.new);
    }
    rows.sort_by_key(|row| (row.at, row.line));
    let mut new = New::default();
    let mut waiting = Vec::new();
    for row in rows {
        let Some(record) = records.get(&row.record).copied() else {
            waiting.push(row);
            continue;
        };
        let logged = |value: &Value| logged(row.field, value, &people, currencies.get(&record));
        let (Ok(value), Ok(old)) = (logged(&row.new), row.old.as_ref().map(logged).transpose()) else {
            report.unresolved += 1;
            continue;
        };
        let id = change_id(object, record, &row);
        let history = states.entry((record, row.field.name.to_owned())).or_default();
        let before = history
            .range(..row.at)
            .next_back()
            .map(|(_, value)| value.clone());
        let is_news = row.old.is_some() || before.as_ref() != Some(&value);
        if there.contains(&id) || !is_news {
            report.unchanged += 1;
            continue;
        }
        there.insert(id);
        history.insert(row.at, value.clone());
        new.ids.push(id);
        new.records.push(record);
        new.fields.push(row.field.name);
        new.old.push(old.unwrap_or(before.flatten()));
        new.values.push(value);
        new.at.push(row.at);
    }
    report.waiting += waiting.len() as u64;
    wait(tx, waiting).await?;
    report.created += new.write(tx, object).await?;
    Ok(())
}

#[derive(Default)]
struct New {
    ids: Vec<Uuid>,
    records: Vec<Uuid>,
    fields: Vec<&'static str>,
    old: Vec<Option<Json>>,
    values: Vec<Option<Json>>,
    at: Vec<DateTime<Utc>>,
}

impl New {
    async fn write(self, tx: &mut TenantTx, object: &'static Object) -> Result<u64, StoreError> {
        if self.ids.is_empty() {
            return Ok(0);
        }
        let (grant, now) = (*tx.grant(), tx.now());
        let written = sqlx::query(
            "INSERT INTO field_changes (tenant_id, id, object, record_id, field, old, new, effective_at, recorded_at, \
                 actor_kind, actor_id, source) \
             SELECT $1, e.id, $2, e.record_id, e.field, e.old, e.new, e.at, $3, $4, $5, 'import' \
             FROM unnest($6::uuid[], $7::uuid[], $8::text[], $9::jsonb[], $10::jsonb[], $11::timestamptz[]) \
                 AS e (id, record_id, field, old, new, at) ON CONFLICT DO NOTHING",
        )
        .bind(grant.tenant())
        .bind(object.name)
        .bind(now)
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(self.ids)
        .bind(self.records)
        .bind(self.fields)
        .bind(self.old)
        .bind(self.values)
        .bind(self.at)
        .execute(tx.conn())
        .await?;
        Ok(written.rows_affected())
    }
}

/// The value as the history keeps it. An error: a person who is no member.
fn logged(
    field: &Field,
    value: &Value,
    people: &HashMap<String, Uuid>,
    currency: Option<&String>,
) -> Result<Option<Json>, ()> {
    Ok(match value {
        Value::Null => None,
        Value::Text(said) if field.kind == FieldType::Id => Some(json!(people.get(said).ok_or(())?)),
        Value::Money(money) => Some(
            Money {
                amount: money.amount,
                currency: money.currency.clone().or_else(|| currency.cloned()),
            }
            .to_json(),
        ),
        value => Some(value.to_json()),
    })
}

/// The same line of the same history has the same id, so importing it twice adds nothing.
fn change_id(object: &Object, record: Uuid, row: &HistoryRow) -> Uuid {
    let digest = Sha256::digest(format!(
        "{}/{record}/{}/{}/{}",
        object.name,
        row.field.name,
        row.at.timestamp_micros(),
        row.new.to_json()
    ));
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

async fn currencies(
    tx: &mut TenantTx,
    object: &'static Object,
    records: &[Uuid],
) -> Result<HashMap<Uuid, String>, StoreError> {
    if object.field("currency").is_none() {
        return Ok(HashMap::new());
    }
    // The name of the table is the catalogue's.
    let sql = format!(
        "SELECT id, currency FROM {} WHERE id = ANY ($1) AND currency IS NOT NULL",
        object.table
    );
    let rows: Vec<(Uuid, String)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(records)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.into_iter().collect())
}

async fn wait(tx: &mut TenantTx, rows: HistoryBatch) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.grant().tenant(), tx.now());
    // One line a change, told apart by what it says.
    let lines: Vec<Json> = rows.iter().map(to_json).collect();
    let ids: Vec<String> = lines
        .iter()
        .map(|line| hex::encode(Sha256::digest(line.to_string())))
        .collect();
    sqlx::query(
        "INSERT INTO import_waiting (tenant_id, object, external_id, target, target_external_id, line, created_at) \
         SELECT $1, $2, e.*, $3 FROM unnest($4::text[], $5::text[], $6::text[], $7::jsonb[]) AS e ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(WAITING)
    .bind(now)
    .bind(ids)
    .bind(rows.iter().map(|row| row.object.name).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.record.as_str()).collect::<Vec<_>>())
    .bind(lines)
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn to_json(row: &HistoryRow) -> Json {
    json!({
        "record": row.record,
        "field": row.field.name,
        "at": row.at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "new": row.new.to_json(),
        "old": row.old.as_ref().map(Value::to_json),
        "has_old": row.old.is_some(),
    })
}

fn from_json(object: &'static Object, line: &Json) -> Option<HistoryRow> {
    let field = object.field(line.get("field")?.as_str()?)?;
    let value = |name: &str| -> Option<Value> {
        let json = line.get(name)?;
        if field.kind == FieldType::Id && json.is_string() {
            return Some(Value::Text(json.as_str()?.to_owned()));
        }
        crate::records::parse::parse(field, json).ok()
    };
    Some(HistoryRow {
        line: 0,
        object,
        record: line.get("record")?.as_str()?.to_owned(),
        field,
        at: line.get("at")?.as_str()?.parse().ok()?,
        new: value("new")?,
        old: if line.get("has_old")?.as_bool()? {
            Some(value("old")?)
        } else {
            None
        },
    })
}
