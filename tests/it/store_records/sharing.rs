//! Sharing rules open what matches, close what no longer does, and open nothing else.

use crm_store::access::sharing::{NewSharingRule, SHARE_JOB, ShareAccess, SharingRule};

use super::*;

struct Shared {
    world: World,
    owner: Uuid,
    role: Uuid,
    reader: TenantStore,
}

async fn shared() -> Shared {
    let world = World::new().await;
    let rights = json!({"objects": {"lead": ["create", "read", "update"]}});
    let (owner, _) = world
        .member("owner", world.role("owners", rights.clone(), None).await)
        .await;
    let role = world.role("readers", rights, None).await;
    let (_, reader) = world.member("reader", role).await;
    Shared {
        world,
        owner,
        role,
        reader,
    }
}

impl Shared {
    fn rule(&self, access: ShareAccess) -> NewSharingRule {
        NewSharingRule {
            name: "hot leads".to_owned(),
            object: "lead".to_owned(),
            criteria: vec![Condition::new("rating", Op::In, json!(["hot", "warm"]))],
            role_id: self.role,
            access,
        }
    }

    async fn lead(&self, rating: &str) -> Record {
        create(
            &self.world.admin,
            &catalog::LEAD,
            json!({"last_name": "L", "company": "C", "rating": rating, "owner_id": self.owner}),
        )
        .await
    }

    /// Makes a rule and does its job, as the worker would.
    async fn make(&self, rule: &NewSharingRule) -> SharingRule {
        let mut tx = self.world.admin.begin().await.unwrap();
        let made = tx.sharing_rules().create(rule).await.unwrap();
        assert_eq!(tx.jobs().backlog(SHARE_JOB).await.unwrap().ready, 1);
        tx.sharing_rules().refresh(made.id).await.unwrap();
        tx.commit().await.unwrap();
        made
    }
}

#[tokio::test]
async fn a_rule_opens_what_matches_and_follows_every_change() {
    let shared = shared().await;
    let hot = shared.lead("hot").await;
    let cold = shared.lead("cold").await;
    assert_eq!(get(&shared.reader, &hot).await, None);
    let rule = shared.make(&shared.rule(ShareAccess::Read)).await;

    assert!(get(&shared.reader, &hot).await.is_some());
    assert_eq!(get(&shared.reader, &cold).await, None);
    let listed = list(
        &shared.reader,
        &catalog::LEAD,
        &where_("rating", Op::IsNull, false),
    )
    .await;
    assert_eq!(
        listed.iter().map(|record| record.id).collect::<Vec<_>>(),
        [hot.id]
    );
    let error = try_update(&shared.reader, &hot, json!({"company": "X"}), None)
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::Refused { .. }),
        "reading only: {error:?}"
    );

    let warm = update(&shared.world.admin, &cold, json!({"rating": "warm"})).await;
    assert!(
        get(&shared.reader, &warm).await.is_some(),
        "what matches now is open now"
    );
    update(&shared.world.admin, &hot, json!({"rating": "cold"})).await;
    assert_eq!(
        get(&shared.reader, &hot).await,
        None,
        "what matches no more is closed"
    );
    let new = shared.lead("hot").await;
    assert!(get(&shared.reader, &new).await.is_some());

    let mut tx = shared.world.admin.begin().await.unwrap();
    tx.sharing_rules().delete(rule.id, Some(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(get(&shared.reader, &new).await, None);
}

#[tokio::test]
async fn a_rule_that_opens_writing_lets_its_role_write_even_out_of_the_rule() {
    let shared = shared().await;
    let hot = shared.lead("hot").await;
    shared.make(&shared.rule(ShareAccess::Write)).await;
    let changed = update(&shared.reader, &hot, json!({"company": "X"})).await;
    assert_eq!(changed.text("company"), Some("X"));
    update(&shared.reader, &hot, json!({"rating": "cold"})).await;
    assert_eq!(
        get(&shared.reader, &hot).await,
        None,
        "the writer's own change closed it"
    );
}

#[tokio::test]
async fn a_changed_rule_closes_at_once_and_opens_with_its_job() {
    let shared = shared().await;
    let hot = shared.lead("hot").await;
    let cold = shared.lead("cold").await;
    let rule = shared.make(&shared.rule(ShareAccess::Read)).await;
    let mut tx = shared.world.admin.begin().await.unwrap();
    let other = NewSharingRule {
        criteria: vec![Condition::new("rating", Op::Eq, "cold")],
        ..shared.rule(ShareAccess::Read)
    };
    let stale = tx
        .sharing_rules()
        .replace(rule.id, &other, Some(9))
        .await
        .unwrap_err();
    assert!(matches!(stale, StoreError::Stale { current: 1 }));
    tx.sharing_rules()
        .replace(rule.id, &other, Some(1))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(get(&shared.reader, &hot).await, None);
    let mut tx = shared.world.admin.begin().await.unwrap();
    tx.sharing_rules().refresh(rule.id).await.unwrap();
    tx.commit().await.unwrap();
    assert!(get(&shared.reader, &cold).await.is_some());
}

#[tokio::test]
async fn bulk_writes_share_too_and_rules_that_make_no_sense_are_refused() {
    let shared = shared().await;
    shared.make(&shared.rule(ShareAccess::Read)).await;
    let mut tx = shared.world.admin.begin().await.unwrap();
    let rows = (0..10)
        .map(|n| {
            Row::from(
                Draft::new(&catalog::LEAD)
                    .with("last_name", "L")
                    .with("company", "C")
                    .with("owner_id", shared.owner)
                    .with("rating", if n % 2 == 0 { "hot" } else { "cold" }),
            )
        })
        .collect();
    tx.records(&catalog::LEAD).upsert(rows).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        list(&shared.reader, &catalog::LEAD, &ListQuery::default())
            .await
            .len(),
        5
    );

    let mut tx = shared.world.admin.begin().await.unwrap();
    let good = || shared.rule(ShareAccess::Read);
    for (bad, field) in [
        (
            NewSharingRule {
                object: "product".to_owned(),
                ..good()
            },
            "object",
        ),
        (
            NewSharingRule {
                criteria: vec![Condition::new("description", Op::Eq, "x")],
                ..good()
            },
            "filter[description][eq]",
        ),
        (
            NewSharingRule {
                criteria: vec![Condition::new("rating", Op::Eq, "tepid")],
                ..good()
            },
            "filter[rating][eq]",
        ),
    ] {
        assert_eq!(
            pointers(&tx.sharing_rules().create(&bad).await.unwrap_err()),
            [field]
        );
    }
    let mut tx = shared.reader.begin().await.unwrap();
    assert!(matches!(
        tx.sharing_rules().create(&good()).await,
        Err(StoreError::Refused { .. })
    ));
}

#[tokio::test]
async fn lists_show_what_is_shared_however_many_rules_there_are() {
    let shared = shared().await;
    for n in 0..6 {
        shared.lead(["hot", "warm", "cold"][n % 3]).await;
    }
    let expected = |records: &[Record]| {
        let mut ratings: Vec<String> = records
            .iter()
            .map(|record| record.text("rating").unwrap().to_owned())
            .collect();
        ratings.sort();
        ratings
    };
    for n in 0..10 {
        let mut tx = shared.world.admin.begin().await.unwrap();
        let rule = NewSharingRule {
            name: format!("rule {n}"),
            ..shared.rule(ShareAccess::Read)
        };
        let made = tx.sharing_rules().create(&rule).await.unwrap();
        tx.sharing_rules().refresh(made.id).await.unwrap();
        tx.commit().await.unwrap();
        for sort in ["-created_at", "rating", "company"] {
            let asked = ListQuery {
                sort: Some(sort.to_owned()),
                ..ListQuery::default()
            };
            let records = list(&shared.reader, &catalog::LEAD, &asked).await;
            assert_eq!(
                expected(&records),
                ["hot", "hot", "warm", "warm"],
                "{n} by {sort}"
            );
        }
    }
}

#[tokio::test]
async fn a_rule_whose_job_waits_opens_nothing_yet() {
    let shared = shared().await;
    shared.lead("hot").await;
    let mut tx = shared.world.admin.begin().await.unwrap();
    tx.sharing_rules()
        .create(&shared.rule(ShareAccess::Read))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        list(&shared.reader, &catalog::LEAD, &ListQuery::default()).await,
        []
    );
}
