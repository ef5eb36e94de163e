//! The crm-ai binary: hands its arguments to the library.

use std::process::ExitCode;

use clap::Parser;
use crm_api::{cli::Cli, commands, config::Environment};

fn main() -> ExitCode {
    let cli = Cli::parse();
    commands::run(cli, &Environment::of_process())
}
