//! A provider's stream gives the same events however its bytes are split.

use crm_agents::model::{ChatModel, ChatRequest, Entry, ModelEvent};
use crm_tests::fake_openai::{
    FakeOpenAi, ev_done, ev_finish, ev_json, ev_raw, ev_text, ev_tool_call, ev_usage, sse,
};
use futures::StreamExt;
use proptest::prelude::*;
use serde_json::json;

/// The events of one answer, and how it ended.
async fn events(server: &FakeOpenAi, request: &ChatRequest) -> Vec<String> {
    let stream = server.model().stream(request).await.unwrap();
    let all: Vec<_> = stream.collect().await;
    // Neighbouring pieces of text are one: a provider may cut text anywhere.
    let mut lines: Vec<String> = Vec::new();
    for event in all {
        match event {
            Ok(ModelEvent::TextDelta(text)) => lines.push(format!("text {text}")),
            Ok(other) => lines.push(format!("{other:?}")),
            Err(error) => lines.push(format!("error {error:?}")),
        }
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn events_do_not_depend_on_how_the_bytes_are_split(
        sizes in prop::collection::vec(1_usize..40, 1..12),
        text in "[a-zé\u{1f600} \\n]{1,40}",
        broken in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = FakeOpenAi::start().await;
            let last = if broken { ev_json(&json!({"error": {"message": "x", "type": "y"}})) } else { ev_finish("stop") };
            let reply = sse([
                ev_raw(": hello\r\n\r\n"),
                ev_text(&text),
                ev_tool_call(0, "call_1", "search_knowledge", &json!({"query": text}).to_string()),
                ev_text("after"),
                last,
                ev_usage(11, 7),
                ev_done(),
            ]);
            server.reply(reply.clone()).reply(reply.split_into(sizes));
            let request = ChatRequest {
                agent: "answer".to_owned(),
                input: json!({}),
                system: "s".to_owned(),
                transcript: vec![Entry::User { text: "q".to_owned() }],
                tools: vec![],
                max_output_tokens: 10,
            };

            let whole = events(&server, &request).await;
            let split = events(&server, &request).await;

            assert!(whole.len() >= 3, "{whole:?}");
            assert_eq!(whole, split);
        });
    }
}
