//! `pipeline`: answers a question about the numbers with a card.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use crm_prompts::{
    Fence, Fenced, Prompts,
    inputs::{PipelineEntity, PipelineSystem},
};
use crm_store::{StoreError, TenantStore};
use crm_tools::{
    ToolRegistry,
    pipeline::visible,
    semantic::{self, Ground, Language, PipelineQuery, SemanticModel},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Agent, RunError};

/// The parser says that a question is too long before this; what is longer is no question.
const MAX_QUESTION_CHARS: usize = 20_000;

/// A query that cannot be asked comes back to the model once, with what would be right; then the floor reads the question.
const REPAIRS: u32 = 1;

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

/// The agent, with the tools of [`crm_tools::pipeline`] in `tools`.
///
/// A model is told today's day in the tenant's time zone, the names that the asker may ask about, and the query of the
/// question before as data, if it is one that the asker can ask.
pub fn pipeline(tools: ToolRegistry) -> Result<Agent, RunError> {
    let told = Arc::new(Told {
        prompts: Prompts::new()?,
        nonces: RandomState::new(),
    });
    Ok(Agent::reading(
        "pipeline",
        "Answers a question about the numbers: pipeline, revenue, leads, cases, activities and more.",
        tools,
        move |input: Arc<PipelineInput>, store| {
            let told = Arc::clone(&told);
            Box::pin(async move { told.open(&input, &store).await })
        },
    )
    .silent()
    .with_repairs(REPAIRS))
}

/// What instructions are made with.
struct Told {
    prompts: Prompts,
    nonces: RandomState,
}

impl Told {
    async fn open(&self, input: &PipelineInput, store: &TenantStore) -> Result<(String, String), RunError> {
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
        let ground = Ground::of(store).await?;
        let seen = visible(&ground.model, &ground.access);
        let previous = match &input.previous {
            Some(previous) => self.previous(&ground, store, previous).await?,
            None => None,
        };
        let system = self.prompts.render(&PipelineSystem {
            today: ground.today.to_string(),
            previous,
            language: input.language.map(|language| language.code().to_owned()),
            entities: entities(&seen),
        })?;
        Ok((system, question.to_owned()))
    }

    /// The query of the question before, as data; nothing where the asker cannot ask it. Its texts are whoever's who sent it.
    async fn previous(
        &self,
        ground: &Ground,
        store: &TenantStore,
        previous: &PipelineQuery,
    ) -> Result<Option<Fenced>, RunError> {
        match semantic::check(&ground.model, store, previous).await {
            Ok(_) => {}
            Err(
                StoreError::Invalid { .. }
                | StoreError::InvalidMany(_)
                | StoreError::Refused { .. }
                | StoreError::Forbidden,
            ) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let json = serde_json::to_string(previous).unwrap_or_default();
        let fence = Fence::new(self.nonces.hash_one(&json));
        Ok(Some(fence.wrap("the query of the question before", &json)))
    }
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
