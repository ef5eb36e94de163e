//! A score reads no more of an old customer than of a new one, and says the same.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::features::{DEAL_FEATURES, LOOK_BACK_DAYS};
use crm_store::{
    TenantStore,
    catalog::{ACCOUNT, CASE, CONTACT, OPPORTUNITY, PAYMENT},
    history::{DealHistory, Which},
};
use serde_json::json;
use uuid::Uuid;

use super::{Known, World, create, told, update};

/// A contact writes at a moment, and it is felt how at once.
async fn message(world: &World, contact: Uuid, at: DateTime<Utc>, felt: &str) {
    let conversation = Uuid::now_v7();
    sqlx::query(
        "WITH begun AS (INSERT INTO conversations (tenant_id, id, channel, status, message_count, created_at, updated_at) \
             VALUES ($1, $2, 'email', 'open', 1, $3, $3)) \
         INSERT INTO messages (tenant_id, id, conversation_id, direction, author_kind, body, created_at, contact_id, \
             sentiment, processed_at) VALUES ($1, $4, $2, 'inbound', 'visitor', 'Hm.', $3, $5, $6::numeric, $3)",
    )
    .bind(world.tenant())
    .bind(conversation)
    .bind(at)
    .bind(Uuid::now_v7())
    .bind(contact)
    .bind(felt)
    .execute(&world.owner)
    .await
    .unwrap();
}

/// A case that was opened at a moment and did not go well.
async fn case(world: &World, account: Uuid, contact: Uuid, at: DateTime<Utc>) {
    let squeak = json!({"subject": "It squeaks", "account_id": account, "contact_id": contact});
    let id = create(&world.admin, &CASE, squeak).await;
    update(
        &world.admin,
        &CASE,
        id,
        json!({"is_escalated": true, "satisfaction": 1}),
    )
    .await;
    sqlx::query("UPDATE cases SET created_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .execute(&world.owner)
        .await
        .unwrap();
}

/// The deal with all that was ever known of its customer, and with what a score at that moment reads.
async fn both(store: &TenantStore, deal: Uuid, now: DateTime<Utc>) -> [DealHistory; 2] {
    let mut tx = store.begin().await.unwrap();
    let which = Which::Ids(&[deal]);
    let since = now - TimeDelta::days(i64::from(LOOK_BACK_DAYS) + 1);
    let whole = tx.deal_histories(which, None, 1).await.unwrap().remove(0);
    let recent = tx
        .deal_histories_since(which, since, None, 1)
        .await
        .unwrap()
        .remove(0);
    [whole, recent]
}

#[tokio::test]
async fn what_is_too_old_to_count_is_not_read_and_changes_no_score() {
    let world = World::new("2024-01-08T09:00:00Z".parse().unwrap()).await;
    let admin = &world.admin;
    let account = create(admin, &ACCOUNT, json!({"name": "Loom", "type": "customer"})).await;
    let contact = json!({"last_name": "Weaver", "account_id": account});
    let contact = create(admin, &CONTACT, contact).await;
    let start = world.now();
    // Two years of a customer: what counts reaches over each line by an hour, and what does not stops as short of it.
    world.pass(24 * 730);
    let now = world.now();
    let hours = |days: i64, more: i64| now - TimeDelta::days(days) + TimeDelta::hours(more);
    let said = [
        (start, "-1"),
        (hours(400, 0), "-0.9"),
        (hours(362, 0), "-0.8"),
        (hours(360, -1), "-0.7"),
        (hours(360, 1), "0.6"),
        (hours(90, -1), "0.5"),
        (hours(90, 1), "-0.4"),
        (hours(1, 0), "0.3"),
    ];
    for (at, felt) in said {
        message(&world, contact, at, felt).await;
    }
    let cases = [start, hours(362, 0), hours(180, -1), hours(180, 1), hours(3, 0)];
    for at in cases {
        case(&world, account, contact, at).await;
    }
    // Payments and deals count however old they are.
    let payment = json!({"account_id": account, "amount": {"amount": "50", "currency": "EUR"}, "currency": "EUR",
        "due_date": "2024-02-01"});
    create(admin, &PAYMENT, payment).await;
    let earlier =
        json!({"name": "Before", "stage": "Closed Won", "closed_reason": "Best fit", "account_id": account});
    create(admin, &OPPORTUNITY, earlier).await;
    let deal = json!({"name": "Looms", "stage": "Qualification", "account_id": account});
    let deal = create(admin, &OPPORTUNITY, deal).await;
    let usual = Known::load(admin).await.usual;

    // Days later it is the same: what was read may be looked at later, never earlier.
    for days in [0, 1, 5, 200] {
        let (at, [whole, recent]) = (now + TimeDelta::days(days), both(admin, deal, now).await);
        let usual = usual.at(at);
        let (all, some) = (
            told(&DEAL_FEATURES, &whole.at(at), &usual),
            told(&DEAL_FEATURES, &recent.at(at), &usual),
        );
        assert_eq!(all, some, "after {days} days");
        for feature in DEAL_FEATURES.iter() {
            assert_eq!(
                feature.evidence(&whole.at(at)),
                feature.evidence(&recent.at(at)),
                "{}",
                feature.name
            );
        }
        assert!((usual.deal_prior(&whole.at(at)) - usual.deal_prior(&recent.at(at))).abs() < f64::EPSILON);
    }
    let [whole, recent] = both(admin, deal, now).await;
    let read = |deal: &DealHistory| {
        let account = deal.at(now).account().unwrap();
        (
            account.messages().count(),
            account.cases().count(),
            account.payment_delays().count(),
        )
    };
    assert_eq!(read(&whole), (said.len(), cases.len(), 1));
    assert_eq!(read(&recent), (5, 3, 1), "the line, and a day for clocks");
    // Without the bound being as wide as features look, this would not hold.
    let narrow = {
        let mut tx = admin.begin().await.unwrap();
        let since = now - TimeDelta::days(300);
        tx.deal_histories_since(Which::Ids(&[deal]), since, None, 1)
            .await
            .unwrap()
            .remove(0)
    };
    let usual = usual.at(now);
    assert_ne!(
        told(&DEAL_FEATURES, &whole.at(now), &usual),
        told(&DEAL_FEATURES, &narrow.at(now), &usual)
    );
}
