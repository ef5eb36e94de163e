//! A model on this machine, run by ONNX Runtime through fastembed.

mod files;
mod queue;

use std::sync::{Mutex, PoisonError};

use fastembed::{InitOptionsUserDefined, Pooling, TextEmbedding, UserDefinedEmbeddingModel};
use futures::future::BoxFuture;
use tokenizers::Tokenizer;

use super::{Embedder, Languages, normalise};
use crate::RagError;
use crate::chunk::TokenCounter;
use queue::{Queue, Urgency};

pub use files::{LocalModel, Precision};

/// Embeds with a model from the cache folder.
///
/// One thread owns the model: ONNX Runtime already uses every core for one batch,
/// so more callers at once would only wait on each other inside it.
#[derive(Debug)]
pub struct LocalEmbedder {
    queue: Queue,
    hash: String,
    languages: Languages,
    max_tokens: usize,
    dimensions: usize,
    counter: TokenCounter,
}

impl LocalEmbedder {
    /// Checks the model's files against their checksums, loads them and starts the thread.
    ///
    /// This takes about a second and blocks: call it on a blocking thread.
    pub fn load(model: &LocalModel) -> Result<Self, RagError> {
        let files = model.read()?;
        let tokenizer =
            Tokenizer::from_bytes(&files.tokenizer.tokenizer_file).map_err(|source| RagError::Setup {
                what: "the tokenizer",
                path: model.folder.clone(),
                source: Some(source),
            })?;
        let environment = environment(model)?;
        let mut options = InitOptionsUserDefined::new()
            .with_max_length(model.max_tokens)
            .with_environment(environment);
        if let Some(threads) = model.threads {
            options = options.with_intra_threads(threads);
        }
        let mut session = TextEmbedding::try_new_from_user_defined(
            UserDefinedEmbeddingModel::new(files.onnx, files.tokenizer).with_pooling(Pooling::Mean),
            options,
        )
        .map_err(|source| RagError::Setup {
            what: "the embedding model",
            path: model.folder.clone(),
            source: Some(source.into()),
        })?;
        let precision = model.precision;
        let dimensions = run(&mut session, precision, &["dimensions".to_owned()])?
            .first()
            .map_or(0, Vec::len);
        let counter = TokenCounter::new(tokenizer);
        let queue = Queue::start(counter.clone(), move |texts| run(&mut session, precision, texts)).map_err(
            |source| RagError::embedding(format!("the embedder's thread did not start: {source}")),
        )?;
        Ok(Self {
            queue,
            hash: files.hash,
            languages: model.languages.clone(),
            max_tokens: model.max_tokens,
            dimensions,
            counter,
        })
    }
}

/// One batch through the model.
fn run(
    session: &mut TextEmbedding,
    precision: Precision,
    texts: &[String],
) -> Result<Vec<Vec<f32>>, RagError> {
    // Dynamic quantisation scales its numbers to the batch, so a text's vector would
    // depend on the texts beside it, which may be another tenant's.
    let batch = if precision == Precision::Int8 {
        1
    } else {
        texts.len().max(1)
    };
    let vectors = session.embed(texts, Some(batch)).map_err(RagError::embedding)?;
    Ok(vectors.into_iter().map(normalise).collect())
}

/// The process's one environment of ONNX Runtime, loaded from the library of the first model.
fn environment(model: &LocalModel) -> Result<ort::environment::Environment, RagError> {
    static ENVIRONMENT: Mutex<Option<ort::environment::Environment>> = Mutex::new(None);
    let mut environment = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = environment.as_ref() {
        return Ok(environment.clone());
    }
    let broken = |source: Box<dyn std::error::Error + Send + Sync>| RagError::Setup {
        what: "ONNX Runtime",
        path: model.runtime.clone(),
        source: Some(source),
    };
    if !model.runtime.exists() {
        return Err(RagError::Setup {
            what: "ONNX Runtime",
            path: model.runtime.clone(),
            source: None,
        });
    }
    let loaded = ort::init_from(&model.runtime)
        .map_err(|source| broken(source.into()))?
        .with_telemetry(false)
        .build()
        .map_err(|source| broken(source.into()))?;
    *environment = Some(loaded.clone());
    Ok(loaded)
}

impl Embedder for LocalEmbedder {
    fn documents(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>> {
        Box::pin(self.queue.embed(texts, Urgency::Document))
    }

    fn background(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>> {
        Box::pin(self.queue.embed(texts, Urgency::Background))
    }

    fn query<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<Vec<f32>, RagError>> {
        Box::pin(async move {
            let vectors = self.queue.embed(vec![text.to_owned()], Urgency::Query).await?;
            vectors
                .into_iter()
                .next()
                .ok_or_else(|| RagError::embedding("the model gave no vector"))
        })
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn model_hash(&self) -> &str {
        &self.hash
    }

    fn languages(&self) -> &Languages {
        &self.languages
    }

    fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    fn counter(&self) -> TokenCounter {
        self.counter.clone()
    }
}
