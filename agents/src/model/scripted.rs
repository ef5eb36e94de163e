//! A model that says what a test told it to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use tokio::sync::watch;

use super::{
    ChatModel, ChatRequest, ModelError, ModelEvent, ModelProfile, ModelStream, StopReason, TokenUsage,
    ToolCall,
};

/// One step of a scripted turn.
#[derive(Debug)]
pub enum Step {
    /// Says this.
    Say(ModelEvent),
    /// Waits until the test opens the gate.
    Wait(Gate),
    /// Fails; as the first step the call itself fails.
    Fail(ModelError),
}

impl Step {
    /// A piece of text.
    pub fn text(text: &str) -> Self {
        Self::Say(ModelEvent::TextDelta(text.to_owned()))
    }

    /// A call of a tool.
    pub fn call(id: &str, name: &str, arguments: &str) -> Self {
        Self::Say(ModelEvent::ToolCall(ToolCall {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        }))
    }

    /// The end of the turn, with ten tokens in and five out.
    pub fn finish(reason: StopReason) -> Self {
        let usage = TokenUsage {
            input_tokens: 10,
            output_tokens: 5,
            ..TokenUsage::default()
        };
        Self::Say(ModelEvent::Finished { reason, usage })
    }
}

/// A gate in a script: the model stops at it, the test opens it.
#[derive(Debug, Clone)]
pub struct Gate {
    open: Arc<watch::Sender<bool>>,
    reached: Arc<watch::Sender<bool>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            open: Arc::new(watch::Sender::new(false)),
            reached: Arc::new(watch::Sender::new(false)),
        }
    }
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the model go on.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until the model stands at the gate.
    pub async fn reached(&self) {
        // The sender lives as long as this gate, so this cannot fail.
        let _ = self.reached.subscribe().wait_for(|reached| *reached).await;
    }

    /// Stands at the gate until it is open.
    pub async fn pass(&self) {
        self.reached.send_replace(true);
        let _ = self.open.subscribe().wait_for(|open| *open).await;
    }
}

/// A [`ChatModel`] that plays one script a turn and remembers what it was asked.
#[derive(Debug)]
pub struct ScriptedModel {
    profile: ModelProfile,
    turns: Mutex<VecDeque<Vec<Step>>>,
    requests: Mutex<Vec<ChatRequest>>,
}

impl ScriptedModel {
    /// A model that plays `turns` in order; a turn beyond them is an error.
    pub fn new(turns: impl IntoIterator<Item = Vec<Step>>) -> Self {
        Self {
            profile: ModelProfile {
                provider: "scripted".to_owned(),
                model: "scripted".to_owned(),
                context_tokens: 128_000,
                max_output_tokens: 4_096,
                is_floor: false,
            },
            turns: Mutex::new(turns.into_iter().collect()),
            requests: Mutex::new(Vec::new()),
        }
    }

    /// The same model under another name.
    #[must_use]
    pub fn named(mut self, model: &str) -> Self {
        model.clone_into(&mut self.profile.model);
        self
    }

    /// The same model with other facts.
    #[must_use]
    pub fn with_profile(mut self, profile: ModelProfile) -> Self {
        self.profile = profile;
        self
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<ChatRequest> {
        lock(&self.requests).clone()
    }
}

impl ChatModel for ScriptedModel {
    fn profile(&self) -> &ModelProfile {
        &self.profile
    }

    fn stream<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ModelStream, ModelError>> {
        async move {
            lock(&self.requests).push(request.clone());
            let turn = lock(&self.turns).pop_front();
            let mut steps: VecDeque<Step> = turn
                .ok_or_else(|| ModelError::Protocol("the script has no more turns".to_owned()))?
                .into();
            if let Some(Step::Fail(_)) = steps.front()
                && let Some(Step::Fail(error)) = steps.pop_front()
            {
                return Err(error);
            }
            Ok(stream::unfold(steps, play).boxed())
        }
        .boxed()
    }
}

async fn play(mut steps: VecDeque<Step>) -> Option<(Result<ModelEvent, ModelError>, VecDeque<Step>)> {
    loop {
        match steps.pop_front()? {
            Step::Say(event) => return Some((Ok(event), steps)),
            Step::Wait(gate) => gate.pass().await,
            Step::Fail(error) => return Some((Err(error), VecDeque::new())),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
