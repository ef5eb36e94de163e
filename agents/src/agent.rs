//! What an agent is: its instructions, its tools, its limits.

use std::{fmt, sync::Arc};

use crm_store::TenantStore;
use crm_tools::{Effect, ToolRegistry};
use futures::future::{BoxFuture, ready};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Limits, RunError, clean};

/// What an agent makes of its input before the first turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// The input, typed and written down again: unknown and default fields are settled.
    pub input: Value,
    /// The rendered instructions.
    pub system: String,
    /// The words of the person who asks.
    pub question: String,
}

/// Which calls need a human's consent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ApprovalPolicy {
    /// Whatever changes or leaves something waits for a human.
    #[default]
    Ask,
    /// Writes run at once; what leaves the system waits.
    AskForExternal,
}

impl ApprovalPolicy {
    /// Whether a call with this effect waits.
    pub const fn asks(self, effect: Effect) -> bool {
        match effect {
            Effect::Read => false,
            Effect::Write => matches!(self, Self::Ask),
            Effect::External => true,
        }
    }
}

type Opened = BoxFuture<'static, Result<Opening, RunError>>;
type Open = dyn Fn(Value, TenantStore) -> Opened + Send + Sync;

/// An agent. One file in `definitions/` makes each of those that are shipped.
#[derive(Clone)]
pub struct Agent {
    /// Its name in paths, logs and the ledger.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// JSON Schema of its input.
    pub input_schema: Value,
    /// What it may do.
    pub tools: ToolRegistry,
    /// How far it may go.
    pub limits: Limits,
    /// Which of its calls need a human's consent.
    pub approval: ApprovalPolicy,
    /// Whether what a model says reaches the reader. An agent that does not speak answers through tools that settle
    /// the run ([`crm_tools::Tool::settles`]); a model that only talks is passed over.
    pub speaks: bool,
    /// How many turns with failed calls a model may mend before the floor takes the run over; as many as the limits allow
    /// when there is no number.
    pub repairs: Option<u32>,
    open: Arc<Open>,
}

impl Agent {
    /// An agent whose input is an `I`; `open` renders its instructions.
    pub fn new<I>(
        name: impl Into<String>,
        description: impl Into<String>,
        tools: ToolRegistry,
        open: impl Fn(&I) -> Result<(String, String), RunError> + Send + Sync + 'static,
    ) -> Self
    where
        I: DeserializeOwned + Serialize + JsonSchema + Send + Sync + 'static,
    {
        Self::reading(name, description, tools, move |input: Arc<I>, _| {
            Box::pin(ready(open(&input)))
        })
    }

    /// An agent whose instructions need something of the asker's tenant, which `open` reads as the asker. It leaves no
    /// transaction open.
    pub fn reading<I>(
        name: impl Into<String>,
        description: impl Into<String>,
        tools: ToolRegistry,
        open: impl Fn(Arc<I>, TenantStore) -> BoxFuture<'static, Result<(String, String), RunError>>
        + Send
        + Sync
        + 'static,
    ) -> Self
    where
        I: DeserializeOwned + Serialize + JsonSchema + Send + Sync + 'static,
    {
        Self {
            name: name.into(),
            description: description.into(),
            input_schema: schemars::schema_for!(I).to_value(),
            tools,
            limits: Limits::default(),
            approval: ApprovalPolicy::default(),
            speaks: true,
            repairs: None,
            open: Arc::new(move |value, store| {
                let input = match read::<I>(&value) {
                    Ok(input) => Arc::new(input),
                    Err(error) => return Box::pin(ready(Err(error))),
                };
                let words = open(Arc::clone(&input), store);
                Box::pin(async move {
                    let (system, question) = words.await?;
                    let input =
                        serde_json::to_value(input.as_ref()).map_err(|error| RunError::InvalidInput {
                            pointer: String::new(),
                            message: error.to_string(),
                        })?;
                    Ok(Opening {
                        input,
                        system,
                        question,
                    })
                })
            }),
        }
    }

    /// The same agent with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same agent, of whose models the reader hears nothing: only what tools answer with.
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.speaks = false;
        self
    }

    /// The same agent, whose models may mend so many turns with failed calls. After that the floor answers, and it always
    /// has turns left to do so.
    #[must_use]
    pub fn with_repairs(mut self, repairs: u32) -> Self {
        self.repairs = Some(repairs);
        self
    }

    /// Checks an input and renders the instructions, as the asker of `store`.
    pub async fn open(&self, input: Value, store: &TenantStore) -> Result<Opening, RunError> {
        (self.open)(input, store.clone()).await
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent")
            .field("name", &self.name)
            .field("tools", &self.tools)
            .finish_non_exhaustive()
    }
}

/// An input as its type has it.
fn read<I: DeserializeOwned>(value: &Value) -> Result<I, RunError> {
    if clean::is_dirty(value) {
        return Err(RunError::InvalidInput {
            pointer: String::new(),
            message: "contains the character NUL, which cannot be stored".to_owned(),
        });
    }
    serde_path_to_error::deserialize(value).map_err(|error| RunError::InvalidInput {
        pointer: pointer(error.path()),
        message: error.inner().to_string(),
    })
}

/// A path into JSON as RFC 6901 writes it.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}
