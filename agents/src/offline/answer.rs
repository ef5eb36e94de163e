//! The policy of `answer`: search, then quote the best sentences or abstain.

use crm_rag::{Embedder, lexical};
use crm_tools::{
    NumberedPassage, Tool,
    knowledge::{SearchKnowledge, SearchKnowledgeArgs, SearchKnowledgeOutput},
};

use super::{Said, compose, judge, phrases, score, sentences::split, units};
use crate::model::{ChatRequest, Entry, StopReason, ToolCall, ToolResult};

/// Passages that sentences are taken from.
const PASSAGES: u8 = 10;
/// Characters of a question that are searched for as they are.
const MAX_QUERY_CHARS: usize = 600;
/// A passage this unlikely is not even named as related.
const RELATED: f32 = 0.15;
/// Titles that are named as related.
const MAX_RELATED: usize = 2;

/// What this turn says.
pub(super) async fn turn(request: &ChatRequest, embedder: Option<&dyn Embedder>) -> Said {
    let question = question(request);
    let since = since_question(request);
    let searches: Vec<&ToolResult> = since
        .iter()
        .filter_map(|entry| match entry {
            Entry::ToolResult { tool, result, .. } if tool == SearchKnowledge::NAME => Some(result),
            _ => None,
        })
        .collect();
    let can_search = request
        .tools
        .iter()
        .any(|tool| tool.name == SearchKnowledge::NAME);
    match searches.last() {
        None if can_search => search(request, question),
        None => abstain(question, &[], phrases::of(language(question, &[])).search_failed),
        Some(ToolResult::Error { .. }) => {
            abstain(question, &[], phrases::of(language(question, &[])).search_failed)
        }
        Some(ToolResult::Ok { output }) => {
            match serde_json::from_value::<SearchKnowledgeOutput>(output.clone()) {
                Ok(found) => quote(question, &found, embedder).await,
                Err(_) => abstain(question, &[], phrases::of(language(question, &[])).search_failed),
            }
        }
    }
}

fn search(request: &ChatRequest, question: &str) -> Said {
    let arguments = SearchKnowledgeArgs {
        query: query(question),
        limit: Some(PASSAGES),
    };
    let calls_so_far = request
        .transcript
        .iter()
        .filter(|entry| matches!(entry, Entry::ToolResult { .. }))
        .count();
    Said::Call(ToolCall {
        id: format!("offline-{}", calls_so_far + 1),
        name: SearchKnowledge::NAME.to_owned(),
        arguments: serde_json::to_string(&arguments).unwrap_or_default(),
    })
}

/// Quotes the best sentences when enough speaks for them.
async fn quote(question: &str, found: &SearchKnowledgeOutput, embedder: Option<&dyn Embedder>) -> Said {
    let passages = found.passages.as_slice();
    let units = units::units(passages);
    let asked = phrases::asked(question);
    let scored = score::scores(question, asked, &units, passages, embedder).await;
    let verdict = match (embedder, &scored.evidence) {
        (Some(embedder), Some(evidence)) => {
            judge::judge(question, asked, passages, &units, evidence, embedder).await
        }
        // Without an embedder the word of retrieval is all there is.
        _ => None,
    };
    let answers = found.confident || verdict.is_some_and(|verdict| verdict.answers);
    let article_of = |unit: &units::Unit| {
        let article = passages.get(unit.rank).map(|found| found.passage.article_id);
        passages
            .iter()
            .position(|found| Some(found.passage.article_id) == article)
            .unwrap_or(unit.rank)
    };
    let text = if answers {
        let anchor = verdict.map(|verdict| verdict.anchor);
        compose::compose(asked, &units, &scored.scores, anchor, &article_of)
    } else {
        String::new()
    };
    if text.is_empty() {
        return abstain(
            question,
            passages,
            phrases::of(language(question, passages)).not_found,
        );
    }
    Said::Text(text, StopReason::Stop)
}

/// One honest sentence, and where it is near enough, what there is.
fn abstain(question: &str, near: &[NumberedPassage], sentence: &str) -> Said {
    let phrases = phrases::of(language(question, near));
    let mut titles: Vec<&str> = Vec::new();
    for found in near.iter().filter(|found| found.passage.relevance >= RELATED) {
        if titles.len() < MAX_RELATED && !titles.contains(&found.passage.title.as_str()) {
            titles.push(&found.passage.title);
        }
    }
    let related = if titles.is_empty() {
        String::new()
    } else {
        let titles: Vec<String> = titles.iter().map(|title| phrases.quoted(title)).collect();
        format!(" {} {}.", phrases.related, titles.join(", "))
    };
    Said::Text(format!("{sentence}{related}"), StopReason::Abstained)
}

/// The last words of the person who asks.
fn question(request: &ChatRequest) -> &str {
    let last = request.transcript.iter().rev().find_map(|entry| match entry {
        Entry::User { text } => Some(text.as_str()),
        _ => None,
    });
    last.or_else(|| request.input.get("question").and_then(serde_json::Value::as_str))
        .unwrap_or_default()
}

fn since_question(request: &ChatRequest) -> &[Entry] {
    let asked = request
        .transcript
        .iter()
        .rposition(|entry| matches!(entry, Entry::User { .. }))
        .unwrap_or(0);
    request.transcript.get(asked..).unwrap_or_default()
}

/// What to search for: the question, or of a long one its questions and its ends.
fn query(question: &str) -> String {
    let question = question.trim();
    if question.chars().count() <= MAX_QUERY_CHARS {
        return question.to_owned();
    }
    let sentences = split(question);
    let asks: Vec<&str> = sentences
        .iter()
        .map(String::as_str)
        .filter(|sentence| sentence.ends_with('?') && sentence.chars().count() <= MAX_QUERY_CHARS)
        .collect();
    let mut query = String::new();
    // People ask at the end of what they tell.
    for sentence in asks.into_iter().rev() {
        if query.chars().count() + sentence.chars().count() < MAX_QUERY_CHARS {
            query = format!("{sentence} {query}");
        }
    }
    if !query.is_empty() {
        return query.trim().to_owned();
    }
    let half = MAX_QUERY_CHARS / 2;
    let head: String = question.chars().take(half).collect();
    let count = question.chars().count();
    let tail: String = question.chars().skip(count - half).collect();
    format!("{head} {tail}")
}

/// The asker's language; of a question too short to tell, that of what it found.
fn language<'a>(question: &str, passages: &'a [NumberedPassage]) -> &'a str {
    match lexical::detect(question) {
        Some(language) => language,
        None => passages
            .first()
            .map_or("en", |found| found.passage.language.as_str()),
    }
}

#[cfg(test)]
mod tests;
