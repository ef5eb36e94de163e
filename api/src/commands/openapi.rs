//! `crm-ai openapi`: the document that clients are made from.

use super::{Ctx, Done};
use crate::openapi;

pub(super) fn run(ctx: &Ctx) -> anyhow::Result<Done> {
    let document = openapi::document();
    let text = document.to_pretty_json()?;
    ctx.output.result(&document, || text)?;
    Ok(Done::Well)
}
