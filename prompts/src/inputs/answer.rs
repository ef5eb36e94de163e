//! Inputs of `answer/`.

use serde::Serialize;

use crate::Prompt;

/// The instructions of the agent that answers from the knowledge base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerSystem {
    /// The company whose knowledge base it is, when it may be named.
    pub organisation: Option<String>,
    /// The name of the tool that searches.
    pub search_tool: String,
    /// The name of the tool that reads a whole article.
    pub article_tool: String,
    /// The most words an answer may have.
    pub max_words: u32,
}

impl Default for AnswerSystem {
    fn default() -> Self {
        Self {
            organisation: None,
            search_tool: "search_knowledge".to_owned(),
            article_tool: "get_article".to_owned(),
            max_words: 120,
        }
    }
}

impl Prompt for AnswerSystem {
    const TEMPLATE: &'static str = "answer/system";
}
