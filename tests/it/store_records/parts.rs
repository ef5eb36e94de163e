//! Lists of somebody who sees a part: the same records, in the same order, as the policies leave of the whole list.

use std::collections::HashSet;

use crm_store::access::sharing::{NewSharingRule, ShareAccess};

use super::*;

/// With and without gaps, both ways.
const SORTS: [&str; 8] = [
    "-created_at",
    "created_at",
    "last_name",
    "-id",
    "number_of_employees",
    "-number_of_employees",
    "external_id",
    "-external_id",
];

struct Parts {
    world: World,
    /// Who sees their own, what nobody owns, and what rules share.
    rep: TenantStore,
    /// Who sees what six people own.
    boss: TenantStore,
    /// The owners: the rep, five colleagues, and one whom neither sees.
    owners: Vec<Uuid>,
}

impl Parts {
    async fn new() -> Self {
        let world = World::new().await;
        let rights = json!({"objects": {"lead": ["read"]}});
        let above = world.role("above", rights.clone(), None).await;
        let below = world.role("below", rights.clone(), Some(above)).await;
        let apart = world.role("apart", rights, None).await;
        let (rep_id, rep) = world.member("rep", below).await;
        let mut owners = vec![rep_id];
        for n in 0..5 {
            owners.push(world.member(&format!("peer{n}"), below).await.0);
        }
        owners.push(world.member("other", apart).await.0);
        let (_, boss) = world.member("boss", above).await;
        let parts = Self {
            world,
            rep,
            boss,
            owners,
        };
        parts.fill().await;
        parts.share(below).await;
        parts
    }

    /// Few different values and gaps, in periods that have no common factor.
    async fn fill(&self) {
        let mut tx = self.world.admin.begin().await.unwrap();
        let access = tx.access().await.unwrap();
        let drafts = (0..60_usize)
            .map(|n| {
                let json = json!({
                    "last_name": format!("Common {}", n % 7), "company": "C", "external_id": (n % 4 > 0).then(|| format!("X{n}")),
                    "rating": (["hot", "cold"].get(n % 3)),
                    "industry": (n % 5 == 0).then_some("Rare"), "number_of_employees": (n % 4 > 1).then_some(n % 3),
                    "owner_id": self.owners.get(n % 11),
                });
                Draft::from_json(&catalog::LEAD, &body(json), &access).unwrap()
            })
            .collect();
        tx.records(&catalog::LEAD).create_many(drafts).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Two rules that overlap each other and what the rep owns.
    async fn share(&self, role: Uuid) {
        let mut tx = self.world.admin.begin().await.unwrap();
        for (field, value) in [("rating", "hot"), ("industry", "Rare")] {
            let new = NewSharingRule {
                name: field.to_owned(),
                object: "lead".to_owned(),
                criteria: vec![Condition::new(field, Op::Eq, value)],
                role_id: role,
                access: ShareAccess::Read,
            };
            let made = tx.sharing_rules().create(&new).await.unwrap();
            tx.sharing_rules().refresh(made.id).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

async fn ids(store: &TenantStore, list: &ListQuery) -> Vec<Uuid> {
    let mut asked = list.clone();
    let mut seen = Vec::new();
    loop {
        let page = try_list(store, &catalog::LEAD, &asked).await.unwrap();
        seen.extend(page.records.iter().map(|record| record.id));
        assert!(seen.len() <= 200, "the walk does not end");
        match page.next_cursor {
            Some(cursor) => asked.cursor = Some(cursor),
            None => return seen,
        }
    }
}

#[tokio::test]
async fn a_part_of_a_list_is_what_the_policies_leave_of_it() {
    let parts = Parts::new().await;
    let whole = ListQuery {
        limit: Some(200),
        ..ListQuery::default()
    };
    let all = ids(&parts.world.admin, &whole).await;
    assert_eq!(all.len(), 60);
    let owner = |who: &[usize]| {
        let who: Vec<Uuid> = who.iter().map(|at| parts.owners[*at]).collect();
        Condition::new("owner_id", Op::In, json!(who))
    };
    let filters = [
        vec![],
        vec![owner(&[0, 1, 6])],
        vec![owner(&[1, 2]), owner(&[2, 3])],
        vec![owner(&[6])],
        vec![Condition::new("owner_id", Op::IsNull, true)],
        vec![Condition::new("owner_id", Op::Ne, json!(parts.owners[0]))],
        vec![Condition::new("rating", Op::IsNull, true)],
        vec![
            Condition::new("rating", Op::Eq, "hot"),
            owner(&[0, 1, 2, 3, 4, 5, 6]),
        ],
    ];
    for (who, store) in [("rep", &parts.rep), ("boss", &parts.boss)] {
        let mut tx = store.begin().await.unwrap();
        let seen: HashSet<Uuid> = tx
            .records(&catalog::LEAD)
            .get_many(&all, &Select::default())
            .await
            .unwrap()
            .iter()
            .map(|record| record.id)
            .collect();
        assert!(seen.len() > 25 && seen.len() < 60, "{who} sees {}", seen.len());
        for (filters, sort) in filters
            .iter()
            .flat_map(|filters| SORTS.map(|sort| (filters, sort)))
        {
            let cuts: &[_] = if filters.is_empty() {
                &[(9, None), (40, None), (9, Some("common"))]
            } else {
                &[(9, None)]
            };
            for (limit, q) in cuts {
                let asked = ListQuery {
                    filters: filters.clone(),
                    sort: Some(sort.to_owned()),
                    limit: Some(*limit),
                    q: q.map(str::to_owned),
                    ..ListQuery::default()
                };
                let complete = ListQuery {
                    limit: Some(200),
                    ..asked.clone()
                };
                let expected: Vec<Uuid> = ids(&parts.world.admin, &complete)
                    .await
                    .into_iter()
                    .filter(|id| seen.contains(id))
                    .collect();
                let found = ids(store, &asked).await;
                assert_eq!(found, expected, "{filters:?} by {sort}, {limit} for {who}");
            }
        }
    }
}
