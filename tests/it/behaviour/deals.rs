//! Opportunities and their stages.

use super::*;

async fn deal(world: &World) -> Record {
    world
        .create(
            &catalog::OPPORTUNITY,
            json!({"name": "Looms", "amount": {"amount": "1000", "currency": "EUR"}}),
        )
        .await
}

#[tokio::test]
async fn a_new_tenant_has_stages_and_a_deal_begins_in_the_first() {
    let world = World::new().await;
    let deal = deal(&world).await;
    assert_eq!(deal.text("stage"), Some("Prospecting"));
    assert_eq!(deal.get("probability").to_json(), json!(10));
    assert_eq!(deal.text("forecast_category"), Some("pipeline"));
    assert_eq!(deal.get("stage_entered_at").as_time(), Some(at(FRIDAY)));
    assert_eq!(deal.get("is_closed").to_json(), json!(false));
}

#[tokio::test]
async fn a_move_brings_the_stages_probability_and_is_kept_in_the_history() {
    let world = World::new().await;
    let deal = deal(&world).await;
    world.pass(60);
    let moved = world.update(&deal, json!({"stage": "negotiation/review"})).await;
    assert_eq!(
        moved.text("stage"),
        Some("Negotiation/Review"),
        "spelled as the stage is"
    );
    assert_eq!(moved.get("probability").to_json(), json!(90));
    assert_eq!(moved.text("forecast_category"), Some("commit"));
    assert_eq!(
        moved.get("stage_entered_at").as_time(),
        Some(at("2026-01-09T11:00:00Z"))
    );

    let own = world
        .update(&moved, json!({"stage": "Qualification", "probability": 33}))
        .await;
    assert_eq!(
        own.get("probability").to_json(),
        json!(33),
        "what the seller says holds"
    );

    let history: Vec<(Json, Json, DateTime<Utc>)> = sqlx::query_as(
        "SELECT old, new, effective_at FROM field_changes WHERE record_id = $1 AND field = 'stage' AND old IS NOT NULL \
         ORDER BY effective_at, id",
    )
    .bind(deal.id)
    .fetch_all(&world.owner)
    .await
    .unwrap();
    assert_eq!(
        history,
        [
            (
                json!("Prospecting"),
                json!("Negotiation/Review"),
                at("2026-01-09T11:00:00Z")
            ),
            (
                json!("Negotiation/Review"),
                json!("Qualification"),
                at("2026-01-09T11:00:00Z")
            ),
        ]
    );
}

#[tokio::test]
async fn an_unknown_stage_is_refused_with_those_that_there_are() {
    let world = World::new().await;
    let error = try_create(
        &world.admin,
        &catalog::OPPORTUNITY,
        json!({"name": "x", "stage": "Dreaming"}),
    )
    .await
    .unwrap_err();
    assert!(
        words(&error).contains("must be one of Prospecting, Qualification"),
        "{}",
        words(&error)
    );
}

#[tokio::test]
async fn losing_needs_a_reason_and_closing_records_when() {
    let world = World::new().await;
    let deal = deal(&world).await;
    let refused = world.refused(&deal, json!({"stage": "Closed Lost"})).await;
    assert!(refused.contains("/closed_reason: say why"), "{refused}");

    world.pass(24 * 60);
    let lost = world
        .update(
            &deal,
            json!({"stage": "Closed Lost", "closed_reason": "price", "competitor": "Weavers"}),
        )
        .await;
    assert_eq!(lost.get("is_closed").to_json(), json!(true));
    assert_eq!(lost.get("is_won").to_json(), json!(false));
    assert_eq!(lost.get("closed_at").as_time(), Some(at("2026-01-10T10:00:00Z")));
    assert_eq!(lost.get("close_date").to_json(), json!("2026-01-10"));
    assert_eq!(lost.get("probability").to_json(), json!(0));

    let open = world.update(&lost, json!({"stage": "Qualification"})).await;
    assert_eq!(open.get("is_closed").to_json(), json!(false));
    assert!(
        open.get("closed_at").is_null() && open.get("closed_reason").is_null(),
        "reopened"
    );

    let won = world.update(&open, json!({"stage": "Closed Won"})).await;
    assert_eq!(won.get("is_won").to_json(), json!(true));
    assert_eq!(won.get("probability").to_json(), json!(100));
    let reasons = "SELECT count(*) FROM field_changes WHERE record_id = $1 AND field = 'closed_reason' AND old = '\"price\"'";
    assert_eq!(
        world.count(reasons, deal.id).await,
        1,
        "why it was lost once is not forgotten"
    );
}

#[tokio::test]
async fn a_deal_of_another_system_arrives_closed_without_a_reason() {
    let world = World::new().await;
    let old = world
        .create(
            &catalog::OPPORTUNITY,
            json!({"name": "old", "stage": "Closed Lost", "close_date": "2025-03-01"}),
        )
        .await;
    assert_eq!(old.get("is_closed").to_json(), json!(true));
    assert_eq!(old.get("closed_at").as_time(), Some(at("2025-03-01T12:00:00Z")));
}
