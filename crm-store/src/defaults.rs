//! What a new tenant has from the first moment, so that it works at once: stages, a queue and a promise to customers.

use serde_json::json;
use uuid::Uuid;

use crate::{StoreError, SystemTx, ids::TenantId};

/// The stages of a new tenant in their order: name, kind, probability in percent, forecast category. They are those
/// that Salesforce gives a new organisation, so that its exports load as they are.
pub const STAGES: &[(&str, &str, i32, &str)] = &[
    ("Prospecting", "open", 10, "pipeline"),
    ("Qualification", "open", 10, "pipeline"),
    ("Needs Analysis", "open", 20, "pipeline"),
    ("Value Proposition", "open", 50, "pipeline"),
    ("Id. Decision Makers", "open", 60, "pipeline"),
    ("Perception Analysis", "open", 70, "best_case"),
    ("Proposal/Price Quote", "open", 75, "best_case"),
    ("Negotiation/Review", "open", 90, "commit"),
    ("Closed Won", "won", 100, "closed"),
    ("Closed Lost", "lost", 0, "omitted"),
];

/// Gives a new tenant its stages, its default SLA policy and its default queue. What is there already stays.
pub(crate) async fn defaults(tx: &mut SystemTx, tenant: TenantId) -> Result<(), StoreError> {
    let now = tx.now();
    let ids: Vec<Uuid> = STAGES.iter().map(|_| Uuid::now_v7()).collect();
    let positions: Vec<i32> = (1_i32..).zip(STAGES).map(|(position, _)| position * 10).collect();
    let names: Vec<&str> = STAGES.iter().map(|stage| stage.0).collect();
    let kinds: Vec<&str> = STAGES.iter().map(|stage| stage.1).collect();
    let probabilities: Vec<i32> = STAGES.iter().map(|stage| stage.2).collect();
    let categories: Vec<&str> = STAGES.iter().map(|stage| stage.3).collect();
    sqlx::query(
        "INSERT INTO pipeline_stages (tenant_id, id, name, position, kind, probability, forecast_category, created_at, updated_at) \
         SELECT $1, s.*, $8, $8 FROM unnest($2::uuid[], $3::text[], $4::integer[], $5::text[], $6::integer[], $7::text[]) s \
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(ids)
    .bind(names)
    .bind(positions)
    .bind(kinds)
    .bind(probabilities)
    .bind(categories)
    .bind(now)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "INSERT INTO sla_policies (tenant_id, id, name, targets, is_default, created_at, updated_at) \
         VALUES ($1, $2, 'Standard', $3, true, $4, $4) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(Uuid::now_v7())
    .bind(json!({
        "urgent": { "first_response": 30, "resolution": 240 },
        "high": { "first_response": 120, "resolution": 480 },
        "normal": { "first_response": 480, "resolution": 1440 },
        "low": { "first_response": 960, "resolution": 2880 },
    }))
    .bind(now)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "INSERT INTO queues (tenant_id, id, name, description, is_default, created_at, updated_at) \
         VALUES ($1, $2, 'General', 'Everything that belongs nowhere else', true, $3, $3) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(Uuid::now_v7())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}
