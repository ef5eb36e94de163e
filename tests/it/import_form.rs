//! Imports as forms, as browsers send files.

use crm_tests::harness::until;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http_support::{Api, problem};

const BOUNDARY: &str = "xYzZy";

/// A form of these parts: headers after the name, and the content.
fn form(parts: &[(&str, &str, &str)]) -> String {
    let each = parts.iter().map(|(name, headers, content)| {
        format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{headers}\r\n\r\n{content}\r\n"
        )
    });
    let end = format!("--{BOUNDARY}--\r\n");
    each.chain([end]).collect()
}

async fn send(api: &Api, query: &str, body: String) -> reqwest::Response {
    api.request(Method::POST, &format!("/v1/imports{query}"))
        .header(
            "content-type",
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )
        .body(body)
        .send()
        .await
        .unwrap()
}

const FILE: &str = "external_id,Surname\n1,Lovelace\n2,Hopper\n";
const MAP: &str = "fields:\n  external_id: external_id\n  last_name: Surname\n";
const CSV: &str = "; filename=\"../../people.csv\"\r\ncontent-type: application/octet-stream";

fn uploads(api: &Api) -> usize {
    std::fs::read_dir(api.data().join("uploads")).map_or(0, Iterator::count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_with_the_file_first_is_imported_with_its_mapping() {
    let api = Api::new().await;
    let body = form(&[("file", CSV, FILE), ("object", "", "contacts"), ("map", "", MAP)]);
    let response = send(&api, "", body).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let import: Value = response.json().await.unwrap();
    let path = format!("/v1/imports/{}", import["id"].as_str().unwrap());
    let import: Value = until("the import", async || {
        let import: Value = api.get(&path).await.json().await.unwrap();
        import["ended_at"].is_string().then_some(import)
    })
    .await;
    assert_eq!(
        ["state", "object", "created", "bad"].map(|name| import[name].clone()),
        [json!("done"), json!("contact"), json!(2), json!(0)]
    );
    // A name is for people; it leads nowhere.
    assert!(!import["file_name"].as_str().unwrap().contains('/'), "{import}");
    assert_eq!(uploads(&api), 0);
    api.end().await;
}

#[tokio::test]
async fn a_form_that_cannot_be_used_is_refused_where_it_is_wrong_and_leaves_nothing() {
    let api = Api::with(Vec::new(), &[("CRM_AI__HTTP__UPLOAD_LIMIT", "1000")]).await;
    let file = ("file", CSV, FILE);
    for (parts, at) in [
        (vec![("object", "", "contacts")], "/file"),
        (vec![file], "/object"),
        (vec![file, ("object", "", "pigeons")], "/object"),
        (vec![file, ("object", "", "contacts"), ("map", "", ": {")], "/map"),
        (vec![file, ("object", "", "contacts"), file], "/file"),
        (
            vec![("object", "", "contacts"), ("extra", "", "1"), file],
            "/extra",
        ),
        (
            vec![
                ("object", "", "contacts"),
                ("file", "; filename=\"people.exe\"", FILE),
            ],
            "/file",
        ),
    ] {
        let refused = problem(send(&api, "", form(&parts)).await, 422, "invalid").await;
        assert_eq!(refused["errors"][0]["pointer"], at, "{refused}");
    }
    let large = "x".repeat(1_001);
    let large = form(&[("object", "", "contacts"), ("file", CSV, &large)]);
    let refused = send(&api, "", large).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let mut cut = form(&[("object", "", "contacts"), file]);
    cut.truncate(cut.len() - 20);
    problem(send(&api, "", cut).await, 400, "malformed").await;
    let none = api
        .request(Method::POST, "/v1/imports")
        .header("content-type", "multipart/form-data")
        .body(FILE);
    problem(none.send().await.unwrap(), 400, "malformed").await;
    assert_eq!(uploads(&api), 0);
    api.end().await;
}
