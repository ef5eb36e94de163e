//! The floor for mood and urgency on every message, and what words from the customer do to a case.

use crm_store::{
    behaviour::mood::MoodLabel,
    conversations::Channel,
    ids::ConversationId,
    messages::{Author, Direction, Message, MessageKind, NewMessage},
};

use super::*;

async fn say(world: &World, conversation: ConversationId, direction: Direction, body: &str) -> Message {
    let mut tx = world.admin.begin().await.unwrap();
    let new = NewMessage {
        direction,
        kind: MessageKind::Text,
        author: Author::Actor,
        body: body.to_owned(),
        language: None,
    };
    let message = tx.conversations().say(conversation, &new).await.unwrap();
    tx.commit().await.unwrap();
    message
}

/// A conversation about a case.
async fn conversation(world: &World, case: &Record) -> ConversationId {
    let mut tx = world.admin.begin().await.unwrap();
    let conversation = tx
        .conversations()
        .create(Channel::Email, None, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    sqlx::query("UPDATE conversations SET case_id = $2 WHERE id = $1")
        .bind(conversation.id)
        .bind(case.id)
        .execute(&world.owner)
        .await
        .unwrap();
    conversation.id
}

#[tokio::test]
async fn every_message_is_read_for_mood_and_urgency() {
    let world = World::new().await;
    let case = world.create(&catalog::CASE, json!({"subject": "x"})).await;
    let conversation = conversation(&world, &case).await;
    let bad = say(
        &world,
        conversation,
        Direction::Inbound,
        "This is terrible, the system is down and we need it fixed immediately!!!",
    )
    .await;
    assert_eq!(bad.sentiment_label, Some(MoodLabel::Negative));
    assert!(
        bad.sentiment.unwrap().is_sign_negative()
            && bad.sentiment_confidence.unwrap() > "0.5".parse().unwrap()
    );
    assert!(bad.urgency.unwrap() >= 60, "{bad:?}");
    let good = say(
        &world,
        conversation,
        Direction::Internal,
        "Great work everyone, thank you!",
    )
    .await;
    assert_eq!(good.sentiment_label, Some(MoodLabel::Positive));
    let kept = "SELECT count(*) FROM messages WHERE case_id = $1 AND processed_at IS NOT NULL AND urgency IS NOT NULL";
    assert_eq!(world.count(kept, case.id).await, 2);
    let felt = world.get(&case).await;
    assert_eq!(felt.get("urgency").as_integer(), bad.urgency.map(i64::from));
}

#[tokio::test]
async fn the_customers_word_brings_a_case_back_and_ours_stops_the_clock() {
    let world = World::new().await;
    let case = world.create(&catalog::CASE, json!({"subject": "x"})).await;
    let conversation = conversation(&world, &case).await;
    world.pass(5);
    say(
        &world,
        conversation,
        Direction::Outbound,
        "We are looking into it.",
    )
    .await;
    let answered = world.get(&case).await;
    assert_eq!(
        answered.get("first_responded_at").as_time(),
        Some(at("2026-01-09T10:05:00Z"))
    );
    world.update(&case, json!({"status": "pending"})).await;
    say(&world, conversation, Direction::Inbound, "Here is the log.").await;
    assert_eq!(world.get(&case).await.text("status"), Some("open"));
    world.update(&case, json!({"status": "resolved"})).await;
    say(&world, conversation, Direction::Inbound, "It is back.").await;
    let back = world.get(&case).await;
    assert_eq!(back.text("status"), Some("reopened"));
    assert_eq!(back.get("reopened_count").to_json(), json!(1));
}
