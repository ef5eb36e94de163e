//! `decline`: an honest no.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    cards::{Frame, Text},
    settle,
};
use crate::{
    Effect, Settled, Tool, ToolCtx, ToolError,
    card::AnswerCard,
    question::{DeclineReason, suggestions},
    semantic::{Ground, Language},
};

/// Ends a question that has no answer here, in a sentence that code wrote.
#[derive(Debug, Clone, Copy, Default)]
pub struct Decline;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoAnswer {
    /// It is about something that the layer does not have.
    Outside,
    /// It asks to change something.
    Writes,
    /// It asks for other rules, other companies or secrets.
    Instructions,
    /// Nothing says what is asked for.
    Unclear,
    /// What is asked for is known, and its parts make no sense together.
    Senseless,
}

/// A question without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineArgs {
    /// Why there is no answer.
    pub reason: NoAnswer,
    /// The language of the question; null for English.
    pub language: Option<Language>,
}

impl Tool for Decline {
    const NAME: &'static str = "decline";
    const EFFECT: Effect = Effect::Read;
    type Args = DeclineArgs;
    type Output = AnswerCard;

    fn description(&self) -> &'static str {
        "Tells the asker that the question has no answer here, and what can be asked instead. The words are written for \
         you."
    }

    fn summary(&self, _: &Self::Output) -> String {
        "declined".to_owned()
    }

    fn settles(&self, output: &Self::Output) -> Option<Settled> {
        Some(settle(output))
    }

    async fn call(&self, ctx: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        let language = args.language.unwrap_or_default();
        let sentence = match args.reason {
            NoAnswer::Outside => Text::Outside.say(language).to_owned(),
            NoAnswer::Writes => DeclineReason::Writes.sentence(language),
            NoAnswer::Instructions => DeclineReason::Instructions.sentence(language),
            NoAnswer::Unclear => DeclineReason::Unclear.sentence(language),
            NoAnswer::Senseless => Text::Senseless.say(language).to_owned(),
        };
        let frame = Frame::of(&Ground::of(&ctx.store).await?, Some(&ctx.question));
        Ok(frame.declined(language, sentence, suggestions(language)))
    }
}
