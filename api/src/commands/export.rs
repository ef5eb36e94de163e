//! `crm-ai export`: records as lines of JSON on stdout.

use std::io::Write as _;

use anyhow::Context as _;
use crm_store::{TenantStore, catalog::Object};

use super::{Ctx, Done, close};
use crate::cli::ExportArgs;

pub(super) async fn run(ctx: Ctx, args: ExportArgs) -> anyhow::Result<Done> {
    let object = crm_store::catalog::object(&args.object)
        .with_context(|| format!("there is no object {}", args.object))?;
    let (database, store) = ctx.open().await?;
    let result = match store.operate(&args.tenant, args.as_email.as_deref()).await {
        Ok(Some(grant)) => export(&store.open(&grant), object).await,
        Ok(None) => Err(anyhow::anyhow!(
            "there is no tenant {}, or no such member",
            args.tenant
        )),
        Err(error) => Err(error.into()),
    };
    let closed = close(database, store).await;
    let records = result?;
    closed?;
    ctx.output
        .say(&format!("{records} {} exported", object.plural.replace('_', " ")));
    Ok(Done::Well)
}

/// Writes page after page; each is a transaction of its own, so a slow reader holds nothing up.
async fn export(tenant: &TenantStore, object: &'static Object) -> anyhow::Result<u64> {
    let (mut after, mut records) = (None, 0);
    loop {
        let mut tx = tenant.begin().await?;
        let page = tx.exports().page(object, after).await?;
        tx.commit().await?;
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        for line in &page.lines {
            serde_json::to_writer(&mut out, line)?;
            if writeln!(out).is_err() {
                // Whoever reads has left, as `head` does.
                return Ok(records);
            }
            records += 1;
        }
        if out.flush().is_err() {
            return Ok(records);
        }
        drop(out);
        after = page.next;
        if after.is_none() {
            return Ok(records);
        }
    }
}
