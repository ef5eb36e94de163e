//! What a run says: answers, citations, tools, fallbacks.

use crm_agents::{
    RunError, StartRun,
    event::{AgentEvent, RunOutcome, ToolOutcome},
    model::{Entry, Fallback, ScriptedModel, StopReason, ToolResult, scripted::Step},
};
use serde_json::json;

use crate::run_support::{
    BODY, QUOTE, SECOND, World, calls, check_grammar, floor, kinds, outcome_of, question, says, search,
    text_of,
};

#[tokio::test]
async fn an_answer_cites_stored_text_and_is_kept_with_it() {
    let world = World::new().await;
    // Markers cut anywhere; [3] is not stored so, [9] was never found.
    let answer = [
        "Within 30 da",
        "ys [",
        "1",
        "]. Keep the receipt [2, 9]",
        " [3]. Really [",
        "1].",
    ];
    let mut turn: Vec<Step> = answer.iter().map(|delta| Step::text(delta)).collect();
    turn.push(Step::finish(StopReason::Stop));
    let runner = world.runner(vec![ScriptedModel::new([search(), turn])]);

    let (run, events) = world.run(&runner).await;

    assert_eq!(
        text_of(&events),
        "Within 30 days [1]. Keep the receipt [2]. Really [1]."
    );
    assert_eq!(outcome_of(&events), RunOutcome::Completed);
    let citations: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            AgentEvent::Citation(citation) => Some(citation.clone()),
            _ => None,
        })
        .collect();
    let [first, second] = citations.as_slice() else {
        panic!("{citations:?}")
    };
    assert_eq!(
        (
            first.marker,
            first.quote.as_str(),
            second.marker,
            second.quote.as_str()
        ),
        (1, QUOTE, 2, SECOND)
    );
    for citation in &citations {
        let quoted: String = BODY
            .chars()
            .skip(citation.start)
            .take(citation.end - citation.start)
            .collect();
        assert_eq!(quoted, citation.quote, "places are code points");
        assert_eq!(
            (citation.article_id, citation.version_id),
            (world.article, world.version)
        );
    }

    let mut tx = world.tenant.begin().await.unwrap();
    let answer = tx.answers().of_run(run).await.unwrap().unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.outcome.as_str()),
        (
            "Within 30 days [1]. Keep the receipt [2]. Really [1].",
            "completed"
        )
    );
    let stored = tx.answers().citations(answer.id).await.unwrap();
    assert_eq!(
        stored.iter().map(|citation| citation.marker).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(
        &BODY[usize::try_from(stored[1].start_byte).unwrap()..usize::try_from(stored[1].end_byte).unwrap()],
        SECOND
    );
    let quoting = tx
        .articles()
        .answers_quoting(world.article, None, 10)
        .await
        .unwrap();
    assert_eq!(quoting.items.len(), 1);
    drop(tx);
    assert_eq!(world.settled(run).await, 2);
    let row = world.row(run).await;
    assert_eq!(
        (row.state.as_str(), row.outcome.as_deref(), row.degraded),
        ("finished", Some("completed"), false)
    );
    assert_eq!(row.usage["model_calls"], json!(2));
    assert_eq!(row.usage["tool_calls"], json!(1));
    assert_eq!(row.usage["input_tokens"], json!(20));
}

#[tokio::test]
async fn an_answer_that_looked_something_up_and_quotes_nothing_has_abstained() {
    let world = World::new().await;
    let runner = world.runner(vec![ScriptedModel::new([
        search(),
        says("I could not find that."),
    ])]);

    let (_, events) = world.run(&runner).await;

    assert_eq!(outcome_of(&events), RunOutcome::Abstained);
    assert_eq!(
        kinds(&events),
        [
            "run_started",
            "tool_started",
            "tool_finished",
            "text_delta",
            "run_finished"
        ]
    );
}

#[tokio::test]
async fn calls_that_cannot_run_are_answered_and_the_model_goes_on() {
    let world = World::new().await;
    let bad = vec![
        Step::call("same", "search_knowledge", "{\"query\": "),
        Step::call("same", "no_such_tool", "{}"),
        Step::call("", "search_knowledge", "{\"query\":\"x\",\"limit\":99}"),
        Step::finish(StopReason::ToolCalls),
    ];
    let model = ScriptedModel::new([bad, search(), says("30 days [1].")]);
    let chain = Fallback::new(vec![std::sync::Arc::new(model)], std::sync::Arc::new(floor()));
    let runner = world.runner_on(&world.store, chain, |_, _| {});

    let run = world.ask(&runner).await.run_id;
    let log = world.log(&runner, run).await;

    check_grammar(&log, false);
    let errors: Vec<&str> = log
        .iter()
        .filter_map(|(_, event)| match event {
            AgentEvent::ToolFinished {
                outcome: ToolOutcome::Error { message },
                ..
            } => Some(message.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(
        errors[1].contains("search_knowledge"),
        "names the tools there are: {}",
        errors[1]
    );
    let transcript: Vec<Entry> = serde_json::from_value(world.row(run).await.transcript).unwrap();
    let results = transcript
        .iter()
        .filter(|entry| matches!(entry, Entry::ToolResult { .. }))
        .count();
    assert_eq!(results, 4);
}

#[tokio::test]
async fn a_tool_that_fails_for_good_ends_the_run_without_its_secret() {
    for tool in ["broken", "panics"] {
        let world = World::new().await;
        let runner = world.runner(vec![ScriptedModel::new([calls(tool, &json!({ "text": "x" }))])]);

        let run = world.ask(&runner).await.run_id;
        let log = world.log(&runner, run).await;

        check_grammar(&log, false);
        assert!(matches!(
            log.last(),
            Some((
                _,
                AgentEvent::RunFinished {
                    outcome: RunOutcome::Failed,
                    ..
                }
            ))
        ));
        assert!(!format!("{log:?}").contains("secret"));
        assert_eq!(world.settled(run).await, 1);
        let transcript: Vec<Entry> = serde_json::from_value(world.row(run).await.transcript).unwrap();
        assert!(
            matches!(
                transcript.last(),
                Some(Entry::ToolResult {
                    result: ToolResult::Error { .. },
                    ..
                })
            ),
            "{transcript:?}"
        );
    }
}

#[tokio::test]
async fn the_model_hears_of_tools_what_the_transcript_keeps() {
    let world = World::new().await;
    let model = std::sync::Arc::new(ScriptedModel::new([search(), says("30 days [1].")]));
    let chain = Fallback::new(vec![model.clone()], std::sync::Arc::new(floor()));
    let runner = world.runner_on(&world.store, chain, |_, _| {});

    let (run, _) = world.run(&runner).await;

    let requests = model.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        requests[0].input,
        json!({ "question": "How long can I return a parcel?" })
    );
    let stored: Vec<Entry> = serde_json::from_value(world.row(run).await.transcript).unwrap();
    assert_eq!(requests[1].transcript, stored[..3]);
    assert!(
        requests
            .iter()
            .all(|request| request.max_output_tokens > 0 && !request.tools.is_empty())
    );
}

#[tokio::test]
async fn bad_requests_make_no_run() {
    let world = World::new().await;
    let runner = world.runner(vec![]);
    let start = |agent: &str, input| {
        let start = StartRun {
            agent: agent.to_owned(),
            input,
            conversation_id: None,
        };
        let (runner, tenant) = (runner.clone(), world.tenant.clone());
        async move { runner.start(&tenant, start).await.unwrap_err() }
    };

    assert!(matches!(
        start("nobody", json!({})).await,
        RunError::UnknownAgent(_)
    ));
    for (input, at) in [
        (json!({}), ""),
        (json!({ "question": 7 }), "/question"),
        (json!({ "question": "  " }), "/question"),
        (json!({ "question": "x".repeat(200_000) }), "/question"),
        (json!({ "question": "x", "colour": "red" }), "/colour"),
    ] {
        let RunError::InvalidInput { pointer, message } = start("answer", input).await else {
            panic!()
        };
        assert_eq!(pointer, at, "{message}");
        assert!(message.len() < 200, "{message}");
    }
    let runs: i64 = sqlx::query_scalar("SELECT count(*) FROM runs")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!(runs, 0);
}

#[tokio::test]
async fn the_character_that_postgres_cannot_keep_harms_nothing() {
    let world = World::new().await;
    let calls = vec![
        Step::text("a\0b"),
        Step::call(
            "c\u{0}1",
            "search_knowledge",
            "{\"query\":\"x\\u0000y\",\"limit\":null}",
        ),
        Step::call("c2", "no\0tool", "\0"),
        Step::finish(StopReason::ToolCalls),
    ];
    let runner = world.runner(vec![ScriptedModel::new([calls, says("30\0 days [1].")])]);

    let result = runner.run_to_end(&world.tenant, question()).await.unwrap();

    assert_eq!(
        (result.text.as_str(), result.outcome),
        ("30 days [1].", Some(RunOutcome::Completed))
    );
    assert_eq!(
        world.row(result.run_id).await.outcome.as_deref(),
        Some("completed")
    );
    let dirty = StartRun {
        input: json!({ "question": "what\0" }),
        ..question()
    };
    let refused = runner.start(&world.tenant, dirty).await.unwrap_err();
    assert!(matches!(refused, RunError::InvalidInput { .. }), "{refused}");
}
