//! Remembers the vectors of short texts that come again and again.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::{fmt, sync::Arc};

use futures::future::BoxFuture;
use lru::LruCache;

use super::{Embedder, Languages};
use crate::RagError;
use crate::chunk::TokenCounter;

/// Vectors that are kept: 12 MiB of them for a model of 384 dimensions.
const KEPT: NonZeroUsize = NonZeroUsize::new(8_192).unwrap();

/// Longer texts are not kept: they are passages, and those are embedded once.
const LONGEST: usize = 400;

/// An [`Embedder`] in front of another one, which it asks only for what is new.
///
/// The words and sentences of the articles that people ask about are the same all
/// day. A vector depends on its text alone, so nothing passes from one tenant to
/// another but time.
pub struct CachedEmbedder {
    inner: Arc<dyn Embedder>,
    known: Mutex<LruCache<String, Vec<f32>>>,
}

impl CachedEmbedder {
    /// Remembers what `inner` says.
    pub fn new(inner: Arc<dyn Embedder>) -> Self {
        Self {
            inner,
            known: Mutex::new(LruCache::new(KEPT)),
        }
    }

    /// What is known of `texts`, in their order.
    fn known(&self, texts: &[String]) -> Vec<Option<Vec<f32>>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        texts.iter().map(|text| known.get(text).cloned()).collect()
    }

    fn remember(&self, texts: Vec<String>, vectors: &[Vec<f32>]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for (text, vector) in texts.into_iter().zip(vectors) {
            if text.len() <= LONGEST {
                known.put(text, vector.clone());
            }
        }
    }
}

impl fmt::Debug for CachedEmbedder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedEmbedder")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl Embedder for CachedEmbedder {
    fn documents(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>> {
        Box::pin(async move {
            let mut found = self.known(&texts);
            let new: Vec<String> = texts
                .into_iter()
                .zip(&found)
                .filter_map(|(text, known)| known.is_none().then_some(text))
                .collect();
            if new.is_empty() {
                return Ok(found.into_iter().flatten().collect());
            }
            let vectors = self.inner.documents(new.clone()).await?;
            self.remember(new, &vectors);
            let mut vectors = vectors.into_iter();
            for place in found.iter_mut().filter(|place| place.is_none()) {
                *place = vectors.next();
            }
            Ok(found.into_iter().flatten().collect())
        })
    }

    /// Not remembered: the texts of an import would push out what comes again.
    fn background(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>> {
        self.inner.background(texts)
    }

    fn query<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<Vec<f32>, RagError>> {
        self.inner.query(text)
    }

    fn dimensions(&self) -> usize {
        self.inner.dimensions()
    }

    fn model_hash(&self) -> &str {
        self.inner.model_hash()
    }

    fn languages(&self) -> &Languages {
        self.inner.languages()
    }

    fn max_tokens(&self) -> usize {
        self.inner.max_tokens()
    }

    fn counter(&self) -> TokenCounter {
        self.inner.counter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says how long each text is, and remembers what it was asked.
    #[derive(Debug)]
    struct Counting {
        asked: Mutex<Vec<Vec<String>>>,
        languages: Languages,
    }

    impl Embedder for Counting {
        fn documents(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>> {
            #[expect(clippy::cast_precision_loss, reason = "texts of a few bytes")]
            let vectors = texts.iter().map(|text| vec![text.len() as f32]).collect();
            self.asked.lock().unwrap().push(texts);
            Box::pin(std::future::ready(Ok(vectors)))
        }

        fn query<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Vec<f32>, RagError>> {
            Box::pin(std::future::ready(Ok(vec![0.0])))
        }

        fn dimensions(&self) -> usize {
            1
        }

        fn model_hash(&self) -> &'static str {
            "counting"
        }

        fn languages(&self) -> &Languages {
            &self.languages
        }

        fn max_tokens(&self) -> usize {
            8
        }

        fn counter(&self) -> TokenCounter {
            TokenCounter::by_bytes()
        }
    }

    #[tokio::test]
    async fn only_what_is_new_is_embedded_and_the_order_stays() {
        let inner = Arc::new(Counting {
            asked: Mutex::default(),
            languages: Languages::All,
        });
        let cached = CachedEmbedder::new(inner.clone());
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let long = "x".repeat(LONGEST + 1);

        assert_eq!(
            cached.documents(texts(&["a", "bb"])).await.unwrap(),
            [[1.0], [2.0]]
        );
        let mixed = cached.documents(texts(&["ccc", "bb", &long, "a"])).await.unwrap();
        assert_eq!(mixed, [[3.0], [2.0], [401.0], [1.0]]);
        cached.documents(texts(&["a", &long])).await.unwrap();

        let asked = inner.asked.lock().unwrap().clone();
        assert_eq!(
            asked,
            [texts(&["a", "bb"]), texts(&["ccc", &long]), texts(&[&long])]
        );
    }
}
