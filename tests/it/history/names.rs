//! A stage that is given another name stays the stage that it was.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Value,
    features::{DEAL_FEATURES, Usual},
};
use crm_store::catalog::{OPPORTUNITY, PIPELINE_STAGE};
use serde_json::json;
use uuid::Uuid;

use super::{Known, World, create, told, update};

const FIRST: &str = "Qualification";
const SECOND: &str = "Needs Analysis";

async fn deal(world: &World) -> Uuid {
    create(
        &world.admin,
        &OPPORTUNITY,
        json!({"name": "Deal", "stage": FIRST}),
    )
    .await
}

async fn stage(world: &World, deal: Uuid, stage: &str) {
    let change = json!({"stage": stage, "closed_reason": "Told"});
    update(&world.admin, &OPPORTUNITY, deal, change).await;
}

async fn rename(world: &World, from: &str, to: &str) {
    let id: Uuid = sqlx::query_scalar("SELECT id FROM pipeline_stages WHERE name = $1")
        .bind(from)
        .fetch_one(&world.owner)
        .await
        .unwrap();
    world.pass(1);
    update(&world.admin, &PIPELINE_STAGE, id, json!({"name": to})).await;
    world.pass(1);
}

/// What a model is given of a deal, what it leans on, and what people read.
fn seen(known: &Known, deal: Uuid, at: DateTime<Utc>, usual: &Usual) -> (Vec<Value>, f64, String) {
    let deal = known.deal(deal).at(at);
    let told = told(&DEAL_FEATURES, &deal, usual);
    let sentences: Vec<&str> = told.iter().map(|(_, _, sentence)| sentence.as_str()).collect();
    let sentences = sentences.join(" ");
    let values = told.into_iter().map(|(_, value, _)| value).collect();
    (values, usual.deal_prior(&deal), sentences)
}

#[tokio::test]
async fn what_was_learned_of_a_stage_holds_whatever_it_is_called() {
    let world = World::new("2026-01-05T09:00:00Z".parse().unwrap()).await;
    for n in 0..8 {
        let deal = deal(&world).await;
        world.pass(48);
        stage(&world, deal, SECOND).await;
        world.pass(24);
        stage(
            &world,
            deal,
            if n % 4 == 0 { "Closed Lost" } else { "Closed Won" },
        )
        .await;
    }
    let open = deal(&world).await;
    world.pass(96);
    stage(&world, open, SECOND).await;
    let job = world.job().await;
    let known = Known::load(&job).await;
    // What an active model keeps of what was usual, and all later looks at the deal, at one moment of their own.
    let (usual, at) = (known.usual.at(world.now()), world.now() + TimeDelta::days(3));
    let (values, prior, sentences) = seen(&known, open, at, &usual);
    assert!(
        sentences.contains(&format!("It has been in {SECOND} for 3 days.")),
        "{sentences}"
    );
    assert!(
        !sentences.contains("Its stage is no longer part of the pipeline."),
        "{sentences}"
    );
    assert!(
        sentences.contains("The stages before took it 4 days; 2 days are usual."),
        "{sentences}"
    );
    let same = async |words: &dyn Fn(&str) -> String| {
        let again = Known::load(&job).await;
        let (now, leans_on, reads) = seen(&again, open, at, &usual);
        assert_eq!(now, values, "what the model is given");
        assert!((leans_on - prior).abs() < 1e-12, "{leans_on} {prior}");
        assert_eq!(reads, words(&sentences), "in words of now");
        assert_eq!(again.usual.at(at), known.usual.at(at), "what is learned anew");
    };

    rename(&world, SECOND, "Discovery").await;
    same(&|words| words.replace(SECOND, "Discovery")).await;
    rename(&world, "Discovery", SECOND).await;
    same(&str::to_owned).await;
    rename(&world, FIRST, "Between").await;
    rename(&world, SECOND, FIRST).await;
    rename(&world, "Between", SECOND).await;
    same(&|words| words.replace(SECOND, FIRST)).await;

    // A deal that comes to it under its name of now is where the others were.
    let new = deal(&world).await;
    world.pass(1);
    let key = |known: &Known, deal| known.deal(deal).at(world.now()).stage().map(str::to_owned);
    let known = Known::load(&job).await;
    assert_eq!(
        key(&known, new),
        key(&known, open),
        "both are in what is called {FIRST} now"
    );
    // A stage that is new under a name that another had is another one.
    rename(&world, FIRST, "Discovery").await;
    let made = json!({"name": FIRST, "position": 2, "probability": 40});
    create(&world.admin, &PIPELINE_STAGE, made).await;
    let newer = deal(&world).await;
    world.pass(1);
    let known = Known::load(&job).await;
    let keys = [open, new, newer].map(|deal| key(&known, deal).unwrap());
    assert_eq!(keys[0], keys[1]);
    assert!(
        keys[2] != keys[0] && keys[2] != SECOND && keys[2] != FIRST,
        "{keys:?}"
    );
    let words = known.deal(newer).at(world.now()).stage_name().unwrap().to_owned();
    assert_eq!(words, FIRST);
}
