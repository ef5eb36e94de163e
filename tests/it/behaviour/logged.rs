//! What a merge and a conversion move is in the log, with what it was and what it is.

use crm_store::{audit::AuditFilter, behaviour::convert::Conversion};

use super::*;

/// The logged changes of a field of a record: old and new values, latest first.
async fn logged(world: &World, record: &Record, field: &str) -> Vec<(Json, Json)> {
    let mut tx = world.admin.begin().await.unwrap();
    let filter = AuditFilter {
        object: Some(record.object.name.to_owned()),
        object_id: Some(record.id),
        action: Some("update".to_owned()),
        ..AuditFilter::default()
    };
    let entries = tx.audit().search(&filter, None, 50).await.unwrap().items;
    let values = tx.audit().values(&entries).await.unwrap();
    entries
        .iter()
        .flat_map(|entry| values.iter().filter(move |value| value.audit_id == entry.id))
        .filter(|value| value.field == field)
        .map(|value| {
            (
                value.old.clone().unwrap_or_default(),
                value.new.clone().unwrap_or_default(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_merge_logs_every_reference_that_it_moves() {
    let world = World::new().await;
    let winner = world.create(&catalog::ACCOUNT, json!({"name": "Acme"})).await;
    let loser = world
        .create(&catalog::ACCOUNT, json!({"name": "Acme Inc."}))
        .await;
    let contact = world
        .create(
            &catalog::CONTACT,
            json!({"last_name": "A", "account_id": loser.id}),
        )
        .await;
    let role = json!({"account_id": loser.id, "contact_id": contact.id, "role": "influencer"});
    let moved = world.create(&catalog::ACCOUNT_CONTACT_ROLE, role.clone()).await;
    let other = world.create(&catalog::CONTACT, json!({"last_name": "B"})).await;
    let both =
        |account: &Record| json!({"account_id": account.id, "contact_id": other.id, "role": "influencer"});
    world.create(&catalog::ACCOUNT_CONTACT_ROLE, both(&winner)).await;
    let double = world.create(&catalog::ACCOUNT_CONTACT_ROLE, both(&loser)).await;
    let mut tx = world.admin.begin().await.unwrap();
    let chosen = Draft::new(&catalog::ACCOUNT);
    tx.merge_records(&catalog::ACCOUNT, winner.id, &[loser.id], chosen, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for record in [&contact, &moved] {
        assert_eq!(
            logged(&world, record, "account_id").await,
            [(json!(loser.id), json!(winner.id))],
            "{}",
            record.object.name
        );
    }
    let away = logged(&world, &double, "deleted_at").await;
    assert!(
        matches!(away.as_slice(), [(Json::Null, Json::String(_))]),
        "{away:?}"
    );
}

#[tokio::test]
async fn a_conversion_logs_every_reference_that_it_adds() {
    let world = World::new().await;
    let campaign = world.create(&catalog::CAMPAIGN, json!({"name": "Fair"})).await;
    let lead = world
        .create(&catalog::LEAD, json!({"last_name": "Reed", "company": "Looms"}))
        .await;
    let member = world
        .create(
            &catalog::CAMPAIGN_MEMBER,
            json!({"campaign_id": campaign.id, "lead_id": lead.id}),
        )
        .await;
    let call = world
        .create(
            &catalog::ACTIVITY,
            json!({"type": "call", "subject": "Intro", "occurred_at": FRIDAY, "lead_id": lead.id}),
        )
        .await;
    let mut tx = world.admin.begin().await.unwrap();
    let done = tx
        .convert_lead(lead.id, &Conversion::default(), None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let contact = json!(done.contact.id);
    assert_eq!(
        logged(&world, &member, "contact_id").await,
        [(Json::Null, contact.clone())]
    );
    assert_eq!(logged(&world, &call, "contact_id").await, [(Json::Null, contact)]);
    assert_eq!(
        logged(&world, &call, "account_id").await,
        [(Json::Null, json!(done.account.id))]
    );
}
