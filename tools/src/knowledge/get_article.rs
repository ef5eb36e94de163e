//! `get_article`: a whole article, in sections that can be cited.

use crm_rag::Passage;
use crm_store::{articles::ArticleBody, ids::ArticleId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sections::sections;
use crate::{Effect, NumberedPassage, Tool, ToolCtx, ToolError};

/// Bytes of text that are returned; the rest is found by searching.
const TEXT_CAP: usize = 20 * 1024;
/// Longer than any id.
const MAX_ID_CHARS: usize = 200;

/// Reads the published version of one article as the asking actor.
#[derive(Debug, Clone, Copy, Default)]
pub struct GetArticle;

/// Which article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetArticleArgs {
    /// The id of the article, as it stands in the source of a passage after the word "article".
    pub article_id: String,
}

/// The article's sections, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetArticleOutput {
    /// Whether this is all of it.
    pub message: String,
    /// Its title.
    pub title: String,
    /// The number of the version, from 1.
    pub version: i32,
    /// The sections. They are not ranked: score and relevance are 0.
    pub passages: Vec<NumberedPassage>,
}

impl Tool for GetArticle {
    const NAME: &'static str = "get_article";
    const EFFECT: Effect = Effect::Read;
    const OUTPUT_CAP: usize = 48 * 1024;
    type Args = GetArticleArgs;
    type Output = GetArticleOutput;

    fn description(&self) -> &'static str {
        "Reads a whole article of the knowledge base, in numbered sections. \
         Call it when a passage shows that an article has the answer but not all of it."
    }

    fn summary(&self, output: &Self::Output) -> String {
        format!("\"{}\", {} sections", output.title, output.passages.len())
    }

    async fn call(&self, ctx: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        let id = args.article_id.trim();
        let article = if id.chars().count() > MAX_ID_CHARS {
            None
        } else {
            find(ctx, id).await?
        };
        // A draft, a withdrawn article, and another tenant's are all the same here.
        let Some(article) = article else {
            return Err(ToolError::Correctable(
                "at /article_id there is no published article with this id; take one from a passage's source"
                    .to_owned(),
            ));
        };
        let whole = sections(&article.body);
        let count = whole.len();
        let mut bytes = 0_usize;
        let kept: Vec<Passage> = whole
            .into_iter()
            .take_while(|section| {
                bytes += section.span.len();
                bytes <= TEXT_CAP
            })
            .map(|section| passage(&article, section.span.start, section.span.end, section.headings))
            .collect();
        let message = if kept.len() == count {
            "The whole article, in order.".to_owned()
        } else {
            format!(
                "The first {} of {count} sections; search for what is in the others.",
                kept.len()
            )
        };
        Ok(GetArticleOutput {
            message,
            title: article.title,
            version: article.number,
            passages: ctx.refs.number_all(kept),
        })
    }
}

/// By the tenant's own id or by ours.
async fn find(ctx: &ToolCtx, id: &str) -> Result<Option<ArticleBody>, ToolError> {
    let mut tx = ctx.store.begin().await?;
    let known = match id.parse::<ArticleId>() {
        Ok(id) => Some(id),
        // A NUL cannot be in a stored id, and Postgres refuses to look for it.
        Err(_) if id.is_empty() || id.contains('\0') => None,
        Err(_) => tx.articles().by_external_id(id).await?.map(|article| article.id),
    };
    let body = match known {
        Some(id) => tx.articles().current_body(id).await?,
        None => None,
    };
    tx.commit().await?;
    Ok(body)
}

fn passage(article: &ArticleBody, start: usize, end: usize, headings: Vec<String>) -> Passage {
    Passage {
        article_id: article.article_id,
        external_id: article.external_id.clone(),
        version_id: article.version_id,
        version: article.number,
        title: article.title.clone(),
        headings,
        language: article.language.clone(),
        start,
        end,
        text: article.body.get(start..end).unwrap_or_default().to_owned(),
        score: 0.0,
        relevance: 0.0,
    }
}
