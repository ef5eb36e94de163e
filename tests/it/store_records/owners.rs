//! Who sees and changes what: owners, those above them, and everyone for what nobody owns.

use super::*;

struct Team {
    world: World,
    rep: (Uuid, TenantStore),
    peer: (Uuid, TenantStore),
    boss: (Uuid, TenantStore),
}

async fn team() -> Team {
    let world = World::new().await;
    let rights = json!({"objects": {"*": ["create", "read", "update", "delete"]}});
    let above = world.role("lead of sales", rights.clone(), None).await;
    let below = world.role("rep", rights, Some(above)).await;
    Team {
        rep: world.member("rep", below).await,
        peer: world.member("peer", below).await,
        boss: world.member("boss", above).await,
        world,
    }
}

#[tokio::test]
async fn records_are_seen_by_their_owner_and_those_above() {
    let Team {
        world,
        rep,
        peer,
        boss,
    } = team().await;
    let own = create(
        &rep.1,
        &catalog::LEAD,
        json!({"last_name": "L", "company": "C", "owner_id": rep.0}),
    )
    .await;
    let nobodys = create(&rep.1, &catalog::LEAD, json!({"last_name": "N", "company": "C"})).await;
    for (store, sees_own) in [
        (&rep.1, true),
        (&peer.1, false),
        (&boss.1, true),
        (&world.admin, true),
    ] {
        assert_eq!(get(store, &own).await.is_some(), sees_own);
        assert!(
            get(store, &nobodys).await.is_some(),
            "what nobody owns waits for everyone"
        );
        let listed = list(store, &catalog::LEAD, &ListQuery::default()).await;
        assert_eq!(listed.iter().any(|record| record.id == own.id), sees_own);
        let found = list(
            store,
            &catalog::LEAD,
            &ListQuery {
                q: Some("L".to_owned()),
                ..ListQuery::default()
            },
        )
        .await;
        assert_eq!(
            found.iter().any(|record| record.id == own.id),
            sees_own,
            "searching shows no more"
        );
        let filtered = list(store, &catalog::LEAD, &where_("id", Op::Eq, json!(own.id))).await;
        assert_eq!(filtered.len(), usize::from(sees_own));
    }
    let error = try_update(&peer.1, &own, json!({"company": "X"}), None)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn a_record_can_be_handed_to_somebody_whom_the_giver_does_not_see() {
    let Team {
        world: _world,
        rep,
        peer,
        ..
    } = team().await;
    let own = create(
        &rep.1,
        &catalog::LEAD,
        json!({"last_name": "L", "company": "C", "owner_id": rep.0}),
    )
    .await;
    let handed = update(&rep.1, &own, json!({"owner_id": peer.0})).await;
    assert_eq!((handed.version, handed.reference("owner_id")), (2, Some(peer.0)));
    assert_eq!(get(&rep.1, &own).await, None);
    assert_eq!(get(&peer.1, &own).await, Some(handed));
    let made_for_peer = create(
        &rep.1,
        &catalog::LEAD,
        json!({"last_name": "M", "company": "C", "owner_id": peer.0}),
    )
    .await;
    assert_eq!(get(&rep.1, &made_for_peer).await, None);
    assert!(get(&peer.1, &made_for_peer).await.is_some());
}

#[tokio::test]
async fn what_may_be_seen_but_not_changed_says_so() {
    let Team { world, rep, .. } = team().await;
    let role = world
        .role(
            "auditor",
            json!({"objects": {"lead": ["read", "view_all", "update"]}}),
            None,
        )
        .await;
    let (_, auditor) = world.member("auditor", role).await;
    let own = create(
        &rep.1,
        &catalog::LEAD,
        json!({"last_name": "L", "company": "C", "owner_id": rep.0}),
    )
    .await;
    assert!(get(&auditor, &own).await.is_some());
    let error = try_update(&auditor, &own, json!({"company": "X"}), None)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, StoreError::Refused { what, .. } if what.contains("not change")),
        "{error:?}"
    );
}

#[tokio::test]
async fn rights_on_the_object_come_first() {
    let Team { world, rep, .. } = team().await;
    let own = create(
        &rep.1,
        &catalog::LEAD,
        json!({"last_name": "L", "company": "C", "owner_id": rep.0}),
    )
    .await;
    let role = world
        .role("reader", json!({"objects": {"lead": ["read"]}}), None)
        .await;
    let (_, reader) = world.member("reader", role).await;
    let none = world.role("none", json!({}), None).await;
    let (_, nobody) = world.member("nobody", none).await;
    for (store, verbs) in [
        (&reader, "create update delete"),
        (&nobody, "create read update delete"),
    ] {
        let mut tx = store.begin().await.unwrap();
        let draft = || {
            Draft::new(&catalog::LEAD)
                .with("last_name", "L")
                .with("company", "C")
        };
        for verb in verbs.split(' ') {
            let mut leads = tx.records(&catalog::LEAD);
            let outcome = match verb {
                "create" => leads.create(draft()).await.map(drop),
                "read" => leads.list(&ListQuery::default()).await.map(drop),
                "update" => leads.update(own.id, draft(), None).await.map(drop),
                _ => leads.delete(own.id, None).await.map(drop),
            };
            assert!(
                matches!(&outcome, Err(StoreError::Refused { what, .. }) if what.contains(verb) || what.contains("may not read")),
                "{verb}: {outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_reference_to_what_the_writer_may_not_see_is_refused() {
    let Team {
        world: _world,
        rep,
        peer,
        ..
    } = team().await;
    let theirs = create(
        &peer.1,
        &catalog::ACCOUNT,
        json!({"name": "A", "owner_id": peer.0}),
    )
    .await;
    let error = try_create(
        &rep.1,
        &catalog::CONTACT,
        json!({"last_name": "L", "account_id": theirs.id}),
    )
    .await
    .unwrap_err();
    assert_eq!(pointers(&error), ["/account_id"]);
    let contact = create(
        &peer.1,
        &catalog::CONTACT,
        json!({"last_name": "L", "account_id": theirs.id, "owner_id": rep.0}),
    )
    .await;
    update(&rep.1, &contact, json!({"department": "R&D"})).await; // a reference that stays is no business of the writer
}
