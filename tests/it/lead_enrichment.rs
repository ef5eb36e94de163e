//! What is found about leads: suggested with its source, never written over what a person entered, gone with the message.

use crm_store::{
    Store, StoreError, TenantStore,
    auth::MemberToBe,
    catalog::{ACCOUNT, LEAD, PRODUCT},
    conversations::NewConversation,
    leads::{ENRICH_JOB, Origin, Suggestion, SuggestionState},
    messages::{Author, Direction, MessageKind, NewMessage},
    records::{Draft, Select},
};
use crm_tests::harness::{TestDb, until};
use crm_tools::enrichment::enrich;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::{Api, problem},
    win_office::{json_of, made},
    win_support::create,
};

const SAID: &str = "Hello, I am the head of purchasing at Acme Tools. We are 120 people. Call me: +49 30 901820.\n\
    We would like to see Route Planner Pro.";

async fn says(tenant: &TenantStore, lead: Uuid, body: &str) {
    let mut tx = tenant.begin().await.unwrap();
    let new = NewConversation {
        lead_id: Some(lead),
        ..NewConversation::on(crm_store::conversations::Channel::Api)
    };
    let conversation = tx.conversations().begin(&new).await.unwrap().id;
    let message = NewMessage {
        direction: Direction::Inbound,
        kind: MessageKind::Text,
        author: Author::Actor,
        body: body.to_owned(),
        language: Some("en".to_owned()),
    };
    tx.conversations().say(conversation, &message).await.unwrap();
    tx.commit().await.unwrap();
}

async fn suggestions(tenant: &TenantStore, lead: Uuid) -> Vec<Suggestion> {
    let mut tx = tenant.begin().await.unwrap();
    tx.leads().suggestions(lead).await.unwrap()
}

/// Fields and values of what nobody decided about.
fn open(found: &[Suggestion]) -> Vec<(&str, &str)> {
    found
        .iter()
        .filter(|found| found.state == SuggestionState::Open)
        .map(|found| (found.field.as_str(), found.value.as_str()))
        .collect()
}

async fn decide(tenant: &TenantStore, lead: Uuid, id: Uuid, replace: bool) -> Result<(), StoreError> {
    let mut tx = tenant.begin().await.unwrap();
    tx.leads().accept(lead, id, replace).await?;
    tx.commit().await.unwrap();
    Ok(())
}

async fn field(tenant: &TenantStore, lead: Uuid, name: &str) -> Value {
    let mut tx = tenant.begin().await.unwrap();
    let record = tx
        .records(&LEAD)
        .get(lead, &Select::default())
        .await
        .unwrap()
        .unwrap();
    record.get(name).to_json()
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "one lead from its first message to what stands beside each field"
)]
async fn what_a_lead_says_is_suggested_with_its_words_and_written_only_when_somebody_accepts() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    create(&tenant, Draft::new(&PRODUCT).with("name", "Route Planner Pro")).await;
    let account = create(
        &tenant,
        Draft::new(&ACCOUNT)
            .with("name", "Acme Tools Ltd")
            .with("website", "https://www.acme-tools.co.uk"),
    )
    .await;
    let lead = create(
        &tenant,
        Draft::new(&LEAD)
            .with("last_name", "Doe")
            .with("title", "Buyer")
            .with("email", "doe@acme-tools.co.uk"),
    )
    .await;
    says(&tenant, lead, SAID).await;
    let jobs: Vec<String> = sqlx::query_scalar("SELECT key FROM jobs WHERE kind = $1 AND state = 'ready'")
        .bind(ENRICH_JOB)
        .fetch_all(&db.owner().await)
        .await
        .unwrap();
    assert_eq!(jobs, [lead.to_string()], "the lead and its message are one job");
    let service = tenant.predicting();
    assert_eq!(enrich(&service, lead).await.unwrap(), 8);
    assert_eq!(enrich(&service, lead).await.unwrap(), 0, "twice finds the same");
    let found = suggestions(&tenant, lead).await;
    assert_eq!(
        open(&found),
        [
            ("account", account.to_string().as_str()),
            ("company", "Acme Tools"),
            ("language", "en"),
            ("number_of_employees", "120"),
            ("phone", "+4930901820"),
            ("product_interest", "Route Planner Pro"),
            ("title", "Head of purchasing"),
            ("website", "https://acme-tools.co.uk"),
        ]
    );
    let of = |name: &str| found.iter().find(|found| found.field == name).unwrap();
    assert_eq!(
        of("number_of_employees").quote.as_deref(),
        Some("We are 120 people.")
    );
    assert_eq!(of("account").account_name.as_deref(), Some("Acme Tools Ltd"));
    assert_eq!(of("company").quote.as_deref(), Some("acme-tools.co.uk"));
    // Nothing is in the lead yet; what a person entered is only replaced when that is said.
    assert_eq!(field(&tenant, lead, "number_of_employees").await, Value::Null);
    decide(&tenant, lead, of("number_of_employees").id, false)
        .await
        .unwrap();
    assert_eq!(field(&tenant, lead, "number_of_employees").await, json!(120));
    let kept = decide(&tenant, lead, of("title").id, false).await;
    assert!(matches!(kept, Err(StoreError::Conflict { .. })), "{kept:?}");
    assert_eq!(field(&tenant, lead, "title").await, "Buyer");
    decide(&tenant, lead, of("title").id, true).await.unwrap();
    assert_eq!(field(&tenant, lead, "title").await, "Head of purchasing");
    let again = decide(&tenant, lead, of("title").id, true).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    // What was declined does not come back, however often it is found.
    let mut tx = tenant.begin().await.unwrap();
    tx.leads().decline(lead, of("phone").id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(enrich(&service, lead).await.unwrap(), 0);
    let found = suggestions(&tenant, lead).await;
    assert!(!open(&found).iter().any(|(field, _)| *field == "phone"));
    let accepted = found.iter().find(|found| found.field == "title").unwrap();
    assert_eq!(
        (accepted.state, accepted.actor_name.as_deref()),
        (SuggestionState::Accepted, Some("Ada Admin"))
    );
    // Each value says where it is from, as the log of acts has it.
    let sources = async || -> Vec<(String, Origin, Option<Uuid>)> {
        let (_, sources) = tenant.lead_sources(lead).await.unwrap().unwrap();
        sources
            .into_iter()
            .map(|of| (of.field, of.source, of.suggestion))
            .collect()
    };
    let told = sources().await;
    for (field, source, from) in [
        ("last_name", Origin::Human, None),
        ("email", Origin::Human, None),
        ("title", Origin::Enrichment, Some(of("title").id)),
        (
            "number_of_employees",
            Origin::Enrichment,
            Some(of("number_of_employees").id),
        ),
    ] {
        assert!(
            told.contains(&(field.to_owned(), source, from)),
            "{field}: {told:?}"
        );
    }
    assert!(
        !told.iter().any(|of| of.0 == "phone"),
        "nothing is in it: {told:?}"
    );
    // What a person writes over it is theirs.
    let mut tx = tenant.begin().await.unwrap();
    let draft = Draft::new(&LEAD).with("title", "Director");
    tx.records(&LEAD).update(lead, draft, None).await.unwrap();
    tx.commit().await.unwrap();
    let title = |all: Vec<(String, Origin, Option<Uuid>)>| all.into_iter().find(|of| of.0 == "title");
    assert_eq!(
        title(sources().await),
        Some(("title".to_owned(), Origin::Human, None))
    );
    // An import signs what it brings.
    let mut tx = tenant.clone().for_request("import:1").begin().await.unwrap();
    let draft = Draft::new(&LEAD).with("title", "Head of purchasing");
    tx.records(&LEAD).update(lead, draft, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        title(sources().await),
        Some(("title".to_owned(), Origin::Import, None))
    );
    // A person's later word stands.
    says(&tenant, lead, "We are 130 people now.").await;
    enrich(&service, lead).await.unwrap();
    assert_eq!(field(&tenant, lead, "number_of_employees").await, json!(120));
    assert!(open(&suggestions(&tenant, lead).await).contains(&("number_of_employees", "130")));
}

#[tokio::test]
async fn what_was_found_goes_with_the_message_and_with_the_lead() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    let lead = create(
        &tenant,
        Draft::new(&LEAD)
            .with("last_name", "Doe")
            .with("email", "doe@gmail.com"),
    )
    .await;
    says(&tenant, lead, SAID).await;
    enrich(&tenant.predicting(), lead).await.unwrap();
    assert_eq!(open(&suggestions(&tenant, lead).await).len(), 4);
    let owner = db.owner().await;
    sqlx::query("DELETE FROM messages").execute(&owner).await.unwrap();
    assert_eq!(suggestions(&tenant, lead).await, []);
    says(&tenant, lead, SAID).await;
    enrich(&tenant.predicting(), lead).await.unwrap();
    sqlx::query("DELETE FROM leads").execute(&owner).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM lead_suggestions")
        .fetch_one(&owner)
        .await
        .unwrap();
    assert_eq!(left, 0);
    // A job that comes late does nothing.
    assert_eq!(enrich(&tenant.predicting(), lead).await.unwrap(), 0);
}

#[tokio::test]
async fn who_may_not_see_a_message_is_told_no_word_of_it() {
    let db = TestDb::new().await;
    let store: Store = db.store().await;
    let (tenant, _) = db.tenant_in(&store, "acme").await;
    let mut tx = tenant.begin().await.unwrap();
    let role =
        serde_json::from_value(json!({"objects": {"lead": ["read", "view_all", "update", "modify_all"]}}))
            .unwrap();
    let role = crm_store::roles::RoleDraft {
        name: "blind".to_owned(),
        description: String::new(),
        parent_id: None,
        permissions: role,
    };
    let held = tx.access().await.unwrap().permissions().clone();
    tx.roles().create(&role, &held).await.unwrap();
    tx.commit().await.unwrap();
    let member = MemberToBe {
        email: "blind@acme.test",
        name: "Somebody",
        role: "blind",
        password: None,
    };
    store.ensure_member("acme", &member).await.unwrap();
    let blind = store.open(
        &store
            .operate("acme", Some("blind@acme.test"))
            .await
            .unwrap()
            .unwrap(),
    );
    create(
        &tenant,
        Draft::new(&ACCOUNT)
            .with("name", "Acme")
            .with("website", "https://acme.de"),
    )
    .await;
    let lead = create(
        &tenant,
        Draft::new(&LEAD)
            .with("last_name", "Doe")
            .with("email", "doe@acme.de"),
    )
    .await;
    says(&tenant, lead, SAID).await;
    enrich(&tenant.predicting(), lead).await.unwrap();
    let all = suggestions(&tenant, lead).await;
    let of = |name: &str| all.iter().find(|found| found.field == name).unwrap();
    let size = of("number_of_employees");
    assert_eq!(size.value, "120");
    // What stands in the address is theirs to see; neither a value nor its words from a message, and no account.
    let seen = suggestions(&blind, lead).await;
    assert_eq!(open(&seen), [("company", "Acme"), ("website", "https://acme.de")]);
    let refused = decide(&blind, lead, size.id, true).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    assert_eq!(field(&tenant, lead, "number_of_employees").await, Value::Null);
    // What somebody took over stands in the lead; what they turned down stays unsaid.
    decide(&tenant, lead, size.id, false).await.unwrap();
    let mut tx = tenant.begin().await.unwrap();
    tx.leads().decline(lead, of("phone").id).await.unwrap();
    tx.commit().await.unwrap();
    let seen = suggestions(&blind, lead).await;
    let decided: Vec<_> = seen
        .iter()
        .filter(|found| found.state != SuggestionState::Open)
        .map(|found| (found.value.as_str(), &found.quote, found.message_id))
        .collect();
    assert_eq!(decided, [("120", &None, None)]);
}

#[tokio::test]
async fn over_http_a_lead_is_looked_through_soon_and_one_call_decides() {
    let api = Box::pin(Api::new()).await;
    for (email, role) in [("rep@acme.test", "sales"), ("other@acme.test", "sales")] {
        api.member(email, role).await;
    }
    let rep = login(&api, "rep@acme.test", PASSWORD).await;
    let other = login(&api, "other@acme.test", PASSWORD).await;
    let me: Value = api.get_as(&rep, "/v1/me").await.json().await.unwrap();
    let body =
        json!({"last_name": "Doe", "email": "doe@mail.acme-tools.co.uk", "owner_id": me["actor"]["id"]});
    let lead = made(&api, &rep, "/v1/leads", body).await;
    let path = format!("/v1/leads/{lead}/enrichment");
    let found: Value = until("the suggestions", async || {
        let found: Value = api.get_as(&rep, &path).await.json().await.unwrap();
        (found["suggestions"].as_array()?.len() == 2).then_some(found)
    })
    .await;
    assert_eq!(
        found["domain"],
        json!({"name": "acme-tools.co.uk", "kind": "company"})
    );
    let company = &found["suggestions"][0];
    assert_eq!(
        (
            &company["field"],
            &company["value"],
            &company["source"],
            &company["current"],
            &company["state"]
        ),
        (
            &json!("company"),
            &json!("Acme Tools"),
            &json!("mail_domain"),
            &Value::Null,
            &json!("open")
        ),
        "{company}"
    );
    let decide = async |who: &Value, which: &Value, word: &str| {
        let path = format!("{path}/{}/{word}", which["id"].as_str().unwrap());
        api.as_person(who, Method::POST, &path).send().await.unwrap()
    };
    assert_eq!(decide(&other, company, "accept").await.status(), 404);
    assert_eq!(api.get_as(&other, &path).await.status(), 404);
    let after = json_of(decide(&rep, company, "accept").await, StatusCode::OK).await;
    assert_eq!(
        (
            &after["suggestions"][0]["state"],
            &after["suggestions"][0]["current"],
            &after["suggestions"][0]["decided_by"]["kind"]
        ),
        (&json!("accepted"), &json!("Acme Tools"), &json!("user")),
        "{after}"
    );
    let of_company = after["fields"].as_array().unwrap();
    let of_company = of_company.iter().find(|of| of["field"] == "company").unwrap();
    assert_eq!(
        (
            &of_company["source"],
            &of_company["quote"],
            &of_company["suggestion_id"]
        ),
        (&json!("enrichment"), &company["quote"], &company["id"]),
        "{after}"
    );
    problem(decide(&rep, company, "decline").await, 409, "conflict").await;
    let website = &found["suggestions"][1];
    let after = json_of(decide(&rep, website, "decline").await, StatusCode::OK).await;
    assert_eq!(after["suggestions"][1]["state"], "declined");
    let nobodys = json!({"id": Uuid::now_v7()});
    assert_eq!(decide(&rep, &nobodys, "accept").await.status(), 404);
    api.end().await;
}
