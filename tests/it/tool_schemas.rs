//! Every tool as a model is told of it, and what it tells a model that errs.

use std::sync::Arc;

use crm_tools::{
    Tool, ToolError, ToolRegistry,
    knowledge::{GetArticle, SearchKnowledge},
    pipeline::{AskBack, Chart, Decline, DescribeMetrics, ReadQuestion, RunQuery},
    predictions::Predictor,
    records::SimilarRecords,
    win::{Advisor, ExplainScore, FindSimilarDeals, NoWinAnswer, ScoreOpportunity, SuggestNextSteps},
};

fn registry() -> ToolRegistry {
    ToolRegistry::new()
        .with(SearchKnowledge)
        .unwrap()
        .with(GetArticle)
        .unwrap()
        .with(SimilarRecords)
        .unwrap()
}

fn of_pipeline() -> ToolRegistry {
    ToolRegistry::new()
        .with(DescribeMetrics)
        .and_then(|tools| tools.with(ReadQuestion))
        .and_then(|tools| tools.with(RunQuery))
        .and_then(|tools| tools.with(Chart))
        .and_then(|tools| tools.with(AskBack))
        .and_then(|tools| tools.with(Decline))
        .unwrap_or_else(|error| panic!("{error:?}"))
}

#[test]
fn tools_of_win() {
    let advisor = Arc::new(Advisor::new(Arc::<Predictor>::default()));
    let tools = ToolRegistry::new()
        .with(ScoreOpportunity(Arc::clone(&advisor)))
        .and_then(|tools| tools.with(ExplainScore(Arc::clone(&advisor))))
        .and_then(|tools| tools.with(FindSimilarDeals(Arc::clone(&advisor))))
        .and_then(|tools| tools.with(SuggestNextSteps(advisor)))
        .and_then(|tools| tools.with(NoWinAnswer))
        .unwrap_or_else(|error| panic!("{error:?}"));
    insta::assert_json_snapshot!(tools.specs());
}

#[test]
fn tools_of_pipeline() {
    insta::assert_json_snapshot!(of_pipeline().specs());
}

#[test]
fn what_a_query_leaves_out_is_empty_also_deep_inside() {
    let short = r#"{"query": {"entity": "leads", "measures": ["count"], "time": {"range": {"kind": "between", "from": "2026-01-01"}},
        "filters": [{"dimension": "status", "op": "in", "value": ["new", "open"]}], "having": [{"measure": "count", "op": "gt", "value": "3"}]}}"#;
    let checked = of_pipeline().check("run_query", short).unwrap();
    assert_eq!(checked["query"]["time"]["range"]["to"], serde_json::Value::Null);
    assert_eq!(checked["query"]["order"], serde_json::json!([]));
    assert_eq!(checked["query"]["share"], false);
}

fn told(name: &str, arguments: &str) -> String {
    match registry().check(name, arguments) {
        Err(ToolError::Correctable(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn search_knowledge() {
    insta::assert_json_snapshot!(registry().specs()[0]);
}

#[test]
fn get_article() {
    insta::assert_json_snapshot!(registry().specs()[1]);
}

#[test]
fn similar_records() {
    insta::assert_json_snapshot!(registry().specs()[2]);
}

#[test]
fn a_tool_is_there_once() {
    assert!(registry().with(GetArticle).is_err());
    assert_eq!(
        registry().effect(SearchKnowledge::NAME),
        Some(SearchKnowledge::EFFECT)
    );
    assert_eq!(registry().effect("other"), None);
}

#[test]
fn arguments_may_leave_out_what_may_be_null() {
    let all = registry()
        .check("search_knowledge", r#"{"query": "x", "limit": null}"#)
        .unwrap();

    assert_eq!(
        registry().check("search_knowledge", r#"{"query": "x"}"#).unwrap(),
        all
    );
}

#[test]
fn an_error_names_the_place_and_what_would_be_right() {
    insta::assert_snapshot!(
        [
            told("search", "{}"),
            told("search_knowledge", r#"{"query": refunds}"#),
            told("search_knowledge", ""),
            told("search_knowledge", "[1]"),
            told("search_knowledge", r#"{"query": 5, "limit": 99}"#),
            told("search_knowledge", r#"{"query": "x", "tenant": "other"}"#),
            told("get_article", r#"{"article_id": ["a"]}"#),
            told(
                "get_article",
                &format!("{{\"article_id\": \"{}\"}}", "x".repeat(70_000))
            ),
        ]
        .join("\n")
    );
}

#[test]
fn what_a_model_wrote_is_not_repeated_at_length() {
    let long = "x".repeat(10_000);

    for message in [
        told(&long, "{}"),
        told(
            "search_knowledge",
            &format!(r#"{{"query": "x", "limit": "{long}"}}"#),
        ),
    ] {
        assert!(message.len() < 400, "{message}");
    }
}
