//! Pages: every record once, whatever ties and gaps the order has; a cursor belongs to its list.

use std::collections::BTreeSet;

use super::*;

async fn walk(store: &TenantStore, object: &'static Object, first: &ListQuery) -> Vec<Uuid> {
    let mut asked = first.clone();
    let mut seen = Vec::new();
    loop {
        let page = try_list(store, object, &asked).await.unwrap();
        assert!(page.records.len() <= usize::try_from(asked.limit.unwrap()).unwrap());
        seen.extend(page.records.iter().map(|record| record.id));
        assert!(seen.len() <= 1_000, "the walk does not end");
        match page.next_cursor {
            Some(cursor) => asked.cursor = Some(cursor),
            None => return seen,
        }
    }
}

#[tokio::test]
async fn a_walk_meets_every_record_once_under_ties_and_gaps() {
    let world = World::new().await;
    let mut tx = world.admin.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    let drafts = (0..37)
        .map(|n: i64| {
            // Few different values, and none in every third.
            let json = json!({"name": format!("A{}", n % 2), "industry": (n % 3 != 0).then(|| format!("I{}", n % 4)),
                "number_of_employees": (n % 3 != 1).then_some(n % 2),
                "annual_revenue": (n % 5 != 1).then(|| json!({"amount": (n % 3).to_string(), "currency": if n % 2 == 0 { "EUR" } else { "JPY" }}))});
            Draft::from_json(&catalog::ACCOUNT, &body(json), &access).unwrap()
        })
        .collect();
    let all: BTreeSet<Uuid> = tx
        .records(&catalog::ACCOUNT)
        .create_many(drafts)
        .await
        .unwrap()
        .iter()
        .map(|record| record.id)
        .collect();
    tx.commit().await.unwrap();
    for field in [
        "name",
        "industry",
        "number_of_employees",
        "annual_revenue",
        "id",
        "created_at",
        "last_activity_at",
        "external_id",
        "owner_id",
    ] {
        for sort in [field.to_owned(), format!("-{field}")] {
            let whole = ListQuery {
                sort: Some(sort.clone()),
                limit: Some(200),
                ..ListQuery::default()
            };
            let expected = walk(&world.admin, &catalog::ACCOUNT, &whole).await;
            assert_eq!(expected.iter().copied().collect::<BTreeSet<_>>(), all, "{sort}");
            for limit in [1, 5, 12] {
                let paged = ListQuery {
                    sort: Some(sort.clone()),
                    limit: Some(limit),
                    ..ListQuery::default()
                };
                assert_eq!(
                    walk(&world.admin, &catalog::ACCOUNT, &paged).await,
                    expected,
                    "{sort} by {limit}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_restricted_walk_meets_what_the_actor_sees_once() {
    let world = World::new().await;
    let role = world
        .role(
            "rep",
            json!({"objects": {"lead": ["create", "read", "update"]}}),
            None,
        )
        .await;
    let (rep_id, rep) = world.member("rep", role).await;
    let (other_id, _) = world.member("other", role).await;
    let mut tx = world.admin.begin().await.unwrap();
    let drafts = (0..30)
        .map(|n: usize| {
            let owner = [None, Some(rep_id), Some(other_id)][n % 3];
            Draft::new(&catalog::LEAD)
                .with("last_name", "L")
                .with("company", format!("C{}", n % 2))
                .with("owner_id", owner)
                .with("rating", n.is_multiple_of(4).then_some("hot"))
        })
        .collect();
    let made = tx.records(&catalog::LEAD).create_many(drafts).await.unwrap();
    tx.commit().await.unwrap();
    let visible: BTreeSet<Uuid> = made
        .iter()
        .filter(|record| record.reference("owner_id") != Some(other_id))
        .map(|record| record.id)
        .collect();
    for sort in ["rating", "-rating", "company", "-created_at"] {
        let paged = ListQuery {
            sort: Some(sort.to_owned()),
            limit: Some(3),
            ..ListQuery::default()
        };
        let seen = walk(&rep, &catalog::LEAD, &paged).await;
        assert_eq!(seen.len(), visible.len(), "{sort}");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), visible, "{sort}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let world = World::new().await;
    for n in 0..3 {
        create(&world.admin, &catalog::ACCOUNT, json!({"name": format!("A{n}")})).await;
        create(
            &world.admin,
            &catalog::LEAD,
            json!({"last_name": "L", "company": "C"}),
        )
        .await;
    }
    let first = ListQuery {
        sort: Some("name".to_owned()),
        limit: Some(1),
        ..ListQuery::default()
    };
    let cursor = try_list(&world.admin, &catalog::ACCOUNT, &first)
        .await
        .unwrap()
        .next_cursor;
    assert!(cursor.is_some());
    let others = [
        ListQuery {
            sort: Some("-name".to_owned()),
            ..first.clone()
        },
        ListQuery {
            sort: None,
            ..first.clone()
        },
        ListQuery {
            q: Some("a".to_owned()),
            ..first.clone()
        },
        ListQuery {
            filters: vec![Condition::new("name", Op::Eq, "A1")],
            ..first.clone()
        },
        ListQuery {
            select: Select {
                deleted: true,
                ..Select::default()
            },
            ..first.clone()
        },
    ];
    for other in others {
        let asked = ListQuery {
            cursor: cursor.clone(),
            ..other
        };
        let error = try_list(&world.admin, &catalog::ACCOUNT, &asked)
            .await
            .unwrap_err();
        assert_eq!(pointers(&error), ["cursor"], "{asked:?}");
    }
    let asked = ListQuery {
        cursor: cursor.clone(),
        limit: Some(2),
        ..first.clone()
    };
    assert_eq!(
        try_list(&world.admin, &catalog::ACCOUNT, &asked)
            .await
            .unwrap()
            .records
            .len(),
        2,
        "another size is fine"
    );
    for nonsense in ["", "x", "eyJsIjoiIn0", "{}", "\u{0}"] {
        let asked = ListQuery {
            cursor: Some(nonsense.to_owned()),
            ..first.clone()
        };
        assert_eq!(
            pointers(
                &try_list(&world.admin, &catalog::ACCOUNT, &asked)
                    .await
                    .unwrap_err()
            ),
            ["cursor"]
        );
    }
}
