//! `crm-ai serve`: the service, until a signal ends it.

use super::{Ctx, Done, output::Output};
use crate::{App, Overrides, RunningApp, shutdown};

pub(super) async fn run(ctx: Ctx) -> anyhow::Result<Done> {
    let running = App::start(
        ctx.config,
        Overrides {
            clock: Some(ctx.clock),
            ..Overrides::default()
        },
    )
    .await?;
    let url = running.url();
    ctx.output.result(
        &serde_json::json!({"url": url, "docs": format!("{url}/docs/")}),
        || format!("serving on {url}, docs at {url}/docs/"),
    )?;
    until_signal(running, ctx.output).await
}

/// Serves until a signal comes; a second one hurries.
pub(super) async fn until_signal(running: RunningApp, output: Output) -> anyhow::Result<Done> {
    let signal = shutdown::requested().await?;
    tracing::info!(signal, "stopping");
    output.say("stopping; runs may finish (again to hurry)");
    let hurry = async {
        if shutdown::requested().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    running.shutdown_hurried_by(hurry).await?;
    Ok(Done::Well)
}
