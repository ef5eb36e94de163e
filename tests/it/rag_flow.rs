//! From articles to passages: indexing, retrieval, and what happens when one of them lags.

use std::sync::Arc;

use crm_rag::index::{Search, Sparse, VectorIndex, Wanted};
use crm_rag::{Knowledge, Outcome, Passage, Query, Retriever, TenantIndex, Worked};
use crm_store::articles::{ArticleImport, Audience};
use crm_store::{Store, TenantStore, ids::VisitorId};
use crm_tests::harness::TestDb;
use crm_tests::knowledge::{Folder, WordEmbedder, article, knowledge, shard, write};

struct World {
    db: TestDb,
    store: Store,
    folder: Folder,
    knowledge: Knowledge,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let store = db.store().await;
        let folder = Folder::new();
        let knowledge = knowledge(&folder).await;
        Self {
            db,
            store,
            folder,
            knowledge,
        }
    }

    async fn tenant(&self, slug: &str) -> TenantStore {
        self.db.tenant_in(&self.store, slug).await.0
    }

    /// Does every waiting job and says what came of them.
    async fn work(&self) -> Worked {
        let indexer = self.knowledge.indexer();
        let mut all = Worked::default();
        loop {
            let turn = indexer.work(&self.store, "test", 16).await.unwrap();
            if turn == Worked::default() {
                return all;
            }
            all = Worked {
                done: all.done + turn.done,
                failed: all.failed + turn.failed,
            };
        }
    }

    async fn find(&self, store: &TenantStore, question: &str) -> Vec<Passage> {
        let query = Query {
            text: question.to_owned(),
            limit: 5,
            language: None,
        };
        let found = self
            .knowledge
            .retriever(store.clone())
            .retrieve(&query)
            .await
            .unwrap();
        for passage in &found.passages {
            assert_eq!(passage.end - passage.start, passage.text.len());
        }
        found.passages
    }
}

fn titles(passages: &[Passage]) -> Vec<&str> {
    passages.iter().map(|passage| passage.title.as_str()).collect()
}

const REFUNDS: &str = "# Refunds\n\nYou get a refund within thirty days of the first payment.\n";

#[tokio::test]
async fn two_tenants_with_the_same_words_never_see_each_other() {
    let world = World::new().await;
    let (acme, zenith) = (world.tenant("acme").await, world.tenant("zenith").await);
    write(&acme, &[article("refunds", "Acme refunds", REFUNDS)]).await;
    assert_eq!(world.work().await, Worked { done: 1, failed: 0 });
    let alone = world.find(&acme, "refund of the first payment").await;
    let mut tx = acme.begin().await.unwrap();
    let terms = ["refund".to_owned(), "payment".to_owned()];
    let before = tx.terms().frequencies("article", "en", &terms).await.unwrap();
    assert_eq!(before.df.len(), 2, "{before:?}");
    tx.commit().await.unwrap();

    let many: Vec<ArticleImport> = (0..20)
        .map(|at| {
            article(
                &format!("r{at}"),
                &format!("Zenith refunds {at}"),
                &format!("{REFUNDS}\nCase {at} of zenith."),
            )
        })
        .collect();
    write(&zenith, &many).await;
    world.work().await;

    let ours = world.find(&acme, "refund of the first payment").await;
    assert_eq!(
        ours, alone,
        "the neighbours change neither what is found nor how it is scored"
    );
    assert_eq!(titles(&ours), ["Acme refunds"]);
    assert!(
        world
            .find(&zenith, "refund of the first payment")
            .await
            .iter()
            .all(|passage| passage.title.starts_with("Zenith"))
    );
    let mut tx = acme.begin().await.unwrap();
    assert_eq!(
        tx.terms().frequencies("article", "en", &terms).await.unwrap(),
        before
    );
}

#[tokio::test]
async fn visitors_never_get_internal_articles() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let internal = ArticleImport {
        audience: Audience::Internal,
        ..article(
            "margin",
            "Discounts for partners",
            "Partners get a secret discount of forty percent.\n",
        )
    };
    write(
        &acme,
        &[
            internal,
            article(
                "prices",
                "Prices",
                "Partners and customers pay the same price, without discount.\n",
            ),
        ],
    )
    .await;
    world.work().await;
    let origin = "https://acme.example";
    let mut tx = acme.begin().await.unwrap();
    let site = tx.sites().create("Site", &[origin.to_owned()]).await.unwrap();
    tx.commit().await.unwrap();
    let grant = world
        .store
        .authenticate_visitor(&site.publishable_key, origin, VisitorId::new())
        .await
        .unwrap()
        .unwrap();

    let staff = world.find(&acme, "secret discount for partners").await;
    let visitor = world
        .find(&world.store.open(&grant), "secret discount for partners")
        .await;

    assert_eq!(staff.len(), 2);
    assert_eq!(titles(&visitor), ["Prices"]);
    // The index alone keeps them apart too, before Postgres is asked.
    let index = TenantIndex::new(Arc::clone(world.knowledge.engine()), &grant);
    let mut dense = vec![0.0; 64];
    dense[0] = 1.0;
    let found = index
        .search(
            Search {
                dense,
                text: Sparse::default(),
                candidates: 50,
            },
            None,
        )
        .await
        .unwrap();
    assert!(
        found.iter().all(|found| found.payload.audience == "public"),
        "{found:?}"
    );
}

#[tokio::test]
async fn an_edit_or_a_withdrawal_shows_before_the_index_has_it() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let ids = write(
        &acme,
        &[
            article("refunds", "Refunds", REFUNDS),
            article(
                "login",
                "Login",
                "Reset the password of your account in the settings.\n",
            ),
        ],
    )
    .await;
    world.work().await;
    assert!(
        world.find(&acme, "refund within thirty days").await[0]
            .text
            .contains("thirty days")
    );

    write(
        &acme,
        &[article(
            "refunds",
            "Refunds",
            "# Refunds\n\nYou get a refund within fourteen days of the first payment.\n",
        )],
    )
    .await;
    let edited = world.find(&acme, "refund within thirty days").await;
    assert!(
        edited.iter().all(|passage| !passage.text.contains("thirty")),
        "the old text is gone at once: {edited:?}"
    );
    assert!(
        edited[0].text.contains("fourteen days"),
        "and the new text is there: {edited:?}"
    );
    assert_eq!(edited[0].version, 2);

    let mut tx = acme.begin().await.unwrap();
    tx.articles().withdraw(ids[0], None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        titles(&world.find(&acme, "refund within thirty days").await),
        ["Login"]
    );

    world.work().await;
    let index = TenantIndex::new(Arc::clone(world.knowledge.engine()), acme.grant());
    assert_eq!(
        index.count(Some(Wanted::Document(ids[0].uuid()))).await.unwrap(),
        0,
        "the job has cleaned up"
    );
    assert_eq!(index.count(None).await.unwrap(), 1);
}

#[tokio::test]
async fn indexing_twice_changes_nothing_and_an_edit_leaves_no_old_passage() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let long = "## Part\n\nThe plan costs twelve euro a month, billed every year in advance.\n\n".repeat(200);
    let ids = write(&acme, &[article("plan", "Plans", &long)]).await;
    let indexer = world.knowledge.indexer();
    let Outcome::Written { passages } = indexer.index_article(&acme, ids[0], None).await.unwrap() else {
        panic!()
    };
    assert!(passages > 10);
    assert_eq!(
        indexer.index_article(&acme, ids[0], None).await.unwrap(),
        Outcome::Unchanged
    );
    world.work().await;

    write(
        &acme,
        &[article(
            "plan",
            "Plans",
            "The plan costs thirteen euro a month.\n",
        )],
    )
    .await;
    world.work().await;
    let index = TenantIndex::new(Arc::clone(world.knowledge.engine()), acme.grant());
    assert_eq!(index.count(None).await.unwrap(), 1);
    let mut tx = acme.begin().await.unwrap();
    assert_eq!(
        tx.terms().languages("article").await.unwrap(),
        [("en".to_owned(), 1)]
    );
    assert_eq!(
        tx.terms()
            .frequencies("article", "en", &["twelv".to_owned()])
            .await
            .unwrap()
            .df
            .len(),
        0,
        "old words are out of the counts"
    );
}

#[tokio::test]
async fn the_reconciler_finds_and_repairs_what_drifted() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let ids = write(
        &acme,
        &[
            article("a", "Refunds", REFUNDS),
            article("b", "Login", "Reset the password.\n"),
            article("c", "Prices", "Twelve euro a month.\n"),
        ],
    )
    .await;
    world.work().await;
    let indexer = world.knowledge.indexer();
    assert_eq!(indexer.reconcile(&acme).await.unwrap().unchanged, 3);

    // The index loses one article, keeps one that was withdrawn, and has an old version of the third.
    let index = TenantIndex::new(Arc::clone(world.knowledge.engine()), acme.grant());
    index.delete(Some(Wanted::Document(ids[0].uuid()))).await.unwrap();
    let mut tx = acme.begin().await.unwrap();
    tx.articles().withdraw(ids[1], None).await.unwrap();
    tx.commit().await.unwrap();
    write(&acme, &[article("c", "Prices", "Thirteen euro a month.\n")]).await;
    let found = indexer.reconcile(&acme).await.unwrap();
    assert_eq!(
        (found.articles, found.repaired, found.removed, found.unchanged),
        (2, 2, 1, 0),
        "{found:?}"
    );
    let again = indexer.reconcile(&acme).await.unwrap();
    assert_eq!(
        (again.unchanged, again.repaired, again.removed, again.passages),
        (2, 0, 0, 2),
        "{again:?}"
    );

    // A shard that was lost altogether, as after a change of the model.
    drop((world.knowledge, index, indexer));
    let embedder = Arc::new(WordEmbedder::named("a new model"));
    let engine = Arc::new(shard(&world.folder, embedder.as_ref()));
    assert!(engine.is_fresh());
    let knowledge = Knowledge::new(engine, embedder).await.unwrap();
    let rebuilt = knowledge.indexer().reconcile(&acme).await.unwrap();
    assert_eq!((rebuilt.passages, rebuilt.repaired), (0, 2), "{rebuilt:?}");
    let rebuilt = knowledge.indexer().rebuild(&acme).await.unwrap();
    assert_eq!((rebuilt.repaired, rebuilt.removed), (2, 0), "{rebuilt:?}");
    assert_eq!(knowledge.indexer().reconcile(&acme).await.unwrap().unchanged, 2);
}

#[tokio::test]
async fn a_job_that_fails_stays_and_succeeds_later() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    write(&acme, &[article("refunds", "Refunds", REFUNDS)]).await;
    let embedder = Arc::new(WordEmbedder::named("words"));
    drop(world.knowledge);
    let full = Arc::new(shard(&world.folder, embedder.as_ref()).with_reserve(u64::MAX));
    let knowledge = Knowledge::new(full, embedder.clone()).await.unwrap();
    assert_eq!(
        knowledge.indexer().work(&world.store, "test", 8).await.unwrap(),
        Worked { done: 0, failed: 1 }
    );
    let mut tx = acme.begin().await.unwrap();
    assert!(
        tx.terms().languages("article").await.unwrap().is_empty(),
        "nothing was counted that is not in the index"
    );
    tx.commit().await.unwrap();
    let mut tx = world.store.system().await.unwrap();
    let backlog = tx.jobs().backlog("index_article").await.unwrap();
    assert_eq!(
        (backlog.ready, backlog.dead),
        (1, 0),
        "the job waits for its next attempt"
    );
    tx.commit().await.unwrap();

    drop(knowledge);
    let engine = Arc::new(shard(&world.folder, embedder.as_ref()));
    let knowledge = Knowledge::new(engine, embedder).await.unwrap();
    assert_eq!(knowledge.indexer().reconcile(&acme).await.unwrap().repaired, 1);
}

#[tokio::test]
async fn odd_questions_and_articles_are_served() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let largest =
        "The quick brown fox jumps over the lazy dog and pays twelve euro.\n\n".repeat(2_000_000 / 70);
    let one_word = "x".repeat(200_000);
    let crlf = REFUNDS.replace('\n', "\r\n");
    write(
        &acme,
        &[
            article("large", "Large", &largest),
            article("word", "Word", &one_word),
            article("crlf", "Windows", &crlf),
            article("emoji", "Emoji", "👩‍👩‍👧 refund ✅\n"),
        ],
    )
    .await;
    assert_eq!(world.work().await, Worked { done: 4, failed: 0 });
    let long_question = "refund payment ".repeat(14_000);
    for question in [
        "",
        "   ",
        "the",
        "?!",
        "👩‍👩‍👧",
        &long_question,
        "refund\0payment",
        "退款政策",
    ] {
        world.find(&acme, question).await;
    }
    assert!(titles(&world.find(&acme, "refund of the first payment").await).contains(&"Windows"));
    assert!(
        world
            .find(&world.tenant("empty").await, "refund")
            .await
            .is_empty()
    );
}
