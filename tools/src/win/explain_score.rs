//! `explain_score`: why a deal has the probability that it has.

use std::sync::Arc;

use super::{Advisor, DealArgs, Parts, WinCard, looked, settle, summary};
use crate::{Effect, Settled, Tool, ToolCtx, ToolError};

/// Shows why a deal has the probability that it has, and ends the run.
#[derive(Debug, Clone)]
pub struct ExplainScore(pub Arc<Advisor>);

impl Tool for ExplainScore {
    const NAME: &'static str = "explain_score";
    const EFFECT: Effect = Effect::Read;
    type Args = DealArgs;
    type Output = WinCard;

    fn description(&self) -> &'static str {
        "Shows why a deal has its probability: the reasons up and down with their records, what moved it last, and which change would move it most. Call it for questions such as why it is low, why it dropped, or what would help most. There is nothing to add after it."
    }

    fn summary(&self, output: &Self::Output) -> String {
        summary(output)
    }

    fn settles(&self, output: &Self::Output) -> Option<Settled> {
        Some(settle(output))
    }

    async fn call(&self, ctx: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        looked(&self.0, ctx, args.opportunity.as_deref(), Parts::REASONS).await
    }
}
