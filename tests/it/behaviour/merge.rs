//! Duplicates and merging.

use crm_store::behaviour::duplicates::Criterion;

use super::*;

async fn duplicates(world: &World, record: &Record) -> Vec<(Uuid, Vec<Vec<Criterion>>)> {
    let mut tx = world.admin.begin().await.unwrap();
    let found = tx.duplicates(record.object, record.id).await.unwrap();
    found
        .into_iter()
        .map(|found| (found.record.id, found.because))
        .collect()
}

async fn merge(
    world: &World,
    winner: &Record,
    losers: &[&Record],
    chosen: Json,
) -> Result<Record, StoreError> {
    let mut tx = world.admin.begin().await?;
    let access = tx.access().await?;
    let chosen = Draft::from_json(winner.object, chosen.as_object().unwrap(), &access)?;
    let losers: Vec<Uuid> = losers.iter().map(|loser| loser.id).collect();
    let merged = tx
        .merge_records(winner.object, winner.id, &losers, chosen, None)
        .await?;
    tx.commit().await?;
    Ok(merged)
}

#[tokio::test]
async fn duplicates_are_found_by_address_number_name_and_domain() {
    let world = World::new().await;
    let ada = world
        .create(&catalog::LEAD, json!({"first_name": "Ada", "last_name": "Lovelace", "company": "Engines Ltd", "email": "ada@x.example", "phone": "+44 20 7946 0000"}))
        .await;
    let by_mail = world
        .create(
            &catalog::LEAD,
            json!({"last_name": "L.", "email": "ADA@x.example"}),
        )
        .await;
    let by_phone = world
        .create(
            &catalog::LEAD,
            json!({"last_name": "A", "mobile_phone": "+442079460000"}),
        )
        .await;
    let by_name = world
        .create(
            &catalog::LEAD,
            json!({"first_name": "ada", "last_name": "LOVELACE", "company": "engines"}),
        )
        .await;
    world
        .create(
            &catalog::LEAD,
            json!({"first_name": "Ada", "last_name": "Lovelace", "company": "Elsewhere"}),
        )
        .await;
    let mut found: Vec<Uuid> = duplicates(&world, &ada)
        .await
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    found.sort_unstable();
    assert_eq!(found, [by_mail.id, by_phone.id, by_name.id]);

    let acme = world
        .create(
            &catalog::ACCOUNT,
            json!({"name": "Acme, Inc.", "website": "www.acme.example"}),
        )
        .await;
    let form = world.create(&catalog::ACCOUNT, json!({"name": "ACME"})).await;
    let site = world
        .create(
            &catalog::ACCOUNT,
            json!({"name": "Roadrunner", "domain": "acme.example"}),
        )
        .await;
    let found = duplicates(&world, &acme).await;
    assert_eq!(
        found,
        [
            (form.id, vec![vec![Criterion::Name]]),
            (site.id, vec![vec![Criterion::Domain]])
        ]
    );
}

#[tokio::test]
async fn the_tenants_rules_replace_the_standard_ones_and_may_refuse() {
    let world = World::new().await;
    world
        .create(
            &catalog::DUPLICATE_RULE,
            json!({"name": "mail", "object": "lead", "criteria": ["email"], "action": "block"}),
        )
        .await;
    let first = world
        .create(
            &catalog::LEAD,
            json!({"last_name": "A", "email": "a@x.example", "phone": "+4930901820"}),
        )
        .await;
    let error = try_create(
        &world.admin,
        &catalog::LEAD,
        json!({"last_name": "B", "email": "A@x.example"}),
    )
    .await
    .unwrap_err();
    assert!(
        matches!(&error, StoreError::Conflict { what, .. } if what.contains(&first.id.to_string())),
        "{error:?}"
    );
    world
        .create(&catalog::LEAD, json!({"last_name": "C", "phone": "+4930901820"}))
        .await;
    assert_eq!(duplicates(&world, &first).await, [], "the number counts no more");
}

#[tokio::test]
async fn merging_moves_everything_and_keeps_the_history() {
    let world = World::new().await;
    let winner = world
        .create(&catalog::ACCOUNT, json!({"name": "Acme", "industry": "Looms"}))
        .await;
    let loser = world
        .create(
            &catalog::ACCOUNT,
            json!({"name": "Acme Inc", "industry": "Other", "phone": "+4930901820", "external_id": "sf-2"}),
        )
        .await;
    let child = world
        .create(
            &catalog::ACCOUNT,
            json!({"name": "Acme East", "parent_id": loser.id}),
        )
        .await;
    let contact = world
        .create(
            &catalog::CONTACT,
            json!({"last_name": "A", "account_id": loser.id}),
        )
        .await;
    let deal = world
        .create(
            &catalog::OPPORTUNITY,
            json!({"name": "D", "account_id": loser.id}),
        )
        .await;
    let role = world
        .create(
            &catalog::ACCOUNT_CONTACT_ROLE,
            json!({"account_id": loser.id, "contact_id": contact.id, "role": "champion"}),
        )
        .await;
    world
        .create(
            &catalog::ACCOUNT_CONTACT_ROLE,
            json!({"account_id": winner.id, "contact_id": contact.id, "role": "champion"}),
        )
        .await;
    world.update(&loser, json!({"type": "partner"})).await;

    let merged = merge(&world, &winner, &[&loser], json!({"name": "Acme Corporation"}))
        .await
        .unwrap();

    assert_eq!(merged.id, winner.id);
    assert_eq!(merged.text("name"), Some("Acme Corporation"), "chosen");
    assert_eq!(merged.text("industry"), Some("Looms"), "kept");
    assert_eq!(merged.text("phone"), Some("+4930901820"), "filled in");
    assert_eq!(world.get(&contact).await.reference("account_id"), Some(winner.id));
    assert_eq!(world.get(&deal).await.reference("account_id"), Some(winner.id));
    assert_eq!(world.get(&child).await.reference("parent_id"), Some(winner.id));
    assert!(
        !world.get(&role).await.get("deleted_at").is_null(),
        "the same role is there once"
    );
    let gone = world.get(&loser).await;
    assert!(!gone.get("deleted_at").is_null());
    assert_eq!(gone.reference("merged_into_id"), Some(winner.id));
    let history = "SELECT count(*) FROM field_changes WHERE record_id = $1 AND field = 'type'";
    assert!(world.count(history, loser.id).await > 0);

    let mut tx = world.admin.begin().await.unwrap();
    let timeline = tx.timeline(&catalog::ACCOUNT, winner.id, None, 50).await.unwrap();
    let told = timeline
        .items
        .iter()
        .any(|entry| entry.data["field"] == "type" && entry.data["record_id"] == json!(loser.id));
    assert!(told, "the winner tells what happened to the loser");
}

#[tokio::test]
async fn a_winner_below_its_loser_takes_its_place() {
    let world = World::new().await;
    let root = world.create(&catalog::ACCOUNT, json!({"name": "Root"})).await;
    let loser = world
        .create(&catalog::ACCOUNT, json!({"name": "Middle", "parent_id": root.id}))
        .await;
    let between = world
        .create(
            &catalog::ACCOUNT,
            json!({"name": "Between", "parent_id": loser.id}),
        )
        .await;
    let winner = world
        .create(
            &catalog::ACCOUNT,
            json!({"name": "Leaf", "parent_id": between.id}),
        )
        .await;
    let merged = merge(&world, &winner, &[&loser], json!({})).await.unwrap();
    assert_eq!(merged.reference("parent_id"), Some(root.id));
    assert_eq!(
        world.get(&between).await.reference("parent_id"),
        Some(winner.id),
        "no circle"
    );
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused() {
    let world = World::new().await;
    let one = world.create(&catalog::CONTACT, json!({"last_name": "A"})).await;
    for losers in [vec![], vec![&one]] {
        let error = merge(&world, &one, &losers, json!({})).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{error:?}");
    }
    let other = world.create(&catalog::CONTACT, json!({"last_name": "B"})).await;
    merge(&world, &one, &[&other], json!({})).await.unwrap();
    let again = merge(&world, &one, &[&other], json!({})).await.unwrap_err();
    assert!(matches!(again, StoreError::Invalid { .. }), "{again:?}");
}

#[tokio::test]
async fn a_job_finishes_what_the_merger_could_not_see() {
    let world = World::new().await;
    let (sue, _) = world.member("sue", json!({"all": true})).await;
    let (tom, merger) = world
        .member(
            "tom",
            json!({"objects": {"contact": ["create", "read", "update", "delete"], "case": ["read"]}}),
        )
        .await;
    let winner = world
        .create(&catalog::CONTACT, json!({"last_name": "A", "owner_id": tom}))
        .await;
    let loser = world
        .create(&catalog::CONTACT, json!({"last_name": "B", "owner_id": tom}))
        .await;
    let case = world
        .create(
            &catalog::CASE,
            json!({"subject": "x", "contact_id": loser.id, "owner_id": sue}),
        )
        .await;
    let mut tx = merger.begin().await.unwrap();
    tx.merge_records(
        &catalog::CONTACT,
        winner.id,
        &[loser.id],
        Draft::new(&catalog::CONTACT),
        None,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.get(&case).await.reference("contact_id"), Some(loser.id));

    let key: String = sqlx::query_scalar("SELECT key FROM jobs WHERE kind = 'relink_records'")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    let mut tx = world.job().await.begin().await.unwrap();
    tx.relink(&key).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.get(&case).await.reference("contact_id"), Some(winner.id));
}

#[tokio::test]
async fn accounts_stay_a_tree() {
    let world = World::new().await;
    let top = world.create(&catalog::ACCOUNT, json!({"name": "Top"})).await;
    let middle = world
        .create(&catalog::ACCOUNT, json!({"name": "Middle", "parent_id": top.id}))
        .await;
    let leaf = world
        .create(&catalog::ACCOUNT, json!({"name": "Leaf", "parent_id": middle.id}))
        .await;
    let refused = world.refused(&top, json!({"parent_id": leaf.id})).await;
    assert!(
        refused.contains("/parent_id") && refused.contains("circle"),
        "{refused}"
    );
    world.update(&leaf, json!({"parent_id": top.id})).await;
}
