//! Messages of leads and of people at customers, of which it is found a day later how they felt.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::history::World;

/// With whom something was said.
#[derive(Debug, Clone, Copy)]
pub(super) enum With {
    Lead(Uuid),
    Contact(Uuid),
}

/// Something was said at a moment: `inbound` by them, `outbound` by us, and `internal` among us.
pub(super) async fn message(world: &World, with: With, direction: &str, at: DateTime<Utc>, felt: &str) {
    heard(world, with, (direction, felt), at, at + TimeDelta::days(1)).await;
}

/// The same, of which it is found at a moment how it felt.
pub(super) async fn heard(
    world: &World,
    with: With,
    (direction, felt): (&str, &str),
    at: DateTime<Utc>,
    found: DateTime<Utc>,
) {
    let (lead, contact) = match with {
        With::Lead(lead) => (Some(lead), None),
        With::Contact(contact) => (None, Some(contact)),
    };
    sqlx::query(
        "WITH begun AS (INSERT INTO conversations (tenant_id, id, channel, status, message_count, created_at, updated_at) \
             VALUES ($1, $2, 'email', 'open', 1, $3, $3)) \
         INSERT INTO messages (tenant_id, id, conversation_id, direction, author_kind, body, created_at, lead_id, contact_id, \
             sentiment, processed_at) \
         VALUES ($1, $4, $2, $5, 'visitor', 'Hm.', $3, $6, $7, $8::numeric, $9)",
    )
    .bind(world.tenant())
    .bind(Uuid::now_v7())
    .bind(at)
    .bind(Uuid::now_v7())
    .bind(direction)
    .bind(lead)
    .bind(contact)
    .bind(felt)
    .bind(found)
    .execute(&world.owner)
    .await
    .unwrap();
}
