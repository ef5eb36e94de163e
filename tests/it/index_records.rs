//! Records in the index: found by what they say, by those who may see them, as long as they say it.

mod found;
mod reconcile;
mod rights;
mod served;
mod work;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crm_rag::{
    Embedder, Knowledge, Languages, Like, RagError, RecordHit, RecordKind, RecordQuery, Retriever,
    TenantIndex, TokenCounter, Worked, index::Wanted,
};
use crm_store::{
    FixedClock, Store, TenantStore,
    catalog::{self, Object},
    conversations::Channel,
    ids::{ConversationId, MessageId},
    messages::{Author, Direction, MessageKind, NewMessage},
    records::{Draft, Record},
};
use crm_tests::{
    harness::TestDb,
    knowledge::{Folder, WordEmbedder, shard},
};
use futures::future::BoxFuture;
use serde_json::{Value as Json, json};
use sqlx::PgPool;
use tokio::sync::Notify;
use uuid::Uuid;

/// Embeds words, and tells what it was asked in the background; a text with `poison` in it cannot be embedded.
#[derive(Debug)]
struct Probe {
    words: WordEmbedder,
    calls: AtomicUsize,
    texts: AtomicUsize,
    /// Told when a call has begun that does not end.
    stuck: Option<Arc<Notify>>,
}

impl Probe {
    fn new(stuck: Option<Arc<Notify>>) -> Arc<Self> {
        Arc::new(Self {
            words: WordEmbedder::named("words"),
            calls: AtomicUsize::new(0),
            texts: AtomicUsize::new(0),
            stuck,
        })
    }

    fn asked(&self) -> (usize, usize) {
        (
            self.calls.swap(0, Ordering::Relaxed),
            self.texts.swap(0, Ordering::Relaxed),
        )
    }
}

impl Embedder for Probe {
    fn documents(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>> {
        self.words.documents(texts)
    }

    fn background(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.texts.fetch_add(texts.len(), Ordering::Relaxed);
        Box::pin(async move {
            if let Some(stuck) = &self.stuck {
                stuck.notify_one();
                std::future::pending::<()>().await;
            }
            if texts.iter().any(|text| text.contains("poison")) {
                return Err(RagError::Busy);
            }
            self.words.documents(texts).await
        })
    }

    fn query<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<Vec<f32>, RagError>> {
        self.words.query(text)
    }

    fn dimensions(&self) -> usize {
        self.words.dimensions()
    }

    fn model_hash(&self) -> &str {
        self.words.model_hash()
    }

    fn languages(&self) -> &Languages {
        self.words.languages()
    }

    fn max_tokens(&self) -> usize {
        self.words.max_tokens()
    }

    fn counter(&self) -> TokenCounter {
        self.words.counter()
    }
}

struct World {
    db: TestDb,
    clock: Arc<FixedClock>,
    store: Store,
    owner: PgPool,
    acme: TenantStore,
    probe: Arc<Probe>,
    knowledge: Knowledge,
    /// Last, so that the shard is closed before its folder goes.
    _folder: Folder,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let clock = Arc::new(FixedClock::at("2026-03-02T10:00:00Z".parse().unwrap()));
        let store = db.store_at(clock.clone()).await;
        let (acme, _) = db.tenant_in(&store, "acme").await;
        let owner = db.owner().await;
        let folder = Folder::new();
        let probe = Probe::new(None);
        let engine = Arc::new(shard(&folder, probe.as_ref()));
        let knowledge = Knowledge::new(engine, probe.clone()).await.unwrap();
        Self {
            db,
            clock,
            store,
            owner,
            acme,
            probe,
            knowledge,
            _folder: folder,
        }
    }

    /// Does every waiting job of a record.
    async fn work(&self) -> Worked {
        let indexer = self.knowledge.indexer();
        let mut all = Worked::default();
        loop {
            let turn = indexer.work_records(&self.store, "test", 96).await.unwrap();
            if turn.done == 0 {
                all.failed += turn.failed;
                return all;
            }
            all.done += turn.done;
            all.failed += turn.failed;
        }
    }

    async fn ask(&self, store: &TenantStore, query: &RecordQuery) -> Result<Vec<RecordHit>, RagError> {
        self.knowledge.retriever(store.clone()).similar(query).await
    }

    async fn find(&self, store: &TenantStore, kind: RecordKind, text: &str) -> Vec<RecordHit> {
        self.ask(store, &about(kind, text)).await.unwrap()
    }

    async fn like(&self, store: &TenantStore, record: &Record) -> Vec<RecordHit> {
        let kind = RecordKind::named(record.object.name).unwrap();
        self.ask(store, &like(kind, record.id)).await.unwrap()
    }

    /// Passages of a record in the index.
    async fn passages(&self, record: Uuid) -> usize {
        let index = TenantIndex::new(Arc::clone(self.knowledge.engine()), self.acme.grant());
        index.count(Some(Wanted::Document(record))).await.unwrap()
    }

    /// A member of acme with a role of these permissions.
    async fn member(&self, name: &str, permissions: Json) -> (Uuid, TenantStore) {
        let (tenant, role, user) = (self.acme.grant().tenant().uuid(), Uuid::now_v7(), Uuid::now_v7());
        let email = format!("{name}@acme.test");
        let statements = [
            "INSERT INTO roles (tenant_id, id, name, permissions, created_at, updated_at) VALUES ($1, $2, $4, $6, now(), now())",
            "INSERT INTO users (id, email, name, created_at, updated_at) SELECT $3, $5, $4, now(), now() WHERE $1 IS NOT NULL AND $2 IS NOT NULL AND $6 IS NOT NULL",
            "INSERT INTO memberships (tenant_id, id, user_id, role_id, created_at, updated_at) SELECT $1, $3, $3, $2, now(), now() WHERE $4 <> '' AND $5 <> '' AND $6 IS NOT NULL",
        ];
        for statement in statements {
            sqlx::query(statement)
                .bind(tenant)
                .bind(role)
                .bind(user)
                .bind(name)
                .bind(&email)
                .bind(&permissions)
                .execute(&self.owner)
                .await
                .unwrap();
        }
        let grant = self.store.operate("acme", Some(&email)).await.unwrap().unwrap();
        (user, self.store.open(&grant))
    }
}

fn about(kind: RecordKind, text: &str) -> RecordQuery {
    RecordQuery {
        kind,
        like: Like::Text(text.to_owned()),
        limit: 5,
        settled: false,
        language: None,
    }
}

fn like(kind: RecordKind, id: Uuid) -> RecordQuery {
    RecordQuery {
        like: Like::Record(id),
        ..about(kind, "")
    }
}

fn draft(store: &crm_store::access::Access, object: &'static Object, json: &Json) -> Draft {
    Draft::from_json(object, json.as_object().unwrap(), store).unwrap()
}

async fn create(store: &TenantStore, object: &'static Object, json: Json) -> Record {
    let mut tx = store.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    let draft = draft(&access, object, &json);
    let record = tx.records(object).create(draft).await.unwrap();
    tx.commit().await.unwrap();
    record
}

async fn update(store: &TenantStore, record: &Record, json: Json) -> Record {
    let mut tx = store.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    let draft = draft(&access, record.object, &json);
    let record = tx
        .records(record.object)
        .update(record.id, draft, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    record
}

async fn case(store: &TenantStore, subject: &str, description: &str) -> Record {
    create(
        store,
        &catalog::CASE,
        json!({"subject": subject, "description": description, "language": "en"}),
    )
    .await
}

/// A conversation with a line of the customer for each text.
async fn conversation(store: &TenantStore, texts: &[&str]) -> (ConversationId, Vec<MessageId>) {
    let mut tx = store.begin().await.unwrap();
    let conversation = tx
        .conversations()
        .create(Channel::Chat, None, Some("en"))
        .await
        .unwrap()
        .id;
    let mut ids = Vec::new();
    for text in texts {
        let said = NewMessage {
            direction: Direction::Inbound,
            kind: MessageKind::Text,
            author: Author::Actor,
            body: (*text).to_owned(),
            language: Some("en".to_owned()),
        };
        ids.push(tx.conversations().say(conversation, &said).await.unwrap().id);
    }
    tx.commit().await.unwrap();
    (conversation, ids)
}

fn ids(hits: &[RecordHit]) -> Vec<Uuid> {
    hits.iter().map(|hit| hit.id).collect()
}
