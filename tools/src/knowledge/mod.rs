//! Tools that read the knowledge base.

mod get_article;
mod search;
mod sections;

pub use get_article::{GetArticle, GetArticleArgs, GetArticleOutput};
pub use search::{SearchKnowledge, SearchKnowledgeArgs, SearchKnowledgeOutput};
