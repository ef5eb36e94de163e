//! The sums that are kept of records have the answers of the records, whatever was written and whoever asks.

mod fixed;
mod plans;
mod writes;

use crm_store::{
    Store, TenantStore,
    analytics::{Drift, Plan},
};
use rand::{SeedableRng as _, rngs::StdRng};

use self::{plans::Plans, writes::Writes};
use crate::analytics_support::{Deal, World, day};

/// Moves differences into the sums of every tenant, as the upkeep does.
pub(crate) async fn sum_up(store: &Store) {
    for grant in store.tenants_to_sum_up(None).await.unwrap() {
        store.open(&grant).sum_up().await.unwrap();
    }
}

/// What a job may do with the sums.
async fn job(world: &World) -> TenantStore {
    let grants = world.store.tenants_to_sum_up(None).await.unwrap();
    let own = grants
        .iter()
        .find(|grant| grant.tenant().uuid() == world.tenant())
        .expect("the tenant has differences");
    world.store.open(own)
}

async fn rows(world: &World, table: &'static str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .fetch_one(&world.owner)
        .await
        .unwrap()
}

/// Asks random questions of both, as everybody.
async fn agree(world: &World, writes: &Writes, plans: &mut Plans, questions: usize, when: &str) {
    let reporting = world.reporting().await;
    for _ in 0..questions {
        let plan = plans.plan(writes, &reporting);
        for (who, store) in [
            ("admin", &world.admin),
            ("manager", &world.manager),
            ("rep", &world.rep),
            ("the other rep", &world.other),
        ] {
            let kept = store.analyze(&plan).await;
            let read = store.clone().without_sums().analyze(&plan).await;
            match (kept, read) {
                (Ok(mut kept), Ok(mut read)) => {
                    // Whether everything was read is what differs.
                    kept.notes
                        .retain(|note| *note != crm_store::analytics::Note::Scanned);
                    read.notes
                        .retain(|note| *note != crm_store::analytics::Note::Scanned);
                    assert_eq!(kept, read, "{when}, {who}: {plan:#?}");
                }
                (Err(kept), Err(read)) => assert_eq!(kept.to_string(), read.to_string(), "{when}, {who}"),
                (kept, read) => panic!("{when}, {who}: {kept:?}\n{read:?}\n{plan:#?}"),
            }
        }
    }
}

#[tokio::test]
async fn whatever_is_written_sums_and_records_have_the_same_answers() {
    for seed in 0..2 {
        let world = World::new().await;
        let mut writes = Writes::new(&world, StdRng::seed_from_u64(seed)).await;
        let mut plans = Plans::new(StdRng::seed_from_u64(100 + seed));
        writes.insert(&world, 60).await;
        for round in 0..10 {
            let done = writes.some(&world).await;
            agree(
                &world,
                &writes,
                &mut plans,
                8,
                &format!("seed {seed}, round {round}, {done}"),
            )
            .await;
            if round % 3 == 1 {
                job(&world).await.sum_up().await.unwrap();
                assert_eq!(rows(&world, "opportunity_deltas").await, 0);
                assert_eq!(rows(&world, "opportunity_touched").await, 0);
                assert!(rows(&world, "opportunity_spells").await > 0);
                agree(
                    &world,
                    &writes,
                    &mut plans,
                    8,
                    &format!("seed {seed}, round {round}, folded"),
                )
                .await;
            }
        }
        let job = job(&world).await;
        assert_eq!(job.check_sums().await.unwrap(), []);
        job.sum_up().await.unwrap();
        assert_eq!(job.check_sums().await.unwrap(), []);
        assert!(
            plans.summed > 20,
            "only {} plans could be answered by sums",
            plans.summed
        );
    }
}

#[tokio::test]
async fn a_tenant_that_moves_gets_sums_of_its_new_months() {
    let world = World::new().await;
    let mut writes = Writes::new(&world, StdRng::seed_from_u64(5)).await;
    let mut plans = Plans::new(StdRng::seed_from_u64(6));
    writes.insert(&world, 80).await;
    job(&world).await.sum_up().await.unwrap();
    sqlx::query("UPDATE tenants SET timezone = 'Pacific/Auckland'")
        .execute(&world.owner)
        .await
        .unwrap();
    // The sums are of the old zone: records answer.
    agree(&world, &writes, &mut plans, 20, "moved").await;
    writes.insert(&world, 10).await;
    assert!(job(&world).await.sum_up().await.unwrap().rebuilt);
    agree(&world, &writes, &mut plans, 20, "made anew").await;
    writes.some(&world).await;
    agree(&world, &writes, &mut plans, 20, "written since").await;
    let mut zones = world.store.tenants_to_sum_up(None).await.unwrap();
    let job = world.store.open(&zones.remove(0));
    assert_eq!(job.check_sums().await.unwrap(), []);
}

#[tokio::test]
async fn a_sum_that_is_wrong_is_found_and_made_anew() {
    let world = World::new().await;
    let mut writes = Writes::new(&world, StdRng::seed_from_u64(8)).await;
    let mut plans = Plans::new(StdRng::seed_from_u64(9));
    writes.insert(&world, 40).await;
    let job = job(&world).await;
    assert!(job.sum_up().await.unwrap().folded >= 40);
    // Without the trigger writers leave no differences.
    for statement in [
        "ALTER TABLE opportunities DISABLE TRIGGER opportunities_changed",
        "UPDATE opportunities SET amount_minor = 77 WHERE id = (SELECT id FROM opportunities WHERE deleted_at IS NULL \
         AND amount_minor IS DISTINCT FROM 77 AND close_date IS NOT NULL LIMIT 1)",
        "ALTER TABLE opportunities ENABLE TRIGGER opportunities_changed",
    ] {
        sqlx::query(statement).execute(&world.owner).await.unwrap();
    }
    // Each way of keeping has one sum that is wrong now, on both sides of the comparison; of accounts all years and one.
    let drift = job.check_sums().await.unwrap();
    let wrong = |object, sums| Drift { object, sums };
    assert_eq!(
        drift,
        [wrong("opportunities", 8), wrong("opportunities by account", 4)]
    );
    assert!(job.rebuild_sums().await.unwrap());
    assert_eq!(job.check_sums().await.unwrap(), []);
    agree(&world, &writes, &mut plans, 20, "mended").await;
}

#[tokio::test]
async fn spells_are_made_with_whole_joins() {
    let world = World::new().await;
    let mut writes = Writes::new(&world, StdRng::seed_from_u64(16)).await;
    writes.insert(&world, 40).await;
    // Nothing else tells: how long it takes without depends on what Postgres has counted.
    for statement in [
        "CREATE FUNCTION only_whole_joins() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF current_setting('enable_nestloop') = 'on' THEN RAISE 'spells are joined row by row'; END IF; RETURN NULL; END $$",
        "CREATE TRIGGER whole BEFORE INSERT ON opportunity_spells FOR EACH STATEMENT EXECUTE FUNCTION only_whole_joins()",
    ] {
        sqlx::query(statement).execute(&world.owner).await.unwrap();
    }
    // All of them, then the touched ones, then all again.
    let job = job(&world).await;
    job.sum_up().await.unwrap();
    writes.insert(&world, 10).await;
    job.sum_up().await.unwrap();
    assert!(job.rebuild_sums().await.unwrap());
}

#[tokio::test]
async fn a_spell_that_is_wrong_is_found_and_made_anew() {
    let world = World::new().await;
    let mut writes = Writes::new(&world, StdRng::seed_from_u64(8)).await;
    writes.insert(&world, 40).await;
    let job = job(&world).await;
    job.sum_up().await.unwrap();
    assert_eq!(job.check_sums().await.unwrap(), []);
    for statement in [
        "UPDATE opportunity_spells SET to_at = from_at + interval '1 day' WHERE to_at IS NULL",
        "UPDATE opportunity_spell_sums SET records = records + 1 WHERE by_time = 'year'",
        "UPDATE opportunity_spells SET left_stages = '{Nowhere}', left_after = '{5}' WHERE to_at IS NULL",
        "INSERT INTO opportunity_stay_sums (tenant_id, key, by_owner, exact, stage, bucket, stays, total) \
         SELECT id, 'wrong', false, false, 'Nowhere', 5, 1, 5 FROM tenants",
    ] {
        sqlx::query(statement).execute(&world.owner).await.unwrap();
        let drift = job.check_sums().await.unwrap();
        assert_eq!(drift.len(), 1, "{drift:?}");
        assert_eq!(drift[0].object, "spells of opportunities");
        assert!(job.rebuild_sums().await.unwrap());
        assert_eq!(job.check_sums().await.unwrap(), []);
    }
}

/// Who asks what is kept, of which a thousand records more were made up, sees what nobody wrote; who asks the records does not.
async fn tell_what_nobody_wrote(world: &World, plans: Vec<Plan>) {
    for plan in plans {
        for (who, store) in [
            ("admin", &world.admin),
            ("manager", &world.manager),
            ("rep", &world.rep),
        ] {
            let kept = store.analyze(&plan).await.unwrap().records;
            let read = store.clone().without_sums().analyze(&plan).await.unwrap().records;
            assert!(kept >= read + 1000, "{who}: {kept} of {read}\n{plan:#?}");
        }
    }
}

#[tokio::test]
async fn questions_about_the_past_read_the_spells_where_they_may() {
    let world = World::new().await;
    let mut writes = Writes::new(&world, StdRng::seed_from_u64(13)).await;
    writes.insert(&world, 40).await;
    job(&world).await.sum_up().await.unwrap();
    sqlx::query("UPDATE opportunity_spell_sums SET records = records + 1000")
        .execute(&world.owner)
        .await
        .unwrap();
    let reporting = world.reporting().await;
    tell_what_nobody_wrote(&world, fixed::of_long_ago(&reporting)).await;
}

#[tokio::test]
async fn questions_about_stages_read_the_stays_where_they_may() {
    let world = World::new().await;
    let mut writes = Writes::new(&world, StdRng::seed_from_u64(14)).await;
    writes.insert(&world, 40).await;
    job(&world).await.sum_up().await.unwrap();
    // Stays that nobody made, of nobody's deals, in each way of keeping.
    sqlx::query(
        "INSERT INTO opportunity_stay_sums (tenant_id, key, by_owner, exact, stage, bucket, micros, stays, total) \
         SELECT t.id, convert_to(w.place, 'UTF8'), w.by_owner, w.micros IS NOT NULL, 'Nowhere', stay_bucket(600000000000), w.micros, \
         1001, 1001 * 600000000000 \
         FROM tenants t CROSS JOIN (VALUES ('a', true, 600000000000), ('b', true, NULL), ('c', false, NULL)) w (place, by_owner, micros)",
    )
    .execute(&world.owner)
    .await
    .unwrap();
    let told = serde_json::json!([["Nowhere", "6.944444", "6.944444", "1001"]]);
    let [all, owned, worded] = fixed::of_stays(&world.reporting().await);
    for (who, store, plan) in [
        ("admin", &world.admin, &all),
        ("admin", &world.admin, &owned),
        ("admin", &world.admin, &worded),
        ("manager", &world.manager, &all),
        ("manager", &world.manager, &owned),
        ("manager", &world.manager, &worded),
        ("rep", &world.rep, &all),
    ] {
        let kept = store.analyze(plan).await.unwrap();
        assert_eq!(
            serde_json::to_value(&kept.rows).unwrap(),
            told,
            "{who}: {plan:#?}"
        );
        let read = store.clone().without_sums().analyze(plan).await.unwrap();
        assert!(read.rows.is_empty(), "{who}: {:?}", read.rows);
    }
}

#[tokio::test]
async fn questions_read_the_sums_where_they_may() {
    let world = World::new().await;
    let mut writes = Writes::new(&world, StdRng::seed_from_u64(12)).await;
    writes.insert(&world, 40).await;
    job(&world).await.sum_up().await.unwrap();
    sqlx::query("UPDATE opportunity_sums SET records = records + 1000")
        .execute(&world.owner)
        .await
        .unwrap();
    let reporting = world.reporting().await;
    tell_what_nobody_wrote(&world, fixed::all_time(&reporting)).await;
}

#[tokio::test]
async fn questions_by_account_read_their_sums_where_they_may() {
    let world = World::new().await;
    let mut writes = Writes::new(&world, StdRng::seed_from_u64(15)).await;
    writes.insert(&world, 40).await;
    let job = job(&world).await;
    job.sum_up().await.unwrap();
    let plans = fixed::of_accounts(&world.reporting().await);
    let counted = async |store: &TenantStore, plan: &Plan| store.analyze(plan).await.unwrap().records;
    let mut before = Vec::new();
    for plan in &plans {
        before.push(counted(&world.admin, plan).await);
    }
    sqlx::query(
        "UPDATE opportunity_account_sums SET open_records = open_records + 1000, won_records = won_records + 1000, \
         lost_records = lost_records + 1000",
    )
    .execute(&world.owner)
    .await
    .unwrap();
    // A deal that the upkeep has not seen yet counts beside them.
    let deal = Deal {
        close: Some(day(2024, 3, 3)),
        ..Deal::new("Closed Won", 500)
    };
    world.deals(&[deal]).await;
    for (plan, before) in plans.iter().zip(before) {
        let kept = counted(&world.admin, plan).await;
        assert!(kept >= before + 1000, "{kept} of {before}\n{plan:#?}");
        assert_eq!(kept % 1000, before + 1, "{plan:#?}");
        for who in [&world.rep, &world.other] {
            let read = counted(&who.clone().without_sums(), plan).await;
            assert_eq!(counted(who, plan).await, read, "{plan:#?}");
        }
    }
    // Another release moved differences and knows nothing of these sums: until they are made anew, records answer.
    sqlx::query("UPDATE sum_states SET folded_at = folded_at + interval '1 second'")
        .execute(&world.owner)
        .await
        .unwrap();
    for plan in &plans {
        let read = counted(&world.admin.clone().without_sums(), plan).await;
        assert_eq!(counted(&world.admin, plan).await, read, "{plan:#?}");
    }
    job.sum_up().await.unwrap();
    assert_eq!(job.check_sums().await.unwrap(), []);
}
