//! What a tenant adds to the layer: kept in its settings, asked like everything else, nobody else's.

use crm_store::StoreError;
use crm_tools::semantic::{PipelineQuery, SemanticModel, Spoken, answer, model_of};
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
    let refused = tx.set_vocabulary(&vocabulary).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    drop(tx);
    let mut tx = world.admin.begin().await.unwrap();
    tx.set_vocabulary(&vocabulary).await.unwrap();
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
