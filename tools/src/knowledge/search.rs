//! `search_knowledge`: passages that fit a question.

use crm_rag::Query;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Effect, NumberedPassage, Tool, ToolCtx, ToolError};

const DEFAULT_LIMIT: usize = 6;
/// A longer query only blurs what is looked for.
const MAX_QUERY_CHARS: usize = 2_000;

/// Searches the published articles that the asking actor may read.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchKnowledge;

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchKnowledgeArgs {
    /// What to look for: a question or a few key words, in the language of the question.
    pub query: String,
    /// How many passages at the most, or null for 6.
    #[schemars(range(min = 1, max = 10))]
    pub limit: Option<u8>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchKnowledgeOutput {
    /// What to make of the passages.
    pub message: String,
    /// Whether the best passage passes the calibrated threshold.
    pub confident: bool,
    /// The passages, best first; also when none is good enough, as the nearest.
    pub passages: Vec<NumberedPassage>,
}

impl Tool for SearchKnowledge {
    const NAME: &'static str = "search_knowledge";
    const EFFECT: Effect = Effect::Read;
    type Args = SearchKnowledgeArgs;
    type Output = SearchKnowledgeOutput;

    fn description(&self) -> &'static str {
        "Searches the knowledge base and returns numbered passages of published articles, best first. \
         Call it before every answer; call it again with other words when the passages do not answer."
    }

    fn summary(&self, output: &Self::Output) -> String {
        match (output.confident, output.passages.len()) {
            (_, 0) => "nothing found".to_owned(),
            (true, 1) => "1 passage".to_owned(),
            (true, count) => format!("{count} passages"),
            (false, count) => format!("nothing certain, {count} nearby"),
        }
    }

    async fn call(&self, ctx: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        let text = args.query.trim();
        if text.is_empty() {
            return Err(ToolError::Correctable(
                "at /query the text is empty; say what to look for".to_owned(),
            ));
        }
        let chars = text.chars().count();
        if chars > MAX_QUERY_CHARS {
            return Err(ToolError::Correctable(format!(
                "at /query the text has {chars} characters; look for at most {MAX_QUERY_CHARS}, in a few key words"
            )));
        }
        let limit = args.limit.map_or(DEFAULT_LIMIT, usize::from);
        let query = Query {
            text: text.to_owned(),
            limit,
            language: None,
        };
        let found = ctx.retriever.retrieve(&query).await?;

        let message = match (found.passages.is_empty(), found.confident) {
            (true, _) => "Nothing was found.",
            (false, true) => "These passages fit the query, best first.",
            (false, false) => {
                "No passage clearly fits the query. The nearest follow; use one only if it does answer the question."
            }
        };
        Ok(SearchKnowledgeOutput {
            message: message.to_owned(),
            confident: found.confident && !found.passages.is_empty(),
            passages: ctx.refs.number_all(found.passages),
        })
    }
}
