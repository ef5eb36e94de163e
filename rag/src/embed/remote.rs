//! A model behind an OpenAI-compatible embeddings endpoint.

use std::time::Duration;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::embeddings::{CreateEmbeddingRequest, EmbeddingInput, EncodingFormat};
use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::{Embedder, Languages, normalise};
use crate::RagError;
use crate::chunk::TokenCounter;

/// Texts in one request; every provider that we know takes as many.
const BATCH: usize = 64;

/// How often a request that hangs or breaks is sent in all.
const ATTEMPTS: u32 = 2;

/// Which model to ask, and where.
#[derive(Debug, Clone)]
pub struct RemoteModel {
    /// The endpoint up to and including `/v1`.
    pub base_url: String,
    /// The key; may be empty for a server without one.
    pub api_key: SecretString,
    /// The model's name at the provider.
    pub model: String,
    /// The length of its vectors.
    pub dimensions: usize,
    /// The languages it understands.
    pub languages: Languages,
    /// How many tokens it reads.
    pub max_tokens: usize,
    /// How long one request may take, with what the client tries again by itself.
    pub timeout: Duration,
}

/// Embeds through HTTP.
#[derive(Debug)]
pub struct RemoteEmbedder {
    client: Client<OpenAIConfig>,
    model: RemoteModel,
    hash: String,
    counter: TokenCounter,
}

impl RemoteEmbedder {
    /// An embedder for `model`. Nothing is sent before the first text.
    pub fn new(model: RemoteModel) -> Self {
        // Both are always set: the client would read the environment otherwise.
        let config = OpenAIConfig::new()
            .with_api_base(&model.base_url)
            .with_api_key(model.api_key.expose_secret());
        let name = format!("{}\n{}\n{}", model.base_url, model.model, model.dimensions);
        Self {
            client: Client::with_config(config),
            hash: hex::encode(Sha256::digest(name)),
            counter: TokenCounter::by_bytes(),
            model,
        }
    }

    async fn embed(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, RagError> {
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            vectors.extend(self.batch(batch).await?);
        }
        Ok(vectors)
    }

    async fn batch(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, RagError> {
        // An empty input is refused by providers; a blank one has a vector like any other.
        let input = texts
            .iter()
            .map(|text| {
                if text.is_empty() {
                    " ".to_owned()
                } else {
                    text.clone()
                }
            })
            .collect();
        let request = CreateEmbeddingRequest {
            model: self.model.model.clone(),
            input: EmbeddingInput::StringArray(input),
            encoding_format: Some(EncodingFormat::Float),
            user: None,
            dimensions: None,
        };
        // The client itself tries again after 429, 5xx and refused connections, and waits
        // as long as the provider says; what is left is a connection that hangs or breaks.
        for attempt in 1..=ATTEMPTS {
            let sent = tokio::time::timeout(
                self.model.timeout,
                self.client.embeddings().create(request.clone()),
            )
            .await;
            let error = match sent {
                Ok(Ok(answer)) => return self.vectors(answer.data, texts.len()),
                Ok(Err(OpenAIError::Reqwest(error))) => error.to_string(),
                Ok(Err(error)) => return Err(RagError::embedding(error)),
                Err(_) => format!("no answer within {:?}", self.model.timeout),
            };
            if attempt == ATTEMPTS {
                return Err(RagError::embedding(error));
            }
            tracing::debug!(attempt, error, "the embeddings endpoint failed, trying again");
        }
        Err(RagError::embedding("no attempt was made"))
    }

    fn vectors(
        &self,
        mut data: Vec<async_openai::types::embeddings::Embedding>,
        wanted: usize,
    ) -> Result<Vec<Vec<f32>>, RagError> {
        data.sort_by_key(|embedding| embedding.index);
        if data.len() != wanted || data.iter().zip(0..).any(|(embedding, at)| embedding.index != at) {
            return Err(RagError::embedding(format!(
                "{wanted} texts were sent, {} vectors came back",
                data.len()
            )));
        }
        if let Some(wrong) = data
            .iter()
            .find(|embedding| embedding.embedding.len() != self.model.dimensions)
        {
            return Err(RagError::embedding(format!(
                "vectors have {} numbers, {} are configured",
                wrong.embedding.len(),
                self.model.dimensions
            )));
        }
        Ok(data
            .into_iter()
            .map(|embedding| normalise(embedding.embedding))
            .collect())
    }
}

impl Embedder for RemoteEmbedder {
    fn documents(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>> {
        Box::pin(self.embed(texts))
    }

    fn query<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<Vec<f32>, RagError>> {
        Box::pin(async move {
            let vectors = self.embed(vec![text.to_owned()]).await?;
            vectors
                .into_iter()
                .next()
                .ok_or_else(|| RagError::embedding("the endpoint gave no vector"))
        })
    }

    fn dimensions(&self) -> usize {
        self.model.dimensions
    }

    fn model_hash(&self) -> &str {
        &self.hash
    }

    fn languages(&self) -> &Languages {
        &self.model.languages
    }

    fn max_tokens(&self) -> usize {
        self.model.max_tokens
    }

    fn counter(&self) -> TokenCounter {
        self.counter.clone()
    }
}
