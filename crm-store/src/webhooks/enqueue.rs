//! Into the outbox, in the transaction of the change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use uuid::Uuid;

use super::WEBHOOK_JOB;
use crate::{StoreError, TenantTx, feed::FeedEvent};

/// Rows of one statement.
const BATCH: usize = 5_000;

/// Writes what the endpoints of the tenant are to be told of these events. One look into an index where nobody listens.
///
/// A body has ids and names of fields; who is told asks for the record, as whom its own key says it is.
pub async fn enqueue(tx: &mut TenantTx, events: &[FeedEvent]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut words = BTreeSet::from(["*".to_owned()]);
    for event in events {
        words.insert(event.name());
        words.insert(format!("{}.*", event.object));
    }
    // Where the tenant has switched webhooks off, nobody listens.
    let listeners: Vec<(String, Uuid)> = sqlx::query_as(
        "SELECT event, endpoint_id FROM webhook_subscriptions WHERE event = ANY ($1) \
           AND (SELECT COALESCE(NOT settings -> 'gates' -> 'off' ? 'webhooks', true) FROM tenants)",
    )
    .bind(words.into_iter().collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    if listeners.is_empty() {
        return Ok(());
    }
    let mut by_word: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for (word, endpoint) in &listeners {
        by_word.entry(word).or_default().push(*endpoint);
    }
    let mut rows = Rows::default();
    let mut told = BTreeSet::new();
    for event in events {
        let name = event.name();
        let all = format!("{}.*", event.object);
        let endpoints: BTreeSet<Uuid> = [name.as_str(), &all, "*"]
            .iter()
            .filter_map(|word| by_word.get(word))
            .flatten()
            .copied()
            .collect();
        if !endpoints.is_empty() {
            rows.add(tx, event, &name, &endpoints);
            told.extend(endpoints);
        }
        if rows.ids.len() >= BATCH {
            std::mem::take(&mut rows).write(tx).await?;
        }
    }
    rows.write(tx).await?;
    let keys: Vec<String> = told.iter().map(Uuid::to_string).collect();
    tx.jobs().enqueue_all(WEBHOOK_JOB, &keys).await
}

#[derive(Default)]
struct Rows {
    ids: Vec<Uuid>,
    endpoints: Vec<Uuid>,
    event_ids: Vec<Uuid>,
    names: Vec<String>,
    bodies: Vec<String>,
}

impl Rows {
    fn add(&mut self, tx: &TenantTx, event: &FeedEvent, name: &str, endpoints: &BTreeSet<Uuid>) {
        let actor = tx.grant().actor();
        let body = json!({
            "type": name,
            "timestamp": tx.now(),
            "data": {
                "object": event.object,
                "id": event.record,
                "version": event.version,
                "fields": event.fields,
                "refs": event.refs,
                "actor": {"kind": actor.kind(), "id": actor.id()},
            },
        })
        .to_string();
        let event_id = Uuid::now_v7();
        for endpoint in endpoints {
            self.ids.push(Uuid::now_v7());
            self.endpoints.push(*endpoint);
            self.event_ids.push(event_id);
            self.names.push(name.to_owned());
            self.bodies.push(body.clone());
        }
    }

    async fn write(self, tx: &mut TenantTx) -> Result<(), StoreError> {
        if self.ids.is_empty() {
            return Ok(());
        }
        let (tenant, now) = (tx.grant().tenant(), tx.now());
        sqlx::query(
            "INSERT INTO webhook_deliveries (tenant_id, id, endpoint_id, event_id, event, body, next_at, created_at, updated_at) \
             SELECT $1, d.id, d.endpoint_id, d.event_id, d.event, d.body, $7, $7, $7 \
             FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[]) AS d (id, endpoint_id, event_id, event, body)",
        )
        .bind(tenant)
        .bind(self.ids)
        .bind(self.endpoints)
        .bind(self.event_ids)
        .bind(self.names)
        .bind(self.bodies)
        .bind(now)
        .execute(tx.conn())
        .await?;
        Ok(())
    }
}
