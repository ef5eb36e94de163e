//! Readings of questions that come from elsewhere, one JSON document a line.

use chrono::NaiveDate;
use crm_store::Store;
use crm_tools::{
    card::Choice,
    question::{Asked, Embedder, Reading},
    semantic::{Language, PipelineQuery, model_of},
};
use serde::{Deserialize, Serialize};

use super::{
    compare::Answered,
    run::{Execution, execute, open_asker, read_on},
};
use crate::EvalError;

/// A question.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PredictQuestion {
    /// Its name in the output.
    #[serde(default)]
    pub id: Option<String>,
    /// The words.
    pub question: String,
    /// The address of the asker; an operator who sees everything when left out.
    #[serde(default)]
    pub asker: Option<String>,
    /// The query that it goes on from.
    #[serde(default)]
    pub previous: Option<PipelineQuery>,
    /// The language, if it is known.
    #[serde(default)]
    pub language: Option<Language>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Predicted {
    /// The question's name.
    pub id: Option<String>,
    /// The words.
    pub question: String,
    /// `answer`, `clarification`, `declined` or `failed`.
    pub kind: &'static str,
    /// The query that was read.
    pub query: Option<PipelineQuery>,
    /// What it gave.
    pub table: Option<Box<Answered>>,
    /// The ways to choose from.
    pub choices: Vec<Choice>,
    /// Why there is no answer.
    pub reason: Option<String>,
}

/// Reads and runs a line of questions in the tenant's own words, as `crm-ai eval pipeline` does.
pub async fn predict(
    store: &Store,
    slug: &str,
    today: NaiveDate,
    embedder: Option<&dyn Embedder>,
    line: &str,
) -> Result<Predicted, EvalError> {
    let asked: PredictQuestion =
        serde_json::from_str(line).map_err(|error| EvalError::file("questions", 1, error.to_string()))?;
    let tenant = open_asker(store, slug, asked.asker.as_deref()).await?;
    let model = model_of(&tenant).await?;
    let question = Asked {
        question: &asked.question,
        previous: asked.previous.as_ref(),
        language: asked.language,
    };
    let mut predicted = Predicted {
        id: asked.id.clone(),
        question: asked.question.clone(),
        kind: "failed",
        query: None,
        table: None,
        choices: Vec::new(),
        reason: None,
    };
    match read_on(&tenant, today, embedder, &question).await {
        Ok(Reading::Query { query, .. }) => {
            match execute(&model, &tenant, &query, today).await? {
                Execution::Table(table) => (predicted.kind, predicted.table) = ("answer", Some(table)),
                Execution::Refused(why) => predicted.reason = Some(why),
            }
            predicted.query = Some(query);
        }
        Ok(Reading::Choices { choices, .. }) => {
            (predicted.kind, predicted.choices) = ("clarification", choices);
        }
        Ok(Reading::Declined { reason, language, .. }) => {
            (predicted.kind, predicted.reason) = ("declined", Some(reason.sentence(language)));
        }
        Err(error) => predicted.reason = Some(error.to_string()),
    }
    Ok(predicted)
}
