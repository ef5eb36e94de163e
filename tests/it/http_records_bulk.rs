//! Many records in one request: good rows go in, each of the others says what is wrong with it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http_support::{Api, problem};

async fn bulk(api: &Api, rows: &Value) -> Value {
    let response = api.post("/v1/contacts/bulk", &json!({"rows": rows})).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

fn counts(result: &Value) -> [u64; 4] {
    ["created", "updated", "unchanged", "failed"].map(|count| result[count].as_u64().unwrap())
}

#[tokio::test]
async fn rows_are_judged_one_by_one() {
    let api = Api::new().await;
    let rows = json!([
        {"external_id": "c-1", "last_name": "Ada", "email": "ada@example.com"},
        {"external_id": "c-2", "last_name": "Bob", "email": "nonsense"},
        {"external_id": "c-3"},
        "no row",
        {"external_id": "c-1", "last_name": "Ada twice"},
        {"id": "0198f3a2-7c1e-7d43-9f0e-2b1a6c5d4e3f", "last_name": "Nobody"},
        {"external_id": "c-7", "last_name": "Eve", "colour": "red"},
        {"external_id": "c-8", "last_name": "Flo"},
    ]);
    let result = bulk(&api, &rows).await;
    assert_eq!(counts(&result), [2, 0, 0, 6], "{result}");
    let pointer = |row: usize| {
        result["data"][row]["errors"][0]["pointer"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(result["data"][0]["status"], "created");
    assert_eq!(
        (pointer(1), pointer(2)),
        ("/rows/1/email".to_owned(), "/rows/2/last_name".to_owned())
    );
    assert_eq!(
        (pointer(3), pointer(4)),
        ("/rows/3".to_owned(), "/rows/4/external_id".to_owned())
    );
    assert_eq!(result["data"][5]["code"], 404);
    assert_eq!(pointer(6), "/rows/6/colour");
    assert_eq!(result["data"][7]["status"], "created");

    // The same again changes nothing; one that differs is changed.
    let first = result["data"][0]["id"].as_str().unwrap();
    let again = bulk(
        &api,
        &json!([
            {"external_id": "c-1", "last_name": "Ada"},
            {"id": result["data"][7]["id"], "last_name": "Flora"},
        ]),
    )
    .await;
    assert_eq!(counts(&again), [0, 1, 1, 0], "{again}");
    assert_eq!(again["data"][0]["id"], first);
    assert_eq!(again["data"][0]["version"], result["data"][0]["version"]);
    api.end().await;
}

#[tokio::test]
async fn a_repeated_request_writes_nothing_twice() {
    let api = Api::new().await;
    let rows =
        json!({"rows": [{"last_name": "Ada"}, {"external_id": "c-2", "last_name": "Bob"}, {"email": "x"}]});
    let send = || {
        api.request(Method::POST, "/v1/contacts/bulk")
            .header("idempotency-key", "k")
            .json(&rows)
            .send()
    };
    let first: Value = send().await.unwrap().json().await.unwrap();
    assert_eq!(counts(&first), [2, 0, 0, 1]);
    let again: Value = send().await.unwrap().json().await.unwrap();
    assert_eq!((&again["repeated"], &again["failed"]), (&json!(2), &json!(1)));
    assert_eq!(again["data"][1]["id"], first["data"][1]["id"]);
    let all: Value = api.get("/v1/contacts").await.json().await.unwrap();
    assert_eq!(all["data"].as_array().unwrap().len(), 2);
    api.end().await;
}

#[tokio::test]
async fn a_request_holds_1_to_1000_rows() {
    let api = Api::new().await;
    let many = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({"last_name": format!("N {n}")}))
            .collect()
    };
    let result = bulk(&api, &many(1_000)).await;
    assert_eq!(counts(&result), [1_000, 0, 0, 0]);
    for rows in [json!({"rows": many(1_001)}), json!({"rows": []})] {
        let refused = problem(api.post("/v1/contacts/bulk", &rows).await, 422, "invalid").await;
        assert_eq!(refused["errors"][0]["pointer"], "/rows");
    }
    let refused = api
        .post("/v1/contacts/bulk", &json!({"rows": [], "dry_run": true}))
        .await;
    let refused = problem(refused, 422, "invalid").await;
    assert_eq!(refused["errors"][0]["pointer"], "/dry_run");
    api.end().await;
}
