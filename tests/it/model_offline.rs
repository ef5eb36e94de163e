//! The floor with the real embedder, where retrieval alone is not sure.

use std::sync::Arc;

use crm_agents::{
    model::{ChatModel, ChatRequest, Collected, Entry, StopReason, ToolResult, collect},
    offline::OfflineModel,
};
use crm_rag::Passage;
use crm_store::ids::{ArticleId, ArticleVersionId};
use crm_tests::knowledge;
use crm_tools::{PassageRefs, Tool, knowledge::SearchKnowledge};
use serde_json::json;

const BACKUPS: &str = "We copy every account each hour and keep the copies for 35 days in Frankfurt.\n\n\
    | Target | Value |\n|---|---|\n| Work lost at worst after a fire or flood in a data centre | 1 hour |\n\
    | Time until everything runs again | 4 hours |\n";
const PARKING: &str = "Can visitors park at the office?\n\nBehind the building there are six places for guests. \
    Ask at the reception for a card.";

async fn asks(question: &str) -> Collected {
    let passage = |title: &str, text: &str, score| Passage {
        article_id: ArticleId::new(),
        external_id: None,
        version_id: ArticleVersionId::new(),
        version: 1,
        title: title.to_owned(),
        headings: vec![],
        language: "en".to_owned(),
        start: 0,
        end: text.len(),
        text: text.to_owned(),
        score,
        relevance: 0.2,
    };
    let found = json!({
        "message": "",
        "confident": false,
        "passages": PassageRefs::default()
            .number_all(vec![passage("Backups", BACKUPS, 0.3), passage("Visiting us", PARKING, 0.3)]),
    });
    let request = ChatRequest {
        agent: "answer".to_owned(),
        input: json!({ "question": question }),
        system: String::new(),
        transcript: vec![
            Entry::User {
                text: question.to_owned(),
            },
            Entry::ToolResult {
                call_id: "offline-1".to_owned(),
                tool: SearchKnowledge::NAME.to_owned(),
                result: ToolResult::Ok { output: found },
            },
        ],
        tools: vec![],
        max_output_tokens: 500,
    };
    let floor = OfflineModel::new(Some(Arc::new(knowledge::mini_lm())));
    collect(floor.stream(&request).await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn one_sentence_that_answers_is_enough() {
    let answer = asks("How much of our work is lost if the data centre burns down?").await;

    assert_eq!(answer.reason, StopReason::Stop);
    assert!(
        answer
            .text
            .contains("Work lost at worst after a fire or flood in a data centre – Value: 1 hour [1]"),
        "{}",
        answer.text
    );
    assert!(answer.usage.input_tokens > 50 && answer.usage.output_tokens > 5 && !answer.usage.estimated);
}

#[tokio::test]
async fn a_question_in_an_article_leads_to_the_answer_after_it() {
    let answer = asks("Can visitors park at your office?").await;

    assert!(
        answer
            .text
            .starts_with("Behind the building there are six places for guests. [2]"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_question_that_nothing_answers_is_not_answered() {
    for question in [
        "Do you sync HubSpot deals?",
        "Who won the football match yesterday?",
    ] {
        let answer = asks(question).await;

        assert_eq!(
            (answer.reason, answer.text.contains('[')),
            (StopReason::Abstained, false),
            "{}",
            answer.text
        );
    }
}
