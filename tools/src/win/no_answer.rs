//! `no_answer`: an honest no.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{WHICH, WinCard, WinKind, settle};
use crate::{Effect, Settled, Tool, ToolCtx, ToolError};

/// Ends a question that has no answer here, in a sentence that code wrote.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoWinAnswer;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// Nothing says which deal is meant.
    WhichDeal,
    /// It is not about the chances of a deal.
    Outside,
    /// It asks to change something.
    Writes,
    /// It asks for other rules, other organisations or secrets.
    Instructions,
}

/// A question without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoWinAnswerArgs {
    /// Why there is no answer.
    pub reason: WhyNot,
}

impl Tool for NoWinAnswer {
    const NAME: &'static str = "no_answer";
    const EFFECT: Effect = Effect::Read;
    type Args = NoWinAnswerArgs;
    type Output = WinCard;

    fn description(&self) -> &'static str {
        "Tells the asker that the question has no answer here. The words are written for you."
    }

    fn summary(&self, _: &Self::Output) -> String {
        "declined".to_owned()
    }

    fn settles(&self, output: &Self::Output) -> Option<Settled> {
        Some(settle(output))
    }

    async fn call(&self, _: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        let sentence = match args.reason {
            WhyNot::WhichDeal => WHICH,
            WhyNot::Outside => {
                "I only tell how likely a deal is won, why, what was like it and what to do next."
            }
            WhyNot::Writes => "I change nothing. Steps become tasks when somebody takes them.",
            WhyNot::Instructions => "I keep to the chances of your own deals.",
        };
        Ok(WinCard::saying(WinKind::Declined, sentence))
    }
}
