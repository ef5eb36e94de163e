//! `similar_deals`: ended deals that were like this one.

use std::sync::Arc;

use super::{Advisor, DealArgs, Parts, WinCard, looked, settle, summary};
use crate::{Effect, Settled, Tool, ToolCtx, ToolError};

/// Shows ended deals that were like this one, and ends the run.
#[derive(Debug, Clone)]
pub struct FindSimilarDeals(pub Arc<Advisor>);

impl Tool for FindSimilarDeals {
    const NAME: &'static str = "similar_deals";
    const EFFECT: Effect = Effect::Read;
    type Args = DealArgs;
    type Output = WinCard;

    fn description(&self) -> &'static str {
        "Shows past deals that were like this one and how they ended. Call it when the asker wants to compare. There is nothing to add after it."
    }

    fn summary(&self, output: &Self::Output) -> String {
        summary(output)
    }

    fn settles(&self, output: &Self::Output) -> Option<Settled> {
        Some(settle(output))
    }

    async fn call(&self, ctx: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        looked(&self.0, ctx, args.opportunity.as_deref(), Parts::SIMILAR).await
    }
}
