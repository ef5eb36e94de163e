//! Many rows at once: good ones go in, bad ones say why, and nothing is written twice.

use crm_store::records::{MAX_ROWS, Outcome, Upserted};

use super::*;

async fn upsert(
    store: &TenantStore,
    object: &'static Object,
    rows: Vec<Json>,
) -> Vec<Result<Upserted, StoreError>> {
    let mut tx = store.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    let rows = rows
        .into_iter()
        .map(|json| Row::from_json(object, &body(json), &access).unwrap())
        .collect();
    let done = tx.records(object).upsert(rows).await.unwrap();
    tx.commit().await.unwrap();
    done
}

fn outcomes(done: &[Result<Upserted, StoreError>]) -> Vec<Option<Outcome>> {
    done.iter()
        .map(|row| row.as_ref().ok().map(|row| row.outcome))
        .collect()
}

#[tokio::test]
async fn rows_are_made_changed_or_left_by_their_external_id() {
    let world = World::new().await;
    let row = |n: usize, company: &str| json!({"external_id": format!("L{n}"), "last_name": "L", "company": company});
    let done = upsert(&world.admin, &catalog::LEAD, vec![row(1, "A"), row(2, "A")]).await;
    assert_eq!(outcomes(&done), [Some(Outcome::Created); 2]);
    let first = done[0].as_ref().unwrap().record.clone();

    let done = upsert(
        &world.admin,
        &catalog::LEAD,
        vec![
            row(1, "A"),
            row(2, "B"),
            row(3, "A"),
            json!({"id": first.id, "rating": "hot"}),
        ],
    )
    .await;
    assert_eq!(
        outcomes(&done),
        [
            Some(Outcome::Unchanged),
            Some(Outcome::Updated),
            Some(Outcome::Created),
            None
        ],
        "the fourth names the first row's record again"
    );
    assert!(message(done[3].as_ref().unwrap_err()).contains("row 1"));
    let done = upsert(
        &world.admin,
        &catalog::LEAD,
        vec![
            json!({"id": first.id, "rating": "hot"}),
            json!({"id": Uuid::now_v7(), "rating": "hot"}),
        ],
    )
    .await;
    assert_eq!(done[0].as_ref().unwrap().record.version, 2);
    assert!(matches!(done[1], Err(StoreError::NotFound { .. })));
    assert_eq!(
        list(&world.admin, &catalog::LEAD, &ListQuery::default())
            .await
            .len(),
        3
    );
}

#[tokio::test]
async fn bad_rows_stay_out_with_their_reasons_and_good_ones_go_in() {
    let world = World::new().await;
    let gone = create(
        &world.admin,
        &catalog::LEAD,
        json!({"external_id": "gone", "last_name": "L", "company": "C"}),
    )
    .await;
    let mut tx = world.admin.begin().await.unwrap();
    tx.records(&catalog::LEAD).delete(gone.id, None).await.unwrap();
    tx.commit().await.unwrap();
    let done = upsert(&world.admin, &catalog::LEAD, vec![
        json!({"external_id": "a", "last_name": "L", "company": "C"}),
        json!({"external_id": "b", "last_name": "L", "company": "C", "email": "nonsense", "status": "odd"}),
        json!({"external_id": "a", "last_name": "L", "company": "C"}),
        json!({"external_id": "gone", "company": "D"}),
        json!({"id": "x", "company": "D", "last_name": "L"}),
        json!({"external_id": "c", "last_name": "L", "company": "C"}),
    ])
    .await;
    let good: Vec<bool> = done.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, false, false, false, false, true]);
    assert_eq!(pointers(done[1].as_ref().unwrap_err()), ["/email", "/status"]);
    assert!(message(done[2].as_ref().unwrap_err()).contains("row 1"));
    assert!(message(done[3].as_ref().unwrap_err()).contains("restore"));
    assert_eq!(pointers(done[4].as_ref().unwrap_err()), ["/id"]);
}

#[tokio::test]
async fn what_postgres_alone_can_refuse_is_found_row_by_row() {
    let world = World::new().await;
    // Another member's record has the external id; this member cannot see it.
    let role = world
        .role(
            "rep",
            json!({"objects": {"lead": ["create", "read", "update"]}}),
            None,
        )
        .await;
    let (_, rep) = world.member("rep", role).await;
    let (other, _) = world.member("other", role).await;
    create(
        &world.admin,
        &catalog::LEAD,
        json!({"external_id": "L13", "last_name": "L", "company": "C", "owner_id": other}),
    )
    .await;
    let rows = (0..40)
        .map(|n| json!({"external_id": format!("L{n}"), "last_name": "L", "company": "C"}))
        .collect();
    let done = upsert(&rep, &catalog::LEAD, rows).await;
    for (n, row) in done.iter().enumerate() {
        assert_eq!(row.is_ok(), n != 13, "{n}: {row:?}");
    }
    assert!(
        matches!(done[13], Err(StoreError::Conflict { .. })),
        "{:?}",
        done[13]
    );
}

#[tokio::test]
async fn a_thousand_rows_take_as_many_statements_as_ten() {
    let world = World::new().await;
    let rows = |n: usize| -> Vec<Json> {
        (0..n).map(|row| json!({"external_id": format!("R{row}"), "last_name": "L", "company": format!("C{row}"), "rating": "hot"})).collect()
    };
    let statements = async |rows: Vec<Json>| -> i64 {
        let counted = "SELECT COALESCE(sum(xact_commit), 0)::bigint FROM pg_stat_database WHERE datname = current_database()";
        let _: i64 = sqlx::query_scalar(counted).fetch_one(&world.owner).await.unwrap();
        let done = upsert(&world.admin, &catalog::LEAD, rows).await;
        assert!(done.iter().all(Result::is_ok));
        i64::try_from(done.len()).unwrap()
    };
    assert_eq!(statements(rows(10)).await, 10);
    let started = std::time::Instant::now();
    assert_eq!(statements(rows(MAX_ROWS)).await, 1_000);
    assert!(
        started.elapsed() < std::time::Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
    let mut tx = world.admin.begin().await.unwrap();
    let many = (0..=MAX_ROWS)
        .map(|_| Row::from(Draft::new(&catalog::LEAD)))
        .collect();
    assert_eq!(
        pointers(&tx.records(&catalog::LEAD).upsert(many).await.unwrap_err()),
        ["rows"]
    );
}

#[tokio::test]
async fn rows_that_the_role_may_not_make_are_refused_one_by_one() {
    let world = World::new().await;
    create(
        &world.admin,
        &catalog::LEAD,
        json!({"external_id": "old", "last_name": "L", "company": "C"}),
    )
    .await;
    let role = world
        .role(
            "editor",
            json!({"objects": {"lead": ["read", "update", "view_all", "modify_all"]}}),
            None,
        )
        .await;
    let (_, editor) = world.member("editor", role).await;
    let done = upsert(
        &editor,
        &catalog::LEAD,
        vec![
            json!({"external_id": "old", "company": "D"}),
            json!({"external_id": "new", "last_name": "L", "company": "D"}),
        ],
    )
    .await;
    assert_eq!(outcomes(&done), [Some(Outcome::Updated), None]);
    assert!(matches!(done[1], Err(StoreError::Refused { .. })));
}
