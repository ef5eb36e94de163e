//! `describe_metrics`: what can be asked about, for a model that writes a query.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::visible;
use crate::{
    Effect, Tool, ToolCtx, ToolError,
    semantic::{Asking, Ground, Language, SemanticModel},
};

/// Tells which entities, measures and dimensions the asker may ask about.
#[derive(Debug, Clone, Copy, Default)]
pub struct DescribeMetrics;

/// About what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DescribeMetricsArgs {
    /// The entity whose measures and dimensions are told, such as `opportunities`; null for the names of all.
    pub entity: Option<String>,
    /// The language of labels and definitions, or null for English.
    pub language: Option<Language>,
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribeMetricsOutput {
    /// What there is, by name.
    pub entities: Vec<String>,
    /// One entity in full, when it was named.
    pub described: Option<Asking>,
}

impl Tool for DescribeMetrics {
    const NAME: &'static str = "describe_metrics";
    const EFFECT: Effect = Effect::Read;
    type Args = DescribeMetricsArgs;
    type Output = DescribeMetricsOutput;

    fn description(&self) -> &'static str {
        "Tells the measures of an entity with what they mean, and its dimensions with their values. Call it when the \
         names in your instructions leave open which measure or value is meant."
    }

    fn summary(&self, output: &Self::Output) -> String {
        match &output.described {
            Some(described) => described
                .entities
                .first()
                .map_or_else(|| "nothing".to_owned(), |entity| entity.label.clone()),
            None => format!("{} entities", output.entities.len()),
        }
    }

    async fn call(&self, ctx: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        let model = seen(ctx).await?;
        let entities: Vec<String> = model.entities.iter().map(|entity| entity.name.clone()).collect();
        let Some(wanted) = args.entity else {
            return Ok(DescribeMetricsOutput {
                entities,
                described: None,
            });
        };
        let one = SemanticModel {
            entities: model
                .entities
                .into_iter()
                .filter(|entity| entity.name == wanted)
                .collect(),
            ..SemanticModel::default()
        };
        if one.entities.is_empty() {
            return Err(ToolError::Correctable(format!(
                "at /entity there is no such entity; there are {}",
                entities.join(", ")
            )));
        }
        Ok(DescribeMetricsOutput {
            entities,
            described: Some(one.asking(args.language.unwrap_or_default())),
        })
    }
}

/// The layer of the asker's tenant, as far as the asker's role reaches.
async fn seen(ctx: &ToolCtx) -> Result<SemanticModel, ToolError> {
    let ground = Ground::of(&ctx.store).await?;
    Ok(visible(&ground.model, &ground.access))
}
