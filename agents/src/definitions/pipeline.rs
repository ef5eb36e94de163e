//! `pipeline`: answers a question about the numbers with a card.

use chrono::NaiveDate;
use crm_prompts::{
    Prompts,
    inputs::{PipelineEntity, PipelineSystem},
};
use crm_tools::{
    ToolRegistry,
    semantic::{Language, PipelineQuery, SemanticModel},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Agent, RunError};

/// The parser says that a question is too long before this; what is longer is no question.
const MAX_QUESTION_CHARS: usize = 20_000;

/// What `pipeline` is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineInput {
    /// The question, in English, German, Spanish or French.
    #[schemars(length(min = 1, max = 20_000))]
    pub question: String,
    /// The query of the card before, which a fragment such as "and by owner?" goes on from.
    #[serde(default)]
    pub previous: Option<PipelineQuery>,
    /// The language of the asker, if it is known.
    #[serde(default)]
    pub language: Option<Language>,
}

/// The agent, with the tools of [`crm_tools::pipeline`] in `tools`. `today` is told to models.
pub fn pipeline(
    tools: ToolRegistry,
    model: &SemanticModel,
    today: impl Fn() -> NaiveDate + Send + Sync + 'static,
) -> Result<Agent, RunError> {
    let prompts = Prompts::new()?;
    let entities = entities(model);
    Ok(Agent::new(
        "pipeline",
        "Answers a question about the numbers: pipeline, revenue, leads, cases, activities and more.",
        tools,
        move |input: &PipelineInput| {
            let question = input.question.trim();
            let chars = question.chars().count();
            if chars == 0 {
                return Err(invalid("must not be empty"));
            }
            if chars > MAX_QUESTION_CHARS {
                return Err(invalid(&format!(
                    "has {chars} characters; at most {MAX_QUESTION_CHARS} are allowed"
                )));
            }
            let system = prompts.render(&PipelineSystem {
                today: today().to_string(),
                previous: input
                    .previous
                    .as_ref()
                    .and_then(|previous| serde_json::to_string(previous).ok()),
                language: input.language.map(|language| language.code().to_owned()),
                entities: entities.clone(),
            })?;
            Ok((system, question.to_owned()))
        },
    )
    .silent())
}

/// The names of the layer, as a model writes them.
fn entities(model: &SemanticModel) -> Vec<PipelineEntity> {
    model
        .entities
        .iter()
        .map(|entity| PipelineEntity {
            name: entity.name.clone(),
            measures: joined(entity.measures.iter().map(|measure| measure.name.as_str())),
            dimensions: joined(entity.dimensions.iter().map(|dimension| dimension.name.as_str())),
            time: entity.time.clone().unwrap_or_else(|| "none".to_owned()),
        })
        .collect()
}

fn joined<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

fn invalid(message: &str) -> RunError {
    RunError::InvalidInput {
        pointer: "/question".to_owned(),
        message: message.to_owned(),
    }
}
