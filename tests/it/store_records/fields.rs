//! Rules on fields: hidden, masked, read-only, wherever a field could be seen or guessed.

use super::*;

async fn clerk(world: &World, rules: Json) -> TenantStore {
    let role = world
        .role("clerk", json!({"objects": {"*": ["create", "read", "update", "view_all", "modify_all"]}, "fields": {"lead": rules}}), None)
        .await;
    world.member("clerk", role).await.1
}

async fn lead(world: &World) -> Record {
    create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "Lovelace", "company": "Engines", "email": "ada@example.com", "rating": "hot"}),
    )
    .await
}

#[tokio::test]
async fn hidden_fields_are_not_shown_and_masked_ones_are_named() {
    let world = World::new().await;
    let lead = lead(&world).await;
    let clerk = clerk(
        &world,
        json!({"email": "masked", "rating": "hidden", "company": "read_only"}),
    )
    .await;
    let mut tx = clerk.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    let read = tx
        .records(&catalog::LEAD)
        .get(lead.id, &Select::default())
        .await
        .unwrap()
        .unwrap();
    let shown = read.to_json(&access);
    assert_eq!(shown.get("email"), Some(&Json::Null));
    assert_eq!(shown.get("masked_fields"), Some(&json!(["email"])));
    assert!(!shown.contains_key("rating"));
    assert_eq!(shown.get("company"), Some(&json!("Engines")));
    assert!(!Json::Object(shown).to_string().contains("ada@example.com"));
}

#[tokio::test]
async fn writing_a_field_that_a_rule_closes_is_refused_by_name() {
    let world = World::new().await;
    let lead = lead(&world).await;
    let clerk = clerk(
        &world,
        json!({"email": "masked", "rating": "hidden", "company": "read_only"}),
    )
    .await;
    for (patch, fields) in [
        (json!({"email": "eve@example.com"}), vec!["email"]),
        (json!({"rating": "cold", "last_name": "X"}), vec!["rating"]),
        (
            json!({"company": "Looms", "email": null}),
            vec!["company", "email"],
        ),
    ] {
        let error = try_update(&clerk, &lead, patch.clone(), None).await.unwrap_err();
        assert_eq!(refused_fields(&error), fields, "{patch}");
        let error = try_create(&clerk, &catalog::LEAD, patch.clone())
            .await
            .unwrap_err();
        assert_eq!(refused_fields(&error), fields, "{patch}");
    }
    let changed = update(&clerk, &lead, json!({"last_name": "King"})).await;
    assert_eq!(
        changed.text("email"),
        Some("ada@example.com"),
        "untouched by who may not see it"
    );
}

#[tokio::test]
async fn a_closed_field_is_no_oracle() {
    let world = World::new().await;
    let lead = lead(&world).await;
    let clerk = clerk(&world, json!({"email": "masked", "phone": "hidden"})).await;
    for field in ["email", "phone"] {
        for op in [Op::Eq, Op::Ne, Op::Lt, Op::Gte, Op::In, Op::IsNull, Op::Contains] {
            for value in ["ada@example.com", "true", "zzz"] {
                let error = try_list(&clerk, &catalog::LEAD, &where_(field, op, value))
                    .await
                    .unwrap_err();
                assert_eq!(refused_fields(&error), [field], "{field} {op} {value}");
            }
        }
        for sort in [field.to_owned(), format!("-{field}")] {
            let sorted = ListQuery {
                sort: Some(sort),
                ..ListQuery::default()
            };
            assert_eq!(
                refused_fields(&try_list(&clerk, &catalog::LEAD, &sorted).await.unwrap_err()),
                [field]
            );
        }
        let sparse = ListQuery {
            select: Select {
                fields: Some(vec!["id".to_owned(), field.to_owned()]),
                ..Select::default()
            },
            ..ListQuery::default()
        };
        assert_eq!(
            refused_fields(&try_list(&clerk, &catalog::LEAD, &sparse).await.unwrap_err()),
            [field]
        );
    }
    let searching = |q: &str| ListQuery {
        q: Some(q.to_owned()),
        ..ListQuery::default()
    };
    assert_eq!(
        list(&clerk, &catalog::LEAD, &searching("lovelace")).await.len(),
        1
    );
    assert_eq!(
        list(&clerk, &catalog::LEAD, &searching("ada")).await.len(),
        0,
        "only the masked address has it"
    );
    assert_eq!(
        list(&world.admin, &catalog::LEAD, &searching("ada")).await[0].id,
        lead.id
    );
}

#[tokio::test]
async fn an_unindexed_field_cannot_be_filtered_or_sorted_and_the_answer_names_those_that_can() {
    let world = World::new().await;
    let error = try_list(&world.admin, &catalog::LEAD, &where_("description", Op::Eq, "x"))
        .await
        .unwrap_err();
    assert!(message(&error).contains("status"), "{error:?}");
    let sorted = ListQuery {
        sort: Some("description".to_owned()),
        ..ListQuery::default()
    };
    let error = try_list(&world.admin, &catalog::LEAD, &sorted).await.unwrap_err();
    assert!(message(&error).contains("created_at"), "{error:?}");
    let error = try_list(&world.admin, &catalog::LEAD, &where_("stauts", Op::Eq, "x"))
        .await
        .unwrap_err();
    assert!(message(&error).contains("did you mean status?"), "{error:?}");
    let error = try_list(&world.admin, &catalog::LEAD, &where_("status", Op::Eq, "x"))
        .await
        .unwrap_err();
    assert!(message(&error).contains("must be one of"), "{error:?}");
    for limit in [0, -1, 201] {
        let limited = ListQuery {
            limit: Some(limit),
            ..ListQuery::default()
        };
        assert_eq!(
            pointers(
                &try_list(&world.admin, &catalog::LEAD, &limited)
                    .await
                    .unwrap_err()
            ),
            ["limit"]
        );
    }
}

#[tokio::test]
async fn included_records_obey_the_rules_of_their_own_object() {
    let world = World::new().await;
    let account = create(
        &world.admin,
        &catalog::ACCOUNT,
        json!({"name": "Engines", "phone": "+49 30 901820"}),
    )
    .await;
    let contact = create(
        &world.admin,
        &catalog::CONTACT,
        json!({"last_name": "L", "account_id": account.id}),
    )
    .await;
    let role = world
        .role(
            "clerk",
            json!({"objects": {"contact": ["read", "view_all"], "account": ["read", "view_all"]},
            "fields": {"account": {"phone": "masked"}, "contact": {"reports_to_id": "hidden"}}}),
            None,
        )
        .await;
    let (_, clerk) = world.member("clerk", role).await;
    let mut tx = clerk.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    let select = |name: &str| Select {
        include: vec![name.to_owned()],
        ..Select::default()
    };
    let read = tx
        .records(&catalog::CONTACT)
        .get(contact.id, &select("account"))
        .await
        .unwrap()
        .unwrap();
    let shown = Json::Object(read.to_json(&access));
    assert_eq!(shown["account"]["phone"], Json::Null);
    assert_eq!(shown["account"]["masked_fields"], json!(["phone"]));
    let error = tx
        .records(&catalog::CONTACT)
        .get(contact.id, &select("reports_to"))
        .await
        .unwrap_err();
    assert_eq!(refused_fields(&error), ["reports_to_id"]);
    let error = tx
        .records(&catalog::ACCOUNT)
        .get(account.id, &select("opportunities"))
        .await
        .unwrap_err();
    assert_eq!(
        refused_fields(&error),
        [""; 0],
        "the role may not read opportunities at all"
    );
}

fn message_of_refusal(error: &StoreError) -> &str {
    match error {
        StoreError::Refused { what, .. } => what,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_name_that_is_an_address_is_as_closed_as_the_address() {
    let world = World::new().await;
    create(
        &world.admin,
        &catalog::CONTACT,
        json!({"email": "ada@example.com"}),
    )
    .await;
    let named = json!({"last_name": "Lovelace", "email": "countess@example.com"});
    create(&world.admin, &catalog::CONTACT, named).await;
    let role = world
        .role(
            "clerk",
            json!({"objects": {"contact": ["read", "view_all"]}, "fields": {"contact": {"email": "masked"}}}),
            None,
        )
        .await;
    let (_, clerk) = world.member("clerk", role).await;
    for fields in [None, Some(vec!["name".to_owned()])] {
        let mut tx = clerk.begin().await.unwrap();
        let access = tx.access().await.unwrap();
        let asked = ListQuery {
            select: Select {
                fields,
                ..Select::default()
            },
            ..ListQuery::default()
        };
        let page = tx.records(&catalog::CONTACT).list(&asked).await.unwrap();
        let shown: Vec<Json> = page
            .records
            .iter()
            .map(|record| Json::Object(record.to_json(&access)))
            .collect();
        assert_eq!(
            (&shown[0]["name"], &shown[1]["name"]),
            (&json!("Lovelace"), &Json::Null)
        );
        assert!(!format!("{shown:?}").contains("example.com"), "{shown:?}");
    }
    // Nor does the order, a comparison or a cursor tell it.
    let guesses =
        [Op::Eq, Op::Ne, Op::Gte, Op::Lt, Op::In, Op::IsNull].map(|op| where_("name", op, "ada@example.com"));
    let sorts = ["name", "-name"].map(|sort| ListQuery {
        sort: Some(sort.to_owned()),
        limit: Some(1),
        ..ListQuery::default()
    });
    for guess in guesses.into_iter().chain(sorts) {
        let error = try_list(&clerk, &catalog::CONTACT, &guess).await.unwrap_err();
        assert_eq!(refused_fields(&error), ["name"], "{guess:?}");
        assert!(message_of_refusal(&error).contains("email"), "{error:?}");
    }
    let guess = where_("name", Op::Contains, "ada");
    assert_eq!(list(&clerk, &catalog::CONTACT, &guess).await, []);
    let guess = ListQuery {
        q: Some("countess".to_owned()),
        ..ListQuery::default()
    };
    assert_eq!(list(&clerk, &catalog::CONTACT, &guess).await, []);
    assert_eq!(
        list(&clerk, &catalog::CONTACT, &where_("name", Op::Contains, "love"))
            .await
            .len(),
        1
    );
}
