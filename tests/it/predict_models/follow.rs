//! What is no change of a record, and moves its score all the same.

use crm_store::{
    TenantStore,
    catalog::{LEAD, PRODUCT, QUOTE, QUOTE_LINE},
    conversations::{Channel, ConversationPatch, NewConversation},
    ids::{ConversationId, VisitorId},
    messages::{Author, Direction, MessageKind, NewMessage},
    models::{ModelKind, Task},
    records::{Draft, Money},
    scores::SCORE_JOB,
};
use crm_tests::harness::TestDb;
use rust_decimal::Decimal;
use sqlx::PgPool;
use uuid::Uuid;

use super::deal;
use crate::win_support::create;

/// The records that wait for their score; they wait no more.
async fn taken(owner: &PgPool) -> Vec<String> {
    let mut keys: Vec<String> =
        sqlx::query_scalar("DELETE FROM jobs WHERE kind = $1 AND run_at > now() RETURNING key")
            .bind(SCORE_JOB)
            .fetch_all(owner)
            .await
            .unwrap();
    keys.sort_unstable();
    keys
}

async fn begin(tenant: &TenantStore, kind: ModelKind) {
    let mut tx = tenant.predicting().begin().await.unwrap();
    for task in [Task::Train, Task::Score] {
        tx.models().begin(kind, task, None).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn change(tenant: &TenantStore, line: Uuid, draft: Draft) {
    let mut tx = tenant.begin().await.unwrap();
    tx.records(&QUOTE_LINE).update(line, draft, None).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_lines_of_a_quote_have_its_deal_scored() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let owner = db.owner().await;
    let (mut deals, mut quotes, mut products) = (Vec::new(), Vec::new(), Vec::new());
    for name in ["Loom", "Spindle"] {
        deals.push(deal(&tenant, name).await);
        products.push(create(&tenant, Draft::new(&PRODUCT).with("name", name)).await);
    }
    begin(&tenant, ModelKind::Win).await;
    for id in &deals {
        let quote = Draft::new(&QUOTE)
            .with("name", "Offer")
            .with("opportunity_id", *id);
        quotes.push(create(&tenant, quote).await);
    }
    taken(&owner).await;
    let key = |at: usize| format!("win:{}", deals[at]);
    let line = Draft::new(&QUOTE_LINE)
        .with("quote_id", quotes[0])
        .with("product_id", products[0])
        .with("unit_price", Money::new(100.into(), "EUR"));
    let line = create(&tenant, line).await;
    assert_eq!(taken(&owner).await, [key(0)]);
    change(
        &tenant,
        line,
        Draft::new(&QUOTE_LINE).with("discount_percent", Decimal::from(30)),
    )
    .await;
    assert_eq!(taken(&owner).await, [key(0)]);
    // Another product at the same price: the totals stay, and what is offered does not.
    change(
        &tenant,
        line,
        Draft::new(&QUOTE_LINE).with("product_id", products[1]),
    )
    .await;
    assert_eq!(taken(&owner).await, [key(0)]);
    change(&tenant, line, Draft::new(&QUOTE_LINE).with("quote_id", quotes[1])).await;
    let mut both = [key(0), key(1)];
    both.sort_unstable();
    assert_eq!(taken(&owner).await, both);
    let mut tx = tenant.begin().await.unwrap();
    tx.records(&QUOTE_LINE).delete(line, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(taken(&owner).await, [key(1)]);
}

async fn say(store: &TenantStore, conversation: ConversationId, direction: Direction) {
    let kind = match direction {
        Direction::Internal => MessageKind::Note,
        Direction::Inbound | Direction::Outbound => MessageKind::Text,
    };
    let message = NewMessage {
        direction,
        kind,
        author: Author::Actor,
        body: "Looms are what we look for.".to_owned(),
        language: None,
    };
    let mut tx = store.begin().await.unwrap();
    tx.conversations().say(conversation, &message).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_said_with_a_lead_has_it_scored_whoever_says_it() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (tenant, _) = db.tenant_in(&store, "acme").await;
    let owner = db.owner().await;
    let lead = create(&tenant, Draft::new(&LEAD).with("last_name", "Spinner")).await;
    let with = NewConversation {
        lead_id: Some(lead),
        ..NewConversation::on(Channel::Email)
    };
    let mut tx = tenant.begin().await.unwrap();
    let mails = tx.conversations().begin(&with).await.unwrap().id;
    tx.commit().await.unwrap();
    // Nothing is scored before scoring began.
    say(&tenant, mails, Direction::Inbound).await;
    assert!(taken(&owner).await.is_empty());

    begin(&tenant, ModelKind::Lead).await;
    let key = [format!("lead:{lead}")];
    for direction in [Direction::Inbound, Direction::Outbound] {
        say(&tenant, mails, direction).await;
        say(&tenant, mails, direction).await;
        assert_eq!(taken(&owner).await, key, "{direction}");
    }
    say(&tenant, mails, Direction::Internal).await;
    assert!(taken(&owner).await.is_empty());

    // A visitor of the website, who may look at nothing but their own conversation.
    let (origin, visitor) = ("https://shop.example", VisitorId::new());
    let mut tx = tenant.begin().await.unwrap();
    let site = tx.sites().create("Shop", &[origin.to_owned()]).await.unwrap();
    tx.commit().await.unwrap();
    let entered = store.authenticate_visitor(&site.publishable_key, origin, visitor);
    let visitor = store.open(&entered.await.unwrap().unwrap());
    let mut tx = visitor.begin().await.unwrap();
    let chat = tx
        .conversations()
        .create(Channel::Widget, None, None)
        .await
        .unwrap()
        .id;
    tx.commit().await.unwrap();
    say(&visitor, chat, Direction::Inbound).await;
    assert!(taken(&owner).await.is_empty(), "nobody knows yet who it is");
    let known = ConversationPatch {
        lead_id: Some(Some(lead)),
        ..ConversationPatch::default()
    };
    let mut tx = tenant.begin().await.unwrap();
    tx.conversations().update(chat, &known, None).await.unwrap();
    tx.commit().await.unwrap();
    say(&visitor, chat, Direction::Inbound).await;
    assert_eq!(taken(&owner).await, key);
}
