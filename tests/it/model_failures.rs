//! What each failure of a model's provider becomes, over a real socket.

use std::{sync::Arc, time::Duration};

use crm_agents::model::{
    ChatModel, ChatRequest, Collected, Entry, Fallback, ModelError, ModelEvent, OpenAiConfig, OpenAiModel,
    RetryPolicy, StopReason, collect, scripted::Gate,
};
use crm_agents::{event::DegradedReason, offline::OfflineModel};
use crm_store::SystemClock;
use crm_tests::fake_openai::{
    FakeOpenAi, Reply, ev_done, ev_drop, ev_finish, ev_gate, ev_hang, ev_json, ev_raw, ev_text, ev_tool_call,
    ev_usage, sse,
};
use futures::StreamExt;
use serde_json::json;

/// Long enough for the first words over a socket of a busy machine, short enough to wait for the silence after them.
const SHORT: Duration = Duration::from_secs(1);

fn question() -> ChatRequest {
    ChatRequest {
        agent: "answer".to_owned(),
        input: json!({"question": "Hello?"}),
        system: "Answer.".to_owned(),
        transcript: vec![Entry::User {
            text: "Hello?".to_owned(),
        }],
        tools: Vec::new(),
        max_output_tokens: 100,
    }
}

/// Only for silence: whoever answers, however late, is heard.
fn impatient(server: &FakeOpenAi) -> OpenAiModel {
    let config = OpenAiConfig {
        first_event_timeout: SHORT,
        idle_timeout: SHORT,
        ..server.config()
    };
    OpenAiModel::new(config, Arc::new(SystemClock)).unwrap()
}

async fn ask(model: &dyn ChatModel) -> Result<Collected, ModelError> {
    collect(model.stream(&question()).await?).await
}

async fn fails_with(reply: Reply) -> ModelError {
    let server = FakeOpenAi::start().await;
    server.reply(reply);
    ask(&server.model()).await.unwrap_err()
}

#[tokio::test]
async fn a_refused_key_or_request_is_not_tried_again() {
    for (status, code) in [
        (401, "invalid_api_key"),
        (403, "unsupported_country"),
        (404, "model_not_found"),
        (400, "invalid_value"),
        (422, "x"),
        (429, "insufficient_quota"),
    ] {
        let error = fails_with(Reply::error(status, code)).await;

        assert!(
            matches!(error, ModelError::Rejected { status: found } if found == status),
            "{status}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_prompt_that_is_too_long_is_told_apart_from_a_bad_one() {
    let worded = |message: &str| Reply::Whole {
        status: 400,
        headers: vec![],
        body: json!({"error": {"message": message, "type": "BadRequestError", "code": 400}}).to_string(),
    };

    for reply in [
        Reply::error(400, "context_length_exceeded"),
        worded("This model's maximum context length is 8192 tokens."),
        Reply::html(413),
    ] {
        let error = fails_with(reply).await;

        assert!(matches!(error, ModelError::ContextLength), "{error:?}");
    }
}

#[tokio::test]
async fn a_limit_says_how_long_to_wait() {
    let limited = |value: Option<&str>| {
        let reply = Reply::error(429, "rate_limit_exceeded");
        value.map_or_else(
            || reply.clone(),
            |value| reply.clone().header("retry-after", value),
        )
    };
    let waits = |error| match error {
        ModelError::RateLimited { retry_after } => retry_after,
        other => panic!("{other:?}"),
    };

    assert_eq!(waits(fails_with(limited(None)).await), None);
    assert_eq!(
        waits(fails_with(limited(Some("2"))).await),
        Some(Duration::from_secs(2))
    );
    let dated =
        limited(Some("Sat, 21 Nov 2026 10:00:09 GMT")).header("date", "Sat, 21 Nov 2026 10:00:00 GMT");
    assert_eq!(waits(fails_with(dated).await), Some(Duration::from_secs(9)));
    let down = Reply::error(503, "overloaded").header("retry-after", "3");
    assert_eq!(waits(fails_with(down).await), Some(Duration::from_secs(3)));
}

#[tokio::test]
async fn a_provider_that_is_down_may_be_asked_again() {
    for reply in [
        Reply::error(500, "server_error"),
        Reply::error(503, "overloaded"),
        Reply::html(502),
        Reply::error(408, "timeout"),
    ] {
        let error = fails_with(reply).await;

        assert!(matches!(error, ModelError::Unavailable(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_a_provider_that_is_down() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let config = OpenAiConfig::new(format!("http://{address}/v1"), "k".into(), "m");
    let model = OpenAiModel::new(config, Arc::new(SystemClock)).unwrap();

    assert!(matches!(
        ask(&model).await.unwrap_err(),
        ModelError::Unavailable(_)
    ));
}

#[tokio::test]
async fn an_answer_that_is_no_stream_breaks_the_protocol() {
    let page = Reply::html(200);
    let whole = Reply::Whole {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: json!({"choices": []}).to_string(),
    };
    let redirect = Reply::Whole {
        status: 307,
        headers: vec![("location".to_owned(), "http://127.0.0.1:9/elsewhere".to_owned())],
        body: String::new(),
    };

    for reply in [page, whole, redirect] {
        let error = fails_with(reply).await;

        assert!(matches!(error, ModelError::Protocol(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_silent_provider_is_given_up() {
    for reply in [
        Reply::Hang,
        sse([ev_hang()]),
        sse([ev_raw(": ping\n\n"), ev_hang()]),
    ] {
        let server = FakeOpenAi::start().await;
        server.reply(reply);

        let error = ask(&impatient(&server)).await.unwrap_err();

        assert!(matches!(error, ModelError::Unavailable(_)), "{error:?}");
    }
}

#[tokio::test]
async fn silence_after_the_first_words_ends_the_stream_with_an_error() {
    let server = FakeOpenAi::start().await;
    server.reply(sse([ev_text("Hello"), ev_hang()]));

    let mut stream = impatient(&server).stream(&question()).await.unwrap();

    assert_eq!(
        stream.next().await.unwrap().unwrap(),
        ModelEvent::TextDelta("Hello".to_owned())
    );
    assert!(matches!(
        stream.next().await,
        Some(Err(ModelError::Unavailable(_)))
    ));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_dropped_connection_is_no_end_of_an_answer() {
    for last in [ev_drop(), ev_raw("")] {
        let server = FakeOpenAi::start().await;
        server.reply(sse([ev_text("Hello"), last]));

        let mut stream = server.model().stream(&question()).await.unwrap();

        assert_eq!(
            stream.next().await.unwrap().unwrap(),
            ModelEvent::TextDelta("Hello".to_owned())
        );
        assert!(matches!(
            stream.next().await,
            Some(Err(ModelError::Unavailable(_)))
        ));
    }
}

#[tokio::test]
async fn a_drop_before_the_first_word_is_tried_again() {
    let server = FakeOpenAi::start().await;
    // A call that never became whole was never said.
    server
        .reply(sse([
            ev_tool_call(0, "a", "search_knowledge", "{\"query\""),
            ev_drop(),
        ]))
        .reply(Reply::text("Second time"));
    let chain = Fallback::new(vec![Arc::new(server.model())], Arc::new(OfflineModel::new(None))).with_retry(
        RetryPolicy {
            base: Duration::from_millis(1),
            ..RetryPolicy::default()
        },
    );

    assert_eq!(ask(&chain).await.unwrap().text, "Second time");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_is_whole_without_the_done_mark_and_without_usage() {
    let server = FakeOpenAi::start().await;
    server
        .reply(sse([ev_text("Hello you"), ev_finish("stop"), ev_usage(7, 2)]))
        .reply(sse([ev_text("Hello you"), ev_finish("stop"), ev_done()]))
        .reply(sse([ev_text("Hello you"), ev_finish("stop"), ev_drop()]));
    let model = server.model();

    let reported = ask(&model).await.unwrap();
    assert_eq!(
        (
            reported.usage.input_tokens,
            reported.usage.output_tokens,
            reported.usage.estimated
        ),
        (7, 2, false)
    );
    for _ in 0..2 {
        let counted = ask(&model).await.unwrap();
        assert_eq!(
            (counted.text.as_str(), counted.reason),
            ("Hello you", StopReason::Stop)
        );
        // The notice of the fence is counted too.
        assert!(
            counted.usage.estimated && counted.usage.output_tokens == 2 && counted.usage.input_tokens > 50
        );
    }
}

#[tokio::test]
async fn silence_after_the_finish_does_not_spoil_the_answer() {
    let server = FakeOpenAi::start().await;
    server.reply(sse([ev_text("Hello"), ev_finish("stop"), ev_hang()]));

    let answer = ask(&impatient(&server)).await.unwrap();

    assert_eq!((answer.text.as_str(), answer.usage.estimated), ("Hello", true));
}

#[tokio::test]
async fn a_stream_without_an_end_or_a_choice_breaks_the_protocol() {
    for chunks in [
        vec![ev_text("Hello"), ev_done()],
        vec![ev_usage(3, 0), ev_done()],
        vec![ev_raw("data: {\"choices\": 3}\n\n")],
        vec![ev_raw("data: <html>\n\n")],
        vec![ev_finish("tool_calls"), ev_done()],
    ] {
        let error = fails_with(sse(chunks)).await;

        assert!(matches!(error, ModelError::Protocol(_)), "{error:?}");
    }
}

#[tokio::test]
async fn an_error_in_mid_stream_is_an_error() {
    let limited = sse([ev_json(
        &json!({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}),
    )]);
    let broken = sse([
        ev_text("Hello"),
        ev_json(&json!({"error": {"message": "engine died", "type": "server_error"}})),
    ]);

    assert!(matches!(
        fails_with(limited).await,
        ModelError::RateLimited { .. }
    ));
    assert!(matches!(fails_with(broken).await, ModelError::Unavailable(_)));
}

#[tokio::test]
async fn what_the_limit_or_the_filter_cut_off_says_so() {
    for (word, reason) in [
        ("length", StopReason::Length),
        ("content_filter", StopReason::ContentFilter),
    ] {
        let server = FakeOpenAi::start().await;
        server.reply(sse([
            ev_text("Half an"),
            ev_finish(word),
            ev_usage(1, 1),
            ev_done(),
        ]));

        assert_eq!(ask(&server.model()).await.unwrap().reason, reason);
    }
}

#[tokio::test]
async fn arguments_that_are_no_json_reach_the_loop_as_they_are() {
    let server = FakeOpenAi::start().await;
    server.reply(sse([
        ev_tool_call(0, "a", "search_knowledge", "{\"query\": refunds"),
        ev_tool_call(1, "b", "no_such_tool", ""),
        ev_finish("tool_calls"),
        ev_usage(1, 1),
        ev_done(),
    ]));

    let answer = ask(&server.model()).await.unwrap();

    let calls: Vec<_> = answer
        .tool_calls
        .iter()
        .map(|call| (call.name.as_str(), call.arguments.as_str()))
        .collect();
    assert_eq!(
        calls,
        [("search_knowledge", "{\"query\": refunds"), ("no_such_tool", "")]
    );
    assert_eq!(answer.reason, StopReason::ToolCalls);
}

#[tokio::test]
async fn words_are_handed_on_as_they_come() {
    let (server, gate) = (FakeOpenAi::start().await, Gate::new());
    server.reply(sse([
        ev_text("Hel"),
        ev_gate(&gate),
        ev_text("lo"),
        ev_finish("stop"),
        ev_usage(1, 1),
        ev_done(),
    ]));

    let mut stream = server.model().stream(&question()).await.unwrap();

    assert_eq!(
        stream.next().await.unwrap().unwrap(),
        ModelEvent::TextDelta("Hel".to_owned())
    );
    gate.open();
    assert_eq!(
        stream.next().await.unwrap().unwrap(),
        ModelEvent::TextDelta("lo".to_owned())
    );
}

#[tokio::test]
async fn the_floor_stands_in_and_says_why() {
    let server = FakeOpenAi::start().await;
    server.reply(Reply::error(401, "invalid_api_key"));
    let chain = Fallback::new(vec![Arc::new(server.model())], Arc::new(OfflineModel::new(None)));

    let answer = ask(&chain).await.unwrap();

    let by = answer.answered_by.unwrap();
    assert_eq!(
        (by.profile.is_floor, by.degraded),
        (true, Some(DegradedReason::ModelRejected))
    );
    assert_eq!(answer.reason, StopReason::Abstained);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_at_once() {
    let refused = |base: &str, key: &str| {
        let config = OpenAiConfig::new(base, key.into(), "m");
        OpenAiModel::new(config, Arc::new(SystemClock))
            .unwrap_err()
            .to_string()
    };

    assert_eq!(
        refused("localhost:8080", "k"),
        "the base URL `localhost:8080` is not an http or https address"
    );
    assert_eq!(
        refused("", "k"),
        "the base URL `` is not an http or https address"
    );
    assert_eq!(
        refused("http://x", "k\n"),
        "the API key holds characters that an HTTP header cannot carry"
    );
}
