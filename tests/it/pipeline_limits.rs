//! The time of a question is one for all of its statements; lists of saved questions end nowhere but at their end.

use std::time::{Duration, Instant};

use crm_store::{
    Deadline, StoreError, TenantStore, TenantTx,
    analytics::{Groups, Shape},
    questions::{NewQuestion, QuestionCursor, Sharing},
};
use crm_tests::harness::until;
use crm_tools::semantic::{Ground, Spoken, answer_on, answer_typed};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    analytics_support::{World, count, path},
    http_support::{Api, problem},
};

fn counted() -> Shape {
    Shape::Groups(Groups {
        measures: vec![count()],
        ..Groups::default()
    })
}

/// Waits until the time is over.
async fn over(deadline: Deadline) {
    until("the end of the question's time", async || {
        deadline.left().is_zero().then_some(())
    })
    .await;
}

#[tokio::test]
async fn names_that_are_looked_up_take_of_the_time_of_the_question() {
    let world = World::new().await;
    let plan = world.plan(vec![], counted()).await;
    let deadline = Deadline::within(Duration::from_millis(400));
    let mut tx = world.admin.begin_question_until(deadline).await.unwrap();
    tx.values_of(&path("stage"), None, 5).await.unwrap();
    over(deadline).await;
    // Each of them alone would end in a millisecond.
    let late = tx.values_of(&path("owner_id"), Some("jo"), 5).await.unwrap_err();
    assert!(matches!(late, StoreError::TooMuch), "{late:?}");
    let late = tx.analyze(&plan).await.unwrap_err();
    assert!(matches!(late, StoreError::TooMuch), "{late:?}");
    let late = world.admin.begin_question_until(deadline).await.unwrap_err();
    assert!(matches!(late, StoreError::TooMuch), "{late:?}");
}

#[tokio::test]
async fn numbers_get_what_the_words_of_their_question_left() {
    let world = World::new().await;
    let query = serde_json::from_value(json!({"entity": "opportunities", "measures": ["count"]})).unwrap();
    let spoken = Spoken::default();
    let mut tx = world.admin.begin_question().await.unwrap();
    let mut ground = Ground::read(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(ground.deadline.is_some());
    answer_on(&ground, &world.admin, &query, &spoken).await.unwrap();
    ground.deadline = Some(Deadline::within(Duration::ZERO));
    let late = answer_on(&ground, &world.admin, &query, &spoken)
        .await
        .unwrap_err();
    assert!(matches!(late, StoreError::TooMuch), "{late:?}");
}

#[tokio::test]
async fn a_statement_that_waits_ends_with_the_question_and_not_with_a_time_of_its_own() {
    let world = World::new().await;
    let limit = Duration::from_secs(4);
    let first = Deadline::within(limit);
    let mut earlier = world.admin.begin_question_until(first).await.unwrap();
    earlier.access().await.unwrap();
    until("half of the time", async || {
        (first.left() < limit / 2).then_some(())
    })
    .await;
    let mut later = world
        .admin
        .begin_question_until(Deadline::within(limit))
        .await
        .unwrap();
    later.access().await.unwrap();
    let mut held = world.owner.begin().await.unwrap();
    sqlx::query("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    let ended = async |tx: &mut TenantTx| {
        let late = tx.values_of(&path("account_id"), None, 5).await.unwrap_err();
        assert!(matches!(late, StoreError::TooMuch), "{late:?}");
        Instant::now()
    };
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'accounts'::regclass";
    let after_the_other = async {
        until("the other statement waits", async || {
            let waiting: i64 = sqlx::query_scalar(waits).fetch_one(&world.owner).await.unwrap();
            (waiting > 0).then_some(())
        })
        .await;
        ended(&mut earlier).await
    };
    let (later, earlier) = futures::future::join(ended(&mut later), after_the_other).await;
    assert!(earlier < later, "the question that began earlier ends earlier");
    held.rollback().await.unwrap();
}

async fn save(who: &TenantStore, name: &str, is_pinned: bool, sharing: Sharing) {
    let mut tx = who.begin().await.unwrap();
    let new = NewQuestion {
        name: name.to_owned(),
        question: None,
        query: json!({}),
        is_pinned,
        alert: None,
        sharing,
    };
    tx.questions().create(&new).await.unwrap();
    tx.commit().await.unwrap();
}

async fn saved(who: &TenantStore, page: u32) -> Vec<String> {
    let mut tx = who.begin().await.unwrap();
    let (mut names, mut place) = (Vec::new(), None::<QuestionCursor>);
    loop {
        let (found, next) = tx.questions().list(place.as_ref(), page).await.unwrap();
        assert!(found.len() <= page as usize);
        names.extend(found.into_iter().map(|question| question.name));
        match next {
            // As clients send it.
            Some(next) => place = Some(next.to_string().parse().unwrap()),
            None => return names,
        }
    }
}

#[tokio::test]
async fn saved_questions_are_read_page_by_page_each_once() {
    let world = World::new().await;
    for (name, is_pinned) in [
        ("Umsätze", false),
        ("zuletzt", true),
        ("A", false),
        ("Same", true),
    ] {
        save(&world.rep, name, is_pinned, Sharing::Private).await;
    }
    for (who, name) in [
        (&world.manager, "Same"),
        (&world.other, "Same"),
        (&world.manager, "B"),
    ] {
        save(who, name, true, Sharing::Tenant).await;
    }
    let all = saved(&world.rep, 200).await;
    assert_eq!(all, ["Same", "zuletzt", "A", "Umsätze", "B", "Same", "Same"]);
    for page in 1..=7 {
        assert_eq!(saved(&world.rep, page).await, all, "{page} on a page");
    }
}

#[tokio::test]
async fn the_list_of_saved_questions_goes_on_where_its_cursor_says() {
    let api = Api::new().await;
    let path = "/v1/pipeline/questions";
    for name in ["One", "Two", "Three"] {
        let query = json!({"entity": "accounts", "measures": ["count"]});
        let made = api.post(path, &json!({"name": name, "query": query})).await;
        assert_eq!(made.status(), StatusCode::CREATED);
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Value = api
            .get(&format!("{path}?limit=2{cursor}"))
            .await
            .json()
            .await
            .unwrap();
        let found = page["data"].as_array().unwrap().iter();
        names.extend(found.map(|question| question["name"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(names, ["One", "Three", "Two"]);
    problem(api.get(&format!("{path}?cursor=nowhere")).await, 422, "invalid").await;
    api.end().await;
}

#[tokio::test]
async fn a_value_is_found_among_however_many_that_have_it_in_their_names() {
    let world = World::new().await;
    sqlx::query(
        "INSERT INTO accounts (tenant_id, id, name, industry, created_at, updated_at) \
         SELECT $1, gen_random_uuid(), 'Account ' || n, CASE n WHEN 0 THEN 'z' ELSE 'Az ' || lpad(n::text, 3, '0') END, now(), now() \
         FROM generate_series(0, 250) n",
    )
    .bind(world.tenant())
    .execute(&world.owner)
    .await
    .unwrap();
    let query = json!({
        "entity": "accounts", "measures": ["count"],
        "filters": [{"dimension": "industry", "op": "in", "value": ["Z", "az 007", "none such"]}],
    });
    let query = serde_json::from_value(query).unwrap();
    let card = answer_typed(&world.admin, &query, &Spoken::default())
        .await
        .unwrap();
    assert_eq!(card.table.unwrap().records, 2, "{}", card.sentence);
}
