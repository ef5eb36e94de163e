//! Text to vectors.

mod cached;
mod local;
mod remote;

use futures::future::BoxFuture;

use crate::RagError;
use crate::chunk::TokenCounter;

pub use cached::CachedEmbedder;
pub use local::{LocalEmbedder, LocalModel, Precision};
pub use remote::{RemoteEmbedder, RemoteModel};

/// Which languages a model was trained to understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Languages {
    /// Every language of the corpus: a multilingual model.
    All,
    /// These only, as ISO 639-1 codes.
    Only(Vec<String>),
}

impl Languages {
    /// Whether the model understands `language`.
    pub fn cover(&self, language: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(codes) => codes.iter().any(|code| code == language),
        }
    }
}

/// Turns texts into vectors of length one.
///
/// Cutting texts is not its job, and remembering vectors is [`CachedEmbedder`]'s: a text longer than the
/// model reads is read as far as it goes.
pub trait Embedder: Send + Sync + std::fmt::Debug {
    /// Embeds passages; they wait behind queries.
    fn documents(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>>;

    /// Embeds passages that can wait, such as those of an import: they go behind everything else.
    fn background(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>> {
        self.documents(texts)
    }

    /// Embeds one question.
    fn query<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<Vec<f32>, RagError>>;

    /// The length of a vector.
    fn dimensions(&self) -> usize;

    /// Names the model and its weights: vectors of two hashes do not mix.
    fn model_hash(&self) -> &str;

    /// The languages the model understands.
    fn languages(&self) -> &Languages;

    /// How many tokens the model reads, with its own marks.
    fn max_tokens(&self) -> usize;

    /// Counts tokens as the model does.
    fn counter(&self) -> TokenCounter;
}

/// Sentences about unrelated things. How alike a model finds them is its zero:
/// some models never go below 0.7.
const UNRELATED: [&str; 8] = [
    "The recipe needs two eggs and a cup of flour.",
    "Parliament voted on the new fishing quota yesterday.",
    "Reset the router by holding the button for ten seconds.",
    "Her grandmother was born in a village near the coast.",
    "The striker scored twice in the second half.",
    "Quarterly revenue grew by four percent.",
    "Glaciers carve valleys as they move downhill.",
    "Please return the library books before Friday.",
];

/// The cosine that `embedder` gives texts that have nothing to do with each other.
pub(crate) async fn background(embedder: &dyn Embedder) -> Result<f32, RagError> {
    let vectors = embedder.documents(UNRELATED.map(str::to_owned).to_vec()).await?;
    let mut total = 0.0;
    let mut pairs = 0.0;
    for (at, left) in vectors.iter().enumerate() {
        for right in vectors.iter().skip(at + 1) {
            total += dot(left, right);
            pairs += 1.0;
        }
    }
    Ok(if pairs > 0.0 {
        (total / pairs).clamp(0.0, 0.95)
    } else {
        0.0
    })
}

/// The scalar product; of two vectors of length one it is their cosine.
pub(crate) fn dot(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// Gives `vector` length one; a vector of zeros stays as it is.
pub(crate) fn normalise(mut vector: Vec<f32>) -> Vec<f32> {
    let length = dot(&vector, &vector).sqrt();
    if length > 0.0 {
        for value in &mut vector {
            *value /= length;
        }
    }
    vector
}
