//! Open records that came along with an import and without a history: what is not known of them is not said.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Value,
    features::{DEAL_FEATURES, LEAD_FEATURES, Plan, UsualHistory, columns, deal_dataset},
};
use crm_store::{catalog, history::Standing};
use serde_json::json;
use uuid::Uuid;

use super::{Known, World, create, told, update};

const STAGE: &str = "Negotiation/Review";

/// A tenant, and a deal that another system had for 400 days.
async fn came() -> (World, Uuid) {
    let world = World::new(crm_store::Clock::now(&crm_store::SystemClock)).await;
    let deal = json!({"name": "Looms", "stage": STAGE, "external_id": "D-1"});
    let deal = create(&world.admin, &catalog::OPPORTUNITY, deal).await;
    sqlx::query("UPDATE opportunities SET created_at = created_at - interval '400 days'")
        .execute(&world.owner)
        .await
        .unwrap();
    (world, deal)
}

/// What is told of a deal at a moment, by name.
fn said(known: &Known, deal: Uuid, at: DateTime<Utc>) -> impl Fn(&str) -> (Value, String) {
    let usual = UsualHistory::default().at(at);
    let told = told(&DEAL_FEATURES, &known.deal(deal).at(at), &usual);
    move |name| {
        let (_, value, sentence) = told.iter().find(|(known, ..)| *known == name).unwrap();
        (value.clone(), sentence.clone())
    }
}

#[tokio::test]
async fn the_stage_of_a_deal_that_came_open_is_not_known_before_it_came_nor_since_when() {
    let (world, deal) = came().await;
    world.pass(48);
    let known = Known::load(&world.admin).await;
    let before = said(&known, deal, world.now() - TimeDelta::days(100));
    assert_eq!(
        before("stage"),
        (Value::Missing, "Its stage is not known.".to_owned())
    );
    for name in ["stage_progress", "days_in_stage"] {
        assert_eq!(before(name).0, Value::Missing, "{name}");
    }
    let here = said(&known, deal, world.now());
    assert_eq!(
        here("stage"),
        (
            Value::from(STAGE),
            format!("It is in {STAGE}; since when is not known.")
        )
    );
    assert_eq!(here("days_in_stage").0, Value::Missing);
    assert_eq!(known.deal(deal).at(world.now()).standing(), Standing::Open);

    // The other system knew since when: nothing is said of the time before that.
    sqlx::query("UPDATE opportunities SET stage_entered_at = created_at + interval '350 days'")
        .execute(&world.owner)
        .await
        .unwrap();
    let known = Known::load(&world.admin).await;
    let here = said(&known, deal, world.now());
    assert_eq!(here("stage").1, format!("It has been in {STAGE} for 52 days."));
    let before = said(&known, deal, world.now() - TimeDelta::days(100));
    assert_eq!(before("days_in_stage").0, Value::Missing);
}

#[tokio::test]
async fn a_deal_that_came_open_and_closed_here_teaches_what_was_known_of_it() {
    let (world, deal) = came().await;
    let arrived = world.now();
    world.pass(21 * 24);
    let won = json!({"stage": "Closed Won", "closed_reason": "Best fit"});
    update(&world.admin, &catalog::OPPORTUNITY, deal, won).await;
    world.pass(1);
    let known = Known::load(&world.admin).await;
    let plan = Plan {
        most: 100,
        ..Plan::default()
    };
    let data = deal_dataset(&known.deals, &known.usual, plan, world.now());
    let place = |name: &str| {
        let columns = columns(&DEAL_FEATURES);
        columns.iter().position(|column| column.name == name).unwrap()
    };
    let (stage, days, progress) = (place("stage"), place("days_in_stage"), place("stage_progress"));
    let (mut before, mut after) = (0, 0);
    for row in &data.rows {
        assert_eq!(row.values[days], Value::Missing, "{row:?}");
        let since = row.at.unwrap() - arrived;
        if since.abs() < TimeDelta::hours(1) {
            continue;
        }
        if since < TimeDelta::zero() {
            before += 1;
            assert_eq!(
                (&row.values[stage], &row.values[progress]),
                (&Value::Missing, &Value::Missing),
                "{row:?}"
            );
        } else {
            after += 1;
            assert_eq!(row.values[stage], Value::from(STAGE), "{row:?}");
        }
    }
    assert!(before >= 50 && after >= 2, "{before} {after}");
    // What it took here is none of the usual times in a stage; that it was there is known.
    let end = known.deal(deal).at(world.now());
    assert!(end.stages_left().is_empty());
    let left = end.stages_before();
    assert_eq!((left[0].stage, left[0].since), (STAGE, None));
    assert!((left[0].seen - arrived).abs() < TimeDelta::hours(1), "{left:?}");
}

#[tokio::test]
async fn since_when_a_lead_that_came_along_has_its_status_is_not_known() {
    let world = World::new(crm_store::Clock::now(&crm_store::SystemClock)).await;
    let lead = json!({"last_name": "Spinner", "status": "working", "external_id": "L-1"});
    let lead = create(&world.admin, &catalog::LEAD, lead).await;
    sqlx::query("UPDATE leads SET created_at = created_at - interval '400 days'")
        .execute(&world.owner)
        .await
        .unwrap();
    world.pass(48);
    let sentence = async |name: &str| {
        let known = Known::load(&world.admin).await;
        let usual = UsualHistory::default().at(world.now());
        let told = told(&LEAD_FEATURES, &known.leads[0].at(world.now()), &usual);
        let (_, value, sentence) = told.into_iter().find(|(known, ..)| *known == name).unwrap();
        (value, sentence)
    };
    assert_eq!(
        sentence("status").await.1,
        "It is working; since when is not known."
    );
    assert_eq!(sentence("days_in_status").await.0, Value::Missing);
    update(&world.admin, &catalog::LEAD, lead, json!({"status": "nurturing"})).await;
    world.pass(72);
    assert_eq!(sentence("status").await.1, "It has been nurturing for 3 days.");
}
