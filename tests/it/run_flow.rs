//! What a run says: answers, citations, tools, fallbacks.

use crm_agents::{
    RunError, StartRun,
    event::{AgentEvent, DegradedReason, RunOutcome, ToolOutcome},
    model::{
        Entry, Fallback, ModelError, RetryPolicy, ScriptedModel, StopReason, ToolResult, scripted::Step,
    },
};
use serde_json::json;

use crate::run_support::{
    BODY, QUOTE, SECOND, World, calls, check_grammar, floor, kinds, outcome_of, profile, question, says,
    search, text_of,
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
        &BODY[stored[1].start_byte as usize..stored[1].end_byte as usize],
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
async fn without_a_model_the_floor_answers_and_says_so() {
    let world = World::new().await;
    let runner = world.runner(vec![]);

    let (run, events) = world.run(&runner).await;

    let Some(AgentEvent::RunFinished {
        outcome,
        usage,
        degraded,
        degraded_reason,
    }) = events.last()
    else {
        panic!()
    };
    assert_eq!(
        (*outcome, *degraded, *degraded_reason),
        (RunOutcome::Abstained, true, Some(DegradedReason::NoModel))
    );
    assert_eq!((usage.cost_nano_usd, usage.model_calls), (0, 1));
    assert_eq!(world.settled(run).await, 1, "calls of the floor are metered too");
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, AgentEvent::Note { .. }))
    );
}

#[tokio::test]
async fn a_model_that_cannot_be_reached_gives_way_before_anything_is_shown() {
    let world = World::new().await;
    let down = ScriptedModel::new([vec![Step::Fail(ModelError::Rejected { status: 401 })]]);
    let second = ScriptedModel::new([search(), says("30 days [1].")]).named("second");
    let runner = world.runner(vec![down, second]);

    let (run, events) = world.run(&runner).await;

    assert_eq!(
        (text_of(&events).as_str(), outcome_of(&events)),
        ("30 days [1].", RunOutcome::Completed)
    );
    let Some(AgentEvent::RunFinished { degraded, usage, .. }) = events.last() else {
        panic!()
    };
    assert!(!degraded, "another provider's model is no floor");
    assert_eq!(usage.model_calls, 2);
    assert_eq!(
        world.settled(run).await,
        3,
        "the refused call is settled, at nothing"
    );
}

#[tokio::test]
async fn every_provider_down_means_the_floor() {
    let world = World::new().await;
    let limited = ScriptedModel::new([vec![Step::Fail(ModelError::RateLimited { retry_after: None })]]);
    let runner = world.runner(vec![limited]);

    let (_, events) = world.run(&runner).await;

    let Some(AgentEvent::RunFinished { degraded_reason, .. }) = events.last() else {
        panic!()
    };
    assert_eq!(*degraded_reason, Some(DegradedReason::RateLimited));
    assert_eq!(
        kinds(&events),
        ["run_started", "note", "text_delta", "run_finished"]
    );
}

#[tokio::test]
async fn a_model_that_breaks_off_is_replaced_from_the_start_of_its_turn() {
    let world = World::new().await;
    let broken = ScriptedModel::new([
        search(),
        vec![
            Step::text("Within thir"),
            Step::Fail(ModelError::Unavailable("cut".into())),
        ],
    ]);
    let second = ScriptedModel::new([says("Within 30 days [1].")]).named("second");
    let runner = world.runner(vec![broken, second]);

    let result = runner.run_to_end(&world.tenant, question()).await.unwrap();
    let log = world.log(&runner, result.run_id).await;
    let events: Vec<AgentEvent> = log.iter().map(|(_, event)| event.clone()).collect();

    assert_eq!(
        text_of(&events),
        "Within thir\n\nWithin 30 days [1].",
        "what was shown stays"
    );
    assert!(events.iter().any(|event| matches!(
        event,
        AgentEvent::Note {
            restarts_answer: true,
            ..
        }
    )));
    assert_eq!(
        result.text, "Within 30 days [1].",
        "the answer is what came after"
    );
    assert_eq!(result.citations.len(), 1);
    check_grammar(&log, false);
    let mut tx = world.tenant.begin().await.unwrap();
    assert_eq!(
        tx.answers().of_run(result.run_id).await.unwrap().unwrap().text,
        "Within 30 days [1]."
    );
    drop(tx);
    // The half turn cost something: it is settled at an estimate.
    assert_eq!(world.settled(result.run_id).await, 3);
    assert!(result.usage.tokens.estimated);
}

#[tokio::test]
async fn a_model_that_ends_without_a_word_is_replaced() {
    let world = World::new().await;
    for silent in [vec![Step::finish(StopReason::Stop)], vec![Step::text("half")]] {
        let runner = world.runner(vec![
            ScriptedModel::new([silent]),
            ScriptedModel::new([says("Yes.")]).named("b"),
        ]);
        let result = runner.run_to_end(&world.tenant, question()).await.unwrap();
        assert_eq!(
            (result.text.as_str(), result.outcome),
            ("Yes.", Some(RunOutcome::Completed))
        );
    }
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
async fn a_prompt_that_does_not_fit_goes_to_a_model_where_it_does() {
    let world = World::new().await;
    let small = crm_agents::model::ModelProfile {
        context_tokens: 100,
        ..profile("small", false)
    };
    let small = ScriptedModel::new([says("never asked")]).with_profile(small);
    let large = ScriptedModel::new([says("Yes.")]).named("large");
    let chain = Fallback::new(
        vec![std::sync::Arc::new(small), std::sync::Arc::new(large)],
        std::sync::Arc::new(floor()),
    )
    .with_retry(RetryPolicy::NEVER);
    let runner = world.runner_on(&world.store, chain, |_, _| {});

    let result = runner.run_to_end(&world.tenant, question()).await.unwrap();

    assert_eq!(result.text, "Yes.");
    assert_eq!(world.settled(result.run_id).await, 1);
}

#[tokio::test]
async fn the_character_that_postgres_cannot_keep_harms_nothing() {
    let world = World::new().await;
    let calls = vec![
        Step::text("a\0b"),
        Step::call(
            "c\01",
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
