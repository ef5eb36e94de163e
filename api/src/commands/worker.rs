//! `crm-ai worker`: jobs without HTTP, beside replicas that serve.

use anyhow::bail;

use super::{Ctx, Done, close};
use crate::{
    services::{PartOverrides, Services},
    shutdown,
    worker::Workers,
};

pub(super) async fn run(ctx: Ctx) -> anyhow::Result<Done> {
    if ctx.config.search.qdrant_url.is_none() {
        bail!(
            "a worker of its own needs an index that processes share: set QDRANT_URL \
             (the embedded index belongs to `crm-ai serve`, which works on jobs by itself)"
        );
    }
    let (database, store) = ctx.open().await?;
    let services = Services::open(&ctx.config, store.clone(), PartOverrides::default(), false).await?;
    let workers = Workers::start(&services, &ctx.config)?;
    ctx.output.say("working on jobs");
    let signal = shutdown::requested().await?;
    tracing::info!(signal, "stopping");
    workers.stop().await;
    services.runner.shutdown(std::time::Duration::ZERO).await;
    close(database, store).await?;
    Ok(Done::Well)
}
