//! Typed queries that mean harm, nothing, or too much: each gets a clear answer, and nothing is lost.

use chrono::{Days, NaiveDate};
use crm_store::{StoreError, TenantStore};
use crm_tools::{
    card::AnswerCard,
    semantic::{PipelineQuery, SemanticModel, Spoken, answer, in_words},
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::analytics_support::{Deal, World, day};

pub(crate) async fn ask(store: &TenantStore, query: &Json) -> Result<AnswerCard, StoreError> {
    let query: PipelineQuery =
        serde_json::from_value(query.clone()).unwrap_or_else(|error| panic!("{query}: {error}"));
    answer(
        SemanticModel::embedded().unwrap(),
        store,
        &query,
        &Spoken::default(),
    )
    .await
}

/// The problems of a query, each with its pointer.
pub(crate) async fn problems(store: &TenantStore, query: Json) -> String {
    match ask(store, &query).await {
        Err(StoreError::InvalidMany(problems)) => in_words(&problems),
        Err(StoreError::Invalid { field, message }) => format!("{field}: {message}"),
        other => panic!("{query}: {other:?}"),
    }
}

pub(crate) fn count(more: Json) -> Json {
    let mut query = json!({"entity": "opportunities", "measures": ["count"]});
    let Json::Object(more) = more else {
        panic!("{more} has no parts")
    };
    for (key, value) in more {
        query[key] = value;
    }
    query
}

pub(crate) async fn number(store: &TenantStore, query: Json) -> String {
    let card = ask(store, &query)
        .await
        .unwrap_or_else(|error| panic!("{query}: {error:?}"));
    card.table.unwrap().rows[0][0].as_str().unwrap().to_owned()
}

pub(crate) fn dated(close: NaiveDate) -> Deal {
    Deal {
        close: Some(close),
        ..Deal::new("Closed Won", 100)
    }
}

#[tokio::test]
async fn words_of_sql_are_values_like_others() {
    let world = World::new().await;
    let rep = Some(crate::pipeline_differential::person_of(&world.rep));
    let nasty = "Robert'); DROP TABLE opportunities; --";
    let account = world.account(rep, nasty, Some("' OR '1'='1")).await;
    let mut deal = Deal::new("Prospecting", 100);
    (deal.account, deal.owner) = (Some(account), rep);
    world.deals(&[deal, Deal::new("Prospecting", 200)]).await;
    let filter = |dimension: &str, value: &str| {
        count(json!({"filters": [{"dimension": dimension, "op": "eq", "value": value}]}))
    };

    // Who is called like a statement is found by this name.
    assert_eq!(number(&world.rep, filter("account", nasty)).await, "1");
    assert_eq!(
        number(&world.rep, filter("account_industry", "' OR '1'='1")).await,
        "1"
    );
    for value in [
        "' OR 1=1 --",
        "$1",
        "%",
        "_",
        "\\",
        "\"; SELECT pg_sleep(10); --",
        "1; DELETE FROM leads",
        "{{7*7}}",
        "\u{1F4A3}💥",
        "\u{202E}gnippilF",
        "مرحبا",
    ] {
        assert_eq!(number(&world.rep, filter("stage", value)).await, "0", "{value}");
        // A part of a name is no name: no sign stands for others.
        let said = problems(&world.rep, filter("account", value)).await;
        assert!(said.contains("you can see no account called"), "{value}: {said}");
    }
    let other =
        count(json!({"filters": [{"dimension": "type", "op": "eq", "value": "'; DROP TABLE leads"}]}));
    assert!(
        problems(&world.rep, other)
            .await
            .contains("there are new_business")
    );
    for name in ["count(*)", "won_amount; --", "stage\" OR \"1\"=\"1"] {
        let named = json!({"entity": "opportunities", "measures": ["count"], "dimensions": [{"name": name}]});
        assert!(
            problems(&world.rep, named).await.contains("is no dimension"),
            "{name}"
        );
        let named = json!({"entity": "opportunities", "measures": [name]});
        let said = problems(&world.rep, named).await;
        assert!(
            said.contains("is no measure") || name == "won_amount",
            "{name}: {said}"
        );
    }
    assert_eq!(number(&world.admin, count(json!({}))).await, "2");
}

#[tokio::test]
async fn ids_of_another_tenant_and_of_hidden_records_find_what_nobody_has() {
    let world = World::new().await;
    let colleague = Some(crate::pipeline_differential::person_of(&world.other));
    let hidden = world.account(colleague, "Hidden Ltd", None).await;
    let mut deal = Deal::new("Prospecting", 100);
    (deal.owner, deal.account) = (colleague, Some(hidden));
    world.deals(&[deal]).await;
    let foreign = Uuid::now_v7();
    let by = |dimension: &str, value: Json| {
        count(json!({"filters": [{"dimension": dimension, "op": "eq", "value": value}]}))
    };

    for (dimension, id) in [
        ("account", hidden),
        ("account", foreign),
        ("owner", foreign),
        ("contact", foreign),
    ] {
        let card = ask(&world.rep, &by(dimension, json!(id))).await.unwrap();
        assert_eq!(card.table.unwrap().rows[0][0], "0", "{dimension}");
        assert!(!card.sentence.contains("Hidden"), "{}", card.sentence);
    }
    // By name, what is hidden and what is not there are refused in the same words.
    let hidden = problems(&world.rep, by("account", json!("Hidden Ltd"))).await;
    let absent = problems(&world.rep, by("account", json!("Absent Ltd"))).await;
    assert_eq!(hidden.replace("Hidden", "Absent"), absent);
    assert_eq!(
        number(&world.admin, by("account", json!("Hidden Ltd"))).await,
        "1"
    );
}

#[tokio::test]
async fn a_name_that_two_people_have_is_asked_back() {
    let world = World::new().await;
    world.deals(&[Deal::new("Prospecting", 100)]).await;
    let of = |name: &str| count(json!({"filters": [{"dimension": "owner", "op": "eq", "value": name}]}));
    let said = problems(&world.rep, of("Jo")).await;
    assert!(said.contains("Jon (") && said.contains("John ("), "{said}");
    // Who is called exactly so is meant, whatever the case.
    assert_eq!(number(&world.rep, of("jon")).await, "0");
    sqlx::query("UPDATE users SET name = 'Jon' WHERE name = 'John'")
        .execute(&world.owner)
        .await
        .unwrap();
    let said = problems(&world.rep, of("Jon")).await;
    assert_eq!(said.matches("Jon (").count(), 2, "{said}");
    // A part of a word is somebody else, also when nobody else is near.
    sqlx::query("UPDATE users SET name = 'Marion Jonsson' WHERE name = 'Jon'")
        .execute(&world.owner)
        .await
        .unwrap();
    sqlx::query("UPDATE users SET name = 'Someone Else ' || id WHERE name = 'Marion Jonsson' AND id <> (SELECT min(id::text)::uuid FROM users WHERE name = 'Marion Jonsson')")
        .execute(&world.owner)
        .await
        .unwrap();
    let said = problems(&world.rep, of("Jon")).await;
    assert!(said.contains("you can see no owner called \"Jon\""), "{said}");
    assert!(!said.contains("Marion"), "{said}");
    assert_eq!(number(&world.rep, of("jonsson")).await, "0");
    assert!(
        problems(&world.rep, of("Zebulon"))
            .await
            .contains("you can see no owner")
    );
}

#[tokio::test]
async fn limits_that_limit_nothing_are_refused() {
    let world = World::new().await;
    for (more, pointer) in [
        (json!({"limit": 0}), "/limit"),
        (json!({"limit": 1001}), "/limit"),
        (json!({"limit": 4_294_967_295_u32}), "/limit"),
        (
            json!({"dimensions": [{"name": "stage"}], "other": true}),
            "/limit",
        ),
        (
            json!({"dimensions": [{"name": "stage"}], "other": true, "limit": 501}),
            "/limit",
        ),
        (json!({"other": true, "limit": 3}), "/other"),
        (json!({"measures": ["count", "count"]}), "/measures/1"),
        (
            json!({"dimensions": [{"name": "stage"}, {"name": "stage"}]}),
            "/dimensions/1",
        ),
        (
            json!({"dimensions": [{"name": "stage"}, {"name": "owner"}, {"name": "type"}, {"name": "account"}, {"name": "currency"}]}),
            "/dimensions",
        ),
        (
            json!({"filters": [{"dimension": "owner", "op": "in", "value": []}]}),
            "/filters/0/value",
        ),
        (
            json!({"filters": [{"dimension": "stage", "op": "in", "value": vec!["x"; 201]}]}),
            "/filters/0/value",
        ),
        (
            json!({"filters": [{"dimension": "stage", "op": "eq", "value": ["x"]}]}),
            "/filters/0/value",
        ),
        (
            json!({"filters": [{"dimension": "stage", "op": "eq", "value": null}]}),
            "/filters/0/value",
        ),
        (
            json!({"filters": [{"dimension": "stage", "op": "eq", "value": {"a": 1}}]}),
            "/filters/0/value",
        ),
        (
            json!({"filters": [{"dimension": "stage", "op": "eq", "value": " \t"}]}),
            "/filters/0/value",
        ),
        (
            json!({"filters": [{"dimension": "stage", "op": "eq", "value": "a\u{0}b"}]}),
            "/filters/0/value",
        ),
        (
            json!({"filters": [{"dimension": "stage", "op": "eq", "value": "x".repeat(501)}]}),
            "/filters/0/value",
        ),
        (
            json!({"filters": [{"dimension": "is_won", "op": "eq", "value": "perhaps"}]}),
            "/filters/0/value",
        ),
        (
            json!({"filters": vec![json!({"dimension": "stage", "op": "ne", "value": "x"}); 41]}),
            "/filters",
        ),
        (
            json!({"filters": vec![json!({"dimension": "owner", "op": "in", "value": vec!["x"; 200]}); 3]}),
            "/filters",
        ),
        (
            json!({"having": vec![json!({"measure": "count", "op": "gt", "value": 1}); 41]}),
            "/having",
        ),
        (
            json!({"order": vec![json!({"by": "count", "descending": true}); 41]}),
            "/order",
        ),
        (
            json!({"having": [{"measure": "count", "op": "gt", "value": "79228162514264337593543950335"}]}),
            "/having/0/value",
        ),
        (
            json!({"having": [{"measure": "count", "op": "is_null", "value": "1"}]}),
            "/having/0/op",
        ),
        (json!({"currency": ""}), "/currency"),
        (json!({"currency": "EU"}), "/currency"),
        (json!({"currency": "'; --"}), "/currency"),
        (
            json!({"form": {"kind": "cohort", "grain": "month", "stretches": 0}}),
            "/form/stretches",
        ),
        (
            json!({"form": {"kind": "cohort", "grain": "month", "stretches": 4_000_000_000_u32}}),
            "/form/stretches",
        ),
    ] {
        let said = problems(&world.admin, count(more.clone())).await;
        assert!(said.starts_with(pointer), "{more}: {said}");
    }
}

#[test]
fn what_is_no_query_at_all_does_not_come_as_far() {
    for (more, says) in [
        (json!({"limit": -1}), "invalid value"),
        (json!({"limit": 1.5}), "invalid type"),
        (json!({"sql": "SELECT 1"}), "unknown field"),
        (json!({"tenant": "harborline"}), "unknown field"),
        (
            json!({"filters": [{"dimension": "stage", "op": "raw", "value": "1=1"}]}),
            "unknown variant",
        ),
        (
            json!({"having": [{"measure": "count", "op": "gt", "value": "many"}]}),
            "must be a number",
        ),
        (
            json!({"having": [{"measure": "count", "op": "gt", "value": "NaN"}]}),
            "must be a number",
        ),
        (
            json!({"time": {"range": {"kind": "between", "from": "2023-02-29"}}}),
            "out of range",
        ),
        (json!({"as_of": "yesterday"}), "invalid"),
    ] {
        let error = serde_json::from_value::<PipelineQuery>(count(more.clone())).unwrap_err();
        assert!(error.to_string().contains(says), "{more}: {error}");
    }
}

#[tokio::test]
async fn nothing_is_divided_by_nothing() {
    let world = World::new().await;
    for (measure, why) in [
        ("win_rate", "null"),
        ("quota_attainment", "null"),
        ("average_deal_size", "null"),
    ] {
        let card = ask(
            &world.rep,
            &json!({"entity": "opportunities", "measures": [measure]}),
        )
        .await
        .unwrap();
        assert_eq!(card.table.unwrap().rows, [vec![Json::Null]], "{measure} is {why}");
        assert!(!card.notes.is_empty(), "{measure} says why: {}", card.sentence);
    }
    world
        .deals(&[Deal::new("Prospecting", 0), Deal::new("Qualification", 0)])
        .await;
    let share = json!({
        "entity": "opportunities", "measures": ["open_amount"], "dimensions": [{"name": "stage"}], "share": true,
    });
    let rows = ask(&world.rep, &share).await.unwrap().table.unwrap().rows;
    assert!(
        rows.iter().all(|row| row[1] == "0" && row[2].is_null()),
        "{rows:?}"
    );
    let funnel = json!({"entity": "opportunities", "form": {"kind": "funnel"},
        "filters": [{"dimension": "type", "op": "eq", "value": "upsell"}]});
    let rows = ask(&world.rep, &funnel).await.unwrap().table.unwrap().rows;
    assert!(
        rows.iter()
            .all(|row| row[1] == "0" && row[3].is_null() && row[4].is_null()),
        "{rows:?}"
    );
}

/// Results of a million rows are cut at the same place as these.
#[tokio::test]
async fn more_rows_than_can_be_shown_are_cut_and_counted() {
    let world = World::new().await;
    let first = day(2020, 1, 1);
    let deals: Vec<Deal> = (0..1_003).map(|n| dated(first + Days::new(n))).collect();
    world.deals(&deals).await;
    let by_day = json!({
        "entity": "opportunities", "measures": ["won_count"], "dimensions": [{"name": "close_date", "grain": "day"}],
    });
    let card = ask(&world.admin, &by_day).await.unwrap();
    let table = card.table.unwrap();
    assert_eq!((table.rows.len(), table.records), (1_000, 1_003));
    assert!(
        card.notes.iter().any(|note| note.contains("1,003")),
        "{:?}",
        card.notes
    );
    let records = json!({"entity": "opportunities", "form": {"kind": "records"}, "limit": 1_000});
    let card = ask(&world.admin, &records).await.unwrap();
    let table = card.table.unwrap();
    assert_eq!((table.rows.len(), table.records), (1_000, 1_003));
    assert!(
        card.notes.iter().any(|note| note.contains("1,003")),
        "{:?}",
        card.notes
    );
    // Without a limit a hundred records are shown.
    let records = json!({"entity": "opportunities", "form": {"kind": "records"}});
    assert_eq!(
        ask(&world.admin, &records)
            .await
            .unwrap()
            .table
            .unwrap()
            .rows
            .len(),
        100
    );
    let cohorts =
        json!({"entity": "opportunities", "form": {"kind": "cohort", "grain": "day", "stretches": 36}});
    assert!(
        ask(&world.admin, &cohorts)
            .await
            .unwrap()
            .table
            .unwrap()
            .rows
            .len()
            <= 10_000
    );
}
