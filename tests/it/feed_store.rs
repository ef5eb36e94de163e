//! The feed in the store: nothing is skipped, nothing comes twice, nobody hears what they may not see.

use std::collections::BTreeSet;

use crm_store::{
    Store, TenantStore, TenantTx,
    conversations::{Channel, ConversationPatch, NewConversation},
    feed::{self, FeedCursor, FeedEvent, FeedItem, Read},
    ids::{ConversationId, UserId},
};
use crm_tests::harness::TestDb;
use proptest::prelude::{Strategy, any, proptest};
use serde_json::{Value, json};
use uuid::Uuid;

/// A conversation to have events about.
async fn conversation(tenant: &TenantStore, owner: Option<Uuid>) -> Uuid {
    let mut tx = tenant.begin().await.unwrap();
    let new = NewConversation {
        owner_id: owner.map(UserId::from),
        ..NewConversation::on(Channel::Email)
    };
    let made = tx.conversations().begin(&new).await.unwrap();
    tx.commit().await.unwrap();
    made.id.uuid()
}

async fn append(tx: &mut TenantTx, record: Uuid, n: u64) {
    let event = FeedEvent {
        refs: json!({ "n": n }),
        ..FeedEvent::new("conversation", "updated", record)
    };
    feed::append(tx, &[event]).await.unwrap();
}

async fn now(tenant: &TenantStore) -> FeedCursor {
    tenant.begin().await.unwrap().feed().now().await.unwrap()
}

async fn read(tenant: &TenantStore, after: &FeedCursor, limit: i64) -> (Vec<FeedItem>, FeedCursor, bool) {
    let mut tx = tenant.begin().await.unwrap();
    match tx.feed().read(after, None, limit).await.unwrap() {
        Read::Batch(batch) => (batch.items, batch.next, batch.more),
        Read::Reset(_) => panic!("no event was pruned"),
    }
}

async fn read_all(tenant: &TenantStore, after: &FeedCursor, limit: i64) -> Vec<FeedItem> {
    let (mut all, mut place) = (Vec::new(), after.clone());
    loop {
        let (items, next, more) = read(tenant, &place, limit).await;
        all.extend(items);
        place = next;
        if !more {
            return all;
        }
    }
}

fn number(item: &FeedItem) -> u64 {
    item.refs["n"].as_u64().unwrap()
}

/// What may happen, each with a number that chooses among what is there.
#[derive(Debug, Clone, Copy)]
enum Step {
    Begin,
    Append(usize),
    Commit(usize),
    Rollback(usize),
    Read(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0_u8..9, any::<u8>()).prop_map(|(kind, n)| match kind {
        0 | 1 => Step::Begin,
        2..=4 => Step::Append(n.into()),
        5 => Step::Commit(n.into()),
        6 => Step::Rollback(n.into()),
        _ => Step::Read(i64::from(n % 4) + 1),
    });
    proptest::collection::vec(step, 1..60)
}

/// Runs the steps, then compares what was read, and what each event's place still brings, with what was committed.
async fn interleave(tenant: &TenantStore, record: Uuid, steps: Vec<Step>) {
    let (mut place, mut numbers) = (now(tenant).await, 0);
    let mut open: Vec<(TenantTx, Vec<u64>)> = Vec::new();
    let mut committed = BTreeSet::new();
    let mut received: Vec<FeedItem> = Vec::new();
    for step in steps {
        match step {
            Step::Begin if open.len() < 6 => {
                let mut tx = tenant.begin().await.unwrap();
                numbers += 1;
                append(&mut tx, record, numbers).await;
                open.push((tx, vec![numbers]));
            }
            Step::Append(n) if !open.is_empty() => {
                let at = n % open.len();
                numbers += 1;
                append(&mut open[at].0, record, numbers).await;
                open[at].1.push(numbers);
            }
            Step::Commit(n) if !open.is_empty() => {
                let (tx, written) = open.swap_remove(n % open.len());
                tx.commit().await.unwrap();
                committed.extend(written);
            }
            Step::Rollback(n) if !open.is_empty() => drop(open.swap_remove(n % open.len())),
            Step::Read(limit) => {
                let (items, next, _) = read(tenant, &place, limit).await;
                received.extend(items);
                place = next;
            }
            Step::Begin | Step::Append(_) | Step::Commit(_) | Step::Rollback(_) => {}
        }
    }
    for (tx, written) in open {
        tx.commit().await.unwrap();
        committed.extend(written);
    }
    received.extend(read_all(tenant, &place, 3).await);
    let numbers: Vec<u64> = received.iter().map(number).collect();
    assert_eq!(numbers.len(), committed.len(), "each event once: {numbers:?}");
    assert_eq!(numbers.iter().copied().collect::<BTreeSet<_>>(), committed);
    // Whoever lost the connection anywhere gets the rest, each event once.
    for (n, item) in received.iter().enumerate() {
        let written = item.cursor.to_string();
        let rest: Vec<u64> = read_all(tenant, &written.parse().unwrap(), 2)
            .await
            .iter()
            .map(number)
            .collect();
        let expected: BTreeSet<u64> = numbers[n + 1..].iter().copied().collect();
        assert_eq!(
            rest.len(),
            expected.len(),
            "after {n} of {numbers:?} at {written}: {rest:?}"
        );
        assert_eq!(rest.into_iter().collect::<BTreeSet<_>>(), expected);
    }
}

#[test]
fn no_commit_is_skipped_however_transactions_overlap() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (db, tenant, record) = runtime.block_on(async {
        let db = TestDb::new().await;
        let (tenant, _) = db.tenant("acme").await;
        let record = conversation(&tenant, None).await;
        (db, tenant, record)
    });
    let config = proptest::test_runner::Config {
        cases: 48,
        failure_persistence: None,
        ..Default::default()
    };
    proptest!(config, |(steps in steps())| {
        runtime.block_on(interleave(&tenant, record, steps));
    });
    drop(db);
}

/// A member of `acme` with these permissions.
async fn member(db: &TestDb, store: &Store, name: &str, permissions: Value) -> (TenantStore, Uuid) {
    let owner = db.owner().await;
    let email = format!("{name}@acme.test");
    let (role, user) = (Uuid::now_v7(), Uuid::now_v7());
    let acme = "SELECT id FROM tenants WHERE slug = 'acme'";
    let tenant: Uuid = sqlx::query_scalar(acme).fetch_one(&owner).await.unwrap();
    sqlx::query("INSERT INTO roles (tenant_id, id, name, permissions, created_at, updated_at) VALUES ($1, $2, $3, $4, now(), now())")
        .bind(tenant)
        .bind(role)
        .bind(name)
        .bind(permissions)
        .execute(&owner)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO users (id, email, name, created_at, updated_at) VALUES ($1, $2, $3, now(), now())",
    )
    .bind(user)
    .bind(&email)
    .bind(name)
    .execute(&owner)
    .await
    .unwrap();
    sqlx::query("INSERT INTO memberships (tenant_id, id, user_id, role_id, created_at, updated_at) VALUES ($1, $2, $3, $4, now(), now())")
        .bind(tenant)
        .bind(Uuid::now_v7())
        .bind(user)
        .bind(role)
        .execute(&owner)
        .await
        .unwrap();
    let grant = store.operate("acme", Some(&email)).await.unwrap().unwrap();
    (store.open(&grant), user)
}

fn reader() -> Value {
    json!({"objects": {"conversation": ["read", "update"], "message": ["read"]}})
}

fn names(items: &[FeedItem]) -> Vec<(String, Uuid)> {
    items
        .iter()
        .map(|item| (item.name.clone(), item.id.unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn a_reader_hears_of_the_records_that_it_may_see() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (admin, _) = db.tenant_in(&store, "acme").await;
    let (other, _) = db.tenant_in(&store, "other").await;
    let (ann, ann_id) = member(&db, &store, "ann", reader()).await;
    let (ben, ben_id) = member(&db, &store, "ben", reader()).await;
    let (cat, _) = member(&db, &store, "cat", json!({"objects": {"lead": ["read"]}})).await;
    let start = now(&admin).await;
    let anns = conversation(&admin, Some(ann_id)).await;
    let bens = conversation(&admin, Some(ben_id)).await;
    let open = conversation(&admin, None).await;
    let created = |id| ("conversation.created".to_owned(), id);

    let heard = async |reader: &TenantStore| names(&read_all(reader, &start, 100).await);
    assert_eq!(heard(&ann).await, [created(anns), created(open)]);
    assert_eq!(heard(&ben).await, [created(bens), created(open)]);
    assert_eq!(
        heard(&cat).await,
        [],
        "who may not read conversations hears of none"
    );
    assert_eq!(heard(&other).await, [], "another tenant hears nothing");
    assert_eq!(heard(&admin).await.len(), 3);

    // Handed over: the new owner hears of it, the old one no more.
    let before = now(&admin).await;
    let mut tx = ann.begin().await.unwrap();
    let patch = ConversationPatch {
        owner_id: Some(Some(ben_id.into())),
        ..ConversationPatch::default()
    };
    tx.conversations()
        .update(ConversationId::from(anns), &patch, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(read_all(&ann, &before, 100).await, []);
    let heard = read_all(&ben, &before, 100).await;
    assert_eq!(heard[0].fields, ["owner_id"]);
    assert_eq!(heard[0].actor_id, ann_id);
}

#[tokio::test]
async fn erased_records_are_heard_of_by_those_who_were_sure_to_see_them() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (admin, _) = db.tenant_in(&store, "acme").await;
    let (ann, ann_id) = member(&db, &store, "ann", json!({"objects": {"lead": ["read"]}})).await;
    let (ben, _) = member(&db, &store, "ben", json!({"objects": {"lead": ["read"]}})).await;
    let (boss, _) = member(
        &db,
        &store,
        "boss",
        json!({"objects": {"lead": ["read", "view_all"]}}),
    )
    .await;
    let start = now(&admin).await;
    let gone = FeedEvent {
        owner: Some(ann_id),
        ..FeedEvent::new("lead", "erased", Uuid::now_v7())
    };
    let mut tx = admin.begin().await.unwrap();
    feed::append(&mut tx, &[gone]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(read_all(&ann, &start, 10).await.len(), 1);
    assert_eq!(read_all(&ben, &start, 10).await, []);
    assert_eq!(read_all(&boss, &start, 10).await.len(), 1);
}

#[tokio::test]
async fn hidden_fields_are_not_named_and_their_changes_alone_not_told() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (admin, _) = db.tenant_in(&store, "acme").await;
    let mut hiding = reader();
    hiding["fields"] = json!({"conversation": {"subject": "hidden", "language": "masked"}});
    let (ann, _) = member(&db, &store, "ann", hiding).await;
    let id = conversation(&admin, None).await;
    let start = now(&admin).await;
    for fields in [&["subject"][..], &["subject", "status", "language"]] {
        let mut tx = admin.begin().await.unwrap();
        let event = FeedEvent {
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            ..FeedEvent::new("conversation", "updated", id)
        };
        feed::append(&mut tx, &[event]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let heard = read_all(&ann, &start, 10).await;
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].fields, ["status", "language"]);
    assert_eq!(read_all(&admin, &start, 10).await.len(), 2);
}

#[tokio::test]
async fn a_reader_that_comes_back_too_late_is_told_to_start_anew() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (tenant, _) = db.tenant_in(&store, "acme").await;
    let start = now(&tenant).await;
    let id = conversation(&tenant, None).await;
    let grant = store.upkeep(None).await.unwrap()[0];
    let upkeep = store.open(&grant);
    let mut tx = upkeep.begin().await.unwrap();
    let (soon, none) = (
        tx.now() + chrono::TimeDelta::hours(1),
        tx.now() - chrono::TimeDelta::hours(1),
    );
    assert_eq!(tx.feed().prune(none, 10).await.unwrap(), 0);
    assert_eq!(tx.feed().prune(soon, 10).await.unwrap(), 1);
    assert_eq!(tx.feed().prune(soon, 10).await.unwrap(), 0);
    tx.commit().await.unwrap();

    let mut tx = tenant.begin().await.unwrap();
    let Read::Reset(mut fresh) = tx.feed().read(&start, None, 10).await.unwrap() else {
        panic!("the event before is gone");
    };
    tx.commit().await.unwrap();
    // Transactions of other tests that were open then may count as missed, once each.
    loop {
        append_one(&tenant, id).await;
        let mut tx = tenant.begin().await.unwrap();
        match tx.feed().read(&fresh, None, 10).await.unwrap() {
            Read::Reset(again) => {
                assert_ne!(again, fresh);
                fresh = again;
            }
            Read::Batch(batch) => {
                assert_eq!(batch.items.len(), 1);
                break;
            }
        }
    }
    // A place of another server, whose transactions have other numbers.
    let mut tx = tenant.begin().await.unwrap();
    let strange: FeedCursor = "99999999999:99999999999:".parse().unwrap();
    assert!(matches!(
        tx.feed().read(&strange, None, 10).await.unwrap(),
        Read::Reset(_)
    ));
}

async fn append_one(tenant: &TenantStore, id: Uuid) {
    let mut tx = tenant.begin().await.unwrap();
    append(&mut tx, id, 1).await;
    tx.commit().await.unwrap();
}
