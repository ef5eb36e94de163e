//! Answers as files over HTTP: all rows, what is cut said twice, notes kept.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::{Api, problem},
};

const QUERY: &str = "/v1/pipeline/query";

async fn file(api: &Api, tokens: &Value, body: &Value) -> Response {
    api.as_person(tokens, Method::POST, QUERY)
        .header("accept", "text/csv")
        .json(body)
        .send()
        .await
        .unwrap()
}

/// The text of a file and what its header says is cut.
async fn read(sent: Response) -> (Vec<String>, Option<String>) {
    assert_eq!(sent.status(), StatusCode::OK);
    let cut = sent.headers().get("x-rows-cut");
    let cut = cut.map(|cut| cut.to_str().unwrap().to_owned());
    let text = sent.text().await.unwrap();
    (text.trim_end().split("\r\n").map(str::to_owned).collect(), cut)
}

#[tokio::test]
async fn a_file_has_all_rows_or_says_how_many_it_lacks() {
    let api = Api::new().await;
    api.member("boss@acme.test", "admin").await;
    let boss = login(&api, "boss@acme.test", PASSWORD).await;
    // More than a page, some of them in a currency that has no rate.
    sqlx::query(
        "INSERT INTO opportunities (tenant_id, id, name, stage, stage_entered_at, amount_minor, currency, probability, \
             forecast_category, close_date, is_closed, is_won, created_at, updated_at) \
         SELECT p.tenant_id, gen_random_uuid(), '=Deal ' || n, p.name, now(), -100 * n, \
             CASE WHEN n <= 3 THEN 'ISK' ELSE t.currency END, 50, p.forecast_category, current_date, false, false, now(), now() \
         FROM pipeline_stages p JOIN tenants t ON t.id = p.tenant_id, generate_series(1, 120) n \
         WHERE p.name = 'Prospecting' AND t.slug = 'acme'",
    )
    .execute(&api.db.owner().await)
    .await
    .unwrap();
    let list =
        json!({"entity": "opportunities", "form": {"kind": "records"}, "order": [{"by": "amount_each"}]});
    // A page has a hundred.
    let page: Value = api
        .as_person(&boss, Method::POST, QUERY)
        .json(&json!({"query": list}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(page["table"]["rows"].as_array().unwrap().len(), 100);
    assert_eq!(page["table"]["cut"], json!({"shown": 100, "of": 120}));
    let (lines, cut) = read(file(&api, &boss, &json!({"query": list})).await).await;
    let (notes, rows): (Vec<&String>, Vec<&String>) = lines[1..]
        .iter()
        .partition(|line| line.trim_start_matches('"').starts_with("# "));
    assert_eq!((rows.len(), cut), (120, None), "{:?}", lines.last());
    assert!(
        rows[0].starts_with("\"'=Deal ") && rows[0].contains(",-120,"),
        "{}",
        rows[0]
    );
    // What the card says is kept: the amounts that have no rate.
    assert!(notes.iter().any(|note| note.contains("ISK")), "{notes:?}");
    // Every line has as many cells; none of these has a comma within.
    let cells = lines[0].matches(',').count();
    assert!(
        rows.iter().all(|row| row.matches(',').count() == cells),
        "{}",
        rows[0]
    );

    // What a limit of the query leaves out is said in the header, and at the very end.
    let mut five = list.clone();
    five["limit"] = json!(5);
    let (lines, cut) = read(file(&api, &boss, &json!({"query": five})).await).await;
    assert_eq!(cut.as_deref(), Some("5 of 120"));
    assert!(
        lines.last().unwrap().starts_with("# 5 of 120 are shown."),
        "{lines:?}"
    );

    // In words, of a row, and with a cursor.
    let asked = json!({"question": "show all opportunities"});
    let (lines, cut) = read(file(&api, &boss, &asked).await).await;
    assert!(lines.len() > 120 && cut.is_none(), "{}", lines.len());
    let grouped =
        json!({"entity": "opportunities", "measures": ["count"], "dimensions": [{"name": "stage"}]});
    let (lines, _) = read(
        file(
            &api,
            &boss,
            &json!({"query": grouped, "row": ["Prospecting", "120"]}),
        )
        .await,
    )
    .await;
    assert!(lines.len() > 120, "{lines:?}");
    let cursor = json!({"query": list, "cursor": "r64"});
    let told = problem(file(&api, &boss, &cursor).await, 422, "invalid").await;
    assert_eq!(told["errors"][0]["pointer"], "/cursor", "{told}");
    let rest: Value = api
        .as_person(&boss, Method::POST, QUERY)
        .json(&json!({"query": list, "cursor": page["next_cursor"]}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(rest["table"]["rows"].as_array().unwrap().len(), 20);
    assert_eq!(rest["next_cursor"], Value::Null);
    for (body, pointer) in [
        (json!({"query": list, "cursor": "nonsense"}), "/cursor"),
        (json!({"query": grouped, "row": [7]}), "/row"),
        (json!({"query": grouped, "row": []}), "/row"),
        (json!({"question": "open deals", "row": ["x"]}), "/question"),
    ] {
        let answered = api.as_person(&boss, Method::POST, QUERY).json(&body);
        let told = problem(answered.send().await.unwrap(), 422, "invalid").await;
        assert_eq!(told["errors"][0]["pointer"], pointer, "{told}");
    }
    api.end().await;
}
