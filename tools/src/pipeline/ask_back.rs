//! `ask_back`: a choice between readings of a question.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    cards::Frame,
    refused::{Refused, refused},
    settle,
};
use crate::{
    Effect, Settled, Tool, ToolCtx, ToolError,
    card::{AnswerCard, Choice, Told, labels, told},
    semantic::{self, Ground, Language, PipelineQuery},
};

/// The most readings that are offered.
const MOST: usize = 5;

/// Gives a question with several readings back to the asker.
#[derive(Debug, Clone, Copy, Default)]
pub struct AskBack;

/// The readings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskBackArgs {
    /// Two to five queries, each one way to read the question. Their labels are written for you.
    pub choices: Vec<PipelineQuery>,
    /// The language of the question; null for English.
    pub language: Option<Language>,
}

impl Tool for AskBack {
    const NAME: &'static str = "ask_back";
    const EFFECT: Effect = Effect::Read;
    type Args = AskBackArgs;
    type Output = AnswerCard;

    fn description(&self) -> &'static str {
        "Lets the asker choose between readings of the question. Call it instead of run_query when two readings would \
         give different numbers and nothing says which is meant."
    }

    fn summary(&self, output: &Self::Output) -> String {
        format!("{} readings", output.choices.len())
    }

    fn settles(&self, output: &Self::Output) -> Option<Settled> {
        Some(settle(output))
    }

    async fn call(&self, ctx: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        let language = args.language.unwrap_or_default();
        let mut different: Vec<PipelineQuery> = Vec::new();
        for query in args.choices {
            if !different.contains(&query) {
                different.push(query);
            }
        }
        if !(2..=MOST).contains(&different.len()) {
            return Err(ToolError::Correctable(format!(
                "at /choices there are {} different queries; right would be 2 to {MOST}",
                different.len()
            )));
        }
        let ground = Ground::of(&ctx.store).await?;
        let frame = Frame::of(&ground, Some(&ctx.question));
        let mut queries = Vec::new();
        for (at, query) in different.into_iter().enumerate() {
            let error = match semantic::checked(&ground.model, &ctx.store, &query).await {
                Ok((lowered, resolved)) => {
                    queries.push((query, lowered, resolved));
                    continue;
                }
                Err(error) => error,
            };
            match refused(&ctx.store, &frame, language, &query, error).await? {
                // Whom a name means is asked first; who may not ask this hears so.
                Refused::Card(card) => return Ok(*card),
                Refused::Mend(what) => {
                    return Err(ToolError::Correctable(format!("in choice {at}:\n{what}")));
                }
            }
        }
        let parts: Vec<Vec<String>> = queries
            .iter()
            .filter_map(|(query, lowered, resolved)| {
                Some(told(&Told {
                    language,
                    entity: ground.model.entity(&query.entity)?,
                    query,
                    lowered,
                    resolved,
                }))
            })
            .collect();
        let labels = labels(&parts);
        if let Some((first, second)) = alike(&labels) {
            return Err(ToolError::Correctable(format!(
                "at /choices the queries {first} and {second} say the same to the asker; right would be queries that differ in \
                 what they ask for, or run_query when there is one reading"
            )));
        }
        let choices = labels
            .into_iter()
            .zip(queries)
            .map(|(label, (query, ..))| Choice { label, query })
            .collect();
        Ok(frame.choices(language, choices))
    }
}

/// The places of two labels that are the same.
fn alike(labels: &[String]) -> Option<(usize, usize)> {
    labels.iter().enumerate().find_map(|(second, label)| {
        let first = labels.iter().take(second).position(|other| other == label)?;
        Some((first, second))
    })
}
