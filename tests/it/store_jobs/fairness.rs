//! Who gets a job when there are many jobs, tenants or workers.

use std::collections::HashMap;

use crm_store::jobs::Keys;

use super::{KIND, LEASE, World, enqueue, keys};

#[tokio::test]
async fn tenants_take_turns_whatever_the_number_of_their_jobs() {
    let world = World::new().await;
    let big = world.tenant("big").await;
    let mut tx = big.begin().await.unwrap();
    let many: Vec<String> = (0..500).map(|n| format!("b{n}")).collect();
    tx.jobs().enqueue_all(KIND, &many).await.unwrap();
    tx.commit().await.unwrap();
    let mut small = Vec::new();
    for n in 0..5 {
        let tenant = world.tenant(&format!("small-{n}")).await;
        world.later(1);
        enqueue(&tenant, &["x", "y"]).await;
        small.push(tenant.grant().tenant());
    }

    // All six are served from the first claim on: ten places, two for each.
    let claims = world.claim("w1", 12).await;
    let mut share = HashMap::new();
    for claim in &claims {
        *share.entry(claim.grant.tenant()).or_insert(0) += 1;
    }
    assert_eq!(claims.len(), 12);
    assert!(share.values().all(|jobs| *jobs == 2), "{share:?}");

    // Alone, the big one gets every place.
    assert_eq!(world.claim("w1", 10).await.len(), 10);
}

#[tokio::test]
async fn who_takes_jobs_about_one_record_never_gets_one_about_all_of_them() {
    let world = World::new().await;
    let mut tenants = Vec::new();
    for n in 0..3 {
        let tenant = world.tenant(&format!("t{n}")).await;
        enqueue(&tenant, &["win:all"]).await;
        world.later(1);
        tenants.push(tenant);
    }
    enqueue(&tenants[2], &["win:7", "all", "win:all-of-it"]).await;
    let claim = async |of: Keys, limit| {
        let mut tx = world.store.system().await.unwrap();
        let claims = tx
            .jobs()
            .claim_keys("w1", &[KIND], of, limit, LEASE)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        claims
    };
    // Two nights that came first take two places, and none of those for single records.
    assert_eq!(keys(&claim(Keys::All, 2).await), ["win:all", "win:all"]);
    let mut one = claim(Keys::One, 10).await;
    one.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(keys(&one), ["all", "win:7", "win:all-of-it"]);
    assert!(
        one.iter()
            .all(|claim| claim.grant.tenant() == tenants[2].grant().tenant())
    );
    // So it is with those whose worker was lost.
    world.later(61);
    assert_eq!(keys(&claim(Keys::One, 10).await).len(), 3);
    assert_eq!(keys(&claim(Keys::All, 10).await), ["win:all"; 3]);
    assert_eq!(claim(Keys::Any, 10).await, []);
}

#[tokio::test]
async fn with_fewer_places_than_tenants_the_turn_goes_round() {
    let world = World::new().await;
    let mut tenants = Vec::new();
    for n in 0..7 {
        let tenant = world.tenant(&format!("t{n}")).await;
        enqueue(&tenant, &["a", "b", "c"]).await;
        tenants.push(tenant.grant().tenant());
    }
    let mut served = Vec::new();
    for _ in 0..7 {
        served.extend(
            world
                .claim("w1", 2)
                .await
                .into_iter()
                .map(|claim| claim.grant.tenant()),
        );
    }
    for tenant in tenants {
        assert_eq!(
            served.iter().filter(|served| **served == tenant).count(),
            2,
            "14 places, 7 tenants"
        );
    }
}

#[tokio::test]
async fn many_workers_do_each_job_once() {
    let world = World::new().await;
    for n in 0..4 {
        let tenant = world.tenant(&format!("t{n}")).await;
        let mut tx = tenant.begin().await.unwrap();
        let many: Vec<String> = (0..50).map(|n| format!("k{n}")).collect();
        tx.jobs().enqueue_all(KIND, &many).await.unwrap();
        tx.commit().await.unwrap();
    }
    let workers = (0..4).map(|n| {
        let store = world.store.clone();
        async move {
            let mut mine = Vec::new();
            loop {
                let mut tx = store.system().await.unwrap();
                let claims = tx
                    .jobs()
                    .claim(&format!("w{n}"), &[KIND], 7, LEASE)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                if claims.is_empty() {
                    return mine;
                }
                for claim in claims {
                    let mut tx = store.system().await.unwrap();
                    assert!(tx.jobs().complete(&claim).await.unwrap());
                    tx.commit().await.unwrap();
                    mine.push((claim.grant.tenant(), claim.key));
                }
            }
        }
    });
    let mut all: Vec<_> = futures::future::join_all(workers)
        .await
        .into_iter()
        .flatten()
        .collect();
    // A worker that found all waiting jobs in another one's hands left early; the rest is still there.
    all.extend(
        world
            .claim("rest", 200)
            .await
            .into_iter()
            .map(|claim| (claim.grant.tenant(), claim.key)),
    );
    let done = all.len();
    all.sort();
    all.dedup();
    assert_eq!((done, all.len()), (200, 200));
}
