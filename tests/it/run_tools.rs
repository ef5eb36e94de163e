//! Tools and an index that tests of runs control.

use std::{
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use crm_agents::model::scripted::Gate;
use crm_rag::{Passage, Query, RagError, RecordHit, RecordQuery, Retrieved, Retriever};
use crm_tools::{Effect, Tool, ToolCtx, ToolError};
use futures::{FutureExt, future::BoxFuture};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What tools wait for and what they did.
#[derive(Clone, Default)]
pub(crate) struct Tools {
    /// `wait` stands at it.
    pub(crate) gate: Gate,
    /// How often `write` ran, and with what.
    pub(crate) written: Arc<Mutex<Vec<String>>>,
    pub(crate) searches: Arc<AtomicU32>,
}

/// Finds the same passages for every query.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) passages: Vec<Passage>,
    pub(crate) searches: Arc<AtomicU32>,
}

impl Retriever for Found {
    fn retrieve<'a>(&'a self, _: &'a Query) -> BoxFuture<'a, Result<Retrieved, RagError>> {
        self.searches.fetch_add(1, Ordering::Relaxed);
        let found = Retrieved {
            passages: self.passages.clone(),
            confident: true,
            fusion: String::new(),
        };
        async { Ok(found) }.boxed()
    }

    fn similar<'a>(&'a self, _: &'a RecordQuery) -> BoxFuture<'a, Result<Vec<RecordHit>, RagError>> {
        async { Ok(Vec::new()) }.boxed()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    /// What to write.
    text: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Done {
    done: bool,
}

/// Changes something, so a human must agree.
pub(crate) struct Write(pub(crate) Tools);

impl Tool for Write {
    const NAME: &'static str = "write";
    const EFFECT: Effect = Effect::Write;
    type Args = Text;
    type Output = Done;

    fn description(&self) -> &'static str {
        "Writes."
    }

    fn call(&self, _: &ToolCtx, args: Text) -> impl Future<Output = Result<Done, ToolError>> + Send {
        self.0.written.lock().unwrap().push(args.text);
        async { Ok(Done { done: true }) }
    }
}

/// Waits at the gate.
pub(crate) struct Wait(pub(crate) Tools);

impl Tool for Wait {
    const NAME: &'static str = "wait";
    const EFFECT: Effect = Effect::Read;
    type Args = Text;
    type Output = Done;

    fn description(&self) -> &'static str {
        "Waits."
    }

    async fn call(&self, _: &ToolCtx, _: Text) -> Result<Done, ToolError> {
        self.0.gate.pass().await;
        Ok(Done { done: true })
    }
}

/// Fails for good.
pub(crate) struct Broken;

impl Tool for Broken {
    const NAME: &'static str = "broken";
    const EFFECT: Effect = Effect::Read;
    type Args = Text;
    type Output = Done;

    fn description(&self) -> &'static str {
        "Fails."
    }

    async fn call(&self, _: &ToolCtx, _: Text) -> Result<Done, ToolError> {
        Err(ToolError::Fatal("a secret cause".into()))
    }
}

/// Has a bug.
pub(crate) struct Panics;

impl Tool for Panics {
    const NAME: &'static str = "panics";
    const EFFECT: Effect = Effect::Read;
    type Args = Text;
    type Output = Done;

    fn description(&self) -> &'static str {
        "Panics."
    }

    async fn call(&self, _: &ToolCtx, _: Text) -> Result<Done, ToolError> {
        panic!("a bug in a tool")
    }
}
