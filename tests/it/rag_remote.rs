//! The embedder behind an OpenAI-compatible endpoint, against a server that answers as told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use crm_rag::{Embedder, Languages, RemoteEmbedder, RemoteModel};
use serde_json::{Value, json};

/// Long enough for a busy machine.
const PATIENT: Duration = Duration::from_secs(20);

/// What the server does with the next request.
#[derive(Debug, Clone, Copy)]
enum Turn {
    Answer,
    Backwards,
    Fail(u16),
    Short,
    Hang,
}

#[derive(Debug, Default)]
struct Server {
    turns: Mutex<VecDeque<Turn>>,
    seen: Mutex<Vec<(String, Value)>>,
}

async fn embeddings(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let key = headers["authorization"].to_str().unwrap().to_owned();
    server.seen.lock().unwrap().push((key, body.clone()));
    let turn = server.turns.lock().unwrap().pop_front().unwrap_or(Turn::Answer);
    let texts = body["input"].as_array().unwrap();
    let mut data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| json!({"object": "embedding", "index": at, "embedding": [text.as_str().unwrap().len(), 1.0]}))
        .collect();
    match turn {
        Turn::Answer => {}
        Turn::Backwards => data.reverse(),
        Turn::Short => drop(data.pop()),
        Turn::Fail(status) => {
            let error = json!({"error": {"message": "as told", "type": "test", "param": null, "code": null}});
            return (StatusCode::from_u16(status).unwrap(), Json(error));
        }
        Turn::Hang => std::future::pending().await,
    }
    let answer = json!({"object": "list", "data": data, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}});
    (StatusCode::OK, Json(answer))
}

async fn serve(turns: &[Turn], timeout: Duration) -> (Arc<Server>, RemoteEmbedder) {
    let server = Arc::new(Server {
        turns: Mutex::new(turns.iter().copied().collect()),
        ..Server::default()
    });
    let router = Router::new()
        .route("/v1/embeddings", post(embeddings))
        .with_state(Arc::clone(&server));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move { axum::serve(listener, router).await });
    tasks.detach_all();
    let embedder = RemoteEmbedder::new(RemoteModel {
        base_url: format!("http://{address}/v1"),
        api_key: "sk-test".to_owned().into(),
        model: "text-embedding-test".to_owned(),
        dimensions: 2,
        languages: Languages::All,
        max_tokens: 8_191,
        timeout,
    });
    (server, embedder)
}

#[tokio::test]
async fn texts_go_in_batches_and_come_back_in_order() {
    let (server, embedder) = serve(&[Turn::Backwards, Turn::Answer], PATIENT).await;
    let texts: Vec<String> = (1..=100).map(|length| "x".repeat(length)).collect();
    let vectors = embedder.documents(texts).await.unwrap();
    assert_eq!(vectors.len(), 100);
    assert!(
        vectors.windows(2).all(|pair| pair[0][0] < pair[1][0]),
        "the order is that of the texts"
    );
    assert!(
        vectors
            .iter()
            .all(|vector| (vector[0].hypot(vector[1]) - 1.0).abs() < 1e-5),
        "vectors have length one"
    );
    let seen = server.seen.lock().unwrap();
    assert_eq!(
        seen.iter()
            .map(|(_, body)| body["input"].as_array().unwrap().len())
            .collect::<Vec<_>>(),
        [64, 36]
    );
    assert!(
        seen.iter()
            .all(|(key, body)| key == "Bearer sk-test" && body["model"] == "text-embedding-test")
    );
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_cannot_is_not() {
    let (server, embedder) = serve(&[Turn::Fail(429), Turn::Fail(503), Turn::Answer], PATIENT).await;
    assert_eq!(embedder.query("hi").await.unwrap().len(), 2);
    assert_eq!(server.seen.lock().unwrap().len(), 3);

    let (server, embedder) = serve(&[Turn::Hang, Turn::Answer], Duration::from_secs(3)).await;
    assert_eq!(embedder.query("hi").await.unwrap().len(), 2);
    assert_eq!(server.seen.lock().unwrap().len(), 2);

    let (server, embedder) = serve(&[Turn::Fail(401)], PATIENT).await;
    assert!(
        embedder
            .query("hi")
            .await
            .unwrap_err()
            .to_string()
            .contains("as told")
    );
    assert_eq!(
        server.seen.lock().unwrap().len(),
        1,
        "a wrong key is not tried again"
    );

    let (server, embedder) = serve(&[Turn::Fail(500); 9], PATIENT).await;
    assert!(embedder.query("hi").await.is_err());
    assert_eq!(server.seen.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_refused() {
    let (_, embedder) = serve(&[Turn::Short], PATIENT).await;
    let error = embedder
        .documents(vec!["a".into(), "b".into()])
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("2 texts were sent, 1 vectors came back"),
        "{error}"
    );
}
