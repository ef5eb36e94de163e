//! A name that can be several people or records: the asker chooses, never a model, and nobody is left out by their number.

use crm_store::TenantStore;
use crm_tests::fake_openai::{FakeOpenAi, Reply};
use crm_tools::{
    card::{AnswerCard, CardKind},
    pipeline::{Question, ask},
    semantic::Language,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    analytics_support::{Deal, World},
    http_people::People,
    http_support::Api,
    pipeline_model::{card, run, said, service},
};

/// A question about the deals of somebody, as a model writes it.
fn of_owner(name: &str) -> Value {
    json!({"query": {"entity": "opportunities", "measures": ["count"],
        "filters": [{"dimension": "owner", "op": "eq", "value": name}]}, "language": "en"})
}

/// Members by name.
async fn people(api: &Api, names: &[&str]) {
    let owner = api.db.owner().await;
    for (at, name) in names.iter().enumerate() {
        let email = format!("person{at}@acme.test");
        api.member(&email, "sales").await;
        sqlx::query("UPDATE users SET name = $1 WHERE email = $2")
            .bind(name)
            .bind(&email)
            .execute(&owner)
            .await
            .unwrap();
    }
}

fn labels(card: &Value) -> Vec<&str> {
    let choices = card["choices"].as_array().unwrap().iter();
    choices.map(|choice| choice["label"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_name_that_can_be_two_people_is_the_askers_to_choose_and_not_the_models() {
    let fake = FakeOpenAi::start().await;
    // Nobody whom the model did not name leaves.
    fake.forbid("Doe").forbid("Smith");
    for name in ["Jon", "Sam Hill", "Viktor"] {
        fake.reply(Reply::call("call_1", "run_query", &of_owner(name)));
    }
    let chart = json!({"query": of_owner("Jon")["query"], "mark": "bar", "language": "de"});
    fake.reply(Reply::call("call_1", "chart", &chart));
    let api = service(&fake).await;
    people(
        &api,
        &["Jon Smith", "John Doe", "Sam Hill", "Sam Hill", "Victor Okafor"],
    )
    .await;

    let events = run(&api, "How many deals does Jon have?").await;
    let asked = card(&events);
    assert_eq!(asked["kind"], "clarification", "{asked}");
    assert_eq!(labels(asked), ["Jon Smith", "John Doe"]);
    assert_eq!(
        said(&events).trim(),
        "This can be meant in more than one way. Which one?"
    );
    assert_eq!(fake.requests().len(), 1, "the model is not asked which one");

    // Two of the very same name are told apart.
    let events = run(&api, "How many deals does Sam Hill have?").await;
    assert_eq!(
        labels(card(&events)),
        ["Sam Hill (person2@acme.test)", "Sam Hill (person3@acme.test)"]
    );

    // One who is only nearly called so is no answer either.
    let events = run(&api, "How many deals does Viktor have?").await;
    let asked = card(&events);
    assert_eq!(
        (&asked["kind"], labels(asked)),
        (&json!("clarification"), vec!["Victor Okafor"])
    );
    assert_eq!(asked["sentence"], "Nobody is called just so. Is this meant?");

    let events = run(&api, "Wie viele Deals hat Jon?").await;
    let asked = card(&events).clone();
    assert_eq!(asked["sentence"], "Das kann mehreres heißen. Was ist gemeint?");
    assert_eq!(fake.requests().len(), 4);

    // What is chosen is answered, and the card says for whom.
    let chosen = json!({"query": asked["choices"][1]["query"]});
    let answer = api.post("/v1/pipeline/query", &chosen).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["table"]["rows"][0][0], "0");
    assert!(answer["filters"].to_string().contains("John Doe"), "{answer}");
    api.end().await;
}

#[tokio::test]
async fn a_name_in_doubt_waits_until_the_rest_of_the_query_is_right() {
    let fake = FakeOpenAi::start().await;
    fake.forbid("Doe").forbid("Smith");
    let mut wrong = of_owner("Jon");
    wrong["query"]["measures"] = json!(["cuont"]);
    fake.reply(Reply::call("call_1", "run_query", &wrong))
        .reply(Reply::call("call_2", "run_query", &of_owner("Jon")));
    let api = service(&fake).await;
    people(&api, &["Jon Smith", "John Doe"]).await;

    let events = run(&api, "How many deals does Jon have?").await;

    assert_eq!(labels(card(&events)), ["Jon Smith", "John Doe"]);
    assert!(fake.requests()[1].lines().contains("/measures/0"));
    api.end().await;
}

#[tokio::test]
async fn a_choice_with_a_name_in_doubt_becomes_the_choice_of_that_name() {
    let fake = FakeOpenAi::start().await;
    fake.forbid("Doe");
    let choices = json!({"choices": [of_owner("Jon")["query"], {"entity": "opportunities", "measures": ["count"]}],
        "language": "en"});
    fake.reply(Reply::call("call_1", "ask_back", &choices));
    let api = service(&fake).await;
    people(&api, &["Jon Smith", "John Doe"]).await;

    let events = run(&api, "Deals of Jon or all?").await;

    assert_eq!(labels(card(&events)), ["Jon Smith", "John Doe"]);
    api.end().await;
}

async fn asked(store: &TenantStore, text: &str) -> AnswerCard {
    let question = Question {
        text,
        previous: None,
        language: Some(Language::En),
    };
    ask(store, None, &question).await.unwrap()
}

fn told(card: &AnswerCard) -> Vec<String> {
    card.choices.iter().map(|choice| choice.label.clone()).collect()
}

/// Members by name, all at once.
async fn crowd(world: &World, names: &[String]) -> Vec<Uuid> {
    let ids: Vec<Uuid> = names.iter().map(|_| Uuid::now_v7()).collect();
    for sql in [
        "INSERT INTO users (id, email, name, created_at, updated_at) \
         SELECT i, 'p' || o || '@acme.test', n, now(), now() FROM unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS u (i, n, o) \
         WHERE $1::uuid IS NOT NULL",
        "INSERT INTO memberships (tenant_id, id, user_id, role_id, created_at, updated_at) \
         SELECT $1, i, i, (SELECT role_id FROM memberships WHERE tenant_id = $1 LIMIT 1), now(), now() \
         FROM unnest($2::uuid[], $3::text[]) AS u (i, n)",
    ] {
        sqlx::query(sql)
            .bind(world.tenant())
            .bind(&ids)
            .bind(names)
            .execute(&world.owner)
            .await
            .unwrap();
    }
    ids
}

#[tokio::test]
async fn people_beyond_the_first_three_hundred_are_found_and_asked_back() {
    let world = World::new().await;
    let mut names: Vec<String> = (0..310).map(|at| format!("Aaron Filler{at}")).collect();
    let last = [
        "Victor Abel",
        "Victor Zimmer",
        "Zoë Zuckermann",
        "Zora Twin",
        "Zora Twin",
    ];
    names.extend(last.map(str::to_owned));
    let ids = crowd(&world, &names).await;
    let mut deal = Deal::new("Prospecting", 100);
    deal.owner = Some(ids[311]);
    world.deals(&[deal]).await;

    let card = asked(&world.admin, "how many open deals does Victor have?").await;
    assert_eq!(
        (card.kind, told(&card).len()),
        (CardKind::Clarification, 2),
        "{card:?}"
    );
    let names = told(&card).join(" | ");
    assert!(
        names.contains("Victor Abel") && names.contains("Victor Zimmer"),
        "{names}"
    );

    let card = asked(&world.admin, "how many open deals does Victor Zimmer have?").await;
    assert_eq!(card.kind, CardKind::Answer, "{card:?}");
    assert_eq!(card.table.unwrap().rows[0][0], "1");

    // Without its signs, and with a slip.
    for said in ["Zoe Zuckermann", "Zuckerman"] {
        let card = asked(&world.admin, &format!("how many open deals does {said} have?")).await;
        assert_eq!(card.kind, CardKind::Answer, "{said}: {card:?}");
        assert!(card.filters.concat().contains("Zoë Zuckermann"), "{card:?}");
    }

    // Two of one name have two labels.
    let card = asked(&world.admin, "how many open deals does Zora Twin have?").await;
    let labels = told(&card);
    assert_eq!(
        (card.kind, labels.len()),
        (CardKind::Clarification, 2),
        "{card:?}"
    );
    assert!(
        labels[0] != labels[1] && labels[0].contains("@acme.test"),
        "{labels:?}"
    );
}

#[tokio::test]
async fn a_record_is_found_by_its_whole_name_among_many_that_share_its_words() {
    let world = World::new().await;
    for at in 0..40 {
        world
            .account(None, &format!("Harbour Freight {at:02}"), None)
            .await;
    }
    let meant = world.account(None, "Harbour Zephyr", None).await;
    let mut deal = Deal::new("Prospecting", 100);
    deal.account = Some(meant);
    world.deals(&[deal]).await;

    let card = asked(&world.admin, "how many open deals of Harbour Zephyr are there?").await;
    assert_eq!(card.kind, CardKind::Answer, "{card:?}");
    assert_eq!(card.table.unwrap().rows[0][0], "1");

    // Another of the same name is asked back.
    world.account(None, "Harbour Zephyr", None).await;
    let card = asked(&world.admin, "how many open deals of Harbour Zephyr are there?").await;
    let labels = told(&card);
    assert_eq!(
        (card.kind, labels.len()),
        (CardKind::Clarification, 2),
        "{card:?}"
    );
    assert_ne!(labels[0], labels[1]);
}
