//! Assignment, transfers and saved views.

use crm_store::{behaviour::handover::Assignee, ids::UserId, views::NewView};

use super::*;

#[tokio::test]
async fn a_case_goes_to_a_queue_and_from_there_to_somebody() {
    let world = World::new().await;
    let (sue, _) = world.member("sue", json!({"all": true})).await;
    let queue = world.create(&catalog::QUEUE, json!({"name": "Billing"})).await;
    let case = world
        .create(&catalog::CASE, json!({"subject": "x", "owner_id": world.me()}))
        .await;
    let mut tx = world.admin.begin().await.unwrap();
    let waiting = tx
        .assign(&catalog::CASE, case.id, Assignee::Queue(queue.id), None)
        .await
        .unwrap();
    assert_eq!(
        (waiting.reference("queue_id"), waiting.reference("owner_id")),
        (Some(queue.id), None)
    );
    let taken = tx
        .assign(
            &catalog::CASE,
            case.id,
            Assignee::User(sue),
            Some(waiting.version),
        )
        .await
        .unwrap();
    assert_eq!(
        (taken.reference("queue_id"), taken.reference("owner_id")),
        (Some(queue.id), Some(sue))
    );
    let stale = tx
        .assign(&catalog::CASE, case.id, Assignee::Nobody, Some(waiting.version))
        .await
        .unwrap_err();
    assert!(matches!(stale, StoreError::Stale { .. }), "{stale:?}");
    let nobody = tx
        .assign(&catalog::CASE, case.id, Assignee::User(Uuid::now_v7()), None)
        .await
        .unwrap_err();
    assert!(words(&nobody).contains("/owner_id"), "{nobody:?}");
    let nowhere = tx
        .assign(&catalog::CASE, case.id, Assignee::Queue(Uuid::now_v7()), None)
        .await
        .unwrap_err();
    assert!(words(&nowhere).contains("queue_id"), "{nowhere:?}");
    tx.commit().await.unwrap();
    let events = "SELECT count(*) FROM case_events WHERE case_id = $1 AND kind = 'assigned'";
    assert_eq!(world.count(events, case.id).await, 2);
}

#[tokio::test]
async fn everything_of_somebody_who_leaves_goes_to_somebody_else() {
    let world = World::new().await;
    let (sue, _) = world.member("sue", json!({"all": true})).await;
    let (tom, _) = world.member("tom", json!({"all": true})).await;
    let lead = world
        .create(&catalog::LEAD, json!({"last_name": "A", "owner_id": sue}))
        .await;
    let case = world
        .create(&catalog::CASE, json!({"subject": "x", "owner_id": sue}))
        .await;
    let mine = world
        .create(&catalog::LEAD, json!({"last_name": "B", "owner_id": world.me()}))
        .await;
    let queue = world.create(&catalog::QUEUE, json!({"name": "Billing"})).await;
    let place = world
        .create(
            &catalog::QUEUE_MEMBER,
            json!({"queue_id": queue.id, "user_id": sue}),
        )
        .await;

    let mut tx = world.admin.begin().await.unwrap();
    let done = tx
        .transfer(UserId::from(sue), Some(UserId::from(tom)), 1000)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(done.moved.get("leads"), Some(&1));
    assert_eq!(done.moved.get("cases"), Some(&1));
    assert!(!done.more);
    assert_eq!(world.get(&lead).await.reference("owner_id"), Some(tom));
    assert_eq!(world.get(&case).await.reference("owner_id"), Some(tom));
    assert_eq!(world.get(&mine).await.reference("owner_id"), Some(world.me()));
    assert_eq!(world.get(&place).await.get("is_active").to_json(), json!(false));
    let history =
        "SELECT count(*) FROM field_changes WHERE record_id = $1 AND field = 'owner_id' AND old IS NOT NULL";
    assert_eq!(world.count(history, lead.id).await, 1);

    // More than one call takes goes on in a job.
    for n in 0..5 {
        world
            .create(
                &catalog::LEAD,
                json!({"last_name": format!("L{n}"), "owner_id": sue}),
            )
            .await;
    }
    let mut tx = world.admin.begin().await.unwrap();
    let some = tx.transfer(UserId::from(sue), None, 2).await.unwrap();
    assert!(some.more && some.moved.get("leads") == Some(&2), "{some:?}");
    tx.commit().await.unwrap();
    let mut tx = world.job().await.begin().await.unwrap();
    assert!(tx.transfer_more(&format!("{sue}:")).await.unwrap());
    assert!(!tx.transfer_more(&format!("{sue}:")).await.unwrap());
    tx.commit().await.unwrap();
    let left = "SELECT count(*) FROM leads WHERE owner_id = $1";
    assert_eq!(world.count(left, sue).await, 0);
}

#[tokio::test]
async fn only_who_administers_members_transfers() {
    let world = World::new().await;
    let (sue, seller) = world
        .member(
            "sue",
            json!({"objects": {"*": ["read", "update", "modify_all", "view_all"]}}),
        )
        .await;
    let mut tx = seller.begin().await.unwrap();
    let error = tx.transfer(UserId::from(sue), None, 10).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
}

fn view(name: &str, shared: bool) -> NewView {
    NewView {
        object: "lead".to_owned(),
        name: name.to_owned(),
        is_shared: shared,
        filters: json!({"status": {"eq": "new"}}),
        sort: Some("-created_at".to_owned()),
        q: None,
        fields: vec!["name".to_owned(), "status".to_owned()],
    }
}

#[tokio::test]
async fn views_are_ones_own_unless_they_are_shared() {
    let world = World::new().await;
    let (_, sue) = world.member("sue", json!({"all": true})).await;
    let mut tx = world.admin.begin().await.unwrap();
    let own = tx.views().create(&view("Mine", false)).await.unwrap();
    let shared = tx.views().create(&view("Ours", true)).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = sue.begin().await.unwrap();
    let seen: Vec<String> = tx
        .views()
        .list(Some("lead"))
        .await
        .unwrap()
        .into_iter()
        .map(|view| view.name)
        .collect();
    assert_eq!(seen, ["Ours"]);
    assert!(tx.views().get(own.id).await.unwrap().is_none());
    let error = tx
        .views()
        .update(shared.id, &view("Hers", true), None)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    assert!(matches!(
        tx.views().delete(shared.id).await.unwrap_err(),
        StoreError::Refused { .. }
    ));
    drop(tx);

    let mut tx = world.admin.begin().await.unwrap();
    let stale = tx
        .views()
        .update(own.id, &view("Mine", true), Some(9))
        .await
        .unwrap_err();
    assert!(matches!(stale, StoreError::Stale { current: 1 }), "{stale:?}");
    let changed = tx
        .views()
        .update(own.id, &view("Mine too", false), Some(1))
        .await
        .unwrap();
    assert_eq!((changed.name.as_str(), changed.version), ("Mine too", 2));
    tx.views().delete(own.id).await.unwrap();
    assert!(tx.views().get(own.id).await.unwrap().is_none());
    let wrong = NewView {
        fields: vec!["shoe_size".to_owned()],
        ..view("Odd", false)
    };
    assert!(matches!(
        tx.views().create(&wrong).await.unwrap_err(),
        StoreError::Invalid { .. }
    ));
    let twice = tx.views().create(&view("Ours", false)).await.unwrap_err();
    assert!(matches!(twice, StoreError::Conflict { .. }), "{twice:?}");
}
