//! The whole service in this process, on a database of its own, spoken to over real HTTP.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crm_agents::model::{ChatModel, ScriptedModel, StopReason, scripted::Step};
use crm_api::{App, Config, Overrides, RunningApp, config::Environment, services::PartOverrides};
use crm_rag::{Embedder, Languages, RagError, TokenCounter};
use crm_store::TenantStore;
use crm_tests::harness::TestDb;
use futures::{FutureExt, StreamExt, future::BoxFuture};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

/// A text that every test's first article has.
pub(crate) const BODY: &str = "Parcels can be returned within 30 days. Keep the receipt.";

/// The service with one tenant, `acme`, and a key of it that may do everything.
pub(crate) struct Api {
    pub(crate) db: TestDb,
    pub(crate) app: RunningApp,
    pub(crate) tenant: TenantStore,
    pub(crate) key: String,
    client: reqwest::Client,
    url: String,
    data: PathBuf,
    extra: Vec<(String, String)>,
}

impl Api {
    /// The service with the offline model alone.
    pub(crate) async fn new() -> Self {
        Self::with(Vec::new(), &[]).await
    }

    /// The service with these models and these keys of the configuration.
    pub(crate) async fn with(models: Vec<Arc<dyn ChatModel>>, settings: &[(&str, &str)]) -> Self {
        let db = TestDb::new().await;
        let (tenant, _) = db.tenant("acme").await;
        let key = db.key(&tenant).await.secret;
        let data = std::env::temp_dir().join(format!("crm-ai-http-{}", uuid::Uuid::now_v7()));
        let extra: Vec<_> = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let app = Box::pin(start(&db, &data, &extra, models)).await;
        let url = app.url();
        // Never through a proxy, and no waiting for ever.
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Self {
            db,
            app,
            tenant,
            key,
            client,
            url,
            data,
            extra,
        }
    }

    /// Another service on the same database and folder, after this one has ended.
    pub(crate) async fn restart(self, models: Vec<Arc<dyn ChatModel>>) -> Self {
        self.app.shutdown().await.unwrap();
        let app = Box::pin(start(&self.db, &self.data, &self.extra, models)).await;
        let url = app.url();
        Self { app, url, ..self }
    }

    /// Ends the service and removes its folder.
    pub(crate) async fn end(self) {
        self.app.shutdown().await.unwrap();
        std::fs::remove_dir_all(&self.data).unwrap();
    }

    /// A request with the tenant's key.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path).bearer_auth(&self.key)
    }

    /// A request without a key.
    pub(crate) fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.request(Method::POST, path).json(body).send().await.unwrap()
    }

    /// Makes a published article and returns it.
    pub(crate) async fn article(&self, external_id: &str) -> Value {
        let new = json!({"external_id": external_id, "title": "Returns", "body": BODY, "publish": true});
        let response = self.post("/v1/articles", &new).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        response.json().await.unwrap()
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &std::path::Path {
        &self.data
    }

    /// What opens the operator's routes, as the command line finds it.
    pub(crate) fn control_token(&self) -> String {
        let text = std::fs::read(self.data.join("server.json")).unwrap();
        let found: Value = serde_json::from_slice(&text).unwrap();
        found["token"].as_str().unwrap().to_owned()
    }

    /// Starts a run whose events are followed elsewhere.
    pub(crate) async fn run(&self) -> String {
        let response = self.post("/v1/agents/answer/runs", &question(false)).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        let body: Value = response.json().await.unwrap();
        body["run_id"].as_str().unwrap().to_owned()
    }
}

/// The body that starts a run.
pub(crate) fn question(stream: bool) -> Value {
    json!({"input": {"question": "May I return a parcel?"}, "stream": stream})
}

/// A model that says these turns.
pub(crate) fn scripted(turns: impl IntoIterator<Item = Vec<Step>>) -> Vec<Arc<dyn ChatModel>> {
    vec![Arc::new(ScriptedModel::new(turns))]
}

/// A turn that says a few words and ends.
pub(crate) fn words(text: &str) -> Vec<Step> {
    text.split_inclusive(' ')
        .map(Step::text)
        .chain([Step::finish(StopReason::Stop)])
        .collect()
}

async fn start(
    db: &TestDb,
    data: &std::path::Path,
    extra: &[(String, String)],
    models: Vec<Arc<dyn ChatModel>>,
) -> RunningApp {
    let (login, owner, data) = (db.login_url(), db.owner_url(), data.to_str().unwrap().to_owned());
    let fixed = [
        ("DATABASE_URL", login.as_str()),
        ("CRM_AI__DATABASE__ADMIN_URL", &owner),
        ("DATA_DIR", &data),
        ("PORT", "0"),
        ("CRM_AI__DATABASE__MAX_CONNECTIONS", "6"),
    ];
    let extra = extra.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let environment: Environment = fixed.into_iter().chain(extra).collect();
    let config = Config::load(None, &environment).unwrap();
    let embedder: Arc<dyn Embedder> = Arc::new(WordEmbedder);
    let parts = PartOverrides {
        embedder: Some(embedder),
        engine: None,
        models: Some(models),
    };
    App::start(config, Overrides { clock: None, parts })
        .await
        .unwrap()
}

/// One event as it came over the wire.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) kind: String,
    pub(crate) data: Value,
}

/// Reads a stream event by event.
pub(crate) struct Events {
    body: futures::stream::BoxStream<'static, reqwest::Result<Vec<u8>>>,
    buffer: String,
}

impl Events {
    /// Checks that the response is a stream of events.
    pub(crate) fn of(response: Response) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let body = response
            .bytes_stream()
            .map(|chunk| chunk.map(|chunk| chunk.to_vec()))
            .boxed();
        Self {
            body,
            buffer: String::new(),
        }
    }

    /// The next event; comments are passed over. `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((frame, rest)) = self.buffer.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.buffer = rest;
                if !frame.starts_with(':') {
                    return Some(parse(&frame));
                }
                continue;
            }
            let chunk = self.body.next().await?.ok()?;
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// All events to the end.
    pub(crate) async fn all(mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

fn parse(frame: &str) -> Event {
    let field = |name: &str| {
        frame
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap()
            .trim()
            .to_owned()
    };
    Event {
        id: field("id:").parse().unwrap(),
        kind: field("event:"),
        data: serde_json::from_str(&field("data:")).unwrap(),
    }
}

/// Checks that a response is a problem of this type and returns its body.
pub(crate) async fn problem(response: Response, status: u16, kind: &str) -> Value {
    let (found, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    assert_eq!(found, status, "{text}");
    assert_eq!(headers["content-type"], "application/problem+json", "{text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(body["type"], format!("/problems/{kind}"), "{text}");
    assert_eq!(body["status"], status);
    assert_eq!(body["request_id"], headers["x-request-id"].to_str().unwrap());
    body
}

/// Words as dimensions: texts that share words are alike.
#[derive(Debug)]
struct WordEmbedder;

/// The length of its vectors.
const DIMENSIONS: usize = 64;

fn embed(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0_f32; DIMENSIONS];
    for word in text
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let hash = word.bytes().fold(5_381_usize, |hash, byte| {
            hash.wrapping_mul(33) ^ usize::from(byte)
        });
        vector[hash % DIMENSIONS] += 1.0;
    }
    let length = vector
        .iter()
        .map(|value| value * value)
        .sum::<f32>()
        .sqrt()
        .max(f32::MIN_POSITIVE);
    vector.iter().map(|value| value / length).collect()
}

impl Embedder for WordEmbedder {
    fn documents(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>> {
        async move { Ok(texts.iter().map(|text| embed(text)).collect()) }.boxed()
    }

    fn query<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<Vec<f32>, RagError>> {
        async move { Ok(embed(text)) }.boxed()
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn model_hash(&self) -> &'static str {
        "words"
    }

    fn languages(&self) -> &Languages {
        &Languages::All
    }

    fn max_tokens(&self) -> usize {
        256
    }

    fn counter(&self) -> TokenCounter {
        TokenCounter::by_bytes()
    }
}
