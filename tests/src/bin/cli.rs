//! The program itself, as a process that tests can start and kill.

use std::process::ExitCode;

use clap::Parser;
use crm_api::{cli::Cli, config::Environment};

fn main() -> ExitCode {
    crm_api::commands::run(Cli::parse(), &Environment::of_process())
}
