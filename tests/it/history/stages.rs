//! A stage is part of the pipeline from when it is made until it is deleted.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{Value, features::DEAL_FEATURES};
use crm_store::{
    catalog::{OPPORTUNITY, PIPELINE_STAGE},
    history::Standing,
};
use serde_json::json;
use uuid::Uuid;

use super::{Known, World, create, told, update};

const MIDDLE: &str = "Value Proposition";
const LAST: &str = "Negotiation/Review";

async fn deal(world: &World, stage: &str) -> Uuid {
    let deal = json!({"name": "Looms", "stage": stage});
    create(&world.admin, &OPPORTUNITY, deal).await
}

async fn delete(world: &World, stage: &str) {
    let id: Uuid = sqlx::query_scalar("SELECT id FROM pipeline_stages WHERE name = $1")
        .bind(stage)
        .fetch_one(&world.owner)
        .await
        .unwrap();
    let mut tx = world.admin.begin().await.unwrap();
    tx.records(&PIPELINE_STAGE).delete(id, None).await.unwrap();
    tx.commit().await.unwrap();
}

/// What is told of a deal at a moment.
#[derive(Debug, PartialEq)]
struct Seen {
    /// Its place in the pipeline, and what is said of it.
    place: (Value, String),
    /// All else, and what is believed before looking at it.
    rest: (Vec<(&'static str, Value, String)>, f64),
}

fn seen(known: &Known, deal: Uuid, at: DateTime<Utc>) -> Seen {
    let usual = known.usual.at(at);
    let deal = known.deal(deal).at(at);
    let mut rest = told(&DEAL_FEATURES, &deal, &usual);
    let progress = rest.iter().position(|(name, ..)| *name == "stage_progress");
    let (_, value, sentence) = rest.remove(progress.unwrap());
    Seen {
        place: (value, sentence),
        rest: (rest, usual.deal_prior(&deal)),
    }
}

/// A place as it is told.
fn way(stage: &str, share: f64, percent: &str) -> (Value, String) {
    let sentence = format!("With {stage} it is {percent} of the way through the pipeline.");
    (Value::Number(share), sentence)
}

#[tokio::test]
async fn a_deleted_stage_leaves_the_pipeline_when_it_is_deleted_and_its_deals_stay() {
    let world = World::new("2026-01-05T09:00:00Z".parse().unwrap()).await;
    // What is believed of a deal rests on those that were in its stage.
    let won = deal(&world, LAST).await;
    world.pass(48);
    let change = json!({"stage": "Closed Won", "closed_reason": "Best fit"});
    update(&world.admin, &OPPORTUNITY, won, change).await;
    let (left, back) = (deal(&world, LAST).await, deal(&world, LAST).await);
    world.pass(24);
    update(&world.admin, &OPPORTUNITY, back, json!({"stage": MIDDLE})).await;
    world.pass(24);
    let (before, then) = (Known::load(&world.admin).await, world.now());
    world.pass(24);
    delete(&world, LAST).await;
    let deletion = world.now();
    world.pass(24);
    let after = Known::load(&world.admin).await;

    for at in [then, deletion - TimeDelta::seconds(1)] {
        for deal in [left, back] {
            assert_eq!(seen(&after, deal, at), seen(&before, deal, at), "as of {at}");
        }
        assert_eq!(seen(&after, left, at).place, way(LAST, 1.0, "100 %"));
        assert_eq!(seen(&after, back, at).place, way(MIDDLE, 30.0 / 70.0, "43 %"));
    }
    for at in [deletion, world.now()] {
        let gone = "Its stage is no longer part of the pipeline.".to_owned();
        assert_eq!(seen(&after, left, at).place, (Value::Missing, gone));
        assert_eq!(seen(&after, back, at).place, way(MIDDLE, 0.5, "50 %"));
        // Nothing else goes by what is left of the pipeline, nor does the deal that is still there vanish.
        for deal in [left, back] {
            assert_eq!(seen(&after, deal, at).rest, seen(&before, deal, at).rest, "{at}");
        }
        let moves = seen(&after, back, at).rest.0;
        let moves = moves.iter().find(|(name, ..)| *name == "stage_moves_back");
        assert_eq!(moves.unwrap().1, Value::Number(1.0));
        let left = after.deal(left).at(at);
        assert_eq!(
            (left.standing(), left.stage_probability(), left.stage_category()),
            (Standing::Open, Some(0.9), Some("commit"))
        );
    }
}

#[tokio::test]
async fn a_stage_that_is_made_later_was_no_part_of_the_pipeline_before() {
    let world = World::new("2026-01-05T09:00:00Z".parse().unwrap()).await;
    let deal = deal(&world, LAST).await;
    world.pass(24);
    let (before, then) = (Known::load(&world.admin).await, world.now());
    world.pass(24);
    // The others stand at 10 to 80.
    let made = json!({"name": "Signature", "position": 150, "probability": 95});
    create(&world.admin, &PIPELINE_STAGE, made).await;
    let after = Known::load(&world.admin).await;
    assert_eq!(seen(&after, deal, then), seen(&before, deal, then));
    assert_eq!(seen(&after, deal, then).place, way(LAST, 1.0, "100 %"));
    assert_eq!(seen(&after, deal, world.now()).place, way(LAST, 0.5, "50 %"));
}
