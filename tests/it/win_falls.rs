//! What an event of a fall says of the change that caused it: to everybody, to webhooks, and to each reader of the feed.

use crm_store::{
    TenantStore,
    catalog::ACTIVITY,
    feed::{FeedCursor, FeedItem, Read},
    models::ModelKind,
    movers::WEEK,
    records::Draft,
    scores::ScorePart,
    webhooks::NewEndpoint,
};
use crm_tools::predictions::{Predictor, Why, hear, score_all, tell_movers};
use serde_json::{Value, json};

use crate::{
    http_people::People,
    win_office::{Office, changed, made, now as moment},
    win_support::{LOST, Past, SECOND, part, score},
};

async fn now(tenant: &TenantStore) -> FeedCursor {
    tenant.begin().await.unwrap().feed().now().await.unwrap()
}

/// The latest event of this name that a reader hears, as the console and programs get it.
async fn heard(tenant: &TenantStore, after: &FeedCursor, name: &str) -> Option<FeedItem> {
    let mut tx = tenant.begin().await.unwrap();
    let Read::Batch(mut batch) = tx.feed().read(after, None, 1_000).await.unwrap() else {
        panic!("no event was pruned")
    };
    hear(&mut tx, &mut batch.items).await.unwrap();
    batch.items.into_iter().rev().find(|item| item.name == name)
}

/// What moved, as a reader hears it.
async fn cause(tenant: &TenantStore, after: &FeedCursor, name: &str) -> Value {
    heard(tenant, after, name).await.expect("the event").refs["cause"].clone()
}

#[tokio::test]
async fn a_fall_names_the_change_in_words_to_whoever_may_see_it_and_to_nobody_else() {
    let office = Box::pin(Office::new()).await;
    let store = office.api.db.store().await;
    let at = async |email: &str| store.open(&store.operate("acme", Some(email)).await.unwrap().unwrap());
    let (rep, other, blind) = (
        at("rep@acme.test").await,
        at("other@acme.test").await,
        at("blind@acme.test").await,
    );
    let mut tx = office.tenant.begin().await.unwrap();
    let hook = NewEndpoint {
        url: "https://hooks.example/moved".to_owned(),
        description: None,
        events: vec!["opportunity.win_moved".to_owned()],
    };
    tx.webhooks().create(&hook).await.unwrap();
    tx.commit().await.unwrap();
    let owner = office.api.db.owner().await;
    let last =
        async |sql: &'static str| -> Value { sqlx::query_scalar(sql).fetch_one(&owner).await.unwrap() };
    let stored =
        "SELECT refs -> 'cause' FROM feed_events WHERE action = 'win_moved' ORDER BY seq DESC LIMIT 1";
    let sent =
        "SELECT body::jsonb -> 'data' -> 'refs' -> 'cause' FROM webhook_deliveries ORDER BY id DESC LIMIT 1";
    let tell = async || {
        let mut tx = office.tenant.predicting().begin().await.unwrap();
        let since = tx.now() - WEEK;
        let movers = tx.win_movers(since, 0.05, 20).await.unwrap();
        assert_eq!(movers.len(), 1);
        tell_movers(&mut tx, &movers).await.unwrap();
        tx.commit().await.unwrap();
    };
    let hidden = json!({"why": "record", "hidden": true});
    let begin = now(&office.tenant).await;

    // Nothing was written between the two: only time went by.
    office.score(0.9, 0.2).await;
    office.score(-0.9, 0.2).await;
    office.by_a_model().await;
    tell().await;
    let told = cause(&rep, &begin, "opportunity.win_moved").await;
    assert_eq!(
        (&told["by"], &told["words"], &told["records"]),
        (
            &json!("time"),
            &json!("Time went by. One call in the last 30 days."),
            &json!([])
        ),
        "{told}"
    );
    assert_eq!(
        last(stored).await,
        hidden,
        "who sees the deal need not see its calls"
    );
    assert_eq!(cause(&blind, &begin, "opportunity.win_moved").await, hidden);
    let to_hook = last(sent).await;
    assert_eq!(
        (&to_hook["feature"], &to_hook["words"]),
        (&json!("calls_30d"), &json!("calls 30d: time went by.")),
        "ids and names only: {to_hook}"
    );
    assert_eq!(
        heard(&other, &begin, "opportunity.win_moved").await,
        None,
        "a colleague who does not see the deal hears nothing"
    );

    // The call was changed before the score of now, and after that of before.
    let mut tx = office.tenant.begin().await.unwrap();
    let change = Draft::new(&ACTIVITY).with("subject", "They want it less");
    tx.records(&ACTIVITY)
        .update(office.call, change, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    tell().await;
    let told = cause(&rep, &begin, "opportunity.win_moved").await;
    let call = json!([{"object": "activity", "id": office.call}]);
    assert_eq!(
        (&told["by"], &told["words"], &told["records"]),
        (&json!("records"), &json!("One call in the last 30 days."), &call),
        "{told}"
    );
    assert_eq!(cause(&blind, &begin, "opportunity.win_moved").await, hidden);
    let to_hook = last(sent).await;
    assert_eq!((&to_hook["by"], &to_hook["records"]), (&json!("records"), &call));

    // What rests on what is with the customer is for those alone who may read it, webhooks included.
    sqlx::query("UPDATE win_scores SET parts = replace(parts::text, '\"activity\"]', '\"message\"]')::json")
        .execute(&owner)
        .await
        .unwrap();
    tell().await;
    assert_eq!(last(stored).await, hidden);
    assert_eq!(last(sent).await, hidden);
    assert_eq!(cause(&blind, &begin, "opportunity.win_moved").await, hidden);
    office.api.end().await;
}

#[tokio::test]
async fn a_field_that_a_role_hides_is_not_named_to_it_though_everybody_else_is_told() {
    let office = Box::pin(Office::new()).await;
    let body = json!({"name": "nowhere", "permissions": {
        "objects": {"opportunity": ["read", "view_all"], "pipeline_stage": ["read"]},
        "fields": {"opportunity": {"created_at": "hidden"}}}});
    let made = office.api.post("/v1/roles", &body).await;
    assert_eq!(made.status(), reqwest::StatusCode::CREATED);
    office.api.member("nowhere@acme.test", "nowhere").await;
    let store = office.api.db.store().await;
    let grant = store
        .operate("acme", Some("nowhere@acme.test"))
        .await
        .unwrap()
        .unwrap();
    let (nowhere, begin) = (store.open(&grant), now(&office.tenant).await);
    office.score(0.2, 0.9).await;
    office.score(0.2, -0.9).await;
    office.by_a_model().await;
    let owner = office.api.db.owner().await;
    sqlx::query("UPDATE win_scores SET parts = replace(parts::text, '\"opportunity\"]', '\"opportunity.created_at\"]')::json")
        .execute(&owner)
        .await
        .unwrap();
    let mut tx = office.tenant.predicting().begin().await.unwrap();
    let since = tx.now() - WEEK;
    let movers = tx.win_movers(since, 0.05, 20).await.unwrap();
    tell_movers(&mut tx, &movers).await.unwrap();
    tx.commit().await.unwrap();
    let everybody = cause(&office.tenant, &begin, "opportunity.win_moved").await;
    assert_eq!(
        everybody["words"], "Time went by. It is 90 days old.",
        "{everybody}"
    );
    let hidden = json!({"why": "record", "hidden": true});
    assert_eq!(cause(&nowhere, &begin, "opportunity.win_moved").await, hidden);
    office.api.end().await;
}

#[tokio::test]
async fn a_decision_maker_who_is_one_no_more_is_what_a_fall_names_and_not_the_time() {
    let office = Box::pin(Office::new()).await;
    let body = json!({"last_name": "Aydin"});
    let contact = made(&office.api, &office.rep, "/v1/contacts", body).await;
    let body = json!({"opportunity_id": office.deal, "contact_id": contact, "role": "decision_maker"});
    let role = made(&office.api, &office.rep, "/v1/opportunity_contact_roles", body).await;
    let decides = |log_odds| ScorePart {
        rests_on: vec!["opportunity_contact_role".to_owned()],
        ..part(
            "decision_maker",
            log_odds,
            "Somebody decides.",
            "contact",
            &[contact],
        )
    };
    score(&office.tenant, office.deal, vec![decides(0.9)], moment()).await;
    let path = format!("/v1/opportunity_contact_roles/{role}");
    changed(&office.api, &office.rep, &path, &json!({"role": "influencer"})).await;
    score(&office.tenant, office.deal, vec![decides(-0.9)], moment()).await;
    office.by_a_model().await;
    let store = office.api.db.store().await;
    let grant = store
        .operate("acme", Some("rep@acme.test"))
        .await
        .unwrap()
        .unwrap();
    let (rep, begin) = (store.open(&grant), now(&office.tenant).await);
    let mut tx = office.tenant.predicting().begin().await.unwrap();
    let since = tx.now() - WEEK;
    let movers = tx.win_movers(since, 0.05, 20).await.unwrap();
    tell_movers(&mut tx, &movers).await.unwrap();
    tx.commit().await.unwrap();
    let told = cause(&rep, &begin, "opportunity.win_moved").await;
    assert_eq!(
        (&told["by"], &told["records"]),
        (
            &json!("records"),
            &json!([{"object": "opportunity_contact_role", "id": role}])
        ),
        "{told}"
    );
    office.api.end().await;
}

#[tokio::test]
async fn without_a_model_a_deal_does_not_fall_because_others_at_its_stage_were_lost() {
    let past = Past::new().await;
    let open = past.deal("Open", 1_000).await;
    past.stage(open, SECOND).await;
    past.days(1);
    let (predictor, service) = (Predictor::default(), past.tenant.predicting());
    let night = async || {
        let scored = score_all(&predictor, &service, ModelKind::Win, Why::Night)
            .await
            .unwrap();
        assert_eq!((scored.scored, scored.written), (1, 1));
        let mut tx = service.begin().await.unwrap();
        let mut latest = tx.scores(ModelKind::Win).latest(&[open]).await.unwrap();
        let score = latest.remove(&open).unwrap();
        assert_eq!(score.model_id, None);
        (score.probability, scored.told)
    };
    let (before, _) = night().await;
    let mut lost = Vec::new();
    for n in 0..30 {
        lost.push(past.deal(&format!("Lost {n}"), 1_000).await);
    }
    for stage in [SECOND, LOST] {
        past.days(1);
        for deal in &lost {
            past.stage(*deal, stage).await;
        }
    }
    past.days(1);
    let (after, told) = night().await;
    assert!(
        before - after > 0.2,
        "what is usual at its stage was found anew: {before} and {after}"
    );
    assert_eq!(told, 0);
    let mut tx = service.begin().await.unwrap();
    let since = tx.now() - WEEK;
    let movers = tx.win_movers(since, 0.05, 20).await.unwrap();
    assert_eq!(movers, []);
    tell_movers(&mut tx, &movers).await.unwrap();
    tx.commit().await.unwrap();
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM feed_events WHERE action LIKE 'win%'")
        .fetch_one(&past.db.owner().await)
        .await
        .unwrap();
    assert_eq!(events, 0);
    past.store.close().await;
}
