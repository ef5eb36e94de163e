//! The agent loop, the models and the ledger's client.
//!
//! A [`Runner`] starts runs of [`Agent`]s and keeps them: each run is a task that
//! drives a [`model::ChatModel`] from turn to turn, runs the tools that it calls,
//! and appends what happens to a durable log. Readers follow the log by number,
//! from memory in the process that works on the run, from the store in others.
//!
//! To add an agent: a file in `definitions/` that names its input and renders its
//! instructions, a policy for the floor in `offline/`, and cases in `evals/`.
//!
//! Invariants: a run belongs to the server, and no reader can stop or slow it; a
//! model is never called without a hold in the ledger, which is settled exactly
//! once; no transaction is open while a model or a reader is waited for; every
//! log ends with one `run_finished`, whatever happens to the process; text from
//! outside reaches a model only through the fences of `crm-prompts`.

pub mod agent;
mod approval;
mod calls;
mod clean;
pub mod definitions;
mod drive;
mod error;
pub mod event;
mod keep;
mod limits;
mod log;
mod markers;
pub mod model;
pub mod offline;
mod prices;
mod rest;
mod result;
mod run;
mod runner;
mod speech;
mod start;
mod task;
mod turn;
mod usage;

pub use agent::{Agent, ApprovalPolicy, Opening};
pub use error::RunError;
pub use limits::Limits;
pub use log::{EventReader, GAP};
pub use result::{CalledTool, RunResult, collect};
pub(crate) use runner::Inner;
pub use runner::{OpenRetriever, RunHandle, Runner, RunnerConfig, RunnerParts, StartRun};
