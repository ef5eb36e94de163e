//! `crm-ai secrets rotate`: seals everything with the newest key, so that older ones can go.

use anyhow::Context as _;
use serde_json::json;

use super::{Ctx, Done, close};

pub(super) async fn run(ctx: Ctx) -> anyhow::Result<Done> {
    let (database, store) = ctx.open().await?;
    let rotated = store
        .rotate_secrets()
        .await
        .context("not every secret was sealed anew; run it again");
    let closed = close(database, store).await;
    let rotated = rotated?;
    closed?;
    let document = json!({"sealed": rotated.sealed, "unreadable": rotated.unreadable});
    ctx.output.result(&document, || {
        format!(
            "{} secrets are sealed with the first key now; {} could not be opened by any key",
            rotated.sealed, rotated.unreadable
        )
    })?;
    Ok(if rotated.unreadable == 0 {
        Done::Well
    } else {
        Done::Badly
    })
}
