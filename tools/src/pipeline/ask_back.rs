//! `ask_back`: a choice between readings of a question.

use crm_store::StoreError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{cards::Frame, settle};
use crate::{
    Effect, Settled, Tool, ToolCtx, ToolError,
    card::{AnswerCard, Choice},
    semantic::{self, FilterOp, Form, Ground, Language, PipelineQuery, SemanticModel, in_words},
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
        let model = &ground.model;
        let mut choices = Vec::new();
        for (at, query) in different.into_iter().enumerate() {
            match semantic::check(model, &ctx.store, &query).await {
                Ok(_) => choices.push(Choice {
                    label: label(model, &query, language),
                    query,
                }),
                Err(StoreError::InvalidMany(problems)) => {
                    let what = in_words(&problems);
                    return Err(ToolError::Correctable(format!("in choice {at}:\n{what}")));
                }
                Err(StoreError::Refused { what, .. }) => {
                    return Err(ToolError::Correctable(format!("in choice {at}: {what}")));
                }
                Err(other) => return Err(other.into()),
            }
        }
        let frame = Frame::of(&ground, Some(&ctx.question));
        Ok(frame.choices(language, choices))
    }
}

/// A query in the words of the layer: no word of a model is in it but the values that it compares with.
fn label(model: &SemanticModel, query: &PipelineQuery, language: Language) -> String {
    let Some(entity) = model.entity(&query.entity) else {
        return query.entity.clone();
    };
    let said = |labels: &semantic::Labels, name: &str| {
        labels
            .get(&language)
            .or_else(|| labels.get(&Language::En))
            .map_or_else(|| name.to_owned(), Clone::clone)
    };
    let dimension_label = |name: &str| {
        entity
            .dimension(name)
            .map_or_else(|| name.to_owned(), |dimension| said(&dimension.labels, name))
    };
    let mut parts: Vec<String> = query
        .measures
        .iter()
        .filter_map(|name| Some(said(&entity.measure(name)?.labels, name)))
        .collect();
    if parts.is_empty() {
        parts.push(said(&entity.labels, &entity.name));
    }
    parts.extend(query.dimensions.iter().map(|by| dimension_label(&by.name)));
    for filter in &query.filters {
        let sign = match filter.op {
            FilterOp::Eq | FilterOp::In => "=",
            FilterOp::Ne | FilterOp::NotIn => "≠",
            FilterOp::Lt => "<",
            FilterOp::Lte => "≤",
            FilterOp::Gt => ">",
            FilterOp::Gte => "≥",
            FilterOp::IsNull => "= ∅",
        };
        parts.push(format!(
            "{} {sign} {}",
            dimension_label(&filter.dimension),
            value(&filter.value)
        ));
    }
    let time = query
        .time
        .as_ref()
        .map(|time| time.dimension.as_deref().or(entity.time.as_deref()));
    parts.extend(time.flatten().map(dimension_label));
    if let Form::Bridge { from, to } = &query.form {
        parts.push(format!("{from} – {to}"));
    }
    parts.extend(query.as_of.map(|day| day.to_string()));
    parts.join(" · ")
}

fn value(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.chars().take(60).collect(),
        serde_json::Value::Array(all) => all.iter().map(self::value).collect::<Vec<_>>().join(", "),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    }
}
