//! `crm-ai eval run`: suites of questions against their gates.
//!
//! Beside a running server the server does the work, for it holds the index.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use crm_evals::{EvalOptions, load_demo};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Ctx, Done, local::Local, remote::Remote};
use crate::{
    cli::EvalRunArgs,
    services::{PartOverrides, Services},
};

/// What to run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EvalRequest {
    suites: Vec<String>,
    baseline: Option<PathBuf>,
    junit: Option<PathBuf>,
    markdown: Option<PathBuf>,
    live: bool,
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EvalResult {
    passed: bool,
    report: Value,
    table: String,
}

pub(super) async fn run(ctx: Ctx, args: EvalRunArgs) -> anyhow::Result<Done> {
    let request = request(args)?;
    let result: EvalResult = if let Some(remote) = Remote::find(&ctx.config).await? {
        remote.call("eval", &request).await?
    } else {
        // The floor alone unless real models are asked for.
        let parts = PartOverrides {
            models: (!request.live).then(Vec::new),
            ..PartOverrides::default()
        };
        let local = Local::open(&ctx, parts).await?;
        let result = prepared(&ctx, &local.services, &request).await;
        local.close().await?;
        result?
    };
    ctx.output.result(&result.report, || result.table.clone())?;
    Ok(if result.passed { Done::Well } else { Done::Badly })
}

/// The suites ask the demo companies, so they are loaded and indexed first.
async fn prepared(ctx: &Ctx, services: &Services, request: &EvalRequest) -> anyhow::Result<EvalResult> {
    load_demo(&services.store, &|_| {}).await?;
    super::index::catch_up(services, ctx.output).await?;
    measured(services, &services.runner, request).await
}

/// Runs the suites in a running service.
pub async fn evaluate(services: &Services, request: &EvalRequest) -> anyhow::Result<EvalResult> {
    if request.live {
        return measured(services, &services.runner, request).await;
    }
    let floor = services.floor();
    let result = measured(services, &floor, request).await;
    floor.shutdown(std::time::Duration::ZERO).await;
    result
}

async fn measured(
    services: &Services,
    runner: &crm_agents::Runner,
    request: &EvalRequest,
) -> anyhow::Result<EvalResult> {
    let options = EvalOptions {
        suites: request.suites.clone(),
        baseline: request.baseline.clone(),
        junit: request.junit.clone(),
        markdown: request.markdown.clone(),
        live: request.live,
        ..EvalOptions::default()
    };
    let report = crm_evals::run(
        &options,
        &services.store,
        runner,
        Some(services.knowledge.embedder()),
    )
    .await?;
    Ok(EvalResult {
        passed: report.passed(),
        report: report.to_json(),
        table: report.to_table(),
    })
}

/// Whoever does the work may stand in another folder.
fn request(args: EvalRunArgs) -> anyhow::Result<EvalRequest> {
    let absolute = |path: PathBuf| {
        std::path::absolute(&path).with_context(|| format!("{} is not a path", path.display()))
    };
    let suite = |name: String| -> anyhow::Result<String> {
        let is_path = Path::new(&name).extension().is_some();
        Ok(if is_path {
            absolute(PathBuf::from(name))?.display().to_string()
        } else {
            name
        })
    };
    Ok(EvalRequest {
        suites: args.suites.into_iter().map(suite).collect::<Result<_, _>>()?,
        baseline: args.baseline.map(absolute).transpose()?,
        junit: args.junit.map(absolute).transpose()?,
        markdown: args.markdown.map(absolute).transpose()?,
        live: args.live,
    })
}
