//! A thread that owns a shard's work of one kind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use qdrant_edge::{EdgeShard, OperationResult};
use tokio::sync::{mpsc, oneshot};

use crate::RagError;

type Work = Box<dyn FnOnce(&EdgeShard) + Send>;

/// Requests that may wait for the thread; their callers wait when it is full.
const WAITING: usize = 256;

/// The way to the thread. Dropping it waits until the thread has done what it was given.
#[derive(Debug)]
pub(super) struct Owner {
    work: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Owner {
    pub(super) fn start(name: &str, shard: Arc<EdgeShard>) -> std::io::Result<Self> {
        let (sender, mut waiting) = mpsc::channel::<Work>(WAITING);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Some(work) = waiting.blocking_recv() {
                work(&shard);
            }
        })?;
        Ok(Self {
            work: Some(sender),
            thread: Some(thread),
        })
    }

    /// Runs `work` on the thread. A panic of the engine is an error like another.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl FnOnce(&EdgeShard) -> OperationResult<T> + Send + 'static,
    ) -> Result<T, RagError> {
        let (reply, answer) = oneshot::channel();
        let task: Work = Box::new(move |shard| {
            let done = catch_unwind(AssertUnwindSafe(|| work(shard)));
            // A caller that has left meanwhile needs no answer.
            drop(reply.send(done));
        });
        let ended = || RagError::index(action, "its thread has ended");
        self.work
            .as_ref()
            .ok_or_else(ended)?
            .send(task)
            .await
            .map_err(|_| ended())?;
        match answer.await {
            Ok(Ok(done)) => done.map_err(|source| RagError::index(action, source)),
            Ok(Err(panic)) => Err(RagError::index(action, message(panic.as_ref()))),
            Err(_) => Err(ended()),
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        drop(self.work.take());
        if let Some(thread) = self.thread.take() {
            // Panics of the engine are caught around each piece of work, so the thread ends well.
            drop(thread.join());
        }
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("the engine panicked")
        .to_owned()
}
