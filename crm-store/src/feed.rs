//! The feed: what changed, for consoles and webhooks.
//!
//! [`append`] writes events in the transaction of the change and wakes the readers of all replicas when it commits.
//! A reader gets what its actor may see *now*: each event's record is looked for under the actor's own rules, and the
//! names of fields that the role hides are left out. The values of records are not in the feed; a reader asks for them.

mod cursor;
mod prune;
mod read;

pub use cursor::FeedCursor;
pub use read::{FeedBatch, FeedItem, Read};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Grant, StoreError, TenantTx, ids::TenantId, webhooks};

/// The channel of Postgres that is notified, with the tenant's id, when events were appended.
pub const FEED_CHANNEL: &str = "feed";

/// Whose news a notification on [`FEED_CHANNEL`] announces. It opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Topic(TenantId);

impl Topic {
    /// The news that this grant's holder may ask for.
    pub const fn of(grant: &Grant) -> Self {
        Self(grant.tenant())
    }

    /// Reads what a notification said.
    pub fn announced(payload: &str) -> Option<Self> {
        payload.parse().ok().map(Self)
    }
}

/// From so many events of one kind at once on, readers are told that many records changed.
const MANY: usize = 500;

/// A change, for the feed and for webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEvent {
    /// The name of the object in the catalogue, such as `lead`, or [`ALERTS`](crate::questions::ALERTS).
    pub object: &'static str,
    /// What happened to it: `created`, `updated`, `deleted`, `restored`, `erased` when its row is gone for good, or a
    /// word of the object such as `converted`.
    pub action: &'static str,
    /// The record; none when many changed at once.
    pub record: Option<Uuid>,
    /// The names of the fields that changed.
    pub fields: Vec<String>,
    /// The record's version after the change.
    pub version: Option<i64>,
    /// Who owns the record: decides who hears of it once it is gone.
    pub owner: Option<Uuid>,
    /// Ids that a reader wants with it, an object such as `{"conversation_id": "…"}`: of records that whoever sees the
    /// record may know of.
    pub refs: Value,
}

impl FeedEvent {
    /// A change of one record.
    pub fn new(object: &'static str, action: &'static str, record: Uuid) -> Self {
        Self {
            object,
            action,
            record: Some(record),
            fields: Vec::new(),
            version: None,
            owner: None,
            refs: json!({}),
        }
    }

    /// Its name, such as `lead.created`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.object, self.action)
    }
}

/// The feed of the tenant.
#[derive(Debug)]
pub struct Feed<'t>(&'t mut TenantTx);

impl TenantTx {
    /// What changed, for readers.
    pub fn feed(&mut self) -> Feed<'_> {
        Feed(self)
    }
}

/// Appends events in the transaction of the change, in one statement. Readers hear of them when it commits.
pub async fn append(tx: &mut TenantTx, events: &[FeedEvent]) -> Result<(), StoreError> {
    let merged;
    let events = if events.len() < MANY {
        events
    } else {
        merged = merge(events);
        merged.as_slice()
    };
    if events.is_empty() {
        return Ok(());
    }
    let (grant, now) = (*tx.grant(), tx.now());
    let fields: Vec<String> = events.iter().map(|event| event.fields.join(",")).collect();
    let refs: Vec<&Value> = events.iter().map(|event| &event.refs).collect();
    sqlx::query(
        "WITH added AS (\
             INSERT INTO feed_events (tenant_id, object, action, record_id, fields, record_version, owner_id, refs, \
                 actor_kind, actor_id, at) \
             SELECT $1, e.object, e.action, e.record_id, string_to_array(e.fields, ','), e.version, \
                 e.owner_id, e.refs, $9, $10, $11 \
             FROM unnest($2::text[], $3::text[], $4::uuid[], $5::text[], $6::bigint[], $7::uuid[], $8::jsonb[]) \
                 WITH ORDINALITY AS e (object, action, record_id, fields, version, owner_id, refs, n) ORDER BY e.n) \
         SELECT pg_notify($12, $1::text)",
    )
    .bind(grant.tenant())
    .bind(events.iter().map(|event| event.object).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.action).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.record).collect::<Vec<_>>())
    .bind(fields)
    .bind(events.iter().map(|event| event.version).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.owner).collect::<Vec<_>>())
    .bind(refs)
    .bind(grant.actor().kind())
    .bind(grant.actor().id())
    .bind(now)
    .bind(FEED_CHANNEL)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Appends events and puts them into the outboxes of the webhooks that want them.
pub async fn publish(tx: &mut TenantTx, events: &[FeedEvent]) -> Result<(), StoreError> {
    append(tx, events).await?;
    webhooks::enqueue(tx, events).await
}

/// One event for all records of a kind where there are many: an import is no reason to tell a console a hundred
/// thousand times to read one record.
fn merge(events: &[FeedEvent]) -> Vec<FeedEvent> {
    let mut kinds: Vec<(&'static str, &'static str, usize)> = Vec::new();
    for event in events {
        let known = kinds
            .iter_mut()
            .find(|(object, action, _)| *object == event.object && *action == event.action);
        match known {
            Some((.., count)) => *count += 1,
            None => kinds.push((event.object, event.action, 1)),
        }
    }
    let is_many = |event: &FeedEvent| {
        kinds.iter().any(|(object, action, count)| {
            *object == event.object && *action == event.action && *count >= MANY
        })
    };
    let mut merged: Vec<FeedEvent> = events.iter().filter(|event| !is_many(event)).cloned().collect();
    merged.extend(
        kinds
            .iter()
            .filter(|(.., count)| *count >= MANY)
            .map(|(object, action, _)| FeedEvent {
                record: None,
                ..FeedEvent::new(object, action, Uuid::nil())
            }),
    );
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_events_of_a_kind_become_one_and_the_rest_stay() {
        let mut events: Vec<FeedEvent> = (0..MANY)
            .map(|_| FeedEvent::new("lead", "created", Uuid::now_v7()))
            .collect();
        let rest = FeedEvent::new("lead", "updated", Uuid::now_v7());
        events.push(rest.clone());
        let merged = merge(&events);
        assert_eq!(merged.len(), 2);
        assert_eq!(merged[0], rest);
        assert_eq!(
            (merged[1].name().as_str(), merged[1].record),
            ("lead.created", None)
        );
    }
}
