//! Bad input gets a clear answer.

use reqwest::Method;
use serde_json::{Value, json};

use crate::http_support::{Api, problem};

#[tokio::test]
async fn every_response_has_its_id_and_the_headers_of_a_careful_site() {
    let api = Api::new().await;
    let given = api
        .request(Method::GET, "/v1/me")
        .header("x-request-id", "mine-1")
        .send()
        .await
        .unwrap();
    assert_eq!(given.headers()["x-request-id"], "mine-1");
    for (path, status) in [
        ("/v1/me", 200),
        ("/health", 200),
        ("/v1/nothing", 404),
        ("/docs/", 200),
        ("/metrics", 200),
    ] {
        let response = api.get(path).await;
        assert_eq!(response.status(), status, "{path}");
        let headers = response.headers();
        assert!(
            headers["x-request-id"]
                .to_str()
                .unwrap()
                .parse::<uuid::Uuid>()
                .is_ok(),
            "{path}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("frame-ancestors 'none'")
        );
        assert!(
            !headers.contains_key("strict-transport-security"),
            "not behind TLS here"
        );
    }
    api.end().await;
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let api = Api::new().await;
    problem(api.get("/v1/nothing").await, 404, "not-found").await;
    problem(
        api.anonymous(Method::GET, "/nothing").send().await.unwrap(),
        404,
        "not-found",
    )
    .await;
    let wrong = api.request(Method::PUT, "/v1/me").send().await.unwrap();
    assert!(wrong.headers()["allow"].to_str().unwrap().contains("GET"));
    problem(wrong, 405, "method-not-allowed").await;
    api.end().await;
}

#[tokio::test]
async fn a_bad_body_says_where() {
    let api = Api::new().await;
    let send = |body: &str, kind: &'static str| {
        api.request(Method::POST, "/v1/articles")
            .header("content-type", kind)
            .body(body.to_owned())
            .send()
    };
    let json = "application/json";
    let cut = problem(
        send("{\"title\": \"t\",\n \"body\": ", json).await.unwrap(),
        400,
        "malformed",
    )
    .await;
    assert!(cut["detail"].as_str().unwrap().contains("line 2"), "{cut}");
    assert_eq!(cut["errors"][0]["pointer"], "/body");
    problem(send("", json).await.unwrap(), 400, "malformed").await;
    problem(
        send("{}", "text/plain").await.unwrap(),
        415,
        "unsupported-media-type",
    )
    .await;

    let missing = problem(send(r#"{"title": "t"}"#, json).await.unwrap(), 422, "invalid").await;
    assert_eq!(
        missing["errors"],
        json!([{"pointer": "/body", "message": "is required"}])
    );
    let unknown = problem(
        send(r#"{"title":"t","body":"b","titel":"x"}"#, json)
            .await
            .unwrap(),
        422,
        "invalid",
    )
    .await;
    assert_eq!(unknown["errors"][0]["pointer"], "/titel");
    let wrong = problem(
        send(r#"{"title":"t","body":["b"]}"#, json).await.unwrap(),
        422,
        "invalid",
    )
    .await;
    assert_eq!(wrong["errors"][0]["pointer"], "/body");
    api.end().await;
}

#[tokio::test]
async fn text_that_is_not_utf_8_is_refused_with_its_place() {
    let api = Api::new().await;
    let mut body = br#"{"title": "t", "body": ""#.to_vec();
    body.extend_from_slice(&[0xff, 0xfe]);
    body.extend_from_slice(br#""}"#);
    let request = api
        .request(Method::POST, "/v1/articles")
        .header("content-type", "application/json")
        .body(body);
    let refused = problem(request.send().await.unwrap(), 400, "malformed").await;
    assert!(
        refused["detail"].as_str().unwrap().contains("byte 24"),
        "{refused}"
    );
    api.end().await;
}

#[tokio::test]
async fn what_is_too_large_is_refused_by_name() {
    let api = Api::with(Vec::new(), &[("CRM_AI__HTTP__BODY_LIMIT", "6000000")]).await;
    // Fits the body, not an article.
    let article = json!({"title": "t", "body": "x".repeat(5 << 20)});
    let refused = problem(api.post("/v1/articles", &article).await, 422, "invalid").await;
    assert_eq!(refused["errors"][0]["pointer"], "/body");
    assert!(
        refused["detail"].as_str().unwrap().contains("2,000,000"),
        "{refused}"
    );
    // Fits neither, whether its length is told or not.
    let huge = vec![b' '; 7_000_000];
    let told = api
        .request(Method::POST, "/v1/articles")
        .header("content-type", "application/json")
        .body(huge.clone());
    let refused = problem(told.send().await.unwrap(), 413, "too-large").await;
    assert_eq!(refused["limit_bytes"], 6_000_000);
    let pieces = futures::stream::iter(
        huge.chunks(65_536)
            .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
            .collect::<Vec<_>>(),
    );
    let untold = api
        .request(Method::POST, "/v1/articles")
        .header("content-type", "application/json")
        .body(reqwest::Body::wrap_stream(pieces));
    problem(untold.send().await.unwrap(), 413, "too-large").await;
    api.end().await;
}

#[tokio::test]
async fn questions_have_a_length() {
    let api = Api::new().await;
    let long = "why ".repeat(50_000);
    let run = problem(
        api.post("/v1/agents/answer/runs", &json!({"input": {"question": long}}))
            .await,
        422,
        "invalid",
    )
    .await;
    assert_eq!(run["errors"][0]["pointer"], "/input/question");
    assert!(run["detail"].as_str().unwrap().contains("8000"), "{run}");
    let search = problem(
        api.post("/v1/knowledge/search", &json!({"query": long})).await,
        422,
        "invalid",
    )
    .await;
    assert_eq!(search["errors"][0]["pointer"], "/query");
    for empty in ["", "  \n"] {
        let run = api
            .post("/v1/agents/answer/runs", &json!({"input": {"question": empty}}))
            .await;
        problem(run, 422, "invalid").await;
        problem(
            api.post("/v1/knowledge/search", &json!({"query": empty})).await,
            422,
            "invalid",
        )
        .await;
    }
    let typo = api
        .post("/v1/agents/answer/runs", &json!({"input": {"questoin": "x"}}))
        .await;
    problem(typo, 422, "invalid").await;
    problem(
        api.post("/v1/agents/guess/runs", &json!({"input": {}})).await,
        404,
        "not-found",
    )
    .await;
    api.end().await;
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let api = Api::new().await;
    for (path, name) in [
        ("/v1/articles?limt=5", "?limt"),
        ("/v1/articles?limit=0", "?limit"),
        ("/v1/articles?limit=x", "?limit"),
        ("/v1/articles?cursor=zz", "?cursor"),
        ("/v1/articles?status=new", "?status"),
        ("/v1/usage/ledger?cursor=1", "?cursor"),
        ("/v1/usage?from=2026-01-01&to=2025-01-01", "?from"),
    ] {
        let refused = problem(api.get(path).await, 422, "invalid").await;
        assert_eq!(refused["errors"][0]["pointer"], name, "{path}: {refused}");
    }
    problem(api.get("/v1/articles/not-an-id").await, 404, "not-found").await;
    api.end().await;
}

#[tokio::test]
async fn a_browser_of_another_site_is_not_let_in_unless_it_is_named() {
    let preflight = |api: &Api, origin: &'static str| {
        api.anonymous(Method::OPTIONS, "/v1/me")
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization")
            .send()
    };
    let api = Api::with(
        Vec::new(),
        &[("CRM_AI__HTTP__CORS_ORIGINS", "[\"https://crm.example\"]")],
    )
    .await;
    let allowed = preflight(&api, "https://crm.example").await.unwrap();
    assert_eq!(
        allowed.headers()["access-control-allow-origin"],
        "https://crm.example"
    );
    let other = preflight(&api, "https://evil.example").await.unwrap();
    assert!(!other.headers().contains_key("access-control-allow-origin"));
    api.end().await;
}

#[tokio::test]
async fn health_tells_each_part_and_metrics_stay_few() {
    let api = Api::new().await;
    let health: Value = api
        .anonymous(Method::GET, "/health")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(health["status"], "ok", "{health}");
    assert_eq!(health["migrations"]["applied"], health["migrations"]["expected"]);
    assert!(health["database"]["latency_ms"].is_number() && health["index"]["latency_ms"].is_number());
    assert_eq!(health["models"], json!(["offline/offline"]));
    for id in 0..5 {
        api.get(&format!("/v1/articles/{id}")).await;
    }
    let metrics = api
        .anonymous(Method::GET, "/metrics")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let routes = metrics
        .lines()
        .filter(|line| line.starts_with("http_requests_total") && line.contains("/v1/articles"))
        .count();
    assert_eq!(routes, 1, "ids must not become labels:\n{metrics}");
    api.end().await;
}
