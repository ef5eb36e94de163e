//! Records that make no sense are told of as far as they do: a missing value, never an error.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Value,
    features::{DEAL_FEATURES, Plan, UsualHistory, deal_dataset, row},
};
use crm_store::catalog;
use serde_json::json;
use uuid::Uuid;

use super::{Known, World, create, update, value_of};

fn start() -> DateTime<Utc> {
    "2026-01-09T10:00:00Z".parse().unwrap()
}

async fn deal(world: &World, more: serde_json::Value) -> Uuid {
    let mut deal = json!({"name": "Looms", "stage": "Qualification", "type": "new_business"});
    for (field, value) in more.as_object().unwrap() {
        deal[field] = value.clone();
    }
    create(&world.admin, &catalog::OPPORTUNITY, deal).await
}

#[tokio::test]
async fn amounts_that_cannot_be_meant_are_missing_and_the_sentence_says_why() {
    let world = World::new(start()).await;
    sqlx::query("UPDATE tenants SET currency = 'EUR'")
        .execute(&world.owner)
        .await
        .unwrap();
    let won = deal(&world, json!({"amount": {"amount": "1000", "currency": "EUR"}})).await;
    world.pass(24);
    update(
        &world.admin,
        &catalog::OPPORTUNITY,
        won,
        json!({"stage": "Closed Won", "closed_reason": "Best fit"}),
    )
    .await;
    world.pass(24);
    let amount = |amount: &str, currency: &str| json!({"amount": {"amount": amount, "currency": currency}});
    let cases = [
        (amount("2000", "EUR"), "times what is usual"),
        (amount("-5", "EUR"), "nothing or less"),
        (amount("0", "EUR"), "nothing or less"),
        (amount("2000000000000", "EUR"), "more than can be meant"),
        (amount("2000", "CHF"), "no rate"),
        (json!({}), "nobody has given"),
    ];
    let mut ids = Vec::new();
    for (fields, _) in &cases {
        ids.push(deal(&world, fields.clone()).await);
    }
    let known = Known::load(&world.admin).await;
    let (now, usual) = (world.now(), known.usual.at(world.now()));
    let feature = DEAL_FEATURES
        .iter()
        .find(|feature| feature.name == "amount_against_usual")
        .unwrap();
    for (at, (id, (_, words))) in ids.iter().zip(&cases).enumerate() {
        let seen = known.deal(*id).at(now);
        let value = feature.value(&seen, &usual);
        assert_eq!(value == Value::Missing, at > 0, "{words}: {value:?}");
        let sentence = feature.sentence(&value, &seen, &usual, crm_predict::features::Direction::Up);
        assert!(sentence.contains(words), "{sentence}");
    }
}

#[tokio::test]
async fn a_currency_is_worth_what_it_was_on_the_day() {
    let world = World::new(start()).await;
    sqlx::query("UPDATE tenants SET currency = 'EUR'")
        .execute(&world.owner)
        .await
        .unwrap();
    for (rate, day) in [("0.5", "2026-01-01"), ("2", "2026-02-01")] {
        create(
            &world.admin,
            &catalog::EXCHANGE_RATE,
            json!({"currency": "CHF", "rate": rate, "valid_from": day}),
        )
        .await;
    }
    let id = deal(&world, json!({"amount": {"amount": "100", "currency": "CHF"}})).await;
    let known = Known::load(&world.admin).await;
    let worth = |days| known.deal(id).at(start() + TimeDelta::days(days)).worth();
    assert_eq!((worth(1), worth(40)), (Some(50.0), Some(200.0)));
}

#[tokio::test]
async fn deleted_stages_and_odd_days_are_missing_or_left_out() {
    let world = World::new(start()).await;
    let odd = deal(&world, json!({"close_date": "9024-01-01"})).await;
    let gone = deal(&world, json!({})).await;
    let ancient = deal(&world, json!({})).await;
    let future = deal(&world, json!({})).await;
    world.pass(48);
    let sql = "INSERT INTO field_changes (tenant_id, id, object, record_id, field, old, new, effective_at, recorded_at) \
               VALUES ($1, $2, 'opportunity', $3, 'stage', '\"No such stage\"', '\"Qualification\"', $4, $4)";
    sqlx::query(sql)
        .bind(world.tenant())
        .bind(Uuid::now_v7())
        .bind(gone)
        .bind(start() + TimeDelta::hours(24))
        .execute(&world.owner)
        .await
        .unwrap();
    for (id, created, closed) in [
        (ancient, "0200-01-01T00:00:00Z", "2026-01-10T00:00:00Z"),
        (future, "2026-01-09T10:00:00Z", "8000-01-01T00:00:00Z"),
    ] {
        sqlx::query(
            "UPDATE opportunities SET created_at = $2::timestamptz, closed_at = $3::timestamptz, is_closed = true, \
                 is_won = true, stage = 'Closed Won' WHERE id = $1",
        )
        .bind(id)
        .bind(created)
        .bind(closed)
        .execute(&world.owner)
        .await
        .unwrap();
    }
    let known = Known::load(&world.admin).await;
    let usual = known.usual.at(world.now());
    let then = start() + TimeDelta::hours(2);
    assert_eq!(
        value_of(known.deal(odd), then, &usual, "close_date_overdue_days"),
        Value::Missing
    );
    assert_eq!(
        value_of(known.deal(gone), then, &usual, "stage"),
        Value::from("No such stage")
    );
    assert_eq!(
        value_of(known.deal(gone), then, &usual, "stage_progress"),
        Value::Missing
    );
    assert!(matches!(
        value_of(known.deal(gone), world.now(), &usual, "stage_progress"),
        Value::Number(place) if (0.0..0.5).contains(&place)
    ));
    // A deal that came closed: before its end it was in no stage that is known.
    assert_eq!(
        value_of(known.deal(ancient), then, &usual, "stage"),
        Value::Missing
    );
    let data = deal_dataset(&known.deals, &known.usual, Plan::default(), world.now());
    assert!(!data.rows.is_empty());
    let groups: Vec<String> = data.rows.iter().filter_map(|row| row.group.clone()).collect();
    assert!(groups.contains(&ancient.to_string()) && !groups.contains(&future.to_string()));
    for row in &data.rows {
        for value in &row.values {
            assert!(!matches!(value, Value::Number(number) if !number.is_finite()));
        }
    }
}

#[tokio::test]
async fn what_was_filled_in_elsewhere_before_it_came_here_is_not_known_earlier() {
    let world = World::new(start()).await;
    // Its id is of today, so it came long after it began.
    let id = deal(&world, json!({"competitor": "Weavers", "budget_confirmed": true})).await;
    let known = Known::load(&world.admin).await;
    let usual = UsualHistory::default().at(start());
    let told = |name| value_of(known.deal(id), start() + TimeDelta::hours(1), &usual, name);
    assert_eq!(
        (told("competitor"), told("budget_confirmed")),
        (Value::Number(0.0), Value::Number(0.0))
    );
    let arrived = crm_store::Clock::now(&crm_store::SystemClock) + TimeDelta::minutes(1);
    assert_eq!(
        value_of(known.deal(id), arrived, &usual, "competitor"),
        Value::Number(1.0)
    );
}

#[tokio::test]
async fn with_nothing_to_compare_with_every_deal_can_still_be_told_of() {
    let world = World::new(start()).await;
    let id = deal(&world, json!({})).await;
    let known = Known::load(&world.admin).await;
    let usual = UsualHistory::default().at(world.now());
    let seen = known.deal(id).at(world.now());
    assert_eq!(row(&DEAL_FEATURES, &seen, &usual).len(), DEAL_FEATURES.len());
    let prior = usual.deal_prior(&seen);
    assert!(
        (-3.0..0.0).contains(&prior),
        "the first stage stands for 10 %: {prior}"
    );
    let data = deal_dataset(&known.deals, &known.usual, Plan::default(), world.now());
    assert!(data.rows.is_empty(), "an open deal teaches nothing yet");
}
