//! The fields that an organisation adds: set, read, held to and taken away over HTTP.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::{Api, problem},
};

const PATH: &str = "/v1/custom-schemas/leads";

async fn put(api: &Api, schema: &Value, if_match: Option<&str>) -> reqwest::Response {
    let mut request = api.request(Method::PUT, PATH).json(&json!({"schema": schema}));
    if let Some(tag) = if_match {
        request = request.header("if-match", tag);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_schema_is_versioned_and_records_are_held_to_it() {
    let api = Api::new().await;
    problem(api.get(PATH).await, 404, "not-found").await;
    let schema = json!({"type": "object", "properties": {"region": {"enum": ["north", "south"]}}, "additionalProperties": false});
    // Nothing that was read can be meant.
    problem(put(&api, &schema, Some("\"1\"")).await, 412, "stale").await;
    let set = put(&api, &schema, None).await;
    assert_eq!(set.status(), StatusCode::OK);
    assert_eq!(set.headers()["etag"], "\"1\"");
    let read = api.get(PATH).await;
    assert_eq!(read.headers()["etag"], "\"1\"");
    let read: Value = read.json().await.unwrap();
    assert_eq!(
        (&read["object"], &read["schema"], &read["version"]),
        (&json!("lead"), &schema, &json!(1))
    );
    let listed: Value = api.get("/v1/custom-schemas").await.json().await.unwrap();
    assert_eq!(listed["data"], json!([read]));

    let lead = |custom: Value| json!({"last_name": "L", "custom": custom});
    let refused = api.post("/v1/leads", &lead(json!({"region": "east"}))).await;
    let refused = problem(refused, 422, "invalid").await;
    assert_eq!(refused["errors"][0]["pointer"], "/custom/region");
    let made = api.post("/v1/leads", &lead(json!({"region": "north"}))).await;
    assert_eq!(made.status(), StatusCode::CREATED);

    problem(put(&api, &schema, None).await, 428, "precondition-required").await;
    problem(put(&api, &schema, Some("\"7\"")).await, 412, "stale").await;
    let wider = put(&api, &json!({"type": "object"}), Some("\"1\"")).await;
    assert_eq!(wider.headers()["etag"], "\"2\"");
    let made = api.post("/v1/leads", &lead(json!({"region": "east"}))).await;
    assert_eq!(made.status(), StatusCode::CREATED);

    let delete = |tag: &'static str| api.request(Method::DELETE, PATH).header("if-match", tag).send();
    problem(delete("\"1\"").await.unwrap(), 412, "stale").await;
    assert_eq!(delete("\"2\"").await.unwrap().status(), StatusCode::NO_CONTENT);
    problem(delete("\"2\"").await.unwrap(), 404, "not-found").await;
    api.end().await;
}

#[tokio::test]
async fn a_bad_schema_is_refused_where_it_is_bad_and_only_the_catalogues_keepers_set_one() {
    let api = Api::new().await;
    for (schema, at) in [
        (json!({"type": "array"}), "/schema/type"),
        (
            json!({"type": "object", "properties": {"a": {"type": "nonsense"}}}),
            "/schema/properties/a/type",
        ),
        (
            json!({"type": "object", "properties": {"a": {"minLength": -1}}}),
            "/schema/properties/a/minLength",
        ),
        (
            json!({"type": "object", "properties": {"a": {"$ref": "https://example.com/x.json"}}}),
            "/schema",
        ),
    ] {
        let refused = problem(put(&api, &schema, None).await, 422, "invalid").await;
        assert_eq!(refused["errors"][0]["pointer"], at, "{refused}");
    }
    let unknown = api
        .request(Method::PUT, "/v1/custom-schemas/pigeons")
        .json(&json!({"schema": {"type": "object"}}));
    problem(unknown.send().await.unwrap(), 404, "not-found").await;
    let fixed = api
        .request(Method::PUT, "/v1/custom-schemas/messages")
        .json(&json!({"schema": {"type": "object"}}));
    let fixed = problem(fixed.send().await.unwrap(), 422, "invalid").await;
    assert_eq!(fixed["errors"][0]["pointer"], "/object");

    api.member("mara@acme.test", "manager").await;
    let tokens = login(&api, "mara@acme.test", PASSWORD).await;
    let manager = api
        .as_person(&tokens, Method::PUT, PATH)
        .json(&json!({"schema": {"type": "object"}}));
    problem(manager.send().await.unwrap(), 403, "forbidden").await;
    assert_eq!(
        api.get_as(&tokens, "/v1/custom-schemas").await.status(),
        StatusCode::OK
    );
    api.end().await;
}
