//! The tools that an agent may call, found by name.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use jsonschema::Validator;
use serde_json::Value;

use crate::{Effect, SchemaError, Settled, Tool, ToolCtx, ToolError, ToolSpec, arguments, cut, schema};

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Called {
    /// The tool's output, under its cap.
    pub output: Value,
    /// One line for people.
    pub summary: String,
    /// What the run ends with, when this call is the answer.
    pub settled: Option<Settled>,
}

/// A tool that cannot be offered to a model: a defect of the program.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Its arguments have a schema that a provider would refuse.
    #[error("the arguments of {tool} cannot be offered")]
    Schema {
        /// The tool.
        tool: &'static str,
        /// What is wrong.
        #[source]
        source: SchemaError,
    },
    /// Its name is taken, or is not one that providers accept.
    #[error("a tool cannot be called {0}")]
    Name(&'static str),
}

/// An agent's tools.
#[derive(Clone, Default)]
pub struct ToolRegistry {
    tools: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    spec: ToolSpec,
    validator: Arc<Validator>,
    tool: Arc<dyn Erased>,
}

impl ToolRegistry {
    /// A registry without tools.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tool.
    pub fn with<T: Tool>(mut self, tool: T) -> Result<Self, RegistryError> {
        let good_name = (1..=64).contains(&T::NAME.len())
            && T::NAME
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if !good_name || self.find(T::NAME).is_some() {
            return Err(RegistryError::Name(T::NAME));
        }
        let refused = |source| RegistryError::Schema {
            tool: T::NAME,
            source,
        };
        let parameters = schema::of::<T::Args>().map_err(refused)?;
        let validator = jsonschema::validator_for(&parameters).map_err(|error| {
            refused(SchemaError {
                path: "/".to_owned(),
                problem: error.to_string(),
            })
        })?;
        let spec = ToolSpec {
            name: T::NAME.to_owned(),
            description: tool.description().to_owned(),
            parameters,
            effect: T::EFFECT,
        };
        self.tools.push(Entry {
            spec,
            validator: Arc::new(validator),
            tool: Arc::new(tool),
        });
        Ok(self)
    }

    /// The tools as a model is told of them, in the order they were added.
    pub fn specs(&self) -> Vec<ToolSpec> {
        self.tools.iter().map(|entry| entry.spec.clone()).collect()
    }

    /// What a tool does to the world; `None` for a name that is not here.
    pub fn effect(&self, name: &str) -> Option<Effect> {
        self.find(name).map(|entry| entry.spec.effect)
    }

    /// Checks the arguments of a call without running it, and returns them parsed:
    /// what a human sees who is asked to approve it.
    pub fn check(&self, name: &str, arguments: &str) -> Result<Value, ToolError> {
        let entry = self.known(name)?;
        arguments::parse(&entry.spec, &entry.validator, arguments)
    }

    /// Runs one call with the arguments as a model wrote them.
    pub async fn call(&self, ctx: &ToolCtx, name: &str, arguments: &str) -> Result<Called, ToolError> {
        let entry = self.known(name)?;
        let arguments = arguments::parse(&entry.spec, &entry.validator, arguments)?;
        entry.tool.call(ctx, arguments).await
    }

    fn find(&self, name: &str) -> Option<&Entry> {
        self.tools.iter().find(|entry| entry.spec.name == name)
    }

    fn known(&self, name: &str) -> Result<&Entry, ToolError> {
        self.find(name).ok_or_else(|| {
            let names: Vec<&str> = self.tools.iter().map(|entry| entry.spec.name.as_str()).collect();
            let name = arguments::shown(name);
            ToolError::Correctable(format!(
                "there is no tool `{name}`; the tools are: {}",
                names.join(", ")
            ))
        })
    }
}

impl std::fmt::Debug for ToolRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.tools.iter().map(|entry| &entry.spec.name))
            .finish()
    }
}

/// A tool without its types.
trait Erased: Send + Sync {
    fn call<'a>(&'a self, ctx: &'a ToolCtx, arguments: Value) -> BoxFuture<'a, Result<Called, ToolError>>;
}

impl<T: Tool> Erased for T {
    fn call<'a>(&'a self, ctx: &'a ToolCtx, arguments: Value) -> BoxFuture<'a, Result<Called, ToolError>> {
        async move {
            let arguments: T::Args =
                serde_json::from_value(arguments).map_err(|error| arguments::misread(T::NAME, &error))?;
            let output = Tool::call(self, ctx, arguments).await?;
            let summary = self.summary(&output);
            let settled = self.settles(&output);
            let mut output =
                serde_json::to_value(&output).map_err(|error| ToolError::Fatal(Box::new(error)))?;
            cut::to_cap(&mut output, T::OUTPUT_CAP);
            Ok(Called {
                output,
                summary,
                settled,
            })
        }
        .boxed()
    }
}
