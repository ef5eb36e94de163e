//! A stage is renamed while a model is active: scores, what they lean on, similar deals and steps stay what they were.

use std::sync::Arc;

use crm_store::{
    TenantStore,
    catalog::PIPELINE_STAGE,
    models::ModelKind,
    records::{Draft, ListQuery},
};
use crm_tools::{
    predictions::{Occasion, Outcome, Predictor, Why, score_all, train},
    win::{Advisor, Parts, WinCard},
};
use uuid::Uuid;

use crate::win_support::{LITTLE, MUCH, Past, SECOND};

/// The card of a deal as it is after all deals were scored, by somebody who knows nothing of before.
async fn card(predictor: &Arc<Predictor>, tenant: &TenantStore, deal: Uuid) -> WinCard {
    score_all(predictor, &tenant.predicting(), ModelKind::Win, Why::Model)
        .await
        .unwrap();
    let advisor = Advisor::new(Arc::clone(predictor));
    let card = advisor.card(tenant, None, deal, Parts::ALL).await.unwrap();
    card.expect("a deal that the reader sees")
}

async fn rename(tenant: &TenantStore, from: &str, to: &str) {
    let mut tx = tenant.begin().await.unwrap();
    let mut stages = tx.records(&PIPELINE_STAGE);
    let all = stages.list(&ListQuery::default()).await.unwrap().records;
    let stage = all.iter().find(|stage| stage.text("name") == Some(from)).unwrap();
    let draft = Draft::new(&PIPELINE_STAGE).with("name", to);
    stages.update(stage.id, draft, None).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_renamed_stage_keeps_score_prior_similar_deals_and_steps() {
    let past = Past::new().await;
    past.ended(160).await;
    let deal = past.deal("Left alone", 2_000).await;
    past.days(1);
    past.stage(deal, SECOND).await;
    past.effort(deal, LITTLE).await;
    let other = past.deal("Cared for", 2_000).await;
    past.effort(other, MUCH).await;
    past.days(2);
    let predictor = Arc::new(Predictor::default());
    let learned = train(
        &predictor,
        &past.tenant.predicting(),
        ModelKind::Win,
        Occasion::Turn,
    )
    .await;
    assert!(matches!(learned.unwrap(), Outcome::Activated(_)));
    let before = card(&predictor, &past.tenant, deal).await;
    let score = before.score.clone().unwrap();
    assert!(
        !before.next_steps.is_empty() && !before.changes.is_empty(),
        "{before:?}"
    );

    rename(&past.tenant, SECOND, "Offer").await;
    let after = card(&predictor, &past.tenant, deal).await;
    let now = after.score.clone().unwrap();
    assert_eq!(
        (now.probability, now.log_odds, now.prior),
        (score.probability, score.log_odds, score.prior)
    );
    assert_eq!(after.changes, before.changes);
    assert_eq!(after.next_steps, before.next_steps);
    let alike = |card: &WinCard| {
        let similar = card.similar.clone().unwrap();
        let deals: Vec<Uuid> = similar.deals.iter().map(|deal| deal.id).collect();
        (similar.n, similar.won, deals)
    };
    assert_eq!((alike(&before).0, alike(&after)), (20, alike(&before)));
    // People read the name of the day: a score that did not move is written again on the next.
    past.days(1);
    let next = card(&predictor, &past.tenant, deal).await;
    let reads = |card: &WinCard| serde_json::to_string(card).unwrap();
    assert!(reads(&before).contains(SECOND));
    assert!(!reads(&next).contains(SECOND), "{}", reads(&next));
    past.store.close().await;
}
