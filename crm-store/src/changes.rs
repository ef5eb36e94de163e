//! What follows from every change of a record: the log, its values, the history of fields, the feed, the index.
//!
//! All of it in the transaction of the change, and set-based: a thousand records cost as many statements as one.

use chrono::SubsecRound as _;
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    catalog::{LEAD, Object},
    feed::{self, FeedEvent},
    leads,
    records::{Action, Record, Value, Write},
    scores, texts,
};

/// The kind of job that brings the index up to date with a record; its key is `<object>:<id>`.
pub const INDEX_RECORD: &str = "index_record";

/// Up to so many changes at once have their values logged field by field.
const FIELD_BY_FIELD: usize = 500;
/// The name under which the log keeps all values of a record that is new.
pub(crate) const ALL_FIELDS: &str = "*";

/// A change of a record.
#[derive(Debug, Clone)]
pub(crate) struct Change<'r> {
    /// What was done.
    pub(crate) action: Action,
    /// To what kind of record.
    pub(crate) object: &'static Object,
    /// To which.
    pub(crate) id: Uuid,
    /// As it was.
    pub(crate) before: Option<&'r Record>,
    /// As it is now.
    pub(crate) after: Option<&'r Record>,
    /// The fields that changed.
    pub(crate) fields: Vec<&'static str>,
    /// Whether it gives the record what it was to be made with.
    pub(crate) completes: bool,
}

impl<'r> Change<'r> {
    /// What a write changed; none when it changed nothing.
    pub(crate) fn of(write: &'r Write) -> Option<Self> {
        let after = write.after.as_ref()?;
        if write.changed.is_empty() && write.action != Action::Create {
            return None;
        }
        Some(Self {
            action: write.action,
            object: after.object,
            id: write.id,
            before: write.before.as_ref(),
            after: Some(after),
            fields: write.changed.clone(),
            completes: write.completes,
        })
    }

    fn value_before(&self, field: &str) -> &'r Value {
        self.before.map_or(&Value::Null, |record| record.get(field))
    }

    fn value_after(&self, field: &str) -> &'r Value {
        self.after.map_or(&Value::Null, |record| record.get(field))
    }

    /// Whether the index must hear of it: a change of other fields leaves what is found as it is.
    fn is_indexed(&self) -> bool {
        texts::of(self.object.name).is_some_and(|texts| {
            self.action != Action::Update || self.fields.iter().any(|field| texts.reads(field))
        })
    }

    /// Whether it is a lead whose address says something that it did not say before.
    fn is_enriched(&self) -> bool {
        self.object.name == LEAD.name
            && self.action != Action::Delete
            && self.fields.contains(&"email")
            && !self.value_after("email").is_null()
    }

    fn event(&self) -> FeedEvent {
        let action = match self.action {
            Action::Create => "created",
            Action::Update => "updated",
            Action::Delete => "deleted",
            Action::Restore => "restored",
        };
        let latest = self.after.or(self.before);
        FeedEvent {
            fields: self.fields.iter().map(|field| (*field).to_owned()).collect(),
            version: latest.map(|record| record.version),
            owner: latest.and_then(|record| record.reference("owner_id")),
            ..FeedEvent::new(self.object.name, action, self.id)
        }
    }
}

/// A value as the log keeps it; none for no value.
fn logged(value: &Value) -> Option<Json> {
    (!value.is_null()).then(|| value.to_json())
}

/// What a record began with, as one JSON object that is never built up in memory.
struct Began<'c>(&'c Change<'c>);

impl Serialize for Began<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.fields.len()))?;
        for field in &self.0.fields {
            match self.0.value_after(field) {
                Value::Text(text) => map.serialize_entry(field, text)?,
                // As Postgres keeps it.
                Value::Time(at) => {
                    map.serialize_entry(field, &Value::Time(at.trunc_subsecs(6)).to_json())?;
                }
                value => map.serialize_entry(field, &value.to_json())?,
            }
        }
        map.end()
    }
}

/// Writes down changes and tells everybody who must know.
pub(crate) async fn emit(tx: &mut TenantTx, changes: &[Change<'_>]) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    audit(tx, changes).await?;
    history(tx, changes).await?;
    let keys: Vec<String> = changes
        .iter()
        .filter(|change| change.is_indexed())
        .map(|change| format!("{}:{}", change.object.name, change.id))
        .collect();
    if !keys.is_empty() {
        tx.jobs().enqueue_all(INDEX_RECORD, &keys).await?;
    }
    scores::follow(tx, changes).await?;
    let looked: Vec<Uuid> = changes
        .iter()
        .filter(|change| change.is_enriched())
        .map(|change| change.id)
        .collect();
    leads::look(tx, &looked).await?;
    let events: Vec<FeedEvent> = changes.iter().map(Change::event).collect();
    feed::publish(tx, &events).await
}

/// Who did what, and apart from that the values, so that erasing a person leaves the log whole.
async fn audit(tx: &mut TenantTx, changes: &[Change<'_>]) -> Result<(), StoreError> {
    let (grant, now) = (*tx.grant(), tx.now());
    let request_id = tx.request_id().map(str::to_owned);
    let ip = tx.client().map(|address| address.to_string());
    let ids: Vec<Uuid> = changes.iter().map(|_| Uuid::now_v7()).collect();
    sqlx::query(
        "INSERT INTO audit_log (tenant_id, id, actor_kind, actor_id, action, object, object_id, fields, request_id, at, ip) \
         SELECT $1, e.id, $2, $3, e.action, e.object, e.object_id, string_to_array(e.fields, ','), $4, $5, $11 \
         FROM unnest($6::uuid[], $7::text[], $8::text[], $9::uuid[], $10::text[]) \
             AS e (id, action, object, object_id, fields)",
    )
    .bind(grant.tenant())
    .bind(grant.actor().kind())
    .bind(grant.actor().id())
    .bind(request_id)
    .bind(now)
    .bind(&ids)
    .bind(changes.iter().map(|change| change.action.as_str()).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| change.object.name).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| change.id).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| change.fields.join(",")).collect::<Vec<_>>())
    .bind(ip)
    .execute(tx.conn())
    .await?;
    let mut values = Values::default();
    // A thousand records that are new at once: what each began with is one value, else the values would cost more than
    // the records themselves.
    let whole = changes.len() > FIELD_BY_FIELD;
    let (mut new, mut began) = (Vec::new(), Vec::new());
    for (change, id) in changes.iter().zip(&ids) {
        if whole && change.action == Action::Create {
            new.push(*id);
            began.push(sqlx::types::Json(Began(change)));
            continue;
        }
        for field in &change.fields {
            values.audit_ids.push(*id);
            values.fields.push(field);
            values.old.push(logged(change.value_before(field)));
            values.new.push(logged(change.value_after(field)));
        }
    }
    if !new.is_empty() {
        sqlx::query(
            "INSERT INTO audit_values (tenant_id, audit_id, field, new) \
             SELECT $1, e.id, $2, e.new FROM unnest($3::uuid[], $4::jsonb[]) AS e (id, new)",
        )
        .bind(grant.tenant())
        .bind(ALL_FIELDS)
        .bind(new)
        .bind(began)
        .execute(tx.conn())
        .await?;
    }
    if values.fields.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO audit_values (tenant_id, audit_id, field, old, new) \
         SELECT $1, e.* FROM unnest($2::uuid[], $3::text[], $4::jsonb[], $5::jsonb[]) AS e (audit_id, field, old, new)",
    )
    .bind(grant.tenant())
    .bind(values.audit_ids)
    .bind(values.fields)
    .bind(values.old)
    .bind(values.new)
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(Default)]
struct Values {
    audit_ids: Vec<Uuid>,
    fields: Vec<&'static str>,
    old: Vec<Option<Json>>,
    new: Vec<Option<Json>>,
}

/// That a tracked field of a record had one value until now, and another one since.
struct Turned<'c> {
    object: &'static str,
    record: Uuid,
    field: &'c str,
    old: Option<Json>,
    new: Option<Json>,
}

/// The history of the tracked fields. A record's first values are no change: they held since it was made, also those that an
/// import could only give it within a day.
async fn history(tx: &mut TenantTx, changes: &[Change<'_>]) -> Result<(), StoreError> {
    let edits = changes.iter().filter(|change| change.before.is_some());
    let turned = edits.flat_map(|change| {
        let is_tracked = |name: &&&'static str| {
            change.object.field(name).is_some_and(|field| field.tracked)
                && !(change.completes && change.value_before(name).is_null())
        };
        let tracked = change.fields.iter().filter(is_tracked);
        tracked.map(move |field| Turned {
            object: change.object.name,
            record: change.id,
            field,
            old: logged(change.value_before(field)),
            new: logged(change.value_after(field)),
        })
    });
    keep(tx, turned.collect()).await
}

/// The history of a tracked field that many records had changed from one value to another by one statement.
pub(crate) async fn turned(
    tx: &mut TenantTx,
    object: &'static Object,
    field: &str,
    ids: &[Uuid],
    (old, new): (&Json, &Json),
) -> Result<(), StoreError> {
    let said = |value: &Json| (!value.is_null()).then(|| value.clone());
    let turned = ids.iter().map(|id| Turned {
        object: object.name,
        record: *id,
        field,
        old: said(old),
        new: said(new),
    });
    keep(tx, turned.collect()).await
}

async fn keep(tx: &mut TenantTx, turned: Vec<Turned<'_>>) -> Result<(), StoreError> {
    if turned.is_empty() {
        return Ok(());
    }
    let (grant, now) = (*tx.grant(), tx.now());
    let ids: Vec<Uuid> = turned.iter().map(|_| Uuid::now_v7()).collect();
    let objects: Vec<&str> = turned.iter().map(|one| one.object).collect();
    let records: Vec<Uuid> = turned.iter().map(|one| one.record).collect();
    let fields: Vec<&str> = turned.iter().map(|one| one.field).collect();
    let (old, new): (Vec<_>, Vec<_>) = turned.into_iter().map(|one| (one.old, one.new)).unzip();
    sqlx::query(
        "INSERT INTO field_changes (tenant_id, id, object, record_id, field, old, new, effective_at, recorded_at, \
             actor_kind, actor_id) \
         SELECT $1, e.id, e.object, e.record_id, e.field, e.old, e.new, $2, $2, $3, $4 \
         FROM unnest($5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::jsonb[], $10::jsonb[]) \
             AS e (id, object, record_id, field, old, new)",
    )
    .bind(grant.tenant())
    .bind(now)
    .bind(grant.actor().kind())
    .bind(grant.actor().id())
    .bind(ids)
    .bind(objects)
    .bind(records)
    .bind(fields)
    .bind(old)
    .bind(new)
    .execute(tx.conn())
    .await?;
    Ok(())
}
