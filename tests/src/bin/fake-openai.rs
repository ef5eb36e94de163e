//! A stand-in for a model's provider, for people: `cargo run -p crm-tests --bin fake-openai [ADDRESS]`.
//!
//! It answers each question with a search and then a quote, and writes every
//! request as one line of JSON to standard output, with the rules that it broke.
//! Point `OPENAI_BASE_URL` at it and set `OPENAI_API_KEY` to any key that it prints.

use std::{io::Write, net::SocketAddr, process::ExitCode};

use crm_tests::fake_openai::{FakeOpenAi, KEY, answer_from_knowledge};
use serde_json::json;

#[tokio::main]
async fn main() -> ExitCode {
    let wanted = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8089".to_owned());
    let Ok(address) = wanted.parse::<SocketAddr>() else {
        let _ = writeln!(
            std::io::stderr(),
            "`{wanted}` is not an address such as 127.0.0.1:8089"
        );
        return ExitCode::from(2);
    };
    let server = FakeOpenAi::answering_at(address, |request| {
        let line = json!({"request": request.line, "body": request.body});
        let _ = writeln!(std::io::stdout(), "{line}");
        answer_from_knowledge(request)
    })
    .await;
    let _ = writeln!(
        std::io::stderr(),
        "serving; use OPENAI_BASE_URL={} OPENAI_API_KEY={KEY}\npress Ctrl-C to stop",
        server.base_url()
    );
    let stopped = tokio::signal::ctrl_c().await;
    let broken = server.take_violations();
    for rule in &broken {
        let _ = writeln!(std::io::stderr(), "broken rule: {rule}");
    }
    if stopped.is_ok() && broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
