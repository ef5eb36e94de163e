use crm_rag::Passage;
use crm_store::ids::{ArticleId, ArticleVersionId};
use crm_tools::{Effect, PassageRefs, ToolSpec};
use serde_json::json;

use super::*;

const REFUNDS: &str = "## What we refund\n\n\
    You can get your money back for a new annual subscription within **30 days** of the first payment. \
    This covers cards and SEPA.\n\n\
    | Payment | Refundable? | Until |\n|---|---|---|\n\
    | First payment of an annual subscription | Yes, in full | 30 days after the payment |\n\
    | SMS packs that have been opened | No | – |\n\n\
    ## How to ask\n\nAsk for a refund like this:\n\n\
    1. Sign in as the owner.\n2. Open **Settings > Billing > Payments** and choose the payment.\n\
    3. Write to billing@example.com.\n\nSomeone looks at each request within four business days.";

const HOURS: &str = "We are open from 9 to 17. The office in Cork is closed on Fridays.";

fn passage(title: &str, text: &str, score: f32, relevance: f32) -> Passage {
    Passage {
        article_id: ArticleId::new(),
        external_id: None,
        version_id: ArticleVersionId::new(),
        version: 1,
        title: title.to_owned(),
        headings: Vec::new(),
        language: "en".to_owned(),
        start: 0,
        end: text.len(),
        text: text.to_owned(),
        score,
        relevance,
    }
}

fn asks(question: &str) -> ChatRequest {
    ChatRequest {
        agent: "answer".to_owned(),
        input: json!({ "question": question }),
        system: "not read".to_owned(),
        transcript: vec![Entry::User {
            text: question.to_owned(),
        }],
        tools: vec![ToolSpec {
            name: SearchKnowledge::NAME.to_owned(),
            description: String::new(),
            parameters: json!({}),
            effect: Effect::Read,
        }],
        max_output_tokens: 500,
    }
}

fn found(question: &str, confident: bool, passages: Vec<Passage>) -> ChatRequest {
    let output = SearchKnowledgeOutput {
        message: String::new(),
        confident,
        passages: PassageRefs::default().number_all(passages),
    };
    result(
        question,
        ToolResult::Ok {
            output: serde_json::to_value(output).unwrap(),
        },
    )
}

fn result(question: &str, result: ToolResult) -> ChatRequest {
    let mut request = asks(question);
    request.transcript.push(Entry::ToolResult {
        call_id: "offline-1".to_owned(),
        tool: SearchKnowledge::NAME.to_owned(),
        result,
    });
    request
}

async fn says(request: &ChatRequest) -> (String, StopReason) {
    match turn(request, None).await {
        Said::Text(text, reason) => (text, reason),
        Said::Call(call) => panic!("called {call:?}"),
    }
}

fn both() -> Vec<Passage> {
    vec![
        passage("Refunds", REFUNDS, 0.9, 0.9),
        passage("Opening hours", HOURS, 0.4, 0.2),
    ]
}

#[tokio::test]
async fn the_first_turn_searches_for_the_question() {
    let said = turn(&asks(" Can I get a refund? "), None).await;

    assert_eq!(
        said,
        Said::Call(ToolCall {
            id: "offline-1".to_owned(),
            name: "search_knowledge".to_owned(),
            arguments: r#"{"query":"Can I get a refund?","limit":10}"#.to_owned(),
        })
    );
}

#[tokio::test]
async fn a_fact_is_quoted_with_its_source() {
    let (text, reason) = says(&found(
        "Until when can I get my money back for an annual subscription?",
        true,
        both(),
    ))
    .await;

    assert_eq!(reason, StopReason::Stop);
    assert!(
        text.contains("You can get your money back for a new annual subscription within 30 days of the first payment. [1]"),
        "{text}"
    );
    assert!(!text.contains("Cork") && !text.contains("[2]"), "{text}");
}

#[tokio::test]
async fn a_how_to_shows_all_steps_in_order() {
    let (text, _) = says(&found("How do I ask for a refund?", true, both())).await;

    assert!(
        text.contains(
            "Ask for a refund like this:\n1. Sign in as the owner. [1]\n2. Open Settings > Billing > Payments and choose \
             the payment. [1]\n3. Write to billing@example.com. [1]"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn a_question_about_a_row_gets_the_row_with_its_header() {
    let (text, _) = says(&found("Are opened SMS packs refundable?", true, both())).await;

    assert!(
        text.contains("SMS packs that have been opened – Refundable? No; Until: – [1]"),
        "{text}"
    );
}

#[tokio::test]
async fn a_sentence_that_leans_on_another_brings_it_along() {
    let text = "Backups are made every hour. They are kept for 35 days in Frankfurt. Ask us for a copy.";
    let (text, _) = says(&found(
        "Are they kept in Frankfurt?",
        true,
        vec![passage("Backups", text, 0.9, 0.9)],
    ))
    .await;

    assert!(
        text.starts_with("Backups are made every hour. [1] They are kept for 35 days in Frankfurt. [1]"),
        "{text}"
    );
}

#[tokio::test]
async fn without_a_good_passage_it_abstains_in_the_askers_language() {
    let near = vec![
        passage("Opening hours", HOURS, 0.3, 0.3),
        passage("Parking", HOURS, 0.2, 0.01),
    ];

    assert_eq!(
        says(&found(
            "Can a robot answer our telephone in the evening?",
            false,
            near.clone()
        ))
        .await,
        (
            "I could not find an answer to that in the knowledge base. Related articles: “Opening hours”."
                .to_owned(),
            StopReason::Abstained
        )
    );
    assert_eq!(
        says(&found(
            "Kann ich die App auch auf einer Smartwatch benutzen?",
            false,
            vec![]
        ))
        .await,
        (
            "Dazu konnte ich in der Wissensdatenbank nichts finden.".to_owned(),
            StopReason::Abstained
        )
    );
}

#[tokio::test]
async fn a_search_that_failed_is_said_to_have_failed() {
    let failed = result(
        "Can I get a refund, please?",
        ToolResult::Error {
            message: "x".to_owned(),
        },
    );

    let (text, reason) = says(&failed).await;

    assert!(
        text.starts_with("The search of the knowledge base failed"),
        "{text}"
    );
    assert_eq!(reason, StopReason::Abstained);
}

#[test]
fn of_a_very_long_question_its_question_is_searched_for() {
    let story = "We bought two hundred licences last year. ".repeat(4_000);
    let long = format!(
        "{story} Can I get a refund for half of them? {}",
        "Thank you. ".repeat(20)
    );

    assert_eq!(query(&long), "Can I get a refund for half of them?");
    assert!(query(&"x".repeat(200_000)).chars().count() <= MAX_QUERY_CHARS + 1);
    assert_eq!(query(" short "), "short");
}

#[tokio::test]
async fn the_next_question_of_a_conversation_is_searched_for_again() {
    let mut request = found("Can I get a refund?", true, both());
    request.transcript.push(Entry::Assistant {
        text: "Yes. [1]".to_owned(),
        tool_calls: vec![],
    });
    request.transcript.push(Entry::User {
        text: "And for SMS packs?".to_owned(),
    });

    let Said::Call(call) = turn(&request, None).await else {
        panic!("did not search")
    };

    assert_eq!(call.id, "offline-2");
    assert!(call.arguments.contains("And for SMS packs?"));
}

#[tokio::test]
async fn an_answer_is_short_and_every_line_has_its_source() {
    let long = "This sentence about refunds is one of very many that say much the same about refunds again. "
        .repeat(60);
    let (text, _) = says(&found(
        "What about refunds?",
        true,
        vec![passage("Refunds", &long, 0.9, 0.9)],
    ))
    .await;

    assert!(text.split_whitespace().count() <= 120, "{text}");
    assert!(
        text.lines()
            .filter(|line| !line.is_empty())
            .all(|line| line.ends_with("[1]")),
        "{text}"
    );
}
