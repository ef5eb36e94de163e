//! Orders that are those of the pipeline, numbers that count everything they say, and lists of exactly what was counted.

use crm_store::TenantStore;
use crm_tools::{
    card::AnswerCard,
    pipeline::{Question, ask},
    semantic::{PipelineQuery, SemanticModel, Spoken, answer},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::analytics_support::{Deal, World, at, day};

async fn card(store: &TenantStore, query: Value) -> AnswerCard {
    let query: PipelineQuery = serde_json::from_value(query).unwrap();
    let model = SemanticModel::embedded().unwrap();
    match answer(model, store, &query, &Spoken::default()).await {
        Ok(card) => card,
        Err(error) => panic!("{query:?}: {error:?}"),
    }
}

async fn rows(store: &TenantStore, query: Value) -> Vec<Vec<Value>> {
    card(store, query).await.table.unwrap().rows
}

fn firsts(rows: &[Vec<Value>]) -> Vec<&str> {
    rows.iter()
        .map(|row| row[0].as_str().unwrap_or("(none)"))
        .collect()
}

/// The ids of the records behind a card's first number.
async fn behind(world: &World, card: &AnswerCard) -> Vec<String> {
    let query = serde_json::to_value(card.drill_down.as_ref().unwrap()).unwrap();
    let rows = rows(&world.admin, query).await;
    let mut ids: Vec<String> = rows
        .iter()
        .map(|row| row[0]["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

fn ids(deals: &[&Deal]) -> Vec<String> {
    let mut ids: Vec<String> = deals.iter().map(|deal| deal.id.to_string()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn stages_come_in_the_order_of_the_pipeline_and_words_as_they_are_declared() {
    let world = World::new().await;
    let deal = |stage, minor, kind| Deal {
        kind,
        ..Deal::new(stage, minor)
    };
    world
        .deals(&[
            deal("Closed Won", 900, Some("upsell")),
            deal("Needs Analysis", 500, Some("new_business")),
            deal("Prospecting", 100, None),
            deal("Negotiation/Review", 700, Some("renewal")),
            deal("Id. Decision Makers", 300, Some("existing_business")),
        ])
        .await;
    let by = |more: Value| {
        let mut query =
            json!({"entity": "opportunities", "measures": ["amount"], "dimensions": [{"name": "stage"}]});
        query
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        query
    };
    let pipeline = [
        "Prospecting",
        "Needs Analysis",
        "Id. Decision Makers",
        "Negotiation/Review",
        "Closed Won",
    ];
    let usual = card(&world.admin, by(json!({}))).await;
    assert_eq!(firsts(&usual.table.as_ref().unwrap().rows), pipeline);
    // The sentence still tells the largest.
    assert!(usual.sentence.contains("Closed Won"), "{}", usual.sentence);
    let back = rows(
        &world.admin,
        by(json!({"order": [{"by": "stage", "descending": true}]})),
    )
    .await;
    assert_eq!(firsts(&back), pipeline.iter().rev().copied().collect::<Vec<_>>());
    let most = rows(&world.admin, by(json!({"limit": 2}))).await;
    assert_eq!(firsts(&most), ["Closed Won", "Negotiation/Review"]);
    let kinds = json!({"entity": "opportunities", "measures": ["count"], "dimensions": [{"name": "type"}], "order": [{"by": "type"}]});
    let kinds = rows(&world.admin, kinds).await;
    assert_eq!(
        firsts(&kinds),
        ["new_business", "existing_business", "renewal", "upsell", "(none)"]
    );
}

#[tokio::test]
async fn owners_with_a_quota_and_no_deals_have_attained_nothing_of_it() {
    let world = World::new().await;
    let (jon, other) = (world.rep.grant().actor().id(), world.other.grant().actor().id());
    world
        .deals(&[Deal {
            owner: Some(jon),
            close: Some(day(2024, 5, 10)),
            ..Deal::new("Closed Won", 5_000)
        }])
        .await;
    for owner in [jon, other] {
        sqlx::query(
            "INSERT INTO quotas (tenant_id, id, owner_id, starts_on, ends_on, amount_minor, currency, created_at, updated_at) \
             VALUES ($1, $2, $3, '2024-04-01', '2024-06-30', 10000, 'EUR', now(), now())",
        )
        .bind(world.tenant())
        .bind(Uuid::now_v7())
        .bind(owner)
        .execute(&world.owner)
        .await
        .unwrap();
    }
    let of = |quarter: i32| {
        json!({
            "entity": "opportunities", "measures": ["quota_attainment", "won_amount"], "dimensions": [{"name": "owner"}],
            "time": {"range": {"kind": "relative", "unit": "quarter", "offset": quarter}},
        })
    };
    let seen = |rows: Vec<Vec<Value>>| {
        rows.into_iter()
            .map(|row| {
                (
                    row[0]["name"].as_str().unwrap().to_owned(),
                    row[1].clone(),
                    row[2].clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    let all = seen(rows(&world.manager, of(0)).await);
    assert_eq!(
        all,
        [
            ("Jon".to_owned(), json!("0.5"), json!("50")),
            ("John".to_owned(), json!("0"), json!("0"))
        ]
    );
    // Each sees their own quotas alone.
    assert_eq!(
        seen(rows(&world.other, of(0)).await),
        [("John".to_owned(), json!("0"), json!("0"))]
    );
    assert!(rows(&world.manager, of(-1)).await.is_empty());
}

#[tokio::test]
async fn what_was_won_counts_fully_in_the_forecast_and_the_list_behind_it_has_exactly_its_deals() {
    let world = World::new().await;
    let deal = |stage, minor, probability| Deal {
        probability,
        close: Some(day(2024, 6, 20)),
        ..Deal::new(stage, minor)
    };
    let won = deal("Closed Won", 10_000, 60);
    let open = deal("Negotiation/Review", 20_000, 50);
    let lost = deal("Closed Lost", 40_000, 70);
    world.deals(&[won.clone(), open.clone(), lost]).await;
    let forecast = card(
        &world.admin,
        json!({
            "entity": "opportunities", "measures": ["forecast"],
            "time": {"range": {"kind": "relative", "unit": "quarter", "offset": 0}},
        }),
    )
    .await;
    assert_eq!(forecast.table.as_ref().unwrap().rows, [[json!("200")]]);
    assert_eq!(behind(&world, &forecast).await, ids(&[&won, &open]));
    // Commit is of either kind as well, and says so with "any".
    let commit = card(
        &world.admin,
        json!({"entity": "opportunities", "measures": ["commit"]}),
    )
    .await;
    assert_eq!(commit.table.as_ref().unwrap().rows, [[json!("300")]]);
    assert_eq!(behind(&world, &commit).await, ids(&[&won, &open]));
}

#[tokio::test]
async fn the_list_behind_a_number_in_another_currency_has_exactly_its_deals() {
    let world = World::new().await;
    world.rate("USD", "0.5", day(2024, 1, 1)).await;
    let small = Deal::new("Prospecting", 300_000);
    let large = Deal::new("Prospecting", 700_000);
    world.deals(&[small, large.clone()]).await;
    // 3,000 and 7,000 euros are 6,000 and 14,000 dollars: plain 10,000 is in dollars here, and in the list as well.
    let over = card(
        &world.admin,
        json!({
            "entity": "opportunities", "measures": ["open_count"], "currency": "USD",
            "filters": [{"dimension": "amount_each", "op": "gt", "value": 10_000}],
        }),
    )
    .await;
    assert_eq!(over.table.as_ref().unwrap().rows, [[json!("1")]]);
    assert_eq!(behind(&world, &over).await, ids(&[&large]));
}

#[tokio::test]
async fn a_stage_that_was_given_another_name_is_as_closed_as_before() {
    let world = World::new().await;
    let won = Deal {
        close: Some(day(2024, 3, 1)),
        ..Deal::new("Closed Won", 10_000)
    };
    let reopened = Deal {
        close: Some(day(2024, 9, 1)),
        ..Deal::new("Prospecting", 5_000)
    };
    world.deals(&[won, reopened.clone()]).await;
    // It was won until May.
    for (field, old, new) in [
        ("stage", json!("Closed Won"), json!("Prospecting")),
        ("probability", json!(100), json!(10)),
        ("forecast_category", json!("closed"), json!("pipeline")),
    ] {
        world
            .changed(reopened.id, field, old, new, at(2024, 5, 2, 9))
            .await;
    }
    let open = |as_of: &str| json!({"entity": "opportunities", "measures": ["open_count", "won_count"], "as_of": as_of});
    let before = rows(&world.admin, open("2024-04-30")).await;
    assert_eq!(before, [[json!("0"), json!("2")]]);
    sqlx::query("UPDATE pipeline_stages SET name = 'Signed' WHERE name = 'Closed Won'")
        .execute(&world.owner)
        .await
        .unwrap();
    assert_eq!(rows(&world.admin, open("2024-04-30")).await, before);
    assert_eq!(
        rows(&world.admin, open("2024-05-31")).await,
        [[json!("1"), json!("1")]]
    );
}

#[tokio::test]
async fn different_values_of_nothing_are_none() {
    let world = World::new().await;
    let account = world.account(None, "Harbour", None).await;
    world
        .deals(&[Deal {
            account: Some(account),
            close: Some(day(2024, 6, 3)),
            ..Deal::new("Closed Won", 100)
        }])
        .await;
    let compared = json!({
        "entity": "opportunities", "measures": ["account_count"], "dimensions": [{"name": "stage"}],
        "time": {"dimension": "close_date", "range": {"kind": "relative", "unit": "month", "offset": 0}},
        "compare": "previous_period",
    });
    assert_eq!(
        rows(&world.admin, compared).await,
        [[json!("Closed Won"), json!("1"), json!("0")]]
    );
}

async fn asked(store: &TenantStore, text: &str) -> AnswerCard {
    let question = Question {
        text,
        previous: None,
        language: None,
    };
    ask(store, None, &question).await.unwrap()
}

#[tokio::test]
async fn my_team_are_those_whose_roles_are_below_mine() {
    let world = World::new().await;
    let id = |store: &TenantStore| Some(store.grant().actor().id());
    let deal = |owner, minor| Deal {
        owner,
        ..Deal::new("Prospecting", minor)
    };
    world
        .deals(&[
            deal(id(&world.rep), 10_000),
            deal(id(&world.other), 20_000),
            deal(id(&world.manager), 40_000),
            deal(None, 80_000),
        ])
        .await;
    for question in [
        "Open pipeline of my team",
        "Offene Pipeline von meinem Team",
        "pipeline abierto de mi equipo",
        "pipeline ouvert de mon équipe",
    ] {
        let card = asked(&world.manager, question).await;
        assert_eq!(
            card.table.as_ref().map(|table| &table.rows),
            Some(&vec![vec![json!("300")]]),
            "{question}: {card:?}"
        );
    }
    let card = asked(&world.manager, "Open pipeline by my reps").await;
    assert_eq!(card.table.as_ref().unwrap().rows.len(), 2, "{card:?}");
    assert!(
        card.filters.contains(&"Owner is my team".to_owned()),
        "{:?}",
        card.filters
    );
    // "Our" is the whole company, and a rep has nobody below.
    let ours = asked(&world.manager, "our open pipeline").await;
    assert_eq!(ours.table.unwrap().rows, [[json!("1500")]]);
    let none = asked(&world.rep, "open pipeline of my team").await;
    assert!(
        none.table.is_none() && none.sentence.contains("below yours"),
        "{none:?}"
    );
}
