//! What happened to a case, written down for its timeline.

use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    records::{Action, Record, Value, Write},
};

/// Which fields make which event when they change.
const EVENTS: &[(&str, &[&str])] = &[
    ("status_changed", &["status"]),
    ("assigned", &["owner_id", "queue_id"]),
    ("priority_changed", &["priority"]),
    ("escalated", &["is_escalated"]),
    ("first_response", &["first_responded_at"]),
    ("sla_set", &["sla_policy_id"]),
    ("satisfaction", &["satisfaction"]),
];

/// Writes the events of many cases in one statement.
pub(super) async fn write(tx: &mut TenantTx, writes: &[Write]) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for write in writes {
        let Some(after) = &write.after else { continue };
        if write.action == Action::Create {
            let said = shown(after, &["status", "priority", "owner_id", "queue_id"]);
            rows.push(json!({"id": Uuid::now_v7(), "case_id": after.id, "kind": "created", "new": said}));
            continue;
        }
        for (kind, fields) in EVENTS {
            let changed: Vec<&str> = fields
                .iter()
                .copied()
                .filter(|field| write.changed.contains(field))
                .collect();
            if changed.is_empty() {
                continue;
            }
            let before = write.before.as_ref().map(|before| shown(before, &changed));
            rows.push(json!({
                "id": Uuid::now_v7(), "case_id": after.id, "kind": kind, "old": before, "new": shown(after, &changed),
            }));
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let (tenant, actor, now) = (tx.grant().tenant(), tx.grant().actor(), tx.now());
    sqlx::query(
        "INSERT INTO case_events (tenant_id, id, case_id, kind, old, new, actor_kind, actor_id, at) \
         SELECT $1, e.id, e.case_id, e.kind, e.old, e.new, $3, $4, $5 \
         FROM jsonb_to_recordset($2) AS e (id uuid, case_id uuid, kind text, old jsonb, new jsonb)",
    )
    .bind(tenant)
    .bind(Json::Array(rows))
    .bind(actor.kind())
    .bind(actor.id())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn shown(record: &Record, fields: &[&str]) -> Json {
    fields
        .iter()
        .map(|field| ((*field).to_owned(), Value::to_json(record.get(field))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
