//! Past deals and leads that are like an open one by their words, which the index of records compares.

use std::sync::Arc;

use crm_rag::{Knowledge, Query, RagError, RecordHit, RecordQuery, Retrieved, Retriever, TenantRetriever};
use crm_store::{
    TenantStore,
    auth::MemberToBe,
    catalog::{LEAD, OPPORTUNITY},
    records::Draft,
};
use crm_tests::knowledge::{Folder, knowledge};
use crm_tools::{
    predictions::{
        Predictor,
        leads::{self, SimilarLeads},
        playbook::Near,
        similar::{SimilarDeals, similar},
    },
    win::{Advisor, Parts, WinCard},
};
use futures::future::BoxFuture;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    lead_http::Firm,
    win_office::{changed, json_of},
    win_support::{Past, SECOND, WON, create},
};

/// What open records are about, and the past ones that are like them.
const RARE: &str = "Perlite insulation for cryogenic tanks";
const SAME: &str = "Cryogenic tanks with perlite insulation";
const MOST: &str = "Perlite insulation panels";
const LITTLE: &str = "Water tanks";
const NOTHING: &str = "Office chairs";

/// What is said when the index does not answer.
const NO_INDEX: &str = "The texts could not be compared: the index does not answer.";

/// A tenant with a past, and an index of its records.
struct World {
    past: Past,
    knowledge: Knowledge,
    /// Last, so that the shard is closed before its folder goes.
    _folder: Folder,
}

impl World {
    async fn new() -> Self {
        let folder = Folder::new();
        Self {
            past: Past::new().await,
            knowledge: knowledge(&folder).await,
            _folder: folder,
        }
    }

    /// Brings the index in line with the records.
    async fn index(&self) {
        let indexer = self.knowledge.indexer();
        loop {
            let turn = indexer.work_records(&self.past.store, "test", 96).await.unwrap();
            assert_eq!(turn.failed, 0);
            if turn.done == 0 {
                return;
            }
        }
    }

    fn retriever(&self, store: &TenantStore) -> TenantRetriever {
        self.knowledge.retriever(store.clone())
    }

    /// A deal that was won.
    async fn won(&self, name: &str) -> Uuid {
        let deal = self.past.deal(name, 1_000).await;
        self.past.days(1);
        self.past.stage(deal, SECOND).await;
        self.past.days(1);
        self.past.stage(deal, WON).await;
        deal
    }

    /// A lead of a company of this size.
    async fn lead(&self, interest: &str, employees: i64) -> Uuid {
        let draft = Draft::new(&LEAD)
            .with("last_name", "Reed")
            .with("product_interest", interest)
            .with("number_of_employees", employees);
        create(&self.past.tenant, draft).await
    }

    /// Finds a lead unqualified.
    async fn refuse(&self, lead: Uuid) {
        let mut tx = self.past.tenant.begin().await.unwrap();
        let draft = Draft::new(&LEAD).with("status", "unqualified");
        tx.records(&LEAD).update(lead, draft, None).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Gives a deal to somebody.
    async fn give(&self, deal: Uuid, to: &TenantStore) {
        let mut tx = self.past.tenant.begin().await.unwrap();
        let draft = Draft::new(&OPPORTUNITY).with("owner_id", to.grant().actor().id());
        tx.records(&OPPORTUNITY).update(deal, draft, None).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A rep, who sees their own deals alone.
    async fn rep(&self, email: &str) -> TenantStore {
        let member = MemberToBe {
            email,
            name: "Somebody",
            role: "sales",
            password: None,
        };
        let store = &self.past.store;
        store.ensure_member("acme", &member).await.unwrap();
        store.open(&store.operate("acme", Some(email)).await.unwrap().unwrap())
    }
}

/// An index that does not answer.
#[derive(Debug)]
struct Silent;

impl Retriever for Silent {
    fn retrieve<'a>(&'a self, _: &'a Query) -> BoxFuture<'a, Result<Retrieved, RagError>> {
        Box::pin(async { Err(RagError::Busy) })
    }

    fn similar<'a>(&'a self, _: &'a RecordQuery) -> BoxFuture<'a, Result<Vec<RecordHit>, RagError>> {
        Box::pin(async { Err(RagError::Busy) })
    }
}

fn near(deal: Uuid, distance: f64) -> Near {
    Near {
        deal,
        won: true,
        distance,
    }
}

fn deals(found: &SimilarDeals) -> Vec<Uuid> {
    found.deals.iter().map(|deal| deal.id).collect()
}

fn leads_of(found: &SimilarLeads) -> Vec<Uuid> {
    found.leads.iter().map(|lead| lead.id).collect()
}

fn words(by: &[String]) -> Vec<&str> {
    by.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn deals_with_the_same_words_come_first_and_say_how_they_were_found() {
    let world = World::new().await;
    let tenant = &world.past.tenant;
    let plain = world.won(NOTHING).await;
    let twin = world.won(SAME).await;
    let elsewhere = world.won(MOST).await;
    let open = world.past.deal(RARE, 1_000).await;
    world.index().await;
    // It has the words, but the index does not know it yet.
    let late = world.won(SAME).await;
    let nearest = [near(plain, 0.25), near(twin, 0.5), near(late, 0.75)];

    let index = world.retriever(tenant);
    let (found, note) = similar(tenant, Some(&index), open, &nearest).await.unwrap();
    let told: Vec<(Uuid, Vec<&str>, Option<f64>)> = found
        .deals
        .iter()
        .map(|deal| (deal.id, words(&deal.by), deal.alike))
        .collect();
    assert_eq!(
        told,
        [
            (twin, vec!["features", "words"], Some(0.5)),
            (plain, vec!["features", "words"], Some(0.75)),
            (elsewhere, vec!["words"], None),
            (late, vec!["features"], Some(0.25)),
        ]
    );
    assert_eq!((found.won, found.n, note), (4, 4, None));

    // Without the index what is known of them speaks alone, and its silence is told.
    let by_features = [plain, twin, late];
    let (found, note) = similar(tenant, Some(&Silent), open, &nearest).await.unwrap();
    assert_eq!(
        (deals(&found), note.as_deref()),
        (by_features.to_vec(), Some(NO_INDEX))
    );
    assert!(
        found.deals.iter().all(|deal| words(&deal.by) == ["features"]),
        "{found:?}"
    );
    let (found, note) = similar(tenant, None, open, &nearest).await.unwrap();
    assert_eq!(
        (deals(&found), note),
        (by_features.to_vec(), None),
        "nobody asked"
    );
}

#[tokio::test]
async fn deals_with_the_same_words_are_only_those_that_the_reader_may_see() {
    let world = World::new().await;
    let admin = &world.past.tenant;
    let (rep, other) = (
        world.rep("rep@acme.test").await,
        world.rep("other@acme.test").await,
    );
    let theirs = world.won(SAME).await;
    let own = world.won(MOST).await;
    let open = world.past.deal(RARE, 1_000).await;
    for (deal, owner) in [(theirs, &other), (own, &rep), (open, &rep)] {
        world.give(deal, owner).await;
    }
    world.index().await;
    let (found, _) = similar(admin, Some(&world.retriever(admin)), open, &[])
        .await
        .unwrap();
    assert_eq!((deals(&found), found.n), (vec![theirs, own], 2));
    // Though the index were asked by somebody who sees more.
    for asked_as in [&rep, admin] {
        let index = world.retriever(asked_as);
        let (found, note) = similar(&rep, Some(&index), open, &[near(theirs, 0.25)])
            .await
            .unwrap();
        assert_eq!((deals(&found), found.n, note), (vec![own], 1, None));
        assert_eq!(words(&found.deals[0].by), ["words"]);
    }
}

async fn card(advisor: &Advisor, world: &World, index: Option<&dyn Retriever>, deal: Uuid) -> WinCard {
    let card = advisor
        .card(&world.past.tenant, index, deal, Parts::SIMILAR)
        .await
        .unwrap();
    card.expect("a deal that the reader sees")
}

/// How each similar deal of a card was found.
fn ways(card: &WinCard) -> Vec<Vec<&str>> {
    let similar = card.similar.as_ref().unwrap();
    similar.deals.iter().map(|deal| words(&deal.by)).collect()
}

#[tokio::test]
async fn a_card_compares_words_and_notes_that_the_index_does_not_answer() {
    let world = World::new().await;
    world.won(NOTHING).await;
    world.won(SAME).await;
    let open = world.past.deal(RARE, 1_000).await;
    world.past.days(1);
    world.past.stage(open, SECOND).await;
    world.past.days(1);
    world.index().await;
    let advisor = Advisor::new(Arc::new(Predictor::default()));

    let index = world.retriever(&world.past.tenant);
    let told = card(&advisor, &world, Some(&index), open).await;
    assert_eq!(ways(&told), vec![vec!["features", "words"]; 2]);
    assert!(
        !told.notes.iter().any(|note| note == NO_INDEX),
        "{:?}",
        told.notes
    );
    let told = card(&advisor, &world, Some(&Silent), open).await;
    assert_eq!(ways(&told), vec![vec!["features"]; 2]);
    assert!(told.notes.iter().any(|note| note == NO_INDEX), "{:?}", told.notes);
}

#[tokio::test]
async fn leads_with_the_same_words_come_first_and_say_how_they_were_found() {
    let world = World::new().await;
    let (past, tenant) = (&world.past, &world.past.tenant);
    // By what is known of them the one without a common word is nearest: its company is as large.
    let plain = world.lead(NOTHING, 50).await;
    let twin = world.lead(SAME, 60).await;
    let half = world.lead(LITTLE, 5_000).await;
    let quick = world.lead(MOST, 50).await;
    past.days(1);
    world.refuse(quick).await;
    past.days(9);
    for lead in [plain, twin, half] {
        world.refuse(lead).await;
    }
    past.days(1);
    let open = world.lead(RARE, 50).await;
    world.index().await;
    // Older than a week, it is compared with those that lived as long: one did not.
    past.days(8);

    let predictor = Predictor::default();
    let index = world.retriever(tenant);
    let found = leads::similar(&predictor, tenant, Some(&index), open)
        .await
        .unwrap();
    let told: Vec<(Uuid, Vec<&str>)> = found
        .leads
        .iter()
        .map(|lead| (lead.id, words(&lead.by)))
        .collect();
    assert_eq!(
        told,
        [
            (twin, vec!["features", "words"]),
            (plain, vec!["features", "words"]),
            (half, vec!["features", "words"]),
            (quick, vec!["words"]),
        ],
        "{found:?}"
    );
    assert!(found.leads[..3].iter().all(|lead| lead.alike.is_some()) && found.leads[3].alike.is_none());
    assert_eq!((found.converted, found.n, found.note), (0, 4, None));

    let by_features = vec![plain, twin, half];
    let found = leads::similar(&predictor, tenant, Some(&Silent), open)
        .await
        .unwrap();
    assert_eq!(
        (leads_of(&found), found.note.as_deref()),
        (by_features.clone(), Some(NO_INDEX))
    );
    let found = leads::similar(&predictor, tenant, None, open).await.unwrap();
    assert_eq!(
        (leads_of(&found), found.note),
        (by_features, None),
        "nobody asked"
    );
}

#[tokio::test]
async fn the_service_compares_the_words_of_leads() {
    let firm = Box::pin(Firm::new()).await;
    let before = firm.lead(&firm.rep, "Before", 0).await;
    let body = json!({"status": "unqualified", "product_interest": SAME});
    changed(&firm.api, &firm.rep, &format!("/v1/leads/{before}"), &body).await;
    let now = firm.lead(&firm.rep, "Now", 0).await;
    let body = json!({"product_interest": RARE});
    changed(&firm.api, &firm.rep, &format!("/v1/leads/{now}"), &body).await;
    let control = firm
        .api
        .anonymous(Method::POST, "/control/v1/index")
        .bearer_auth(firm.api.control_token())
        .json(&json!({"tenant": "acme", "rebuild": false}));
    json_of(control.send().await.unwrap(), StatusCode::OK).await;

    let path = format!("/v1/leads/{now}/score/similar");
    let found: Value = json_of(firm.api.get(&path).await, StatusCode::OK).await;
    assert_eq!(
        (&found["leads"][0]["id"], &found["leads"][0]["by"], &found["note"]),
        (&json!(before), &json!(["features", "words"]), &Value::Null),
        "{found}"
    );
    firm.api.end().await;
}
