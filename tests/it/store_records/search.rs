//! Finding records by words.

use super::*;

fn q(words: &str) -> ListQuery {
    ListQuery {
        q: Some(words.to_owned()),
        sort: Some("name".to_owned()),
        ..ListQuery::default()
    }
}

async fn names(store: &TenantStore, words: &str) -> Vec<String> {
    list(store, &catalog::ACCOUNT, &q(words))
        .await
        .iter()
        .map(|record| record.title().to_owned())
        .collect()
}

#[tokio::test]
async fn beginnings_of_words_find_a_person() {
    let world = World::new().await;
    let john = create(&world.admin, &catalog::CONTACT, json!({"first_name": "John", "last_name": "Smith", "email": "jsmith@acme.example", "phone": "+49 30 901820"})).await;
    create(
        &world.admin,
        &catalog::CONTACT,
        json!({"first_name": "Joan", "last_name": "Smithers"}),
    )
    .await;
    for words in [
        "joh smi",
        "SMITH john",
        "jsmith",
        "acme john",
        "+4930901820",
        "smith, john",
    ] {
        let found: Vec<Uuid> = list(
            &world.admin,
            &catalog::CONTACT,
            &ListQuery {
                q: Some(words.to_owned()),
                ..ListQuery::default()
            },
        )
        .await
        .iter()
        .map(|record| record.id)
        .collect();
        assert_eq!(found, [john.id], "{words}");
    }
    for words in ["mith", "john jones", "'", "--", "()&|!:*"] {
        assert!(
            list(
                &world.admin,
                &catalog::CONTACT,
                &ListQuery {
                    q: Some(words.to_owned()),
                    ..ListQuery::default()
                }
            )
            .await
            .is_empty(),
            "{words}"
        );
    }
    let two = list(
        &world.admin,
        &catalog::CONTACT,
        &ListQuery {
            q: Some("jo smi".to_owned()),
            ..ListQuery::default()
        },
    )
    .await;
    assert_eq!(two.len(), 2);
}

#[tokio::test]
async fn case_accents_and_scripts_do_not_hide_anything() {
    let world = World::new().await;
    for name in [
        "Çelik Söhne",
        "ŁÓDŹ Œuvre",
        "Straße 5",
        "ООО Ромашка",
        "Ωmega Ελλάς",
        "株式会社 東京",
    ] {
        create(&world.admin, &catalog::ACCOUNT, json!({"name": name})).await;
    }
    for (words, found) in [
        ("celik sohne", "Çelik Söhne"),
        ("ÇELIK", "Çelik Söhne"),
        ("lodz oeu", "ŁÓDŹ Œuvre"),
        ("strasse", "Straße 5"),
        ("STRASSE 5", "Straße 5"),
        ("ромаш", "ООО Ромашка"),
        ("РОМАШКА ооо", "ООО Ромашка"),
        ("ελλας", "Ωmega Ελλάς"),
        ("ΕΛΛΑΣ", "Ωmega Ελλάς"),
        ("東京", "株式会社 東京"),
    ] {
        assert_eq!(names(&world.admin, words).await, [found], "{words}");
    }
}

#[tokio::test]
async fn words_keep_to_the_tenant_and_to_what_is_there() {
    let world = World::new().await;
    let (theirs, _) = world.db.tenant_in(&world.store, "theirs").await;
    create(&theirs, &catalog::ACCOUNT, json!({"name": "Looms Theirs"})).await;
    let ours = create(&world.admin, &catalog::ACCOUNT, json!({"name": "Looms Ours"})).await;
    assert_eq!(names(&world.admin, "looms").await, ["Looms Ours"]);
    update(&world.admin, &ours, json!({"name": "Engines"})).await;
    assert!(
        names(&world.admin, "looms").await.is_empty(),
        "a changed name is found by its new words"
    );
    assert_eq!(names(&world.admin, "engi").await, ["Engines"]);
    let mut tx = world.admin.begin().await.unwrap();
    tx.records(&catalog::ACCOUNT).delete(ours.id, None).await.unwrap();
    tx.commit().await.unwrap();
    assert!(names(&world.admin, "engi").await.is_empty());
    let with_deleted = ListQuery {
        select: Select {
            deleted: true,
            ..Select::default()
        },
        ..q("engi")
    };
    assert_eq!(
        list(&world.admin, &catalog::ACCOUNT, &with_deleted).await.len(),
        1
    );
}

#[tokio::test]
async fn words_that_thousands_have_are_found_all_the_same() {
    let world = World::new().await;
    let mut tx = world.admin.begin().await.unwrap();
    for batch in 0..3 {
        let drafts = (0..900)
            .map(|n| {
                Draft::new(&catalog::ACCOUNT)
                    .with("name", format!("Common {:04}", batch * 900 + n))
                    .with("email", format!("masked-desk{}@mail.example", batch * 900 + n))
                    .with("industry", (n % 450 == 0).then_some("Rare"))
            })
            .collect();
        tx.records(&catalog::ACCOUNT).create_many(drafts).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut asked = ListQuery {
        limit: Some(200),
        ..q("common")
    };
    let mut seen = 0;
    loop {
        let page = try_list(&world.admin, &catalog::ACCOUNT, &asked).await.unwrap();
        seen += page.records.len();
        match page.next_cursor {
            Some(cursor) => asked.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(seen, 2_700);
    // A word of a masked field finds nothing, however many records have it, and nothing together with open words.
    let rights =
        json!({"objects": {"account": ["read", "view_all"]}, "fields": {"account": {"email": "masked"}}});
    let role = world.role("clerk", rights, None).await;
    let (_, clerk) = world.member("clerk", role).await;
    for (words, everyone, closed) in [
        ("common", 50, 50),
        ("masked", 50, 0),
        ("common masked", 50, 0),
        ("desk17", 50, 0),
        ("0017 desk17", 1, 0),
    ] {
        assert_eq!(
            list(&world.admin, &catalog::ACCOUNT, &q(words)).await.len(),
            everyone,
            "{words}"
        );
        assert_eq!(
            list(&clerk, &catalog::ACCOUNT, &q(words)).await.len(),
            closed,
            "{words}"
        );
    }
    let rare = ListQuery {
        filters: vec![
            Condition::new("industry", Op::Eq, "Rare"),
            Condition::new("name", Op::Contains, "comm 1"),
        ],
        ..q("common")
    };
    assert_eq!(
        list(&world.admin, &catalog::ACCOUNT, &rare).await.len(),
        2,
        "1350 and 1800"
    );
}

#[tokio::test]
async fn the_searched_columns_are_those_that_the_catalogue_says() {
    let world = World::new().await;
    for object in catalog::OBJECTS {
        let column: Option<String> = sqlx::query_scalar(
            "SELECT generation_expression::text FROM information_schema.columns WHERE table_name = $1 AND column_name = 'search'",
        )
        .bind(object.table)
        .fetch_optional(&world.owner)
        .await
        .unwrap();
        let Some(column) = column else { continue };
        for field in object
            .fields
            .iter()
            .filter(|field| field.kind.column_type() == "text")
        {
            let named = column.contains(&format!("VARIADIC ARRAY[{}", field.column))
                || column.contains(&format!(", {}", field.column));
            // A name that is made of the first and the last one is searched as these.
            let made = field.name == "name" && object.field("last_name").is_some();
            assert_eq!(
                named,
                field.searchable && !made,
                "{}.{}: {column}",
                object.name,
                field.name
            );
        }
    }
}
