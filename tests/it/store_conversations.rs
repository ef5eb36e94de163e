//! Conversations, their messages, and what a visitor gets to see of them.

use crm_store::{
    Grant, Store, StoreError,
    conversations::{Channel, ConversationFilter, ConversationPatch, ConversationStatus},
    ids::{ConversationId, RunId, UserId, VisitorId},
    messages::{Author, Direction, MessageKind, NewMessage},
};
use crm_tests::harness::TestDb;

fn message(direction: Direction, author: Author, body: &str) -> NewMessage {
    let kind = if direction == Direction::Internal {
        MessageKind::Note
    } else {
        MessageKind::Text
    };
    NewMessage {
        direction,
        kind,
        author,
        body: body.to_owned(),
        language: Some("en".to_owned()),
    }
}

async fn visitor(db: &TestDb, store: &Store) -> (crm_store::TenantStore, Grant, Grant) {
    let (acme, _) = db.tenant_in(store, "acme").await;
    let mut tx = acme.begin().await.unwrap();
    let origin = "https://shop.example";
    let key = tx
        .sites()
        .create("Shop", &[origin.to_owned()])
        .await
        .unwrap()
        .publishable_key;
    tx.commit().await.unwrap();
    let enter = async || {
        store
            .authenticate_visitor(&key, origin, VisitorId::new())
            .await
            .unwrap()
            .unwrap()
    };
    (acme, enter().await, enter().await)
}

#[tokio::test]
async fn messages_count_and_come_back_in_order_page_by_page() {
    let db = TestDb::new().await;
    let (acme, _) = db.tenant("acme").await;
    let mut tx = acme.begin().await.unwrap();
    let id = tx
        .conversations()
        .create(Channel::Api, Some("Refund"), None)
        .await
        .unwrap()
        .id;
    for n in 0..5 {
        tx.conversations()
            .say(id, &message(Direction::Inbound, Author::Actor, &n.to_string()))
            .await
            .unwrap();
    }
    let (mut said, mut after) = (Vec::new(), None);
    loop {
        let page = tx.conversations().messages(id, after, 2).await.unwrap();
        said.extend(page.items.into_iter().map(|message| message.body));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(said, ["0", "1", "2", "3", "4"]);
    let conversation = tx.conversations().get(id).await.unwrap().unwrap();
    assert_eq!(
        (conversation.message_count, conversation.language.as_deref()),
        (5, Some("en"))
    );

    let nowhere = tx
        .conversations()
        .say(
            ConversationId::new(),
            &message(Direction::Inbound, Author::Actor, "x"),
        )
        .await;
    assert!(matches!(nowhere, Err(StoreError::NotFound { .. })), "{nowhere:?}");
    let empty = tx
        .conversations()
        .say(id, &message(Direction::Inbound, Author::Actor, ""))
        .await;
    assert!(
        matches!(empty, Err(StoreError::Invalid { ref field, .. }) if field == "body"),
        "{empty:?}"
    );
}

#[tokio::test]
async fn a_visitor_sees_their_own_conversation_without_the_teams_notes() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let (acme, ann, ben) = visitor(&db, &store).await;
    let mut tx = store.open(&ann).begin().await.unwrap();
    let id = tx
        .conversations()
        .create(Channel::Widget, None, None)
        .await
        .unwrap()
        .id;
    tx.conversations()
        .say(id, &message(Direction::Inbound, Author::Actor, "Hello"))
        .await
        .unwrap();
    tx.conversations()
        .say(
            id,
            &message(Direction::Outbound, Author::Agent(RunId::new()), "Hi"),
        )
        .await
        .unwrap();
    let note = tx
        .conversations()
        .say(id, &message(Direction::Internal, Author::Actor, "psst"))
        .await;
    assert!(matches!(note, Err(StoreError::Forbidden)), "{note:?}");
    drop(tx);
    let mut tx = store.open(&ann).begin().await.unwrap();
    let id = tx
        .conversations()
        .create(Channel::Widget, None, None)
        .await
        .unwrap()
        .id;
    tx.conversations()
        .say(id, &message(Direction::Inbound, Author::Actor, "Hello"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = acme.begin().await.unwrap();
    tx.conversations()
        .say(
            id,
            &message(Direction::Internal, Author::Actor, "Looks like Ann again"),
        )
        .await
        .unwrap();
    tx.conversations()
        .say(id, &message(Direction::Outbound, Author::Actor, "Hi Ann"))
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.open(&ann).begin().await.unwrap();
    let seen = tx.conversations().messages(id, None, 10).await.unwrap().items;
    assert_eq!(
        seen.iter()
            .map(|message| message.body.as_str())
            .collect::<Vec<_>>(),
        ["Hello", "Hi Ann"]
    );
    let mut tx = store.open(&ben).begin().await.unwrap();
    assert_eq!(tx.conversations().get(id).await.unwrap(), None);
    assert_eq!(
        tx.conversations()
            .list(&ConversationFilter::default(), None, 10)
            .await
            .unwrap()
            .items,
        []
    );
    assert_eq!(tx.conversations().messages(id, None, 10).await.unwrap().items, []);
    let intruding = tx
        .conversations()
        .say(id, &message(Direction::Inbound, Author::Actor, "me too"))
        .await;
    assert!(
        matches!(intruding, Err(StoreError::NotFound { .. })),
        "{intruding:?}"
    );
    let mut tx = acme.begin().await.unwrap();
    assert_eq!(
        tx.conversations()
            .messages(id, None, 10)
            .await
            .unwrap()
            .items
            .len(),
        3
    );
}

#[tokio::test]
async fn a_conversation_changes_only_as_it_was_read() {
    let db = TestDb::new().await;
    let (acme, _) = db.tenant("acme").await;
    let mut tx = acme.begin().await.unwrap();
    let made = tx
        .conversations()
        .create(Channel::Email, None, None)
        .await
        .unwrap();
    let patch = ConversationPatch {
        status: Some(ConversationStatus::Closed),
        ..ConversationPatch::default()
    };
    let closed = tx
        .conversations()
        .update(made.id, &patch, Some(made.version))
        .await
        .unwrap();
    assert_eq!((closed.status, closed.version), (ConversationStatus::Closed, 2));
    let open_ones = ConversationFilter {
        status: Some(ConversationStatus::Open),
        ..ConversationFilter::default()
    };
    let open = tx.conversations().list(&open_ones, None, 10).await.unwrap();
    assert_eq!(open.items, []);
    let late = tx.conversations().update(made.id, &patch, Some(1)).await;
    assert!(matches!(late, Err(StoreError::Stale { current: 2 })), "{late:?}");
    let nowhere = tx
        .conversations()
        .update(ConversationId::new(), &patch, None)
        .await;
    assert!(matches!(nowhere, Err(StoreError::NotFound { .. })), "{nowhere:?}");
    let nobody = ConversationPatch {
        owner_id: Some(Some(UserId::new())),
        ..ConversationPatch::default()
    };
    let refused = tx.conversations().update(made.id, &nobody, None).await;
    assert!(
        matches!(refused, Err(StoreError::Invalid { ref field, .. }) if field == "owner_id"),
        "{refused:?}"
    );
}
