//! One command a file. Each prints one result: for people, or with `--json` one document.

mod ask;
mod backup;
mod demo;
mod doctor;
mod eval_pipeline;
mod eval_predict;
mod eval_rag;
mod eval_run;
mod export;
mod forecast;
mod import;
mod index;
mod local;
mod migrate;
mod openapi;
mod output;
mod predict;
mod privacy;
mod remote;
mod secrets_rotate;
mod serve;
mod sums;
mod tenant_create;
mod vocabulary;
mod win_card;
mod worker;

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use crm_store::{Clock, Store, SystemClock};

pub use ask::{AskRequest, ask};
pub use eval_run::{EvalRequest, EvalResult, evaluate};
pub use index::{IndexReport, IndexRequest, index};
use output::Output;

use crate::{
    cli::{
        Cli, Command, EvalCommand, IndexCommand, PrivacyCommand, SecretsCommand, SumsCommand, TenantCommand,
    },
    config::{Config, Environment, Log, LogFormat},
    database::Database,
    telemetry,
};

/// How long a process that is done waits for threads that still compute.
const LEFT_OVER: Duration = Duration::from_secs(5);

/// What a command works with.
struct Ctx {
    config: Config,
    output: Output,
    clock: Arc<dyn Clock>,
}

/// How a command that did its work ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    /// All is well: exit 0.
    Well,
    /// The result itself says that something is wrong: exit 1.
    Badly,
}

/// Runs a command to its end. Exit 0: done; 1: failed; 2: wrong usage (clap's).
pub fn run(cli: Cli, environment: &Environment) -> ExitCode {
    let output = Output::new(cli.common.json);
    let result = start(cli, environment, output);
    match result {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::Badly) => ExitCode::FAILURE,
        Err(error) => {
            output.failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn start(cli: Cli, environment: &Environment, output: Output) -> anyhow::Result<Done> {
    let mut config = Config::load(cli.common.config.as_deref(), environment)?;
    if let Some(dir) = cli.common.data_dir {
        config.data.dir = dir;
    }
    telemetry::install(&log_of(&cli.command, &config.log))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let ctx = Ctx {
        config,
        output,
        clock: Arc::new(SystemClock),
    };
    let done = runtime.block_on(dispatch(cli.command, ctx));
    // Threads that still compute were asked to stop, and nobody waits for what they say.
    runtime.shutdown_timeout(LEFT_OVER);
    done
}

/// A command that answers in a moment says only what went wrong; its result is the rest.
fn log_of(command: &Command, log: &Log) -> Log {
    let serves = matches!(command, Command::Demo(_) | Command::Serve | Command::Worker);
    let level = if serves || log.level != "info" {
        log.level.clone()
    } else {
        "warn".to_owned()
    };
    let format = if matches!(command, Command::Demo(_)) && log.format == LogFormat::Auto {
        LogFormat::Auto
    } else {
        log.format
    };
    Log { level, format }
}

async fn dispatch(command: Command, ctx: Ctx) -> anyhow::Result<Done> {
    match command {
        Command::Demo(args) => Box::pin(demo::run(ctx, args)).await,
        Command::Serve => Box::pin(serve::run(ctx)).await,
        Command::Worker => worker::run(ctx).await,
        Command::Migrate => migrate::run(ctx).await,
        Command::Doctor => Box::pin(doctor::run(ctx)).await,
        Command::Tenant(TenantCommand::Create(args)) => tenant_create::run(ctx, args).await,
        Command::Secrets(SecretsCommand::Rotate) => secrets_rotate::run(ctx).await,
        Command::Import(args) => Box::pin(import::run(ctx, args)).await,
        Command::Export(args) => export::run(ctx, args).await,
        Command::Backup(args) => backup::run(ctx, args).await,
        Command::Restore(args) => Box::pin(backup::restore(ctx, args)).await,
        Command::Ask(args) => ask::run(ctx, args).await,
        Command::Index(IndexCommand::Reconcile(args)) => index::run(ctx, args, false).await,
        Command::Index(IndexCommand::Rebuild(args)) => index::run(ctx, args, true).await,
        Command::Sums(SumsCommand::Compare(args)) => sums::run(ctx, args, false).await,
        Command::Sums(SumsCommand::Rebuild(args)) => sums::run(ctx, args, true).await,
        Command::Forecast(args) => Box::pin(forecast::run(ctx, args)).await,
        Command::Predict(command) => Box::pin(predict::run(ctx, command)).await,
        Command::Eval(EvalCommand::Run(args)) => eval_run::run(ctx, args).await,
        Command::Eval(EvalCommand::Rag(args)) => eval_rag::run(ctx, args).await,
        Command::Eval(EvalCommand::Predict(args)) => eval_predict::run(ctx, args).await,
        Command::Eval(EvalCommand::Pipeline(args)) => Box::pin(eval_pipeline::run(ctx, args)).await,
        Command::Privacy(PrivacyCommand::Verify(args)) => privacy::run(&ctx, &args),
        Command::Vocabulary(command) => vocabulary::run(ctx, command).await,
        Command::Openapi => openapi::run(&ctx),
    }
}

impl Ctx {
    /// The database, migrated when it is the embedded one.
    async fn open(&self) -> anyhow::Result<(Database, Store)> {
        let database = Database::open(&self.config).await?;
        if database.owns_cluster() {
            database.migrate().await?;
        }
        let store = database.connect(&self.config, Arc::clone(&self.clock)).await?;
        Ok((database, store))
    }
}

/// Closes connections, then the cluster if it is ours.
async fn close(database: Database, store: Store) -> anyhow::Result<()> {
    store.close().await;
    Ok(database.close().await?)
}
