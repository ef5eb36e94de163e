//! Messages from outside: who they are from, where they belong, and each once.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    http_support::Api,
    inbound_support::{Provider, all, mail, status, whatsapp},
};

async fn messages(api: &Api, conversation: &Value) -> Vec<Value> {
    let id = conversation["id"].as_str().unwrap();
    all(api, &format!("/v1/conversations/{id}/messages")).await
}

async fn made(api: &Api, path: &str, body: Value) -> Value {
    let response = api.post(path, &body).await;
    let status = response.status();
    let made: Value = response.json().await.unwrap();
    assert_eq!(status, 201, "{made}");
    made
}

#[tokio::test]
async fn a_stranger_becomes_a_lead_with_one_conversation_per_number() {
    let api = Api::new().await;
    let line = Provider::new(&api, "whatsapp", json!({})).await;
    let words = "Grüße 👩🏽‍💻 \u{202e}abc\nzweite Zeile – ОК";
    let first = line
        .deliver(&whatsapp("wamid.1", "4915112345678", "Ada Byron Lovelace", words))
        .await;
    assert_eq!(
        first,
        json!({"stored": 1, "known": 0, "ignored": 0, "receipts": 0})
    );
    line.deliver(&whatsapp(
        "wamid.2",
        "4915112345678",
        "Ada Byron Lovelace",
        "Noch etwas",
    ))
    .await;
    let leads = all(&api, "/v1/leads").await;
    assert_eq!(leads.len(), 1);
    assert_eq!(
        (&leads[0]["phone"], &leads[0]["last_name"]),
        (&json!("+4915112345678"), &json!("Lovelace"))
    );
    assert_eq!(leads[0]["lead_source"], "WhatsApp");
    let conversations = all(&api, "/v1/conversations").await;
    assert_eq!(conversations.len(), 1);
    assert_eq!(
        (&conversations[0]["lead_id"], &conversations[0]["channel"]),
        (&leads[0]["id"], &json!("whatsapp"))
    );
    let said = messages(&api, &conversations[0]).await;
    assert_eq!(
        (said.len(), &said[0]["body"], &said[1]["body"]),
        (2, &json!(words), &json!("Noch etwas"))
    );
    assert_eq!(
        (&said[0]["direction"], &said[0]["sender_address"]),
        (&json!("inbound"), &json!("+4915112345678"))
    );
    api.end().await;
}

#[tokio::test]
async fn a_known_contact_is_found_by_number_and_nobody_is_made() {
    let api = Api::new().await;
    let line = Provider::new(&api, "whatsapp", json!({})).await;
    let contact = made(
        &api,
        "/v1/contacts",
        json!({"last_name": "Hopper", "mobile_phone": "+49 151 12345678"}),
    )
    .await;
    line.deliver(&whatsapp("wamid.1", "4915112345678", "G", "Hallo"))
        .await;
    let conversations = all(&api, "/v1/conversations").await;
    assert_eq!(conversations[0]["contact_id"], contact["id"]);
    assert_eq!(all(&api, "/v1/leads").await.len(), 0);
    // A conversation that had ended goes on.
    let path = format!("/v1/conversations/{}", conversations[0]["id"].as_str().unwrap());
    let closed = api
        .request(reqwest::Method::PATCH, &path)
        .json(&json!({"status": "closed"}))
        .send()
        .await
        .unwrap();
    assert_eq!(closed.status(), 200);
    line.deliver(&whatsapp("wamid.2", "4915112345678", "G", "Doch noch"))
        .await;
    let conversations = all(&api, "/v1/conversations").await;
    assert_eq!(
        (conversations.len(), &conversations[0]["status"]),
        (1, &json!("open"))
    );
    assert_eq!(conversations[0]["closed_at"], Value::Null);
    api.end().await;
}

#[tokio::test]
async fn what_is_delivered_twice_or_at_once_is_stored_once() {
    let api = Api::new().await;
    let line = Provider::new(&api, "whatsapp", json!({})).await;
    let one = whatsapp("wamid.1", "4915112345678", "Ada", "one");
    let two = whatsapp("wamid.2", "4915112345678", "Ada", "two");
    let calls = [&one, &two, &one, &one, &two, &one];
    let answers = join_all(calls.map(|body| line.deliver(body))).await;
    let stored: i64 = answers
        .iter()
        .map(|answer| answer["stored"].as_i64().unwrap())
        .sum();
    assert_eq!(stored, 2);
    assert_eq!(
        all(&api, "/v1/leads").await.len(),
        1,
        "a stranger who writes twice at once is one lead"
    );
    let conversations = all(&api, "/v1/conversations").await;
    assert_eq!(
        (conversations.len(), &conversations[0]["message_count"]),
        (1, &json!(2))
    );
    // One event for each.
    let owner = api.db.owner().await;
    let events: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM feed_events WHERE object = 'message' AND action = 'created'",
    )
    .fetch_one(&owner)
    .await
    .unwrap();
    assert_eq!(events, 2);
    api.end().await;
}

#[tokio::test]
async fn mails_thread_by_their_references_and_only_among_the_same_people() {
    let api = Api::new().await;
    let inbox = Provider::new(&api, "email", json!({"unknown_person": "case"})).await;
    inbox
        .deliver(&mail("m1@x", "ada@example.com", "Order 7", "Where is it?", &[]))
        .await;
    let conversations = all(&api, "/v1/conversations").await;
    let case = conversations[0]["case_id"].as_str().expect("a case was made");
    let case: Value = api.get(&format!("/v1/cases/{case}")).await.json().await.unwrap();
    assert_eq!(
        (&case["subject"], &case["supplied_email"]),
        (&json!("Order 7"), &json!("ada@example.com"))
    );
    // Our answer, and the reply to it.
    let path = format!(
        "/v1/conversations/{}/messages",
        conversations[0]["id"].as_str().unwrap()
    );
    let ours = made(
        &api,
        &path,
        json!({"body": "Tomorrow.", "provider_message_id": "ours@acme", "in_reply_to": "m1@x"}),
    )
    .await;
    assert_eq!(
        (&ours["delivery_status"], &ours["author_kind"]),
        (&json!("sent"), &json!("api_key"))
    );
    inbox
        .deliver(&mail(
            "m2@x",
            "Ada@Example.com",
            "Re: Order 7",
            "Thanks",
            &["m1@x", "ours@acme"],
        ))
        .await;
    let conversations = all(&api, "/v1/conversations").await;
    assert_eq!(
        (conversations.len(), &conversations[0]["message_count"]),
        (1, &json!(3))
    );
    let said = messages(&api, &conversations[0]).await;
    assert_eq!(said[2]["in_reply_to"], "ours@acme");
    // Somebody else who names the same mail does not get into the conversation.
    inbox
        .deliver(&mail(
            "m3@y",
            "eve@example.org",
            "Re: Order 7",
            "let me in",
            &["ours@acme"],
        ))
        .await;
    let conversations = all(&api, "/v1/conversations").await;
    assert_eq!(conversations.len(), 2);
    // A new mail of the same person without references is a new matter.
    inbox
        .deliver(&mail("m4@x", "ada@example.com", "Another thing", "Hello", &[]))
        .await;
    assert_eq!(all(&api, "/v1/conversations").await.len(), 3);
    api.end().await;
}

#[tokio::test]
async fn a_machines_reply_to_nobody_makes_nobody() {
    let api = Api::new().await;
    let inbox = Provider::new(&api, "email", json!({})).await;
    let mut away = mail("a1@x", "ada@example.com", "Away", "Back on Monday", &[]);
    away["Headers"]
        .as_array_mut()
        .unwrap()
        .push(json!({"Name": "Auto-Submitted", "Value": "auto-replied"}));
    assert_eq!(inbox.deliver(&away).await["ignored"], 1);
    assert_eq!(all(&api, "/v1/leads").await.len(), 0);
    inbox
        .deliver(&mail("a2@x", "ada@example.com", "Hello", "I am back", &[]))
        .await;
    away["Headers"].as_array_mut().unwrap()[0]["Value"] = json!("<a3@x>");
    away["Headers"].as_array_mut().unwrap()[1]["Value"] = json!("<a2@x>");
    assert_eq!(inbox.deliver(&away).await["stored"], 1, "in a thread it is kept");
    api.end().await;
}

#[tokio::test]
async fn receipts_go_forward_in_whatever_order_they_come() {
    let api = Api::new().await;
    let line = Provider::new(&api, "whatsapp", json!({})).await;
    line.deliver(&whatsapp("wamid.1", "4915112345678", "Ada", "Hi"))
        .await;
    let conversation = all(&api, "/v1/conversations").await.remove(0);
    let path = format!(
        "/v1/conversations/{}/messages",
        conversation["id"].as_str().unwrap()
    );
    made(
        &api,
        &path,
        json!({"body": "Hello", "provider_message_id": "out.1"}),
    )
    .await;
    let standing = async || {
        messages(&api, &conversation).await[1]["delivery_status"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(line.deliver(&status("out.1", "delivered")).await["receipts"], 1);
    assert_eq!(
        line.deliver(&status("out.1", "sent")).await["receipts"],
        0,
        "late"
    );
    assert_eq!(standing().await, "delivered");
    assert_eq!(
        line.deliver(&status("out.1", "failed")).await["receipts"],
        0,
        "it arrived"
    );
    assert_eq!(line.deliver(&status("out.1", "read")).await["receipts"], 1);
    assert_eq!(
        line.deliver(&status("out.1", "read")).await["receipts"],
        0,
        "twice"
    );
    assert_eq!(standing().await, "read");
    // A receipt for a message whose id nobody has told yet waits for it; one for what came in changes nothing.
    line.deliver(&status("out.2", "delivered")).await;
    line.deliver(&status("out.2", "sent")).await;
    assert_eq!(line.deliver(&status("wamid.1", "read")).await["receipts"], 0);
    let late = made(
        &api,
        &path,
        json!({"body": "Second", "provider_message_id": "out.2"}),
    )
    .await;
    assert_eq!(late["delivery_status"], "delivered");
    assert!(late["delivered_at"].is_string());
    api.end().await;
}
