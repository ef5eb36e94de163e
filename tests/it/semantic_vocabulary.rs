//! What a tenant adds to the layer: kept in its settings, asked like everything else, nobody else's.

use crm_store::StoreError;
use crm_tools::{
    pipeline::{Question, ask},
    semantic::{PipelineQuery, SemanticModel, Spoken, answer, check_vocabulary, model_of},
};
use serde_json::json;

use crate::analytics_support::{Deal, World};

#[tokio::test]
async fn a_tenants_own_fields_and_measures_can_be_asked() {
    let world = World::new().await;
    let deals = [
        Deal::new("Closed Won", 10_000),
        Deal::new("Closed Won", 20_000),
        Deal::new("Prospecting", 50_00),
    ];
    world.deals(&deals).await;
    for (deal, region) in deals.iter().zip(["EMEA", "APAC", "EMEA"]) {
        sqlx::query("UPDATE opportunities SET custom = jsonb_build_object('region', $2) WHERE id = $1")
            .bind(deal.id)
            .bind(region)
            .execute(&world.owner)
            .await
            .unwrap();
    }
    let vocabulary = json!({"entities": {"opportunities": {
        "dimensions": {"region": {"field": "custom.region", "labels": {"en": "Sales region"}}},
        "measures": {"emea_won": {
            "of": "won_amount", "labels": {"en": "Won in EMEA"}, "definition": {"en": "What was won in EMEA."},
            "filters": [{"dimension": "region", "op": "eq", "value": "EMEA"}],
        }},
    }}});
    SemanticModel::embedded().unwrap().extended(&vocabulary).unwrap();
    let mut tx = world.rep.begin().await.unwrap();
    let version = tx.vocabulary_with_version().await.unwrap().1;
    let refused = tx.set_vocabulary(&vocabulary, version).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    drop(tx);
    let mut tx = world.admin.begin().await.unwrap();
    let stale = tx.set_vocabulary(&vocabulary, version - 1).await.unwrap_err();
    assert!(
        matches!(stale, StoreError::Stale { current } if current == version),
        "{stale:?}"
    );
    assert_eq!(
        tx.set_vocabulary(&vocabulary, version).await.unwrap(),
        version + 1
    );
    tx.commit().await.unwrap();

    let model = model_of(&world.admin).await.unwrap();
    let query: PipelineQuery = serde_json::from_value(json!({
        "entity": "opportunities", "measures": ["won_amount", "emea_won"], "dimensions": [{"name": "region"}],
        "order": [{"by": "region"}],
    }))
    .unwrap();
    let card = answer(&model, &world.admin, &query, &Spoken::default())
        .await
        .unwrap();
    assert_eq!(
        card.table.unwrap().rows,
        [
            vec![json!("APAC"), json!("200"), json!("0")],
            vec![json!("EMEA"), json!("100"), json!("100")]
        ]
    );

    let (stranger, _) = {
        let mut tx = world.store.system().await.unwrap();
        let new = crm_store::tenants::NewTenant {
            slug: "other".to_owned(),
            name: "Other".to_owned(),
            admin_email: "admin@other.test".to_owned(),
            admin_name: None,
        };
        tx.tenants().create(&new).await.unwrap();
        tx.commit().await.unwrap();
        let grant = world
            .store
            .operate("other", Some("admin@other.test"))
            .await
            .unwrap()
            .unwrap();
        (world.store.open(&grant), grant)
    };
    let theirs = model_of(&stranger).await.unwrap();
    let error = answer(&theirs, &stranger, &query, &Spoken::default())
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::InvalidMany(_)), "{error:?}");
}

#[tokio::test]
async fn what_was_kept_earlier_and_cannot_be_used_is_said_and_the_rest_is_used() {
    let world = World::new().await;
    world.deals(&[Deal::new("Closed Won", 10_000)]).await;
    // As a version of the program kept it whose layer had this measure.
    let vocabulary = json!({"entities": {"opportunities": {
        "synonyms": {"en": ["engagements"]},
        "measures": {"old": {"of": "gone_measure", "labels": {"en": "Old"}, "definition": {"en": "Old."},
            "filters": [{"dimension": "type", "op": "eq", "value": "renewal"}]}},
    }}});
    sqlx::query("UPDATE tenants SET settings = settings || jsonb_build_object('vocabulary', $1::jsonb)")
        .bind(&vocabulary)
        .execute(&world.owner)
        .await
        .unwrap();
    let question = |text| Question {
        text,
        previous: None,
        language: None,
    };
    let card = ask(&world.admin, None, &question("How many engagements are there?"))
        .await
        .unwrap();
    assert_eq!(card.table.as_ref().unwrap().rows, [[json!("1")]], "{card:?}");
    let said = |card: &crm_tools::card::AnswerCard| {
        card.notes.iter().any(|note| {
            note.contains("/entities/opportunities/measures/old/of: must be a measure of opportunities")
        })
    };
    assert!(said(&card), "{:?}", card.notes);
    // A question that is not answered says it too: the word may be one of the entry that is left out.
    let declined = ask(&world.admin, None, &question("How many blorbs are there?"))
        .await
        .unwrap();
    assert!(declined.table.is_none() && said(&declined), "{declined:?}");
}

#[tokio::test]
async fn a_custom_field_must_be_one_that_the_tenant_has() {
    let world = World::new().await;
    let mut tx = world.admin.begin().await.unwrap();
    let schema = json!({"type": "object", "properties": {"region": {"type": "string"}}, "additionalProperties": false});
    tx.custom_schemas()
        .set(&crm_store::catalog::OPPORTUNITY, &schema, None)
        .await
        .unwrap();
    let vocabulary = |field: &str| json!({"entities": {"opportunities": {"dimensions": {"area": {"field": field, "labels": {"en": "Area"}}}}}});
    check_vocabulary(&mut tx, &vocabulary("custom.region"))
        .await
        .unwrap();
    let error = check_vocabulary(&mut tx, &vocabulary("custom.regoin"))
        .await
        .unwrap_err();
    let StoreError::InvalidMany(problems) = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        problems[0].pointer,
        "/entities/opportunities/dimensions/area/field"
    );
    assert!(
        problems[0].message.ends_with("there are region"),
        "{}",
        problems[0].message
    );
}
