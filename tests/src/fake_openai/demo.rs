//! A model that searches once and then quotes what it found.

use serde_json::json;

use super::{Captured, Reply, captured::role};

/// Replies like a model that does as it is told: a search for the question, then
/// the first sentence of the first passage with its number.
pub fn answer_from_knowledge(request: &Captured) -> Reply {
    let asked_last = request
        .messages()
        .last()
        .is_some_and(|message| role(message) == "user");
    if asked_last && request.tool_names().contains(&"search_knowledge") {
        let question = request
            .user_texts()
            .last()
            .copied()
            .unwrap_or_default()
            .to_owned();
        let id = format!("call_{}", request.tool_calls().len() + 1);
        return Reply::call(
            &id,
            "search_knowledge",
            &json!({"query": question, "limit": null}),
        );
    }
    let quoted = request
        .tool_results()
        .last()
        .and_then(|(_, result)| first_passage(result));
    match quoted {
        Some((number, sentence)) => Reply::text(&format!("{sentence} [{number}]")),
        None => Reply::text("The knowledge base does not answer that."),
    }
}

/// The number of the first passage and its first sentence of words.
fn first_passage(result: &str) -> Option<(&str, &str)> {
    let (_, after) = result.split_once("Passage [")?;
    let (number, after) = after.split_once(']')?;
    let sentence = after
        .lines()
        .skip_while(|line| !line.starts_with("<data-"))
        .skip(1)
        .find(|line| line.starts_with(char::is_alphabetic))?;
    let end = sentence.find(". ").map_or(sentence.len(), |at| at + 1);
    Some((number, sentence.get(..end)?))
}
