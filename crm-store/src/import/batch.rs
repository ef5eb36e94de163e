//! One batch of rows into records.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{
    BatchReport, ImportRow, Imports, history, links,
    resolve::{self, Found},
};
use crate::{
    StoreError, TenantTx,
    access::{FieldRule, Verb},
    catalog::{Field, Link, Object, Relation},
    query::{self, Columns},
    records::{
        Record, TenantFacts, Value, merged, prepare,
        read::fetch,
        tenant_facts,
        write::{self, Errors, Write},
    },
};

impl Imports<'_> {
    /// Refuses what the actor may not import, in words: the object, and the fields that rows fill.
    pub async fn allow(&mut self, object: &'static Object, fields: &[&str]) -> Result<(), StoreError> {
        let access = self.0.access().await?;
        if !access.manages("imports") {
            return Err(StoreError::Refused {
                what: "your role may not import".to_owned(),
                fields: Vec::new(),
            });
        }
        // A row is found again by reading, and a new one is not read back, where Postgres would ask for this right.
        for verb in [Verb::Create, Verb::Update, Verb::Read] {
            access.require(object, verb)?;
        }
        let refused: Vec<String> = fields
            .iter()
            .filter(|field| {
                matches!(
                    access.field_rule(object, field),
                    Some(FieldRule::Hidden | FieldRule::Masked | FieldRule::ReadOnly)
                )
            })
            .map(|field| (*field).to_owned())
            .collect();
        if refused.is_empty() {
            return Ok(());
        }
        Err(StoreError::Refused {
            what: format!("your role may not change {}", refused.join(", ")),
            fields: refused,
        })
    }

    /// Creates and updates records; then what waited for them.
    ///
    /// External ids must not repeat within a batch.
    pub async fn batch(
        &mut self,
        object: &'static Object,
        rows: Vec<ImportRow>,
    ) -> Result<BatchReport, StoreError> {
        let fields: Vec<&str> = said(&rows).into_iter().collect();
        self.allow(object, &fields).await?;
        let mut report = BatchReport::default();
        let mut arrived = apply(self.0, object, rows, &mut report).await?;
        // What arrives may let others arrive, of other objects too. Each step empties part of what waits, so it ends.
        while let Some((object, ids)) = arrived.pop() {
            let waiting = links::waiting(self.0, object).await?;
            if waiting.links {
                report.resolved += links::follow(self.0, object, &ids).await?;
            }
            if !waiting.rows {
                continue;
            }
            for (object, rows) in links::release(self.0, object, &ids).await? {
                // They were counted as waiting when their file was read.
                let mut later = BatchReport::default();
                arrived.extend(apply(self.0, object, rows, &mut later).await?);
                report.resolved += later.created;
                let bad = later.bad.into_iter();
                report.bad.extend(bad.map(|(line, reason)| {
                    (
                        line,
                        format!("a {} that had waited: {reason}", object.name.replace('_', " ")),
                    )
                }));
            }
            report.resolved += history::release(self.0, object, &ids).await?;
        }
        Ok(report)
    }

    /// Whether two batches of one file may be written at the same time: neither brings what the other one refers to, and
    /// nothing compares their records.
    pub async fn side_by_side(
        &mut self,
        object: &'static Object,
        fields: &[&str],
    ) -> Result<bool, StoreError> {
        let is_own = |relation: &Relation| {
            relation.target == object.name
                && matches!(relation.by, Link::Field(field) if fields.contains(&field))
        };
        if !APART.contains(&object.name) || object.relations.iter().any(is_own) {
            return Ok(false);
        }
        Ok(sqlx::query_scalar(
            "SELECT NOT EXISTS (SELECT FROM duplicate_rules WHERE object = $1 AND is_active AND deleted_at IS NULL \
                 AND action = 'block')",
        )
        .bind(object.name)
        .fetch_one(self.0.conn())
        .await?)
    }
}

/// Objects whose records neither count up a number nor change others when they are written.
const APART: [&str; 4] = ["account", "contact", "lead", "opportunity"];

/// External ids of an object whose records are there now.
type Arrived = Vec<(&'static Object, Vec<String>)>;

async fn apply(
    tx: &mut TenantTx,
    object: &'static Object,
    mut rows: Vec<ImportRow>,
    report: &mut BatchReport,
) -> Result<Arrived, StoreError> {
    let (known, doubles) = existing(tx, object, &rows).await?;
    // A row of a record that was merged into one whose own row is here says nothing.
    rows.retain(|row| !doubles.contains(&row.external_id));
    report.unchanged += doubles.len() as u64;
    let new: Vec<Option<Uuid>> = rows
        .iter()
        .map(|row| {
            let is_new = !known.contains_key(&row.external_id) && row.draft.errors().is_empty();
            is_new.then(Uuid::now_v7)
        })
        .collect();
    let found = resolve::resolve(tx, object, &rows, &new).await?;
    let facts = match rows.first() {
        Some(row) if !known.is_empty() && prepare::needs_facts(&row.draft) => Some(tenant_facts(tx).await?),
        _ => None,
    };

    let mut sorted = sort(rows, new, known, &found, facts.as_ref(), report);
    report.waiting += sorted.waiting.len() as u64;
    links::wait(tx, object, std::mem::take(&mut sorted.waiting)).await?;
    let Sorted {
        mut writes,
        lines,
        mut open,
        mut settled,
        mut stored,
        ..
    } = sorted;
    lock(tx, object, &mut writes).await?;
    write::run(tx, object, &mut writes, Errors::Import).await?;

    let mut arrived = Vec::new();
    for (write, (line, external_id)) in writes.into_iter().zip(lines) {
        if let Some(problem) = write.problem {
            report.bad.push((line, words(object, &problem)));
            continue;
        }
        stored.insert(write.id);
        match (write.before, write.changed.is_empty()) {
            (None, _) => {
                report.created += 1;
                arrived.push(external_id);
            }
            (Some(_), false) => report.updated += 1,
            (Some(_), true) => report.unchanged += 1,
        }
    }
    open.retain(|link| stored.contains(&link.record));
    settled.retain(|(record, _)| stored.contains(record));
    report.unresolved += open.len() as u64;
    let waits = links::waiting(tx, object).await?;
    links::remember(tx, object, &open).await?;
    if waits.own_links {
        links::forget(tx, object, &settled).await?;
    }
    if arrived.is_empty() {
        return Ok(Vec::new());
    }
    if waits.own_rows {
        links::no_longer_waiting(tx, object, &arrived).await?;
    }
    Ok(vec![(object, arrived)])
}

/// Rows, by what is to be done with them.
#[derive(Default)]
struct Sorted {
    /// Records to be written, and where each stands in its file.
    writes: Vec<Write>,
    lines: Vec<(u64, String)>,
    /// References that lead to nothing yet.
    open: Vec<links::Open>,
    /// Fields whose references lead somewhere.
    settled: Vec<(Uuid, &'static str)>,
    /// Rows that cannot be without a record that is not there yet.
    waiting: Vec<(&'static str, String, ImportRow)>,
    /// Records that are there as the row says.
    stored: HashSet<Uuid>,
}

fn sort(
    rows: Vec<ImportRow>,
    new: Vec<Option<Uuid>>,
    mut known: HashMap<String, Record>,
    found: &Found,
    facts: Option<&TenantFacts>,
    report: &mut BatchReport,
) -> Sorted {
    let mut sorted = Sorted::default();
    for (mut row, new) in rows.into_iter().zip(new) {
        let before = known.remove(&row.external_id);
        let awaits = |(field, target, id): &&(&'static Field, &'static str, String)| {
            field.required && found.get(target, id).is_none()
        };
        if before.is_none()
            && row.draft.errors().is_empty()
            && let Some((_, target, id)) = row.references.iter().find(awaits)
        {
            let (target, id) = (*target, id.clone());
            sorted.waiting.push((target, id, row));
            continue;
        }
        if before
            .as_ref()
            .is_some_and(|before| !before.get("deleted_at").is_null())
        {
            report.bad.push((
                row.line,
                format!("{} was deleted here; restore it first", row.external_id),
            ));
            continue;
        }
        let id = before
            .as_ref()
            .map(|before| before.id)
            .or(new)
            .unwrap_or_else(Uuid::now_v7);
        for (field, target, external_id) in row.references {
            match found.get(target, &external_id) {
                Some(found) => {
                    row.draft.set(field.name, found);
                    sorted.settled.push((id, field.name));
                }
                None => sorted.open.push(links::Open {
                    record: id,
                    field: field.name,
                    target,
                    external_id,
                }),
            }
        }
        match before {
            Some(before) if prepare::says_nothing_new(&row.draft, &before, facts) => {
                sorted.stored.insert(id);
                report.unchanged += 1;
            }
            Some(before) => {
                sorted.lines.push((row.line, row.external_id));
                sorted
                    .writes
                    .push(Write::change(write::Action::Update, before, row.draft));
            }
            None => {
                sorted.lines.push((row.line, row.external_id.clone()));
                sorted
                    .writes
                    .push(Write::create(id, row.draft.with("external_id", row.external_id)));
            }
        }
    }
    sorted
}

/// The records that rows say, as far as rows may change them; records that were merged are those they went into. Also the
/// external ids whose rows say nothing, because another row is about the same record.
async fn existing(
    tx: &mut TenantTx,
    object: &'static Object,
    rows: &[ImportRow],
) -> Result<(HashMap<String, Record>, HashSet<String>), StoreError> {
    let field = object.field("external_id").ok_or_else(|| {
        StoreError::invalid(
            "object",
            format!("{} have no external id", object.plural.replace('_', " ")),
        )
    })?;
    let ids: Vec<String> = rows.iter().map(|row| row.external_id.clone()).collect();
    let columns = Columns::of(object, &prepare::compared(object, &said(rows)));
    let records = fetch(tx, &columns, query::by_field(&columns, field, &ids)).await?;
    let mut known: HashMap<String, Record> = records
        .into_iter()
        .filter_map(|record| Some((record.text("external_id")?.to_owned(), record)))
        .collect();
    let doubles = merged::follow(tx, &columns, &mut known).await?;
    Ok((known, doubles))
}

/// The fields that rows fill.
fn said(rows: &[ImportRow]) -> HashSet<&'static str> {
    rows.iter()
        .flat_map(|row| {
            let references = row.references.iter().map(|(field, ..)| field.name);
            row.draft.values().keys().copied().chain(references)
        })
        .collect()
}

/// Locks the records that rows change, and no others: a lock is a write too.
async fn lock(tx: &mut TenantTx, object: &'static Object, writes: &mut [Write]) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = writes
        .iter()
        .filter(|write| write.before.is_some())
        .map(|write| write.id)
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let columns = Columns::all(object);
    let locked = fetch(tx, &columns, query::locked(&columns, &ids)).await?;
    let mut locked: HashMap<Uuid, Record> = locked.into_iter().map(|record| (record.id, record)).collect();
    for write in writes.iter_mut().filter(|write| write.before.is_some()) {
        match locked.remove(&write.id) {
            Some(record) => write.before = Some(record),
            None => write
                .draft
                .refuse("external_id", "you may see this record, but not change it"),
        }
    }
    Ok(())
}

/// Why a row is no record, in one line.
fn words(object: &Object, problem: &StoreError) -> String {
    match problem {
        StoreError::InvalidMany(errors) => {
            // What the service fills in by itself is missing only because something else is wrong.
            let follows = |error: &&crate::error::FieldError| {
                let field = object.field(error.pointer.trim_start_matches('/'));
                error.message == "is required" && field.is_some_and(|field| field.preset.is_some())
            };
            let each: Vec<String> = errors
                .iter()
                .filter(|error| errors.len() == 1 || !follows(error))
                .map(|error| format!("{} {}", error.pointer.trim_start_matches('/'), error.message))
                .collect();
            each.join("; ")
        }
        StoreError::Invalid { field, message } => format!("{field} {message}"),
        StoreError::Forbidden => {
            "you may not write this record, or its external id belongs to one that you may not see".to_owned()
        }
        other => other.to_string(),
    }
}

/// Whether a value of a record says nothing.
pub(super) fn is_set(value: &Value) -> bool {
    !value.is_null()
}
