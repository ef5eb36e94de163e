//! `run_query`: the answer to a typed query.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    cards::Frame,
    refused::{Refused, refused},
    settle,
};
use crate::{
    Effect, Settled, Tool, ToolCtx, ToolError,
    card::AnswerCard,
    semantic::{self, Ground, Language, PipelineQuery, Spoken},
};

/// Answers a typed query with a card and so ends the run.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunQuery;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunQueryArgs {
    /// The query, over the names of the layer.
    pub query: PipelineQuery,
    /// The language of the question, in which it is answered; null for English.
    pub language: Option<Language>,
}

impl Tool for RunQuery {
    const NAME: &'static str = "run_query";
    const EFFECT: Effect = Effect::Read;
    type Args = RunQueryArgs;
    type Output = AnswerCard;

    fn description(&self) -> &'static str {
        "Answers a typed query and shows the asker the numbers, in words, as a table and as a chart. Call it once you \
         know what is asked; there is nothing to add after it. A query that cannot be asked comes back with what would \
         be right: mend it and call again."
    }

    fn summary(&self, output: &Self::Output) -> String {
        summary(output)
    }

    fn settles(&self, output: &Self::Output) -> Option<Settled> {
        Some(settle(output))
    }

    async fn call(&self, ctx: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        answered(ctx, &args.query, args.language.unwrap_or_default()).await
    }
}

/// How much an answer shows.
pub(super) fn summary(card: &AnswerCard) -> String {
    match card.table.as_ref().map(|table| table.rows.len()) {
        None => "no answer".to_owned(),
        Some(1) => "1 row".to_owned(),
        Some(rows) => format!("{rows} rows"),
    }
}

/// Answers a query of a model: what it can mend comes back in words, what the role of the asker hides is declined, and a name
/// that can be several people is the asker's to choose.
pub(super) async fn answered(
    ctx: &ToolCtx,
    query: &PipelineQuery,
    language: Language,
) -> Result<AnswerCard, ToolError> {
    let spoken = Spoken {
        question: Some(ctx.question.clone()).filter(|question| !question.is_empty()),
        language,
    };
    let error = match semantic::answer_typed(&ctx.store, query, &spoken).await {
        Ok(card) => return Ok(card),
        Err(error) => error,
    };
    let frame = Frame::of(&Ground::of(&ctx.store).await?, Some(&ctx.question));
    match refused(&ctx.store, &frame, language, query, error).await? {
        Refused::Card(card) => Ok(*card),
        Refused::Mend(what) => Err(ToolError::Correctable(what)),
    }
}
