//! Reading the feed as an actor.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    Feed,
    cursor::{FeedCursor, Part, Snapshot},
};
use crate::{
    StoreError,
    access::{Access, FieldRule, Verb},
    catalog::{Kind, Object, SeenBy, object},
    questions::ALERTS,
};

/// The action of an event about a record whose row is gone for good.
const ERASED: &str = "erased";

/// An event as its reader sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedItem {
    /// Its place; a reader that comes back with it gets every later event once.
    #[serde(skip)]
    pub cursor: FeedCursor,
    /// What happened, such as `lead.created`.
    #[serde(rename = "type")]
    pub name: String,
    /// To what kind of record.
    pub object: String,
    /// To which record; none when many of the object changed at once.
    pub id: Option<Uuid>,
    /// The record's version after the change.
    pub version: Option<i64>,
    /// The names of the fields that changed, without those that the reader's role hides.
    pub fields: Vec<String>,
    /// Ids of other records that belong to it.
    pub refs: Value,
    /// `user`, `api_key`, `visitor` or `job`.
    pub actor_kind: String,
    /// Who did it.
    pub actor_id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a reader gets at once.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedBatch {
    /// The events that the actor may see.
    pub items: Vec<FeedItem>,
    /// Where to read on.
    pub next: FeedCursor,
    /// Whether there is more already.
    pub more: bool,
}

/// What came of reading.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// The next events.
    Batch(FeedBatch),
    /// Events after the place are gone: read the records anew, then go on from here.
    Reset(FeedCursor),
}

#[derive(sqlx::FromRow)]
struct Row {
    now: String,
    floor: Option<i64>,
    /// The rest is there when there was an event.
    xid: Option<i64>,
    seq: Option<i64>,
    object: Option<String>,
    action: Option<String>,
    record_id: Option<Uuid>,
    record_version: Option<i64>,
    fields: Option<Vec<String>>,
    refs: Option<Value>,
    owner_id: Option<Uuid>,
    actor_kind: Option<String>,
    actor_id: Option<Uuid>,
    at: Option<DateTime<Utc>>,
}

/// One event before anybody asked whether the reader may see it.
struct Event {
    item: FeedItem,
    owner: Option<Uuid>,
    erased: bool,
}

/// The lower bound comes first, so that the index is entered where the reader stopped whatever the planner thinks of
/// the rest. Numbers from before a restore into another server may lie in the future: those are not passed on.
const READ: &str = "\
    SELECT s.now::text, f.xid AS floor, e.xid, e.seq, e.object, e.action, e.record_id, e.record_version, e.fields, e.refs, \
           e.owner_id, e.actor_kind, e.actor_id, e.at \
    FROM (SELECT pg_current_snapshot() AS now) s LEFT JOIN feed_floors f ON true LEFT JOIN LATERAL (\
        SELECT * FROM feed_events e \
        WHERE e.xid >= GREATEST($1::bigint, $4::bigint) AND (e.xid >= $2 OR e.xid = ANY ($3::bigint[])) \
          AND (e.xid, e.seq) > ($4, $5::bigint) AND e.xid < LEAST($6::bigint, pg_snapshot_xmax(s.now)::text::bigint) \
          AND NOT e.xid = ANY ($7::bigint[]) AND ($8::text[] IS NULL OR e.object = ANY ($8)) \
        ORDER BY e.xid, e.seq LIMIT $9) e ON true \
    ORDER BY e.xid, e.seq";

impl Feed<'_> {
    /// The place behind everything that has happened so far.
    pub async fn now(&mut self) -> Result<FeedCursor, StoreError> {
        let now: String = sqlx::query_scalar("SELECT pg_current_snapshot()::text")
            .fetch_one(self.0.conn())
            .await?;
        Ok(FeedCursor::after(now.parse()?))
    }

    /// Up to `limit` events after a place, of these objects or of all, without those that the actor may not see.
    pub async fn read(
        &mut self,
        after: &FeedCursor,
        objects: Option<&[String]>,
        limit: i64,
    ) -> Result<Read, StoreError> {
        let part = after.part.as_ref();
        let rows: Vec<Row> = sqlx::query_as(READ)
            .bind(after.read.oldest)
            .bind(after.read.next)
            .bind(&after.read.open)
            .bind(part.map_or(-1, |part| part.xid))
            .bind(part.map_or(-1, |part| part.seq))
            .bind(part.map_or(i64::MAX, |part| part.of.next))
            .bind(part.map_or(&[] as &[i64], |part| &part.of.open))
            .bind(objects)
            .bind(limit)
            .fetch_all(self.0.conn())
            .await?;
        let Some(first) = rows.first() else {
            return Err(StoreError::Corrupt {
                what: "the snapshot of the database".to_owned(),
            });
        };
        let now: Snapshot = first.now.parse()?;
        // Pruned from the place on; or of another server, whose transactions have other numbers.
        let pruned = first.floor.is_some_and(|floor| after.read.missed(floor, &now));
        if pruned || after.read.next > now.next || part.is_some_and(|part| part.of.next > now.next) {
            return Ok(Read::Reset(FeedCursor::after(now)));
        }
        let of = part.map_or(now, |part| part.of.clone());
        let events: Vec<Event> = rows
            .into_iter()
            .filter_map(|row| event(row, &after.read, &of))
            .collect();
        let full = i64::try_from(events.len()).is_ok_and(|count| count >= limit);
        let next = match events.last() {
            Some(last) if full => last.item.cursor.clone(),
            _ => FeedCursor::after(of),
        };
        let mut items = self.visible(events).await?;
        if let (false, Some(last)) = (full, items.last_mut()) {
            last.cursor = next.clone();
        }
        Ok(Read::Batch(FeedBatch {
            items,
            next,
            // After the rest of a part comes what happened since.
            more: full || part.is_some(),
        }))
    }

    /// Leaves out what the actor may not see.
    async fn visible(&mut self, events: Vec<Event>) -> Result<Vec<FeedItem>, StoreError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let access = self.0.access().await?;
        let me = self.0.grant().actor().id();
        let mut wanted: HashMap<&'static str, Vec<Uuid>> = HashMap::new();
        for event in &events {
            if let (Some(object), Some(id)) = (readable(&access, &event.item), event.item.id) {
                wanted.entry(object.name).or_default().push(id);
            }
        }
        let mut seen = HashSet::new();
        for (name, ids) in wanted {
            if let Some(object) = object(name) {
                self.seen(object, &ids, &mut seen).await?;
            }
        }
        Ok(events
            .into_iter()
            .filter_map(|event| {
                if event.item.object == ALERTS {
                    return (event.owner == Some(me)).then_some(event.item);
                }
                let object = readable(&access, &event.item)?;
                let heard = match event.item.id {
                    // No row is left whose rules could decide.
                    Some(_) if event.erased => hears_of_erased(&access, object, event.owner),
                    Some(id) => seen.contains(&(object.name, id)),
                    None => true,
                };
                heard.then(|| hide_fields(&access, object, event.item)).flatten()
            })
            .collect())
    }

    /// Adds which of these records the actor sees.
    async fn seen(
        &mut self,
        object: &'static Object,
        ids: &[Uuid],
        seen: &mut HashSet<(&'static str, Uuid)>,
    ) -> Result<(), StoreError> {
        let mut query = QueryBuilder::new("SELECT id FROM ");
        query
            .push(object.table)
            .push(" WHERE id = ANY (")
            .push_bind(ids)
            .push(")");
        let found: Vec<Uuid> = query.build_query_scalar().fetch_all(self.0.conn()).await?;
        seen.extend(found.into_iter().map(|id| (object.name, id)));
        Ok(())
    }
}

/// The object of an event, if the actor may read such records at all.
fn readable(access: &Access, item: &FeedItem) -> Option<&'static Object> {
    object(&item.object).filter(|object| access.can(object, Verb::Read))
}

/// Whether the actor hears that a record was erased: whoever was sure to see it.
fn hears_of_erased(access: &Access, object: &Object, owner: Option<Uuid>) -> bool {
    let Kind::Record(rules) = object.kind else {
        return access.can(object, Verb::ViewAll);
    };
    let open = match rules.seen_by {
        SeenBy::Tenant => true,
        SeenBy::Owner => owner.is_some_and(|owner| access.owners().contains(&owner)),
        SeenBy::Parent(..) | SeenBy::Related => false,
    };
    open || access.can(object, Verb::ViewAll)
}

/// Leaves hidden fields out; a change of nothing but hidden fields is no event for this reader.
fn hide_fields(access: &Access, object: &Object, mut item: FeedItem) -> Option<FeedItem> {
    let before = item.fields.len();
    item.fields
        .retain(|field| access.field_rule(object, field) != Some(FieldRule::Hidden));
    let told = before == 0 || !item.fields.is_empty() || item.name.ends_with(".created");
    told.then_some(item)
}

fn event(row: Row, read: &Snapshot, of: &Snapshot) -> Option<Event> {
    let (xid, seq, action) = (row.xid?, row.seq?, row.action?);
    let object = row.object?;
    let cursor = FeedCursor {
        read: read.clone(),
        part: Some(Part {
            of: of.clone(),
            xid,
            seq,
        }),
    };
    Some(Event {
        erased: action == ERASED,
        item: FeedItem {
            cursor,
            name: format!("{object}.{action}"),
            object,
            id: row.record_id,
            version: row.record_version,
            fields: row.fields.unwrap_or_default(),
            refs: row.refs.unwrap_or_default(),
            actor_kind: row.actor_kind?,
            actor_id: row.actor_id?,
            at: row.at?,
        },
        owner: row.owner_id,
    })
}
