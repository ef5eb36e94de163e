//! `score_opportunity`: how likely a deal is won.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Advisor, Parts, WinCard, looked, settle, summary};
use crate::{Effect, Settled, Tool, ToolCtx, ToolError};

/// Shows how likely a deal is won, and ends the run.
#[derive(Debug, Clone)]
pub struct ScoreOpportunity(pub Arc<Advisor>);

/// Which deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DealArgs {
    /// The id of the deal, or its name as the asker says it; null to look for a name in the question.
    pub opportunity: Option<String>,
}

impl Tool for ScoreOpportunity {
    const NAME: &'static str = "score_opportunity";
    const EFFECT: Effect = Effect::Read;
    type Args = DealArgs;
    type Output = WinCard;

    fn description(&self) -> &'static str {
        "Shows how likely a deal is won, with its interval and the strongest reasons. Call it when the asker wants to know the odds or how a deal stands. There is nothing to add after it."
    }

    fn summary(&self, output: &Self::Output) -> String {
        summary(output)
    }

    fn settles(&self, output: &Self::Output) -> Option<Settled> {
        Some(settle(output))
    }

    async fn call(&self, ctx: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        looked(&self.0, ctx, args.opportunity.as_deref(), Parts::SCORE).await
    }
}
