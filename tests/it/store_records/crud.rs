//! A record's life: made, read, changed, put away, brought back.

use crm_store::records::{Included, Value};

use super::*;

#[tokio::test]
async fn a_record_reads_back_as_it_was_written() {
    let world = World::new().await;
    let account = create(
        &world.admin,
        &catalog::ACCOUNT,
        json!({"name": "Engines Ltd", "currency": "EUR",
        "annual_revenue": {"amount": "1234567.80", "currency": "EUR"}, "number_of_employees": 12}),
    )
    .await;

    assert_eq!(account.version, 1);
    let read = get(&world.admin, &account).await.unwrap();
    assert_eq!(read, account);
    assert_eq!(read.text("name"), Some("Engines Ltd"));
    assert_eq!(
        read.get("annual_revenue").to_json(),
        json!({"amount": "1234567.80", "currency": "EUR"})
    );
    assert_eq!(read.get("custom").to_json(), json!({}));
    assert_eq!(read.text("status"), Some("active"), "a preset");
    assert_eq!(read.title(), "Engines Ltd");
}

#[tokio::test]
async fn every_object_of_the_catalogue_can_be_read_and_listed() {
    let world = World::new().await;
    let mut tx = world.admin.begin().await.unwrap();
    for object in catalog::OBJECTS {
        let sort = object.field("id").map(|_| "id".to_owned());
        let all = ListQuery {
            sort,
            ..ListQuery::default()
        };
        tx.records(object)
            .list(&all)
            .await
            .unwrap_or_else(|error| panic!("{}: {error:?}", object.name));
    }
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_null_clears() {
    let world = World::new().await;
    let lead = create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "Lovelace", "company": "Engines",
        "phone": "+49 30 901820", "description": "old"}),
    )
    .await;

    let changed = update(
        &world.admin,
        &lead,
        json!({"company": "Looms", "description": null}),
    )
    .await;

    assert_eq!(changed.version, 2);
    assert_eq!(changed.text("company"), Some("Looms"));
    assert_eq!(changed.get("description"), &Value::Null);
    assert_eq!(
        changed.text("phone"),
        Some("+4930901820"),
        "untouched, and as E.164 since it was made"
    );
    assert_eq!(changed.get("created_at"), lead.get("created_at"));
}

#[tokio::test]
async fn a_patch_that_changes_nothing_writes_nothing() {
    let world = World::new().await;
    let lead = create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "Lovelace", "company": "Engines"}),
    )
    .await;
    let before = audit(&world, lead.id).await;

    let same = update(&world.admin, &lead, json!({"company": "Engines"})).await;

    assert_eq!(same, lead);
    assert_eq!(audit(&world, lead.id).await, before);
}

#[tokio::test]
async fn a_stale_version_is_refused_with_the_current_one() {
    let world = World::new().await;
    let lead = create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "Lovelace", "company": "Engines"}),
    )
    .await;
    try_update(&world.admin, &lead, json!({"company": "Looms"}), Some(1))
        .await
        .unwrap();

    let error = try_update(&world.admin, &lead, json!({"company": "Mills"}), Some(1))
        .await
        .unwrap_err();

    assert!(matches!(error, StoreError::Stale { current: 2 }), "{error:?}");
}

#[tokio::test]
async fn deleted_records_are_gone_until_they_are_restored() {
    let world = World::new().await;
    let lead = create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "Lovelace", "company": "Engines"}),
    )
    .await;
    let mut tx = world.admin.begin().await.unwrap();
    let mut leads = tx.records(&catalog::LEAD);
    let gone = leads.delete(lead.id, Some(1)).await.unwrap();
    assert!(gone.get("deleted_at").as_time() >= lead.get("created_at").as_time());

    assert_eq!(leads.get(lead.id, &Select::default()).await.unwrap(), None);
    let everything = Select {
        deleted: true,
        ..Select::default()
    };
    assert_eq!(leads.get(lead.id, &everything).await.unwrap(), Some(gone));
    assert!(
        leads
            .list(&ListQuery::default())
            .await
            .unwrap()
            .records
            .is_empty()
    );
    let draft = Draft::new(&catalog::LEAD).with("company", "Looms");
    assert!(matches!(
        leads.update(lead.id, draft, None).await,
        Err(StoreError::NotFound { .. })
    ));
    assert!(matches!(
        leads.delete(lead.id, None).await,
        Err(StoreError::NotFound { .. })
    ));

    let back = leads.restore(lead.id).await.unwrap();
    assert_eq!((back.version, back.get("deleted_at")), (3, &Value::Null));
    assert_eq!(leads.get(lead.id, &Select::default()).await.unwrap(), Some(back));
}

#[tokio::test]
async fn every_change_is_logged_with_its_values_apart_and_tracked_fields_keep_their_history() {
    let world = World::new().await;
    let lead = create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "Lovelace", "company": "Engines"}),
    )
    .await;
    update(&world.admin, &lead, json!({"company": "Looms", "rating": "hot"})).await;

    let log = audit(&world, lead.id).await;
    assert_eq!(
        log.iter().map(|(action, _)| action.as_str()).collect::<Vec<_>>(),
        ["create", "update"]
    );
    assert_eq!(log[1].1, ["company", "rating"]);
    let values: Vec<(String, Option<Json>, Option<Json>)> = sqlx::query_as(
        "SELECT v.field, v.old, v.new FROM audit_values v JOIN audit_log l ON l.id = v.audit_id \
         WHERE l.object_id = $1 AND l.action = 'update' ORDER BY v.field",
    )
    .bind(lead.id)
    .fetch_all(&world.owner)
    .await
    .unwrap();
    assert_eq!(
        values,
        [
            ("company".to_owned(), Some(json!("Engines")), Some(json!("Looms"))),
            ("rating".to_owned(), None, Some(json!("hot"))),
        ]
    );
    let tracked: Vec<&str> = catalog::LEAD
        .fields
        .iter()
        .filter(|field| field.tracked)
        .map(|field| field.name)
        .collect();
    let expected: Vec<&str> = ["company", "rating"]
        .into_iter()
        .filter(|name| tracked.contains(name))
        .collect();
    let history: Vec<String> =
        sqlx::query_scalar("SELECT field FROM field_changes WHERE record_id = $1 ORDER BY field")
            .bind(lead.id)
            .fetch_all(&world.owner)
            .await
            .unwrap();
    assert_eq!(history, expected);
    let jobs: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs WHERE kind = 'index_record' AND key = $1")
        .bind(format!("lead:{}", lead.id))
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!(jobs, 1, "one job waits, however often the lead changed");
}

#[tokio::test]
async fn relations_come_along_one_level_deep() {
    let world = World::new().await;
    let account = create(&world.admin, &catalog::ACCOUNT, json!({"name": "Engines Ltd"})).await;
    let other = create(&world.admin, &catalog::ACCOUNT, json!({"name": "Looms Ltd"})).await;
    let ada = create(
        &world.admin,
        &catalog::CONTACT,
        json!({"last_name": "Lovelace", "account_id": account.id}),
    )
    .await;
    let bob = create(
        &world.admin,
        &catalog::CONTACT,
        json!({"last_name": "Babbage", "account_id": account.id}),
    )
    .await;

    let with_account = ListQuery {
        select: Select {
            include: vec!["account".to_owned(), "owner".to_owned()],
            ..Select::default()
        },
        ..ListQuery::default()
    };
    for contact in list(&world.admin, &catalog::CONTACT, &with_account).await {
        assert_eq!(
            contact.includes.get("account"),
            Some(&Included::One(Some(Box::new(account.clone()))))
        );
    }
    let with_contacts = ListQuery {
        select: Select {
            include: vec!["contacts".to_owned()],
            ..Select::default()
        },
        ..ListQuery::default()
    };
    let accounts = list(&world.admin, &catalog::ACCOUNT, &with_contacts).await;
    assert_eq!(accounts[0].id, other.id);
    assert_eq!(
        accounts[0].includes.get("contacts"),
        Some(&Included::Many(vec![]))
    );
    assert_eq!(
        accounts[1].includes.get("contacts"),
        Some(&Included::Many(vec![bob, ada]))
    );

    let unknown = Select {
        include: vec!["friends".to_owned()],
        ..Select::default()
    };
    let mut tx = world.admin.begin().await.unwrap();
    let error = tx
        .records(&catalog::ACCOUNT)
        .get(account.id, &unknown)
        .await
        .unwrap_err();
    assert!(message(&error).contains("contacts"), "{error:?}");
}

#[tokio::test]
async fn sparse_fields_bring_these_alone() {
    let world = World::new().await;
    let account = create(
        &world.admin,
        &catalog::ACCOUNT,
        json!({"name": "Engines Ltd",
        "annual_revenue": {"amount": "5", "currency": "JPY"}}),
    )
    .await;
    let mut tx = world.admin.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    let select = Select {
        fields: Some(vec!["annual_revenue".to_owned()]),
        ..Select::default()
    };
    let read = tx
        .records(&catalog::ACCOUNT)
        .get(account.id, &select)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        Json::Object(read.to_json(&access)),
        json!({"id": account.id, "annual_revenue": {"amount": "5", "currency": "JPY"}})
    );
}

#[tokio::test]
async fn another_tenants_records_cannot_be_seen_changed_or_referred_to() {
    let world = World::new().await;
    let (theirs, _) = world.db.tenant_in(&world.store, "theirs").await;
    let account = create(&theirs, &catalog::ACCOUNT, json!({"name": "Theirs"})).await;

    assert_eq!(get(&world.admin, &account).await, None);
    let error = try_update(&world.admin, &account, json!({"name": "Ours"}), None)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error:?}");
    let error = try_create(
        &world.admin,
        &catalog::CONTACT,
        json!({"last_name": "X", "account_id": account.id}),
    )
    .await
    .unwrap_err();
    assert_eq!(pointers(&error), ["/account_id"]);
}

async fn audit(world: &World, record: Uuid) -> Vec<(String, Vec<String>)> {
    sqlx::query_as("SELECT action, fields FROM audit_log WHERE object_id = $1 ORDER BY at, id")
        .bind(record)
        .fetch_all(&world.owner)
        .await
        .unwrap()
}
