//! The `OpenAPI` document: committed, current, and complete about errors.

use serde_json::Value;

fn document() -> Value {
    serde_json::to_value(crm_api::openapi::document()).unwrap()
}

#[test]
fn the_committed_document_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("docs/openapi.json");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let current = crm_api::openapi::document().to_pretty_json().unwrap();
    assert!(
        committed.trim_end() == current.trim_end(),
        "docs/openapi.json is out of date: cargo run -p crm-api -- openapi > docs/openapi.json"
    );
}

#[test]
fn it_is_openapi_3_1_and_every_operation_says_how_it_fails() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            assert!(operation["operationId"].is_string(), "{method} {path} has no id");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            // Providers sign what they send; no key of ours is asked for.
            if path.starts_with("/v1/") && !path.starts_with("/v1/inbound/") {
                for status in ["401", "403", "429", "503"] {
                    let told = &operation["responses"][status];
                    let told = match told["$ref"].as_str() {
                        Some(at) => document.pointer(at.trim_start_matches('#')).unwrap(),
                        None => told,
                    };
                    let kind = &told["content"]["application/problem+json"];
                    assert!(kind.is_object(), "{method} {path} does not say {status}");
                }
            }
        }
    }
    assert!(operations > 25, "{operations}");
}
