//! Records that make no sense are told of as far as they do: a missing value, never an error.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Value,
    features::{
        DEAL_FEATURES, LEAD_FEATURES, LEAD_WINDOW_DAYS, Plan, UsualHistory, deal_dataset, lead_dataset, row,
    },
};
use crm_store::{catalog, history::Which};
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
async fn what_a_deal_was_worth_in_another_currency_does_not_depend_on_what_it_is_read_with() {
    let world = World::new(start()).await;
    sqlx::query("UPDATE tenants SET currency = 'EUR'")
        .execute(&world.owner)
        .await
        .unwrap();
    let rate = json!({"currency": "CHF", "rate": "0.5", "valid_from": "2026-01-01"});
    create(&world.admin, &catalog::EXCHANGE_RATE, rate).await;
    let francs = json!({"amount": {"amount": "100", "currency": "CHF"}});
    let changed = deal(&world, francs.clone()).await;
    deal(&world, francs).await;
    world.pass(24);
    let euros = json!({"amount": {"amount": "70", "currency": "EUR"}});
    update(&world.admin, &catalog::OPPORTUNITY, changed, euros).await;
    let mut tx = world.admin.begin().await.unwrap();
    let alone = tx.deal_histories(Which::Ids(&[changed]), None, 1).await.unwrap();
    let known = Known::load(&world.admin).await;
    for seen in [&alone[0], known.deal(changed)] {
        let now = seen.at(world.now());
        assert_eq!(
            (seen.at(start()).worth(), now.first_worth(), now.worth()),
            (Some(50.0), Some(50.0), Some(70.0))
        );
    }
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
    let id = deal(
        &world,
        json!({"competitor": "Weavers", "budget_confirmed": true, "external_id": "D-1"}),
    )
    .await;
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

/// A change of a field as another system's history tells it.
pub(super) async fn brought(
    world: &World,
    object: &str,
    id: Uuid,
    field: &str,
    (old, new): (&str, &str),
    at: DateTime<Utc>,
) {
    sqlx::query(
        "INSERT INTO field_changes (tenant_id, id, object, record_id, field, old, new, effective_at, recorded_at, source) \
         VALUES ($1, $2, $3, $4, $5, to_jsonb($6::text), to_jsonb($7::text), $8, $9, 'import')",
    )
    .bind(world.tenant())
    .bind(Uuid::now_v7())
    .bind(object)
    .bind(id)
    .bind(field)
    .bind(old)
    .bind(new)
    .bind(at)
    .bind(world.now())
    .execute(&world.owner)
    .await
    .unwrap();
}

#[tokio::test]
async fn the_end_of_deals_that_came_along_without_a_history_is_not_known_before_it() {
    let world = World::new(start()).await;
    sqlx::query("UPDATE tenants SET currency = 'EUR'")
        .execute(&world.owner)
        .await
        .unwrap();
    let account = create(
        &world.admin,
        &catalog::ACCOUNT,
        json!({"name": "Loom", "type": "customer", "external_id": "A-1"}),
    )
    .await;
    let won = json!({
        "external_id": "D-1", "account_id": account, "amount": {"amount": "9000", "currency": "EUR"},
        "close_date": "2026-03-30",
    });
    let id = deal(&world, won).await;
    let end: DateTime<Utc> = "2026-03-30T12:00:00Z".parse().unwrap();
    sqlx::query(
        "UPDATE opportunities SET closed_at = $2, is_closed = true, is_won = true, stage = 'Closed Won' WHERE id = $1",
    )
    .bind(id)
    .bind(end)
    .execute(&world.owner)
    .await
    .unwrap();
    let usual = UsualHistory::default().at(start());
    let then = start() + TimeDelta::days(20);
    let known = Known::load(&world.admin).await;
    let told = |known: &Known, at, name| value_of(known.deal(id), at, &usual, name);
    for (name, unknown) in [
        ("is_customer", Value::Number(0.0)),
        ("closes_at_quarter_end", Value::Missing),
        ("close_date_overdue_days", Value::Missing),
    ] {
        assert_eq!(told(&known, then, name), unknown, "{name}");
    }
    assert_eq!(
        (
            known.deal(id).at(then).worth(),
            known.deal(id).at(then).first_worth()
        ),
        (None, None)
    );
    // When it ended, it was what it is.
    assert_eq!(known.deal(id).at(end).worth(), Some(9000.0));

    // With their histories, they are known as they were.
    brought(&world, "account", account, "type", ("prospect", "customer"), end).await;
    brought(
        &world,
        "opportunity",
        id,
        "close_date",
        ("2026-02-28", "2026-03-30"),
        end,
    )
    .await;
    let other = deal(&world, json!({"external_id": "D-2", "close_date": "2026-05-02"})).await;
    let known = Known::load(&world.admin).await;
    assert_eq!(told(&known, then, "is_customer"), Value::Number(0.0));
    assert_eq!(told(&known, then, "closes_at_quarter_end"), Value::Number(0.0));
    let days = [id, other].map(|deal| known.deal(deal).at(then).close_date().unwrap().to_string());
    assert_eq!(
        days,
        ["2026-02-28", "2026-05-02"],
        "and of one that never changed"
    );
    // A deal is with no account that was not there yet.
    sqlx::query("UPDATE accounts SET created_at = $1")
        .bind(end)
        .execute(&world.owner)
        .await
        .unwrap();
    let known = Known::load(&world.admin).await;
    assert!(known.deal(id).at(then).account().is_none());
    assert!(known.deal(id).at(end).account().is_some());
}

#[tokio::test]
async fn leads_that_came_along_without_a_history_do_not_tell_how_they_end() {
    let world = World::new(start()).await;
    let mut ids = Vec::new();
    for (at, status) in ["converted", "unqualified", "new"].into_iter().enumerate() {
        let lead = json!({
            "last_name": "Spinner", "external_id": format!("L-{at}"), "company": "Loom", "industry": "Wool",
            "number_of_employees": 7, "product_interest": "Looms", "phone": "+44 20 7946 0991",
        });
        let id = create(&world.admin, &catalog::LEAD, lead).await;
        sqlx::query(
            "UPDATE leads SET status = $2, is_converted = ($2 = 'converted'), \
                 converted_at = CASE $2 WHEN 'converted' THEN created_at + interval '10 days' END WHERE id = $1",
        )
        .bind(id)
        .bind(status)
        .execute(&world.owner)
        .await
        .unwrap();
        ids.push(id);
    }
    world.pass(24 * 200);
    let known = Known::load(&world.admin).await;
    let usual = known.usual.at(world.now());
    let then = start() + TimeDelta::days(2);
    let values: Vec<Vec<Value>> = known
        .leads
        .iter()
        .map(|lead| row(&LEAD_FEATURES, &lead.at(then), &usual))
        .collect();
    assert_eq!(values[0], values[1], "what is told does not say how they end");
    assert_eq!(values[1], values[2]);
    let data = lead_dataset(
        &known.leads,
        &known.usual,
        TimeDelta::days(LEAD_WINDOW_DAYS),
        world.now(),
    );
    let of = |id: &Uuid| {
        data.rows
            .iter()
            .filter(|row| row.group == Some(id.to_string()))
            .count()
    };
    assert!(of(&ids[0]) >= 3);
    assert!(of(&ids[1]) > of(&ids[0]), "who was refused is among the examples");
    assert_eq!(of(&ids[1]), of(&ids[2]));

    // A history says when it was so.
    for (change, day) in [(("new", "working"), 1), (("working", "unqualified"), 20)] {
        let at = start() + TimeDelta::days(day);
        brought(&world, "lead", ids[1], "status", change, at).await;
    }
    let known = Known::load(&world.admin).await;
    let status = |id: Uuid, days: i64| {
        let lead = known.leads.iter().find(|lead| lead.id() == id).unwrap();
        lead.at(start() + TimeDelta::days(days))
            .status()
            .map(str::to_owned)
    };
    assert_eq!(status(ids[1], 2).as_deref(), Some("working"));
    assert_eq!(status(ids[1], 30).as_deref(), Some("unqualified"));
    assert_eq!(status(ids[2], 2).as_deref(), Some("new"));
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
