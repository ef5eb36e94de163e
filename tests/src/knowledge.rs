//! What tests of retrieval share: an embedder without a model, and shards in folders of their own.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test that cannot be set up can only stop"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crm_rag::{
    EdgeConfig, EdgeIndex, Embedder, Knowledge, Languages, LocalEmbedder, LocalModel, RagError, TokenCounter,
};
use crm_store::TenantStore;
use crm_store::articles::{ArticleImport, ArticleStatus, Audience};
use crm_store::ids::ArticleId;
use futures::future::BoxFuture;

/// Embeds a text as the words it has: texts with the same words are near each other.
#[derive(Debug)]
pub struct WordEmbedder {
    hash: String,
    languages: Languages,
}

impl WordEmbedder {
    /// An embedder whose vectors do not mix with those of another name.
    pub fn named(name: &str) -> Self {
        Self {
            hash: name.to_owned(),
            languages: Languages::All,
        }
    }
}

/// The length of its vectors.
const DIMENSIONS: usize = 64;

fn embed(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0_f32; DIMENSIONS];
    for word in text
        .to_lowercase()
        .split(|char: char| !char.is_alphanumeric())
        .filter(|word| word.len() > 3)
    {
        let hash = word.bytes().fold(7_usize, |hash, byte| {
            hash.wrapping_mul(31).wrapping_add(usize::from(byte))
        });
        if let Some(value) = vector.get_mut(hash % DIMENSIONS) {
            *value += 1.0;
        }
    }
    let length = vector
        .iter()
        .map(|value| value * value)
        .sum::<f32>()
        .sqrt()
        .max(1.0);
    for value in &mut vector {
        *value /= length;
    }
    vector
}

impl Embedder for WordEmbedder {
    fn documents(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>> {
        Box::pin(async move { Ok(texts.iter().map(|text| embed(text)).collect()) })
    }

    fn query<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<Vec<f32>, RagError>> {
        Box::pin(async move { Ok(embed(text)) })
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn model_hash(&self) -> &str {
        &self.hash
    }

    fn languages(&self) -> &Languages {
        &self.languages
    }

    fn max_tokens(&self) -> usize {
        256
    }

    fn counter(&self) -> TokenCounter {
        TokenCounter::by_bytes()
    }
}

/// A folder that is removed with this value.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A fresh folder.
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("crm-ai-test-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in the folder for temporary files harms nobody.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A shard in `folder` that keeps nothing of the disk in reserve.
pub fn shard(folder: &Folder, embedder: &dyn Embedder) -> EdgeIndex {
    EdgeIndex::open(&EdgeConfig {
        reserve: 0,
        ..EdgeConfig::new(folder.path().join("index"), embedder)
    })
    .expect("a shard")
}

/// Knowledge over a shard in `folder`, without a model.
pub async fn knowledge(folder: &Folder) -> Knowledge {
    let embedder = Arc::new(WordEmbedder::named("words"));
    let engine = Arc::new(shard(folder, embedder.as_ref()));
    Knowledge::new(engine, embedder).await.expect("knowledge")
}

/// The model that the service ships with.
pub fn mini_lm() -> LocalEmbedder {
    LocalEmbedder::load(&LocalModel::mini_lm(&cache()))
        .expect("the embedding model is in the cache; run scripts/setup.sh")
}

/// The cache folder that `scripts/setup.sh` fills.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration; set-up reads the same variable"
)]
pub fn cache() -> PathBuf {
    std::env::var("CRM_AI_CACHE").map_or_else(
        |_| PathBuf::from(std::env::var("HOME").unwrap_or_default()).join(".cache/crm-ai"),
        PathBuf::from,
    )
}

/// An English article for everyone, published under an id of the tenant's own.
pub fn article(id: &str, title: &str, body: &str) -> ArticleImport {
    ArticleImport {
        external_id: id.to_owned(),
        title: title.to_owned(),
        body: body.to_owned(),
        language: "en".to_owned(),
        audience: Audience::Public,
        status: ArticleStatus::Published,
        owner_id: None,
    }
}

/// Writes articles, as an import does.
pub async fn write(store: &TenantStore, articles: &[ArticleImport]) -> Vec<ArticleId> {
    let mut tx = store.begin().await.expect("a transaction");
    let done = tx.articles().import_many(articles).await.expect("an import");
    tx.commit().await.expect("a commit");
    done.into_iter().map(crm_store::articles::Imported::id).collect()
}
