//! `suggest_next_steps`: what to do next, as tasks that one click makes.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Advisor, Parts, WinCard, WinKind, looked, settle, summary};
use crate::{Effect, Settled, Tool, ToolCtx, ToolError, predictions::next_steps::word};

/// Proposes tasks, and ends the run once they are worded.
#[derive(Debug, Clone)]
pub struct SuggestNextSteps(pub Arc<Advisor>);

/// Which deal, and how the tasks are worded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuggestNextStepsArgs {
    /// The id of the deal, or its name as the asker says it; null to look for a name in the question.
    pub opportunity: Option<String>,
    /// Null to be shown the steps first. Then your words for them, or an empty list to leave the words as they are.
    pub words: Option<Vec<StepWords>>,
}

/// The words of one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepWords {
    /// The step's key, as it was shown.
    pub key: String,
    /// The subject of the task, at most 120 characters. No numbers but those of the step.
    pub task: String,
    /// What is to be done, at most 400 characters. No numbers but those of the step.
    pub text: String,
}

/// The steps, and whether they are the answer already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuggestNextStepsOutput {
    /// The card.
    pub card: WinCard,
    /// Whether the asker has been shown it.
    pub is_final: bool,
}

impl Tool for SuggestNextSteps {
    const NAME: &'static str = "suggest_next_steps";
    const EFFECT: Effect = Effect::Read;
    type Args = SuggestNextStepsArgs;
    type Output = SuggestNextStepsOutput;

    fn description(&self) -> &'static str {
        "Proposes what to do next about a deal, from what won deals had at the same stage. Call it first with words null to \
         see the steps, then once more with your words for their tasks. Which steps there are, their order and their \
         numbers are not yours to change. Words that bring a number, link or address of their own are not used."
    }

    fn summary(&self, output: &Self::Output) -> String {
        match (output.card.kind, output.card.next_steps.len()) {
            (WinKind::Win, 1) => "1 step".to_owned(),
            (WinKind::Win, steps) => format!("{steps} steps"),
            _ => summary(&output.card),
        }
    }

    fn settles(&self, output: &Self::Output) -> Option<Settled> {
        output.is_final.then(|| settle(&output.card))
    }

    async fn call(&self, ctx: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        let mut card = looked(&self.0, ctx, args.opportunity.as_deref(), Parts::STEPS).await?;
        let Some(words) = args.words else {
            let is_final = card.next_steps.is_empty();
            return Ok(SuggestNextStepsOutput { card, is_final });
        };
        for said in &words {
            if let Some(step) = card.next_steps.iter_mut().find(|step| step.key == said.key) {
                word(step, &said.task, &said.text);
            }
        }
        Ok(SuggestNextStepsOutput { card, is_final: true })
    }
}
