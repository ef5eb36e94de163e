//! Timelines and the overview of an account.

use crm_store::behaviour::timeline::{Entry, EntryKind};

use super::*;

async fn timeline(store: &TenantStore, record: &Record) -> Vec<Entry> {
    let mut tx = store.begin().await.unwrap();
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = tx.timeline(record.object, record.id, after, 2).await.unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn a_timeline_merges_its_sources_in_the_order_of_time_page_by_page() {
    let world = World::new().await;
    let case = world
        .create(&catalog::CASE, json!({"subject": "x", "priority": "low"}))
        .await;
    for minutes in [1, 2, 3] {
        world.pass(1);
        world
            .create(
                &catalog::ACTIVITY,
                json!({"type": "note", "subject": format!("note {minutes}"), "occurred_at": at(FRIDAY) + chrono::Duration::minutes(minutes), "case_id": case.id}),
            )
            .await;
    }
    world.pass(1);
    world.update(&case, json!({"priority": "high"})).await;

    let entries = timeline(&world.admin, &case).await;
    let times: Vec<DateTime<Utc>> = entries.iter().map(|entry| entry.at).collect();
    assert!(times.is_sorted_by(|one, next| one >= next), "{times:?}");
    let mut ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), entries.len(), "nothing twice");
    let notes: Vec<&Json> = entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::Activity)
        .map(|entry| &entry.data["subject"])
        .collect();
    assert_eq!(notes, ["note 3", "note 2", "note 1"]);
    let has = |kind: EntryKind, field: &str, value: Json| {
        entries
            .iter()
            .any(|entry| entry.kind == kind && entry.data[field] == value)
    };
    assert!(has(EntryKind::CaseEvent, "kind", json!("priority_changed")));
    assert!(has(EntryKind::FieldChange, "new", json!("high")));
}

#[tokio::test]
async fn a_timeline_shows_what_the_role_may_see() {
    let world = World::new().await;
    let lead = world
        .create(&catalog::LEAD, json!({"last_name": "A", "rating": "cold"}))
        .await;
    world
        .update(&lead, json!({"rating": "hot", "status": "working"}))
        .await;
    let (_, seller) = world
        .member(
            "sue",
            json!({"objects": {"lead": ["read"]}, "fields": {"lead": {"rating": "hidden", "status": "masked"}}}),
        )
        .await;
    let entries = timeline(&seller, &lead).await;
    assert!(
        entries.iter().all(|entry| entry.data["field"] != "rating"),
        "{entries:?}"
    );
    let status = entries
        .iter()
        .find(|entry| entry.data["field"] == "status")
        .unwrap();
    assert!(status.data["new"].is_null(), "{status:?}");
    let (_, stranger) = world
        .member("tom", json!({"objects": {"account": ["read"]}}))
        .await;
    let mut tx = stranger.begin().await.unwrap();
    assert!(tx.timeline(&catalog::LEAD, lead.id, None, 5).await.is_err());
}

#[tokio::test]
async fn an_overview_shows_an_account_from_all_sides() {
    let world = World::new().await;
    let parent = world.create(&catalog::ACCOUNT, json!({"name": "Holding"})).await;
    let account = world
        .create(&catalog::ACCOUNT, json!({"name": "Acme", "parent_id": parent.id}))
        .await;
    for n in 0..12 {
        world
            .create(
                &catalog::CONTACT,
                json!({"last_name": format!("C{n}"), "account_id": account.id}),
            )
            .await;
    }
    world
        .create(
            &catalog::OPPORTUNITY,
            json!({"name": "open", "account_id": account.id, "amount": {"amount": "100", "currency": "EUR"}}),
        )
        .await;
    world
        .create(&catalog::OPPORTUNITY, json!({"name": "won", "account_id": account.id, "stage": "Closed Won", "amount": {"amount": "250.50", "currency": "EUR"}}))
        .await;
    world
        .create(&catalog::CASE, json!({"subject": "x", "account_id": account.id}))
        .await;

    let mut tx = world.admin.begin().await.unwrap();
    let seen = Json::Object(tx.account_overview(account.id).await.unwrap().unwrap());
    assert_eq!(seen["account"]["parent"]["name"], "Holding");
    assert_eq!(seen["contacts"].as_array().unwrap().len(), 10, "bounded");
    assert_eq!(seen["totals"]["contacts"], 12);
    assert_eq!(seen["open_opportunities"].as_array().unwrap().len(), 1);
    assert_eq!(
        seen["totals"]["opportunities"],
        json!([
            {"state": "open", "count": 1, "amount": {"amount": "100.00", "currency": "EUR"}},
            {"state": "won", "count": 1, "amount": {"amount": "250.50", "currency": "EUR"}},
        ])
    );
    assert_eq!(seen["totals"]["cases"], json!({"new": 1}));
    assert_eq!(seen["open_cases"][0]["subject"], "x");

    let (_, viewer) = world
        .member(
            "vic",
            json!({"objects": {"account": ["read"], "opportunity": ["read"]}, "fields": {"opportunity": {"amount": "masked"}}}),
        )
        .await;
    let mut tx = viewer.begin().await.unwrap();
    let less = Json::Object(tx.account_overview(account.id).await.unwrap().unwrap());
    assert!(
        less["contacts"].is_null() && less["open_cases"].is_null(),
        "{less}"
    );
    assert!(
        less["totals"]["opportunities"][0]["amount"].is_null(),
        "no sum of what is masked"
    );
    assert_eq!(less["totals"]["contacts"], 0);
    assert!(tx.account_overview(Uuid::now_v7()).await.unwrap().is_none());
}
