//! Imports over HTTP: the file as a body, a job that reads it, progress and errors to follow.

use crm_tests::harness::until;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http_support::Api;

async fn ended(api: &Api, id: &str) -> Value {
    let path = format!("/v1/imports/{id}");
    until("the import", async || {
        let import: Value = api.get(&path).await.json().await.unwrap();
        import["ended_at"].is_string().then_some(import)
    })
    .await
}

async fn send(api: &Api, query: &str, kind: &str, body: impl Into<reqwest::Body>) -> (StatusCode, Value) {
    let response = api
        .request(Method::POST, &format!("/v1/imports?{query}"))
        .header("content-type", kind)
        .body(body)
        .send()
        .await
        .unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_imported_in_the_background_and_its_bad_rows_are_listed() {
    let api = Api::new().await;
    let file = "external_id,last_name,email\n1,Lovelace,ada@example.com\n2,Hopper,nonsense\n3,Turing,\n";
    let (status, import) = send(&api, "object=contacts&file_name=people.csv", "text/csv", file).await;
    assert_eq!(
        (status, &import["state"]),
        (StatusCode::ACCEPTED, &json!("waiting"))
    );
    let id = import["id"].as_str().unwrap();
    let import = ended(&api, id).await;
    assert_eq!(
        ["state", "created", "bad", "rows", "file_name"].map(|name| import[name].clone()),
        [json!("done"), json!(2), json!(1), json!(3), json!("people.csv")]
    );
    let errors: Value = api
        .get(&format!("/v1/imports/{id}/errors"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(errors["data"][0]["line"], 3);
    assert!(
        errors["data"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("e-mail address"),
        "{errors}"
    );
    let list: Value = api.get("/v1/imports?limit=1").await.json().await.unwrap();
    assert_eq!(list["data"][0]["id"], id);
    assert_eq!(
        std::fs::read_dir(api.data().join("uploads")).unwrap().count(),
        0,
        "the upload is gone"
    );

    let lines = "{\"external_id\":\"1\",\"last_name\":\"Byron\"}\n";
    let (_, import) = send(&api, "object=contact", "application/x-ndjson", lines).await;
    assert_eq!(ended(&api, import["id"].as_str().unwrap()).await["updated"], 1);
    api.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_imported_is_said_at_once_or_in_the_import() {
    let api = Api::new().await;
    let (status, problem) = send(&api, "object=unicorns", "text/csv", "a\n").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem.to_string().contains("contacts"), "{problem}");
    let (status, _) = send(&api, "object=contacts", "application/pdf", "a\n").await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (status, problem) = send(&api, "object=contacts&map=fields:%205", "text/csv", "a\n").await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("?map"))
    );

    let (_, import) = send(&api, "object=contacts", "text/csv", "Name\nAda\n").await;
    let import = ended(&api, import["id"].as_str().unwrap()).await;
    assert_eq!(import["state"], "failed");
    let words = import["problem"].as_str().unwrap();
    assert!(
        words.contains("external_id is needed") && !words.contains('/'),
        "{words}"
    );
    let gone = api.get(&format!("/v1/imports/{}", uuid::Uuid::now_v7())).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    api.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_imports_once_and_a_cancelled_import_stops() {
    let api = Api::with(Vec::new(), &[("CRM_AI__WORKER__IN_PROCESS", "false")]).await;
    let file = "external_id,last_name\n1,Lovelace\n";
    let again = async || {
        let response = api
            .request(Method::POST, "/v1/imports?object=contacts")
            .header("content-type", "text/csv")
            .header("idempotency-key", "k1")
            .body(file)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        response.json::<Value>().await.unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let id = again().await;
    assert_eq!(again().await, id);
    let other = api
        .request(Method::POST, "/v1/imports?object=contacts")
        .header("content-type", "text/csv")
        .header("idempotency-key", "k1")
        .body("external_id\n")
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        std::fs::read_dir(api.data().join("uploads")).unwrap().count(),
        1,
        "only the first upload is kept"
    );
    let cancel = api.post(&format!("/v1/imports/{id}/cancel"), &json!({})).await;
    assert_eq!(cancel.status(), StatusCode::ACCEPTED);

    let api = api.restart(Vec::new()).await;
    let import: Value = api.get(&format!("/v1/imports/{id}")).await.json().await.unwrap();
    assert_eq!(import["state"], "waiting");
    api.end().await;
}
