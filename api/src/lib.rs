//! crm-ai as a library: the HTTP service, the workers and the commands.
//!
//! The binary only hands its arguments to [`commands::run`]; tests start the
//! whole service in their own process through [`App::start`].

pub mod app;
mod assets;
pub mod beacon;
pub mod cli;
pub mod commands;
pub mod config;
pub mod control;
pub mod database;
mod error;
pub mod feed;
pub mod http;
mod imports;
pub mod inbound;
pub mod metrics;
pub mod money;
pub mod openapi;
pub mod outbound;
mod problem;
pub mod router;
pub mod routes;
pub mod services;
pub mod shutdown;
pub mod state;
pub mod telemetry;
pub mod worker;

pub use app::{App, Overrides, RunningApp};
pub use config::Config;
pub use error::AppError;
pub use problem::{FieldError, Problem, ProblemBody, ProblemKind};
