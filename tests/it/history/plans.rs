//! What is read of histories is found by an index, under the policies that its readers are under.

use crm_store::{catalog, history::Which};
use crm_tests::harness::until;
use serde_json::json;
use sqlx::PgPool;

use super::{World, create, update};

/// The indexes of links by what they named before, and by what they name since.
const BY_LINK: [&str; 2] = ["field_changes_left_idx", "field_changes_joined_idx"];

/// How often the indexes of links were asked, and how many entries they gave.
async fn asked(owner: &PgPool) -> [(i64, i64); 2] {
    let sql = "SELECT idx_scan, idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = $1";
    let mut all = [(0, 0); 2];
    for (index, asked) in BY_LINK.iter().zip(&mut all) {
        *asked = sqlx::query_as(sql).bind(index).fetch_one(owner).await.unwrap();
    }
    all
}

/// Row-level security keeps every condition back from an index that might tell of hidden rows, and then each page of histories
/// reads all links that ever turned. Nothing but the plan tells while a tenant is small.
#[tokio::test]
async fn turned_links_are_found_by_what_they_named() {
    let world = World::new(crm_store::Clock::now(&crm_store::SystemClock)).await;
    let admin = &world.admin;
    let mut accounts = Vec::new();
    for name in ["Loom", "Mill"] {
        accounts.push(create(admin, &catalog::ACCOUNT, json!({"name": name})).await);
    }
    let deal = json!({"name": "Looms", "stage": "Qualification", "account_id": accounts[0]});
    let deal = create(admin, &catalog::OPPORTUNITY, deal).await;
    let lead = create(admin, &catalog::LEAD, json!({"last_name": "Weaver"})).await;
    let call =
        json!({"type": "call", "subject": "Looms", "account_id": accounts[0], "occurred_at": world.now()});
    let call = create(admin, &catalog::ACTIVITY, call).await;
    update(
        admin,
        &catalog::ACTIVITY,
        call,
        json!({"account_id": accounts[1], "opportunity_id": deal, "lead_id": lead}),
    )
    .await;
    // As many links of others as would be noticed.
    for field in ["account_id", "opportunity_id", "lead_id"] {
        sqlx::query(
            "INSERT INTO field_changes (tenant_id, id, object, record_id, field, old, new, effective_at, recorded_at) \
             SELECT $1, gen_random_uuid(), 'activity', gen_random_uuid(), $2, to_jsonb(gen_random_uuid()), \
                 to_jsonb(gen_random_uuid()), now(), now() FROM generate_series(1, 4000)",
        )
        .bind(world.tenant())
        .bind(field)
        .execute(&world.owner)
        .await
        .unwrap();
    }
    sqlx::query("ANALYZE field_changes")
        .execute(&world.owner)
        .await
        .unwrap();
    let before = asked(&world.owner).await;

    let job = world.job().await;
    for reader in [&job, admin] {
        let mut tx = reader.begin().await.unwrap();
        let deals = tx.deal_histories(Which::Ids(&[deal]), None, 10).await.unwrap();
        let leads = tx.lead_histories(Which::Ids(&[lead]), None, 10).await.unwrap();
        let of = tx
            .account_histories(Which::Ids(&accounts), None, 10)
            .await
            .unwrap();
        assert_eq!((deals.len(), leads.len(), of.len()), (1, 1, 2));
    }
    // A connection says what it read at the latest when it ends.
    world.store.close().await;
    let after = until("both indexes were asked", async || {
        let after = asked(&world.owner).await;
        let both = before
            .iter()
            .zip(&after)
            .all(|(before, after)| after.0 > before.0);
        both.then_some(after)
    })
    .await;
    for (at, index) in BY_LINK.iter().enumerate() {
        let read = after[at].1 - before[at].1;
        assert!(
            read < 100,
            "{index} gave {read} entries: the ids are no condition of it"
        );
    }
}
