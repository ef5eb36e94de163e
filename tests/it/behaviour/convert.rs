//! Lead conversion.

use crm_store::behaviour::convert::{CONVERTED, Conversion, Converted};

use crm_store::records::Money;

use super::*;

async fn convert(store: &TenantStore, lead: &Record, how: &Conversion) -> Result<Converted, StoreError> {
    let mut tx = store.begin().await?;
    let done = tx.convert_lead(lead.id, how, None).await?;
    tx.commit().await?;
    Ok(done)
}

fn deal(fields: &Json) -> Draft {
    let mut draft = Draft::new(&catalog::OPPORTUNITY);
    for (field, value) in fields.as_object().unwrap() {
        match value.as_str() {
            Some(text) => draft.set(field, text),
            None => draft.set(
                field,
                Money::new(value["amount"].as_str().unwrap().parse().unwrap(), "EUR"),
            ),
        };
    }
    draft
}

async fn lead(world: &World) -> Record {
    let campaign = world.create(&catalog::CAMPAIGN, json!({"name": "Fair"})).await;
    world
        .create(
            &catalog::LEAD,
            json!({"first_name": "Ada", "last_name": "Lovelace", "company": "Engines Ltd", "email": "Ada@Engines.example",
                   "phone": "+44 20 7946 0000", "title": "CTO", "lead_source": "Web", "campaign_id": campaign.id,
                   "city": "London", "annual_revenue": {"amount": "5000000", "currency": "EUR"}, "owner_id": world.me()}),
        )
        .await
}

#[tokio::test]
async fn a_lead_becomes_an_account_a_contact_and_a_deal_that_are_linked_to_it() {
    let world = World::new().await;
    let lead = lead(&world).await;
    let call = world
        .create(
            &catalog::ACTIVITY,
            json!({"type": "call", "subject": "Intro", "occurred_at": FRIDAY, "lead_id": lead.id}),
        )
        .await;
    let how = Conversion {
        opportunity: Some(deal(&json!({"amount": {"amount": "1200", "currency": "EUR"}}))),
        ..Conversion::default()
    };
    let done = convert(&world.admin, &lead, &how).await.unwrap();

    assert!(done.account_created && done.contact_created);
    assert_eq!(done.account.text("name"), Some("Engines Ltd"));
    assert_eq!(done.account.text("domain"), Some("engines.example"));
    assert_eq!(done.account.text("billing_city"), Some("London"));
    assert_eq!(money(&done.account, "annual_revenue"), json!("5000000.00"));
    assert_eq!(done.contact.text("name"), Some("Ada Lovelace"));
    assert_eq!(done.contact.text("email"), Some("ada@engines.example"));
    assert_eq!(done.contact.reference("account_id"), Some(done.account.id));
    let deal = done.opportunity.unwrap();
    assert_eq!(deal.reference("account_id"), Some(done.account.id));
    assert_eq!(deal.reference("contact_id"), Some(done.contact.id));
    assert_eq!(
        deal.reference("campaign_id"),
        lead.reference("campaign_id"),
        "the source carries over"
    );
    assert_eq!(deal.text("lead_source"), Some("Web"));
    assert_eq!(deal.reference("owner_id"), Some(world.me()));
    assert_eq!(done.lead.text("status"), Some("converted"));
    assert_eq!(done.lead.get("converted_at").as_time(), Some(at(FRIDAY)));
    assert_eq!(done.lead.reference("converted_account_id"), Some(done.account.id));
    assert_eq!(done.lead.reference("converted_contact_id"), Some(done.contact.id));
    assert_eq!(done.lead.reference("converted_opportunity_id"), Some(deal.id));

    let call = world.get(&call).await;
    assert_eq!(call.reference("lead_id"), Some(lead.id));
    assert_eq!(call.reference("contact_id"), Some(done.contact.id));
    assert_eq!(call.reference("account_id"), Some(done.account.id));
    assert_eq!(call.reference("opportunity_id"), Some(deal.id));
    let member = "SELECT count(*) FROM campaign_members WHERE contact_id = $1";
    assert_eq!(world.count(member, done.contact.id).await, 1);
    let role = "SELECT count(*) FROM opportunity_contact_roles WHERE contact_id = $1 AND is_primary";
    assert_eq!(world.count(role, done.contact.id).await, 1);
}

#[tokio::test]
async fn a_second_conversion_is_a_conflict_also_at_the_same_time() {
    let world = World::new().await;
    let lead = lead(&world).await;
    let how = Conversion::default();
    let (one, other) = tokio::join!(
        convert(&world.admin, &lead, &how),
        convert(&world.admin, &lead, &how)
    );
    let failed: Vec<StoreError> = [one, other].into_iter().filter_map(Result::err).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(
        matches!(&failed[0], StoreError::Conflict { constraint, .. } if constraint == CONVERTED),
        "{failed:?}"
    );
    let accounts: i64 = sqlx::query_scalar("SELECT count(*) FROM accounts")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!(accounts, 1);
}

#[tokio::test]
async fn what_is_there_already_is_found() {
    let world = World::new().await;
    let account = world.create(&catalog::ACCOUNT, json!({"name": "ENGINES"})).await;
    let lead = lead(&world).await;
    let done = convert(&world.admin, &lead, &Conversion::default())
        .await
        .unwrap();
    assert_eq!(
        (done.account.id, done.account_created),
        (account.id, false),
        "by its name without the form"
    );

    // The contact that this made is found by its address, and what it lacks is filled in.
    let again = world
        .create(&catalog::LEAD, json!({"last_name": "Lovelace", "email": "ada@engines.example", "mobile_phone": "+44 7911 123456"}))
        .await;
    let done_again = convert(&world.admin, &again, &Conversion::default())
        .await
        .unwrap();
    assert_eq!(
        (done_again.contact.id, done_again.contact_created),
        (done.contact.id, false)
    );
    assert_eq!(done_again.account.id, account.id, "the contact's account");
    assert_eq!(done_again.contact.text("mobile_phone"), Some("+447911123456"));
    assert_eq!(done_again.contact.text("title"), Some("CTO"), "what it had stays");

    let by_domain = world
        .create(
            &catalog::ACCOUNT,
            json!({"name": "Looms", "website": "https://www.looms.example/"}),
        )
        .await;
    let weaver = world
        .create(
            &catalog::LEAD,
            json!({"last_name": "Jacquard", "email": "j@looms.example", "company": "Les Métiers"}),
        )
        .await;
    let done = convert(&world.admin, &weaver, &Conversion::default())
        .await
        .unwrap();
    assert_eq!(done.account.id, by_domain.id, "by the domain of the address");
}

#[tokio::test]
async fn nothing_of_a_conversion_stays_when_a_part_of_it_fails() {
    let world = World::new().await;
    let lead = lead(&world).await;
    let how = Conversion {
        opportunity: Some(deal(&json!({"stage": "Dreaming"}))),
        ..Conversion::default()
    };
    let error = convert(&world.admin, &lead, &how).await.unwrap_err();
    assert!(words(&error).contains("/opportunity/stage"), "{}", words(&error));
    let left: i64 =
        sqlx::query_scalar("SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM contacts)")
            .fetch_one(&world.owner)
            .await
            .unwrap();
    assert_eq!(left, 0);
    assert_eq!(world.get(&lead).await.text("status"), Some("new"));
}

#[tokio::test]
async fn nobody_converts_by_setting_the_status_or_makes_what_their_role_may_not() {
    let world = World::new().await;
    let lead = lead(&world).await;
    assert!(
        world
            .refused(&lead, json!({"status": "converted"}))
            .await
            .contains("/status")
    );
    let (id, seller) = world
        .member(
            "sue",
            json!({"objects": {"lead": ["read", "update", "view_all", "modify_all"]}}),
        )
        .await;
    world.update(&lead, json!({"owner_id": id})).await;
    let error = convert(&seller, &lead, &Conversion::default()).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
}
