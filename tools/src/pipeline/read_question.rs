//! `read_question`: the parser as a tool.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ask::{Question, Understood, understand},
    settle,
};
use crate::{
    Effect, Settled, Tool, ToolCtx, ToolError,
    card::{AnswerCard, CardKind},
    semantic::{Language, PipelineQuery},
};

/// Reads a question in words as a typed query, by rules and not by a model.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadQuestion;

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadQuestionArgs {
    /// The question in the asker's own words.
    pub question: String,
    /// The query of the question before, which a fragment such as "and by owner?" goes on from, or null.
    pub previous: Option<PipelineQuery>,
    /// The language of the question if it is known, or null.
    pub language: Option<Language>,
    /// True when nothing else will try: then what cannot be read is declined at once.
    pub is_last_word: bool,
}

/// How it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadQuestionOutput {
    /// The language of the question.
    pub language: Language,
    /// The query, when there is one reading.
    pub query: Option<PipelineQuery>,
    /// Why there is no query, when it can still be read in another way.
    pub message: Option<String>,
    /// The choice to make, or why the question is declined.
    pub card: Option<AnswerCard>,
}

impl Tool for ReadQuestion {
    const NAME: &'static str = "read_question";
    const EFFECT: Effect = Effect::Read;
    type Args = ReadQuestionArgs;
    type Output = ReadQuestionOutput;

    fn description(&self) -> &'static str {
        "Reads a question by rules and returns the typed query it comes to, to be checked and given to run_query. A \
         question with several readings is given back to the asker to choose."
    }

    fn summary(&self, output: &Self::Output) -> String {
        match (&output.query, &output.card) {
            (Some(_), _) => "one reading".to_owned(),
            (None, Some(card)) if card.kind == CardKind::Clarification => {
                format!("{} readings", card.choices.len())
            }
            _ => "no reading".to_owned(),
        }
    }

    fn settles(&self, output: &Self::Output) -> Option<Settled> {
        output.card.as_ref().map(settle)
    }

    async fn call(&self, ctx: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        let question = Question {
            text: &args.question,
            previous: args.previous.as_ref(),
            language: args.language,
        };
        Ok(
            match understand(&ctx.store, ctx.retriever.embedder(), &question).await? {
                Understood::Query(query, language, _) => ReadQuestionOutput {
                    language,
                    query: Some(*query),
                    message: None,
                    card: None,
                },
                Understood::Card(card, is_final) => {
                    let language = Language::from_tag(&card.language).unwrap_or_default();
                    let ends = is_final || args.is_last_word;
                    ReadQuestionOutput {
                        language,
                        query: None,
                        message: (!ends).then(|| card.sentence.clone()),
                        card: ends.then_some(*card),
                    }
                }
            },
        )
    }
}
