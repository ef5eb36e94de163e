//! The fields that a tenant adds, held to its schema.

use super::*;

#[tokio::test]
async fn custom_fields_follow_the_tenants_schema_from_the_moment_it_is_set() {
    let world = World::new().await;
    let schema = json!({"type": "object", "properties": {"size": {"enum": ["s", "m"]}, "score": {"type": "integer", "minimum": 0}},
        "required": ["size"], "additionalProperties": false});
    let before = create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "L", "company": "C", "custom": {"anything": 1}}),
    )
    .await;
    let mut tx = world.admin.begin().await.unwrap();
    let set = tx
        .custom_schemas()
        .set(&catalog::LEAD, &schema, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!((set.version, set.object.as_str()), (1, "lead"));

    let error = try_create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "L", "company": "C", "email": "x", "custom": {"size": "xl", "score": -1}}),
    )
    .await
    .unwrap_err();
    let mut at = pointers(&error);
    at.sort_unstable();
    assert_eq!(at, ["/custom/score", "/custom/size", "/email"]);
    let error = try_create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "L", "company": "C"}),
    )
    .await
    .unwrap_err();
    assert_eq!(pointers(&error), ["/custom"], "a required one is missing");
    let lead = create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "L", "company": "C", "custom": {"size": "s", "score": 3}}),
    )
    .await;
    create(
        &world.admin,
        &catalog::CONTACT,
        json!({"last_name": "L", "custom": {"other": true}}),
    )
    .await;

    let merged = update(
        &world.admin,
        &lead,
        json!({"custom": {"score": null, "size": "m"}}),
    )
    .await;
    assert_eq!(
        merged.get("custom").to_json(),
        json!({"size": "m"}),
        "named ones change, null takes one away"
    );
    update(&world.admin, &before, json!({"company": "D"})).await; // what is not touched is not judged anew

    let mut tx = world.admin.begin().await.unwrap();
    let wider = json!({"type": "object"});
    let stale = tx
        .custom_schemas()
        .set(&catalog::LEAD, &wider, Some(7))
        .await
        .unwrap_err();
    assert!(matches!(stale, StoreError::Stale { current: 1 }));
    let set = tx
        .custom_schemas()
        .set(&catalog::LEAD, &wider, Some(1))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(set.version, 2);
    create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "L", "company": "C", "custom": {"free": [1, 2]}}),
    )
    .await;
    let mut tx = world.admin.begin().await.unwrap();
    assert!(tx.custom_schemas().delete(&catalog::LEAD, None).await.unwrap());
    assert!(!tx.custom_schemas().delete(&catalog::LEAD, None).await.unwrap());
    assert_eq!(tx.custom_schemas().list().await.unwrap(), []);
}

#[tokio::test]
async fn a_schema_that_cannot_be_used_is_refused() {
    let world = World::new().await;
    let mut tx = world.admin.begin().await.unwrap();
    for (schema, at) in [
        (json!({"type": "array"}), "/schema/type"),
        (json!({}), "/schema/type"),
        (
            json!({"type": "object", "properties": {"a": {"type": "nonsense"}}}),
            "/schema/properties/a/type",
        ),
        (
            json!({"type": "object", "properties": {"a": {"$ref": "https://example.com/schema.json"}}}),
            "/schema",
        ),
        (
            json!({"type": "object", "properties": {"a": {"$ref": "file:///etc/passwd"}}}),
            "/schema",
        ),
        (
            json!({"type": "object", "properties": {"a": {"pattern": "(a+)+\\1"}}}),
            "/schema/properties/a/pattern",
        ),
    ] {
        let error = tx
            .custom_schemas()
            .set(&catalog::LEAD, &schema, None)
            .await
            .unwrap_err();
        assert_eq!(pointers(&error), [at], "{schema}");
    }
}

#[tokio::test]
async fn a_pattern_cannot_stall_the_service() {
    let world = World::new().await;
    let mut tx = world.admin.begin().await.unwrap();
    let schema = json!({"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}});
    tx.custom_schemas()
        .set(&catalog::LEAD, &schema, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let long = format!("{}!", "a".repeat(20_000));
    let error = try_create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "L", "company": "C", "custom": {"a": long}}),
    )
    .await
    .unwrap_err();
    assert_eq!(pointers(&error), ["/custom/a"]);
}

#[tokio::test]
async fn only_who_manages_the_catalogue_sets_schemas() {
    let world = World::new().await;
    let role = world
        .role("rep", json!({"objects": {"*": ["create", "read"]}}), None)
        .await;
    let (_, rep) = world.member("rep", role).await;
    let mut tx = rep.begin().await.unwrap();
    let error = tx
        .custom_schemas()
        .set(&catalog::LEAD, &json!({"type": "object"}), None)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
}
