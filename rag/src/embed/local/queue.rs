//! The thread that owns the model, and the queues in front of it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::RagError;
use crate::chunk::TokenCounter;

/// Texts that may wait; the callers of more wait outside, so memory stays bounded.
const WAITING_TEXTS: usize = 4_096;

/// Queries that may wait before the next is refused: each is a person waiting.
const WAITING_QUERIES: usize = 1_024;

/// Tokens in one batch, padding included. Queries interrupt between batches, so
/// this bounds how long one waits behind documents: about 0.1 s on two cores.
const BATCH_TOKENS: usize = 2_048;

/// The same for texts of the background, which are many for long: a question comes after at most
/// a quarter of that.
const BACKGROUND_TOKENS: usize = 512;

/// Who waits for the vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// A person: goes ahead of documents.
    Query,
    /// The indexing worker, with an article that somebody has just published.
    Document,
    /// The indexing worker, with thousands of records: goes behind both.
    Background,
}

struct Job {
    text: String,
    tokens: usize,
    reply: oneshot::Sender<Result<Vec<f32>, RagError>>,
    _room: Option<OwnedSemaphorePermit>,
}

#[derive(Default)]
struct Waiting {
    queries: VecDeque<Job>,
    documents: VecDeque<Job>,
    background: VecDeque<Job>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    filled: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way to the thread; dropping it ends the thread once it is idle.
pub(super) struct Queue {
    shared: Arc<Shared>,
    room: Arc<Semaphore>,
    background_room: Arc<Semaphore>,
    counter: TokenCounter,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue")
            .field("room", &self.room.available_permits())
            .finish_non_exhaustive()
    }
}

impl Queue {
    /// Starts the thread; `run` embeds one batch.
    pub(super) fn start(
        counter: TokenCounter,
        mut run: impl FnMut(&[String]) -> Result<Vec<Vec<f32>>, RagError> + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("embedder".to_owned())
            .spawn(move || {
                while let Some(batch) = next_batch(&theirs) {
                    answer(batch, &mut run);
                }
            })?;
        Ok(Self {
            shared,
            room: Arc::new(Semaphore::new(WAITING_TEXTS)),
            background_room: Arc::new(Semaphore::new(WAITING_TEXTS)),
            counter,
        })
    }

    /// Embeds `texts`, in their order.
    pub(super) async fn embed(
        &self,
        texts: Vec<String>,
        urgency: Urgency,
    ) -> Result<Vec<Vec<f32>>, RagError> {
        let mut replies = Vec::with_capacity(texts.len());
        for text in texts {
            let room = match urgency {
                Urgency::Query => None,
                Urgency::Document => Arc::clone(&self.room).acquire_owned().await.ok(),
                Urgency::Background => Arc::clone(&self.background_room).acquire_owned().await.ok(),
            };
            let (reply, answer) = oneshot::channel();
            let job = Job {
                tokens: self.counter.count(&text) + 2,
                text,
                reply,
                _room: room,
            };
            let mut waiting = self.shared.lock();
            match urgency {
                Urgency::Query if waiting.queries.len() >= WAITING_QUERIES => return Err(RagError::Busy),
                Urgency::Query => waiting.queries.push_back(job),
                Urgency::Document => waiting.documents.push_back(job),
                Urgency::Background => waiting.background.push_back(job),
            }
            drop(waiting);
            self.shared.filled.notify_one();
            replies.push(answer);
        }
        let mut vectors = Vec::with_capacity(replies.len());
        for reply in replies {
            vectors.push(
                reply
                    .await
                    .map_err(|_| RagError::embedding("the embedder's thread ended"))??,
            );
        }
        Ok(vectors)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.filled.notify_all();
    }
}

/// Waits for work: every query that waits, else a batch of documents of like length, else of the background.
fn next_batch(shared: &Shared) -> Option<Vec<Job>> {
    let mut waiting = shared.lock();
    loop {
        if !waiting.queries.is_empty() {
            return Some(take(&mut waiting.queries, BATCH_TOKENS));
        }
        if !waiting.documents.is_empty() {
            return Some(take(&mut waiting.documents, BATCH_TOKENS));
        }
        if !waiting.background.is_empty() {
            return Some(take(&mut waiting.background, BACKGROUND_TOKENS));
        }
        if waiting.closed {
            return None;
        }
        waiting = shared
            .filled
            .wait(waiting)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

/// The job that has waited longest, with those whose length is nearest to its own:
/// a batch is padded to its longest text, so unlike lengths waste the work.
fn take(jobs: &mut VecDeque<Job>, most: usize) -> Vec<Job> {
    let Some(first) = jobs.pop_front() else {
        return Vec::new();
    };
    let mut others: Vec<Job> = jobs.drain(..).collect();
    let mut order: Vec<usize> = (0..others.len()).collect();
    order.sort_by_key(|at| others.get(*at).map_or(0, |job| job.tokens.abs_diff(first.tokens)));
    let mut longest = first.tokens;
    let mut chosen = vec![false; others.len()];
    for (count, at) in (1..).zip(order) {
        let tokens = others.get(at).map_or(0, |job| job.tokens);
        if longest.max(tokens) * (count + 1) > most {
            break;
        }
        longest = longest.max(tokens);
        if let Some(mark) = chosen.get_mut(at) {
            *mark = true;
        }
    }
    let mut batch = vec![first];
    for (job, chosen) in others.drain(..).zip(chosen) {
        if chosen {
            batch.push(job);
        } else {
            jobs.push_back(job);
        }
    }
    batch
}

fn answer(batch: Vec<Job>, run: &mut impl FnMut(&[String]) -> Result<Vec<Vec<f32>>, RagError>) {
    // Nobody waits for some of them any more; their callers were cancelled.
    let (texts, replies): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .filter(|job| !job.reply.is_closed())
        .map(|job| (job.text, job.reply))
        .unzip();
    if texts.is_empty() {
        return;
    }
    match run(&texts) {
        Ok(vectors) if vectors.len() == texts.len() => {
            for (reply, vector) in replies.into_iter().zip(vectors) {
                // A caller that has left meanwhile needs no vector.
                drop(reply.send(Ok(vector)));
            }
        }
        Ok(_) => fail(replies, "the model gave another number of vectors than texts"),
        Err(error) => fail(replies, &error.to_string()),
    }
}

fn fail(replies: Vec<oneshot::Sender<Result<Vec<f32>, RagError>>>, message: &str) {
    for reply in replies {
        drop(reply.send(Err(RagError::embedding(message))));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A queue whose model says which batches it saw and waits to be let on.
    fn gated() -> (Queue, mpsc::Sender<()>, mpsc::Receiver<Vec<String>>) {
        let (go, gate) = mpsc::channel();
        let (saw, seen) = mpsc::channel();
        let queue = Queue::start(TokenCounter::by_bytes(), move |texts| {
            saw.send(texts.to_vec()).unwrap();
            gate.recv().unwrap();
            Ok(texts
                .iter()
                .map(|text| vec![f32::from(u8::try_from(text.len() % 256).unwrap())])
                .collect())
        })
        .unwrap();
        (queue, go, seen)
    }

    #[tokio::test]
    async fn queries_go_ahead_of_documents_and_like_lengths_go_together() {
        let (queue, go, seen) = gated();
        let queue = Arc::new(queue);
        let long = "word ".repeat(1_000);
        let documents = vec![
            "first".to_owned(),
            long.clone(),
            "a b".to_owned(),
            long.clone(),
            "c d".to_owned(),
        ];
        let first = futures::FutureExt::shared({
            let queue = Arc::clone(&queue);
            async move {
                queue
                    .embed(documents, Urgency::Document)
                    .await
                    .map_err(|error| error.to_string())
            }
        });
        // Polls once: everything is queued, the thread stands at the gate with the first batch.
        assert!(futures::FutureExt::now_or_never(first.clone()).is_none());
        let batch = seen.recv().unwrap();
        assert!(batch.contains(&"first".to_owned()));
        let query = queue.embed(vec!["who?".to_owned()], Urgency::Query);
        futures::pin_mut!(query);
        assert!(futures::poll!(&mut query).is_pending());
        let mut batches = vec![batch];
        for _ in 0..2 {
            go.send(()).unwrap();
            batches.push(seen.recv().unwrap());
        }
        for _ in 0..5 {
            go.send(()).unwrap();
        }
        assert_eq!(query.await.unwrap(), [[4.0]]);
        assert_eq!(first.await.unwrap().len(), 5);
        assert_eq!(batches[1], ["who?"], "the query waited for one batch only");
        assert!(
            batches[2]
                .iter()
                .all(|text| (text.len() > 100) == (batches[2][0].len() > 100)),
            "lengths were mixed"
        );
    }

    #[tokio::test]
    async fn the_background_waits_for_everybody_else() {
        let (queue, go, seen) = gated();
        let many = vec!["x".repeat(1_200); 8];
        let background = queue.embed(many, Urgency::Background);
        futures::pin_mut!(background);
        assert!(futures::poll!(&mut background).is_pending());
        let first = seen.recv().unwrap();
        assert_eq!(first.len(), 1, "small batches: whoever comes waits for little");
        let article = queue.embed(vec!["an article".to_owned()], Urgency::Document);
        let query = queue.embed(vec!["who?".to_owned()], Urgency::Query);
        futures::pin_mut!(article, query);
        assert!(futures::poll!(&mut article).is_pending());
        assert!(futures::poll!(&mut query).is_pending());
        for next in ["who?", "an article"] {
            go.send(()).unwrap();
            assert_eq!(seen.recv().unwrap(), [next]);
        }
        for _ in 0..9 {
            go.send(()).unwrap();
        }
        assert_eq!(background.await.unwrap().len(), 8);
    }

    #[tokio::test]
    async fn an_error_reaches_every_caller_and_the_thread_lives_on() {
        let mut calls = 0;
        let queue = Queue::start(TokenCounter::by_bytes(), move |texts| {
            calls += 1;
            if calls == 1 {
                Err(RagError::embedding("no"))
            } else {
                Ok(vec![vec![1.0]; texts.len()])
            }
        })
        .unwrap();
        assert!(queue.embed(vec!["a".into()], Urgency::Query).await.is_err());
        assert_eq!(
            queue.embed(vec!["a".into()], Urgency::Query).await.unwrap(),
            [[1.0]]
        );
    }
}
