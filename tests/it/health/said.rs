//! What is said of customers: what it goes by where no model is active, and what it is compared with.

use crm_store::models::ModelKind;
use crm_tools::{
    health::{HealthChange, customers},
    predictions::{Predictor, Why, score_all, score_one},
    whose::Whose,
};
use serde_json::json;
use uuid::Uuid;

use super::World;

/// The risk that is said of an account when somebody asks, by a process that knows nothing yet.
async fn asked(world: &World, account: Uuid) -> f64 {
    let service = world.tenant.predicting();
    let predictor = Predictor::default();
    let score = score_one(&predictor, &service, ModelKind::Churn, account, Why::Asked).await;
    score.unwrap().unwrap().probability
}

#[tokio::test]
async fn whoever_asks_for_one_goes_by_what_the_night_found_usual() {
    let world = World::new().await;
    let account = world.customer("Acorn Ltd").await;
    let believed = asked(&world, account).await;
    assert!((believed - 0.05).abs() < 1e-9, "{believed}");
    score_all(
        &Predictor::default(),
        &world.tenant.predicting(),
        ModelKind::Churn,
        Why::Night,
    )
    .await
    .unwrap();
    // What is kept is marked: nobody could find that out.
    let marked = sqlx::query(
        "UPDATE usual_figures SET figures = jsonb_set(figures, '{accounts}', $1) WHERE kind = 'churn'",
    )
    .bind(json!({"of": 80.0, "good": 49.0}))
    .execute(&world.owner)
    .await
    .unwrap();
    assert_eq!(marked.rows_affected(), 1);
    let told = asked(&world, account).await;
    assert!((told - 0.5).abs() < 1e-9, "{told}");
    // Also another customer, and half a week later.
    world.days(3);
    let other = world.customer("Birch Ltd").await;
    assert!((asked(&world, other).await - 0.5).abs() < 1e-9);
    // Words of another version are found out anew, and so is what is older than a week.
    sqlx::query("UPDATE usual_figures SET figures = '1'")
        .execute(&world.owner)
        .await
        .unwrap();
    assert!((asked(&world, other).await - 0.05).abs() < 1e-9);
    sqlx::query("UPDATE usual_figures SET figures = jsonb_build_object('accounts', $1::jsonb)")
        .bind(json!({"of": 80.0, "good": 49.0}))
        .execute(&world.owner)
        .await
        .unwrap();
    assert!((asked(&world, other).await - 0.5).abs() < 1e-9);
    world.days(5);
    assert!((asked(&world, other).await - 0.05).abs() < 1e-9);
}

#[tokio::test]
async fn another_model_changes_nobodys_health() {
    let world = World::new().await;
    let account = world.customer("Acorn Ltd").await;
    let change = async || -> Option<HealthChange> {
        let (page, _) = customers(&world.tenant, Whose::All, 10, None).await.unwrap();
        assert_eq!(page.len(), 1);
        page[0].change
    };
    let first = world.model(1, "retired").await;
    let second = world.model(2, "active").await;
    world.said(account, Some(first), 0.02).await;
    world.days(40);
    world.said(account, Some(second), 0.2).await;
    assert_eq!(change().await, None);
    world.days(40);
    world.said(account, Some(second), 0.1).await;
    let moved = change().await.unwrap();
    assert_eq!(moved.from, 40, "what the same model said");
    // Nor does it when no model speaks any more.
    world.days(40);
    world.said(account, None, 0.05).await;
    assert_eq!(change().await, None);
}
