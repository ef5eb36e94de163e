//! `crm-ai migrate`: the database's schema.

use serde_json::json;

use super::{Ctx, Done};
use crate::database::Database;

pub(super) async fn run(ctx: Ctx) -> anyhow::Result<Done> {
    let database = Database::open(&ctx.config).await?;
    let migrated = database.migrate().await;
    let closed = database.close().await;
    let migrated = migrated?;
    closed?;
    let document = json!({"from": migrated.from, "to": migrated.to});
    ctx.output.result(&document, || {
        if migrated.from == migrated.to {
            format!("the schema is at {} already", migrated.to)
        } else {
            format!("the schema went from {} to {}", migrated.from, migrated.to)
        }
    })?;
    Ok(Done::Well)
}
