//! What an agent may do: typed functions with an effect label.
//!
//! To add a tool: a file with one type that implements [`Tool`], its arguments
//! with a doc comment on each field, a line in the registry of the agent that
//! may use it, and a snapshot of its schema in `tests/it/tool_schemas.rs`.
//!
//! Invariants: a tool never calls a model, never chooses a tenant, and leaves no
//! transaction open.

mod arguments;
pub mod card;
pub mod context;
pub mod cut;
pub mod enrichment;
pub mod error;
pub mod forecast;
pub mod health;
mod kept;
pub mod knowledge;
mod names;
pub mod pipeline;
pub mod predictions;
pub mod question;
pub mod records;
pub mod refs;
pub mod registry;
pub mod schema;
pub mod semantic;
pub mod tool;
pub mod whose;
pub mod win;

pub use context::ToolCtx;
pub use error::ToolError;
pub use refs::{NumberedPassage, PassageRefs, passages_in};
pub use registry::{Called, RegistryError, ToolRegistry};
pub use schema::SchemaError;
pub use tool::{Effect, Settled, Tool, ToolSpec};
