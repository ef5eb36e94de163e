//! Nobody is led to what they may not see, nor kept from what they may.

use crm_rag::{Like, RagError, RecordKind, RecordQuery};
use crm_store::{StoreError, catalog};
use serde_json::json;

use super::{World, about, case, create, ids, like, update};

#[tokio::test]
async fn two_tenants_with_the_same_words_never_see_each_other() {
    let world = World::new().await;
    let zenith = world.db.tenant_in(&world.store, "zenith").await.0;
    let ours = case(&world.acme, "Printer on fire", "Smoke comes out of the tray.").await;
    case(&world.acme, "Printer smokes", "Smoke again, from the fan.").await;
    world.work().await;
    let alone = world
        .find(&world.acme, RecordKind::Case, "smoke from the printer")
        .await;
    assert_eq!(alone.len(), 2);
    let mut theirs = Vec::new();
    for at in 0..20 {
        theirs.push(
            case(
                &zenith,
                "Printer on fire",
                &format!("Smoke comes out of tray {at}."),
            )
            .await,
        );
    }
    world.work().await;
    assert_eq!(
        world
            .find(&world.acme, RecordKind::Case, "smoke from the printer")
            .await,
        alone,
        "the neighbours change neither what is found nor how it is scored"
    );
    let found = world
        .find(&zenith, RecordKind::Case, "smoke from the printer")
        .await;
    assert!(!ids(&found).contains(&ours.id) && found.len() == 5);
    let other = world
        .ask(&world.acme, &like(RecordKind::Case, theirs[0].id))
        .await;
    assert!(
        matches!(other, Err(RagError::Store(StoreError::NotFound { .. }))),
        "{other:?}"
    );
}

#[tokio::test]
async fn a_rep_finds_their_own_among_hundreds_that_are_nearer() {
    let world = World::new().await;
    let sales = json!({"objects": {"opportunity": ["create", "read", "update"]}});
    let (ann, as_ann) = world.member("ann", sales.clone()).await;
    let (bob, as_bob) = world.member("bob", sales).await;
    let deal = |owner: uuid::Uuid, name: String| {
        let body =
            json!({"name": name, "description": "Twelve weaving machines for the mill.", "owner_id": owner});
        create(&world.acme, &catalog::OPPORTUNITY, body)
    };
    let mut anns = Vec::new();
    for at in 0..3 {
        anns.push(deal(ann, format!("Line {at}")).await.id);
    }
    for at in 0..450 {
        deal(bob, format!("Weaving machines {at}")).await;
    }
    world.work().await;
    let wanted = about(RecordKind::Opportunity, "weaving machines");
    let mut found = ids(&world.ask(&as_ann, &wanted).await.unwrap());
    found.sort_unstable();
    assert_eq!(found, anns, "her own, and nothing of his");
    let his = world.ask(&as_bob, &wanted).await.unwrap();
    assert_eq!(his.len(), 5);
    assert!(his.iter().all(|hit| hit.record["owner_id"] == json!(bob)));
    let not_hers = world
        .ask(&as_ann, &like(RecordKind::Opportunity, his[0].id))
        .await;
    assert!(matches!(
        not_hers,
        Err(RagError::Store(StoreError::NotFound { .. }))
    ));
    let none = world.ask(&as_ann, &about(RecordKind::Case, "weaving")).await;
    assert!(
        matches!(none, Err(RagError::Store(StoreError::Refused { .. }))),
        "{none:?}"
    );
}

#[tokio::test]
async fn a_masked_or_hidden_field_is_neither_compared_nor_quoted() {
    let world = World::new().await;
    let one = case(&world.acme, "Printer", "The password of the vault is xyzzy.").await;
    let other = case(&world.acme, "Vault", "Somebody asked for the password, xyzzy.").await;
    let third = case(&world.acme, "Printer again", "Paper is missing.").await;
    world.work().await;
    let mut open = ids(&world.find(&world.acme, RecordKind::Case, "xyzzy").await)[..2].to_vec();
    open.sort_unstable();
    assert_eq!(open, [one.id, other.id]);
    for rule in ["masked", "hidden"] {
        let permissions =
            json!({"objects": {"case": ["read", "view_all"]}, "fields": {"case": {"description": rule}}});
        let (_, viewer) = world.member(rule, permissions).await;
        let found = world
            .find(&viewer, RecordKind::Case, "xyzzy vault password")
            .await;
        // By its subject, which may be seen; not by what else it says.
        assert_eq!(ids(&found)[0], other.id);
        for hit in &found {
            assert!(!hit.text.contains("xyzzy"), "{hit:?}");
            assert!(!hit.fields.contains(&"description".to_owned()), "{hit:?}");
            assert!(
                hit.record
                    .get("description")
                    .is_none_or(serde_json::Value::is_null)
            );
        }
        let alike = world.ask(&viewer, &like(RecordKind::Case, one.id)).await.unwrap();
        assert_eq!(ids(&alike)[0], third.id, "only what may be seen is compared");
        // Edited and not indexed yet: read anew, under the same rule.
        update(
            &world.acme,
            &third,
            json!({"description": format!("Now xyzzy too, {rule}.")}),
        )
        .await;
        let fresh = world.find(&viewer, RecordKind::Case, "printer paper xyzzy").await;
        assert!(fresh.iter().all(|hit| !hit.text.contains("xyzzy")), "{fresh:?}");
    }
}

#[tokio::test]
async fn only_resolved_cases_when_asked() {
    let world = World::new().await;
    let (_, blind) = world
        .member(
            "blind",
            json!({"objects": {"case": ["read", "view_all"]}, "fields": {"case": {"status": "hidden"}}}),
        )
        .await;
    let solved = case(&world.acme, "Printer on fire", "Smoke from the tray.").await;
    for status in ["open", "resolved"] {
        update(
            &world.acme,
            &solved,
            json!({"status": status, "resolution": "A new fan helped."}),
        )
        .await;
    }
    for at in 0..80 {
        case(
            &world.acme,
            &format!("Printer on fire {at}"),
            "Smoke from the tray.",
        )
        .await;
    }
    world.work().await;
    let query = RecordQuery {
        settled: true,
        like: Like::Text("printer on fire, smoke from the tray".to_owned()),
        ..about(RecordKind::Case, "")
    };
    let found = world.ask(&world.acme, &query).await.unwrap();
    assert_eq!(ids(&found), [solved.id], "though eighty others are as near");
    assert_eq!(found[0].record["resolution"], "A new fan helped.");
    let refused = world.ask(&blind, &query).await;
    assert!(
        matches!(refused, Err(RagError::Store(StoreError::Refused { .. }))),
        "whether a case is resolved is what a hidden status says: {refused:?}"
    );
}
