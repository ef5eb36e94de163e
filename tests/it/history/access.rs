//! Histories are read as whoever asks.

use crm_store::{TenantStore, catalog, history::Which};
use serde_json::json;
use uuid::Uuid;

use super::{Known, World, create, update};

async fn deals(store: &TenantStore) -> Vec<Uuid> {
    let mut tx = store.begin().await.unwrap();
    let deals = tx.deal_histories(Which::All, None, 100).await.unwrap();
    deals.iter().map(crm_store::history::DealHistory::id).collect()
}

#[tokio::test]
async fn everybody_reads_what_they_may_see_and_a_job_reads_all() {
    let world = World::new("2026-01-09T10:00:00Z".parse().unwrap()).await;
    let (jon, rep) = world.person("jon", "sales").await;
    let (ann, other) = world.person("ann", "sales").await;
    let (_, manager) = world.person("mia", "manager").await;
    let admin = &world.admin;
    let mut ids = Vec::new();
    for owner in [jon, ann] {
        let account = create(
            admin,
            &catalog::ACCOUNT,
            json!({"name": "Loom", "owner_id": owner}),
        )
        .await;
        create(
            admin,
            &catalog::CASE,
            json!({"subject": "It squeaks", "account_id": account, "owner_id": owner}),
        )
        .await;
        let deal = json!({
            "name": "Looms", "stage": "Qualification", "owner_id": owner, "account_id": account,
        });
        let deal = create(admin, &catalog::OPPORTUNITY, deal).await;
        let act = json!({
            "type": "call", "subject": "Hello", "status": "completed", "occurred_at": world.now(),
            "opportunity_id": deal, "owner_id": owner,
        });
        create(admin, &catalog::ACTIVITY, act).await;
        create(
            admin,
            &catalog::LEAD,
            json!({"last_name": "Spinner", "owner_id": owner}),
        )
        .await;
        ids.push(deal);
    }
    let job = world.job().await;
    for (who, sees) in [
        (&rep, vec![ids[0]]),
        (&other, vec![ids[1]]),
        (&manager, ids.clone()),
        (admin, ids.clone()),
        (&job, ids.clone()),
    ] {
        assert_eq!(deals(who).await, sees);
        let known = Known::load(who).await;
        assert_eq!(
            (known.leads.len(), known.accounts.len()),
            (sees.len(), sees.len())
        );
        for deal in &known.deals {
            let now = deal.at(world.now());
            assert_eq!(now.done().count(), 1, "what was done comes along");
            assert_eq!(now.account().map(|account| account.cases().count()), Some(1));
        }
        // Asked for by its id, a deal of somebody else is absent.
        let mut tx = who.begin().await.unwrap();
        let asked = tx.deal_histories(Which::Ids(&ids), None, 10).await.unwrap();
        assert_eq!(asked.len(), sees.len());
    }
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended_and_each_selection_has_its_own() {
    let world = World::new("2026-01-09T10:00:00Z".parse().unwrap()).await;
    let mut ids = Vec::new();
    for at in 0..7 {
        let stage = if at % 3 == 0 {
            "Closed Won"
        } else {
            "Qualification"
        };
        let deal = json!({"name": "Looms", "stage": stage, "closed_reason": "Best fit"});
        ids.push(create(&world.admin, &catalog::OPPORTUNITY, deal).await);
    }
    ids.sort_unstable();
    let mut tx = world.admin.begin().await.unwrap();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = tx.deal_outlines(Which::All, after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        assert!(page.len() <= 3);
        seen.extend(page.iter().map(crm_store::history::DealHistory::id));
    }
    assert_eq!(seen, ids);
    let closed = Which::Closed {
        since: world.now() - chrono::TimeDelta::days(1),
    };
    assert_eq!(tx.deal_histories(closed, None, 10).await.unwrap().len(), 3);
    assert_eq!(tx.deal_histories(Which::Open, None, 10).await.unwrap().len(), 4);
}

#[tokio::test]
async fn what_lines_of_quotes_and_stages_said_is_known_to_whoever_sees_them() {
    let world = World::new(crm_store::Clock::now(&crm_store::SystemClock)).await;
    let (jon, rep) = world.person("jon", "sales").await;
    let deal = json!({"name": "Looms", "stage": "Qualification", "owner_id": jon});
    let deal = create(&rep, &catalog::OPPORTUNITY, deal).await;
    let quote = json!({"name": "Offer", "opportunity_id": deal, "currency": "EUR"});
    let quote = create(&rep, &catalog::QUOTE, quote).await;
    let line = json!({
        "quote_id": quote, "quantity": "2", "unit_price": {"amount": "100", "currency": "EUR"}, "discount_percent": "10",
    });
    let line = create(&rep, &catalog::QUOTE_LINE, line).await;
    let stage: Uuid = sqlx::query_scalar("SELECT id FROM pipeline_stages WHERE name = 'Qualification'")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    let told = async |at| {
        let mut tx = rep.begin().await.unwrap();
        let deal = tx
            .deal_histories(Which::Ids(&[deal]), None, 1)
            .await
            .unwrap()
            .remove(0);
        let discount = deal.at(at).quotes().next().unwrap().discount.unwrap();
        (discount, deal.at(at).stage_probability().unwrap())
    };
    let then = world.now();
    let before = told(then).await;
    world.pass(24);
    update(
        &rep,
        &catalog::QUOTE_LINE,
        line,
        json!({"discount_percent": "50"}),
    )
    .await;
    update(
        &world.admin,
        &catalog::PIPELINE_STAGE,
        stage,
        json!({"probability": 77}),
    )
    .await;
    assert_eq!(told(then).await, before, "as it was");
    assert_eq!(told(world.now()).await, (0.5, 0.77), "as it is");
}
