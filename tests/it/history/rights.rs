//! What features rest on, who may know of it, and that what is told is true.

use crm_predict::features::{
    ACCOUNT_FEATURES, DEAL_FEATURES, Direction, Feature, Kind, LEAD_FEATURES, Usual, UsualHistory,
};
use crm_store::{
    TenantStore, catalog,
    history::Which,
    scores::{ALL_RECORDS, PartEvidence, PartKind, ScorePart},
};
use crm_tools::predictions::sight::Sight;
use serde_json::json;
use uuid::Uuid;

use super::{World, create};

/// A part as it is kept with a score, and its sentence.
fn part<K: Kind>(features: &[Feature<K>], name: &str, at: &K::At<'_>, usual: &Usual) -> ScorePart {
    let feature = features.iter().find(|feature| feature.name == name).unwrap();
    let value = feature.value(at, usual);
    ScorePart {
        kind: PartKind::Feature,
        feature: Some(name.to_owned()),
        log_odds: 1.0,
        value: json!(null),
        sentence: Some(feature.sentence(&value, at, usual, Direction::Up)),
        rests_on: feature.rests_on.iter().map(|&place| place.to_owned()).collect(),
        evidence: feature
            .evidence(at)
            .into_iter()
            .map(|(object, id)| PartEvidence {
                object: object.to_owned(),
                id,
            })
            .collect(),
    }
}

async fn shows(store: &TenantStore, part: &ScorePart) -> bool {
    let mut tx = store.begin().await.unwrap();
    Sight::of(&mut tx, [part]).await.unwrap().shows(part)
}

/// A lead writes, in a conversation of somebody.
async fn message(world: &World, lead: Uuid, owner: Uuid) -> Uuid {
    let (conversation, message) = (Uuid::now_v7(), Uuid::now_v7());
    sqlx::query(
        "INSERT INTO conversations (tenant_id, id, channel, status, owner_id, message_count, created_at, updated_at) \
         VALUES ($1, $2, 'email', 'open', $3, 1, $4, $4)",
    )
    .bind(world.tenant())
    .bind(conversation)
    .bind(owner)
    .bind(world.now())
    .execute(&world.owner)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO messages (tenant_id, id, conversation_id, direction, author_kind, body, created_at, lead_id, \
             sentiment, processed_at) VALUES ($1, $2, $3, 'inbound', 'visitor', 'Fine.', $4, $5, 0.8, $4)",
    )
    .bind(world.tenant())
    .bind(message)
    .bind(conversation)
    .bind(world.now())
    .bind(lead)
    .execute(&world.owner)
    .await
    .unwrap();
    message
}

#[tokio::test]
async fn what_rests_on_messages_is_for_those_who_see_them_all() {
    let world = World::new("2026-01-09T10:00:00Z".parse().unwrap()).await;
    let (jon, rep) = world.person("jon", "sales").await;
    let (ann, _) = world.person("ann", "sales").await;
    let lead = create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "Spinner", "owner_id": jon}),
    )
    .await;
    let own = message(&world, lead, jon).await;
    let job = world.job().await;
    let usual = UsualHistory::of_leads(&[], chrono::TimeDelta::days(90)).at(world.now());
    let told = async |name: &str| {
        let mut tx = job.begin().await.unwrap();
        let leads = tx.lead_histories(Which::Ids(&[lead]), None, 1).await.unwrap();
        part(&LEAD_FEATURES, name, &leads[0].at(world.now()), &usual)
    };
    for name in ["messages", "sentiment"] {
        let part = told(name).await;
        assert!(part.evidence.iter().any(|record| record.id == own), "{part:?}");
        assert!(shows(&rep, &part).await, "{part:?}");
    }
    // The mean itself, not what models are given.
    assert_eq!(
        told("sentiment").await.sentence.as_deref(),
        Some("What they write feels like +0.80 from -1 to 1.")
    );
    // The same lead writes to a colleague, in a conversation that the owner of the lead does not see.
    message(&world, lead, ann).await;
    for name in ["messages", "sentiment"] {
        let part = told(name).await;
        assert!(!shows(&rep, &part).await, "{part:?}");
        assert!(shows(&world.admin, &part).await, "{part:?}");
    }
    // And to whose role shows no message, not even that there is none.
    sqlx::query(
        "UPDATE roles SET permissions = jsonb_set(permissions, '{objects}', \
             COALESCE(permissions -> 'objects', '{}') || '{\"message\": []}') WHERE name = 'sales'",
    )
    .execute(&world.owner)
    .await
    .unwrap();
    let silent = ScorePart {
        evidence: Vec::new(),
        ..told("messages").await
    };
    assert!(!shows(&rep, &silent).await);
}

#[tokio::test]
async fn a_number_of_records_is_for_those_who_see_each_of_them() {
    let world = World::new("2026-01-09T10:00:00Z".parse().unwrap()).await;
    let (jon, rep) = world.person("jon", "sales").await;
    let (ann, _) = world.person("ann", "sales").await;
    let admin = &world.admin;
    let account = create(admin, &catalog::ACCOUNT, json!({"name": "Loom", "owner_id": jon})).await;
    let case = async |owner: Uuid| {
        let case = json!({"subject": "It squeaks", "account_id": account, "owner_id": owner});
        create(admin, &catalog::CASE, case).await
    };
    // The oldest is a colleague's, the latest three are one's own.
    case(ann).await;
    for _ in 0..3 {
        case(jon).await;
    }
    // A deal of the account that only the colleague sees was won.
    let deal = json!({"name": "Looms", "stage": "Closed Won", "owner_id": ann, "account_id": account});
    create(admin, &catalog::OPPORTUNITY, deal).await;
    let own = json!({"name": "More looms", "stage": "Qualification", "owner_id": jon, "account_id": account});
    let own = create(admin, &catalog::OPPORTUNITY, own).await;
    let call = json!({"type": "call", "subject": "Hello", "status": "completed", "occurred_at": world.now(),
        "opportunity_id": own, "owner_id": jon});
    create(admin, &catalog::ACTIVITY, call).await;
    let job = world.job().await;
    let mut tx = job.begin().await.unwrap();
    let deals = tx.deal_histories(Which::Ids(&[own]), None, 1).await.unwrap();
    let accounts = tx
        .account_histories(Which::Ids(&[account]), None, 1)
        .await
        .unwrap();
    drop(tx);
    let usual = UsualHistory::new(&[], &[]).at(world.now());
    let (deal, account) = (deals[0].at(world.now()), accounts[0].at(world.now()));
    for part in [
        part(&DEAL_FEATURES, "cases", &deal, &usual),
        part(&DEAL_FEATURES, "open_cases", &deal, &usual),
        part(&DEAL_FEATURES, "is_customer", &deal, &usual),
        part(&ACCOUNT_FEATURES, "cases", &account, &usual),
    ] {
        assert!(!shows(&rep, &part).await, "{part:?}");
        assert!(shows(admin, &part).await, "{part:?}");
    }
    let calls = part(&DEAL_FEATURES, "calls_reached", &deal, &usual);
    assert!(shows(&rep, &calls).await, "{calls:?}");
    assert_eq!(
        calls.sentence.as_deref(),
        Some("Of no call is it noted whether it reached somebody.")
    );
    let open = part(&DEAL_FEATURES, "open_cases", &deal, &usual);
    assert_eq!(
        open.sentence.as_deref(),
        Some("4 cases opened in the last 180 days and not solved.")
    );
    // Where more records were read than are named, only those are told who see all of them.
    let beyond = ScorePart {
        rests_on: vec![format!("activity.{ALL_RECORDS}")],
        ..calls
    };
    assert!(!shows(&rep, &beyond).await && shows(admin, &beyond).await);
}

#[tokio::test]
async fn a_discount_is_for_those_whose_role_shows_it() {
    let world = World::new("2026-01-09T10:00:00Z".parse().unwrap()).await;
    let (jon, rep) = world.person("jon", "sales").await;
    let deal = json!({"name": "Looms", "stage": "Qualification", "owner_id": jon});
    let deal = create(&rep, &catalog::OPPORTUNITY, deal).await;
    let quote = json!({"name": "Offer", "opportunity_id": deal, "currency": "EUR", "discount_percent": "20"});
    let quote = create(&rep, &catalog::QUOTE, quote).await;
    let line =
        json!({"quote_id": quote, "quantity": "1", "unit_price": {"amount": "100", "currency": "EUR"}});
    create(&rep, &catalog::QUOTE_LINE, line).await;
    let job = world.job().await;
    let mut tx = job.begin().await.unwrap();
    let deals = tx.deal_histories(Which::Ids(&[deal]), None, 1).await.unwrap();
    drop(tx);
    let usual = UsualHistory::new(&[], &[]).at(world.now());
    let told = |name| part(&DEAL_FEATURES, name, &deals[0].at(world.now()), &usual);
    let parts = [told("discount"), told("deep_discount")];
    for part in &parts {
        assert!(shows(&rep, part).await, "{part:?}");
    }
    sqlx::query(
        "UPDATE roles SET permissions = jsonb_set(permissions, '{fields}', \
             COALESCE(permissions -> 'fields', '{}') || '{\"quote\": {\"discount_percent\": \"hidden\"}}') \
         WHERE name = 'sales'",
    )
    .execute(&world.owner)
    .await
    .unwrap();
    for part in &parts {
        assert!(!shows(&rep, part).await, "{part:?}");
        assert!(shows(&world.admin, part).await, "{part:?}");
    }
    assert!(shows(&rep, &told("quotes")).await);
}
