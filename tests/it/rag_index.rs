//! Both engines keep the same promises, first of all the walls between tenants.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crm_rag::index::{Payload, Point, Search, Sparse, Wanted};
use crm_rag::{EdgeConfig, EdgeIndex, QdrantConfig, QdrantIndex, RagError, TenantIndex, VectorIndex};
use crm_store::{Grant, Store, ids::VisitorId};
use crm_tests::harness::TestDb;
use crm_tests::knowledge::{Folder, WordEmbedder, shard};
use uuid::Uuid;

const DIMENSIONS: usize = 64;

/// A point whose vectors have one dimension only.
fn point(id: u128, document: u128, axis: usize, audience: &str) -> Point {
    let mut dense = vec![0.0; DIMENSIONS];
    dense[axis] = 1.0;
    Point {
        id: Uuid::from_u128(id),
        dense,
        text: Sparse::new([(u32::try_from(axis).unwrap(), 1.5)]),
        payload: Payload {
            kind: "article".into(),
            document: Uuid::from_u128(document),
            version: Uuid::from_u128(document + 100),
            content_hash: "abc".into(),
            fingerprint: "f".into(),
            language: if axis.is_multiple_of(2) { "en" } else { "de" }.into(),
            audience: audience.into(),
            start: axis,
            end: axis + 7,
            headings: vec!["Billing".into(), "Refunds & co".into()],
            fields: vec!["subject".into(), "description".into()],
            passages: 1,
        },
    }
}

fn search(axis: usize) -> Search {
    let point = point(0, 0, axis, "public");
    Search {
        dense: point.dense,
        text: point.text,
        candidates: 50,
    }
}

async fn ids(index: &TenantIndex, wanted: Option<Wanted>) -> Vec<u128> {
    let mut found: Vec<_> = index
        .search(search(0), wanted)
        .await
        .unwrap()
        .into_iter()
        .map(|found| found.id.as_u128())
        .collect();
    found.sort_unstable();
    found
}

struct Grants {
    ours: Grant,
    theirs: Grant,
    visitor: Grant,
}

async fn grants(db: &TestDb, store: &Store) -> Grants {
    let (tenant, ours) = db.tenant_in(store, "ours").await;
    let (_, theirs) = db.tenant_in(store, "theirs").await;
    let origin = "https://ours.example";
    let mut tx = tenant.begin().await.unwrap();
    let site = tx.sites().create("Site", &[origin.to_owned()]).await.unwrap();
    tx.commit().await.unwrap();
    let visitor = store
        .authenticate_visitor(&site.publishable_key, origin, VisitorId::new())
        .await
        .unwrap()
        .unwrap();
    Grants {
        ours,
        theirs,
        visitor,
    }
}

/// The promises of [`VectorIndex`].
#[expect(
    clippy::too_many_lines,
    reason = "one story on one index: each step builds on the one before"
)]
async fn conforms(engine: Arc<dyn VectorIndex>, grants: &Grants) {
    let open = |grant| TenantIndex::new(Arc::clone(&engine), grant);
    let (ours, theirs, visitor) = (open(&grants.ours), open(&grants.theirs), open(&grants.visitor));
    ours.upsert(vec![
        point(1, 1, 0, "public"),
        point(2, 2, 1, "internal"),
        point(3, 2, 2, "internal"),
    ])
    .await
    .unwrap();
    theirs
        .upsert(vec![point(11, 1, 0, "public"), point(12, 2, 1, "public")])
        .await
        .unwrap();

    // What goes in comes out, with both vectors.
    let found = ours
        .search(search(0), Some(Wanted::Document(Uuid::from_u128(1))))
        .await
        .unwrap();
    let [found] = found.as_slice() else {
        panic!("{found:?}")
    };
    let stored = point(1, 1, 0, "public");
    assert_eq!(
        (found.id, &found.dense, &found.text, &found.payload),
        (stored.id, &stored.dense, &stored.text, &stored.payload)
    );

    // Walls, whatever is wanted inside them.
    let everything = || {
        Wanted::Any(vec![
            Wanted::Language("en".into()),
            Wanted::Language("en".into()).excluded(),
        ])
    };
    assert_eq!(ids(&ours, None).await, [1, 2, 3]);
    assert_eq!(ids(&theirs, Some(everything())).await, [11, 12]);
    assert_eq!(ids(&ours, Some(everything())).await, [1, 2, 3]);
    assert_eq!(
        ids(&ours, Some(Wanted::Document(Uuid::from_u128(1)).excluded())).await,
        [2, 3]
    );
    assert_eq!(
        ids(&ours, Some(Wanted::Any(Vec::new()))).await,
        Vec::<u128>::new()
    );
    assert_eq!(
        ids(
            &ours,
            Some(Wanted::All(vec![
                Wanted::Language("en".into()),
                Wanted::Document(Uuid::from_u128(2))
            ]))
        )
        .await,
        [3]
    );
    let documents = |list: &[u128]| Wanted::Documents(list.iter().copied().map(Uuid::from_u128).collect());
    assert_eq!(ids(&ours, Some(documents(&[2, 9]))).await, [2, 3]);
    assert_eq!(ids(&ours, Some(documents(&[]))).await, Vec::<u128>::new());
    assert_eq!(ids(&ours, Some(Wanted::Kind("article"))).await, [1, 2, 3]);
    assert_eq!(ids(&ours, Some(Wanted::Kind("case"))).await, Vec::<u128>::new());
    // A passage says something of each of its fields.
    let hidden = |fields: &[&'static str]| {
        Wanted::Any(fields.iter().map(|field| Wanted::Field(field)).collect()).excluded()
    };
    assert_eq!(
        ids(&ours, Some(hidden(&["description", "other"]))).await,
        Vec::<u128>::new()
    );
    assert_eq!(ids(&ours, Some(hidden(&["other"]))).await, [1, 2, 3]);
    assert_eq!(ids(&ours, Some(hidden(&[]))).await, [1, 2, 3]);
    assert_eq!(ids(&visitor, None).await, [1]);
    assert_eq!(ids(&visitor, Some(everything())).await, [1]);
    assert_eq!(
        (
            ours.count(None).await.unwrap(),
            theirs.count(None).await.unwrap(),
            visitor.count(None).await.unwrap()
        ),
        (3, 2, 1)
    );

    // Without terms only the embedding is searched.
    let dense_only = Search {
        text: Sparse::default(),
        candidates: 1,
        ..search(1)
    };
    assert_eq!(ours.search(dense_only, None).await.unwrap()[0].id.as_u128(), 2);

    // Listing pages through every point once.
    let mut listed = Vec::new();
    let mut from = None;
    loop {
        let page = ours.scroll(from, 2, None).await.unwrap();
        assert!(page.points.len() <= 2);
        listed.extend(page.points.into_iter().map(|(id, _)| id.as_u128()));
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(listed, [1, 2, 3]);

    // Writing the same id again replaces; many points go in at once.
    ours.upsert(vec![point(1, 1, 4, "public")]).await.unwrap();
    assert_eq!(ours.count(None).await.unwrap(), 3);
    let many = (0..300)
        .map(|at| point(1_000 + at, 7, usize::try_from(at).unwrap() % DIMENSIONS, "public"))
        .collect();
    ours.upsert(many).await.unwrap();
    assert_eq!(
        ours.count(Some(Wanted::Document(Uuid::from_u128(7))))
            .await
            .unwrap(),
        300
    );
    engine.optimize().await.unwrap();
    assert_eq!(ours.count(None).await.unwrap(), 303);

    // Deleting stays inside the walls, also when nothing is said.
    ours.delete(Some(Wanted::Version(Uuid::from_u128(102))))
        .await
        .unwrap();
    assert_eq!(
        theirs.count(None).await.unwrap(),
        2,
        "another tenant's version of the same number is there"
    );
    assert_eq!(
        ours.count(Some(Wanted::Document(Uuid::from_u128(2))))
            .await
            .unwrap(),
        0
    );
    ours.delete(None).await.unwrap();
    assert_eq!(
        (ours.count(None).await.unwrap(), theirs.count(None).await.unwrap()),
        (0, 2)
    );
    theirs.delete(None).await.unwrap();
    assert!(engine.check().await.unwrap().contains("qdrant"));
}

#[tokio::test]
async fn the_engine_in_process_conforms() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let folder = Folder::new();
    let engine = Arc::new(shard(&folder, &WordEmbedder::named("words")));
    conforms(engine, &grants(&db, &store).await).await;
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration; the server is named where there is one"
)]
async fn the_server_conforms() {
    let Ok(url) = std::env::var("QDRANT_URL") else {
        eprintln!("SKIPPED: QDRANT_URL is not set, so the Qdrant server was not tested");
        return;
    };
    let db = TestDb::new().await;
    let store = db.store().await;
    let config = QdrantConfig {
        url,
        api_key: None,
        collection: format!("crm-ai-test-{}", Uuid::now_v7().simple()),
        dimensions: DIMENSIONS,
        timeout: Duration::from_secs(30),
    };
    let engine = QdrantIndex::open(&config).await.unwrap();
    let again = QdrantIndex::open(&config).await.unwrap();
    conforms(Arc::new(again), &grants(&db, &store).await).await;
    engine.remove().await.unwrap();
}

#[tokio::test]
async fn what_was_written_outlives_the_process_and_one_process_has_it() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let grants = grants(&db, &store).await;
    let folder = Folder::new();
    let embedder = WordEmbedder::named("words");
    let engine = Arc::new(shard(&folder, &embedder));
    assert!(engine.is_fresh());
    TenantIndex::new(engine.clone(), &grants.ours)
        .upsert(vec![point(1, 1, 0, "public")])
        .await
        .unwrap();
    let config = EdgeConfig {
        reserve: 0,
        ..EdgeConfig::new(folder.path().join("index"), &embedder)
    };
    let second = EdgeIndex::open(&config).unwrap_err();
    assert!(
        format!("{second:?}").contains("another process has it open"),
        "{second:?}"
    );
    drop(engine);

    let engine = EdgeIndex::open(&config).unwrap();
    assert!(engine.is_fresh(), "nobody said that every tenant is in it");
    engine.filled().unwrap();
    assert!(!engine.is_fresh());
    drop(engine);

    let engine = Arc::new(EdgeIndex::open(&config).unwrap());
    assert!(!engine.is_fresh());
    let ours = TenantIndex::new(engine.clone(), &grants.ours);
    assert_eq!(ids(&ours, None).await, [1]);
    ours.upsert(vec![point(1, 1, 2, "public"), point(2, 2, 1, "public")])
        .await
        .unwrap();
    assert_eq!(ids(&ours, None).await, [1, 2], "a write after a restart is seen");
    drop((ours, engine));

    // Vectors of another model do not mix with ours.
    let other = EdgeConfig {
        reserve: 0,
        ..EdgeConfig::new(folder.path().join("index"), &WordEmbedder::named("other"))
    };
    let engine = Arc::new(EdgeIndex::open(&other).unwrap());
    assert!(engine.is_fresh());
    assert_eq!(engine.total().await.unwrap(), 0);
}

/// Copies a folder as it is at this moment, which is what a crash would leave.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

#[tokio::test]
async fn a_crash_loses_nothing_that_was_acknowledged_and_damage_empties_the_shard() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let grants = grants(&db, &store).await;
    let (folder, crashed) = (Folder::new(), Folder::new());
    let embedder = WordEmbedder::named("words");
    let engine = Arc::new(shard(&folder, &embedder));
    let ours = TenantIndex::new(engine.clone(), &grants.ours);
    ours.upsert((0..100).map(|at| point(at, 1, 3, "public")).collect())
        .await
        .unwrap();
    ours.delete(Some(Wanted::Document(Uuid::from_u128(9))))
        .await
        .unwrap();
    engine.filled().unwrap();
    copy(&folder.path().join("index"), &crashed.path().join("index"));

    let engine = Arc::new(shard(&crashed, &embedder));
    assert!(!engine.is_fresh());
    assert_eq!(
        TenantIndex::new(engine.clone(), &grants.ours)
            .count(None)
            .await
            .unwrap(),
        100
    );
    drop(engine);

    let segments = crashed.path().join("index/segments");
    for segment in segments.read_dir().unwrap() {
        std::fs::write(segment.unwrap().path().join("segment.json"), "{").unwrap();
    }
    let engine = shard(&crashed, &embedder);
    assert!(engine.is_fresh(), "what cannot be read is made anew");
    assert_eq!(engine.total().await.unwrap(), 0);
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_not_a_crash() {
    let db = TestDb::new().await;
    let store = db.store().await;
    let grants = grants(&db, &store).await;
    let folder = Folder::new();
    let embedder = WordEmbedder::named("words");
    drop(shard(&folder, &embedder));
    let full = EdgeConfig {
        reserve: u64::MAX,
        ..EdgeConfig::new(folder.path().join("index"), &embedder)
    };
    assert!(
        matches!(EdgeIndex::open(&full), Err(RagError::DiskFull { .. })),
        "a full disk is said at the start"
    );

    let engine = Arc::new(shard(&folder, &embedder).with_reserve(u64::MAX));
    let ours = TenantIndex::new(engine.clone(), &grants.ours);
    let error = ours.upsert(vec![point(1, 1, 0, "public")]).await.unwrap_err();
    assert!(matches!(error, RagError::DiskFull { .. }), "{error}");
    assert_eq!(ids(&ours, None).await, Vec::<u128>::new(), "searches go on");
    assert!(engine.check().await.is_err(), "the health page shows it");
}
