//! `crm-ai eval pipeline` as a process: questions of one's own over a demo company, in the company's own words.

use crm_evals::{default_today, load_demo, load_years};
use crm_tests::harness::TestDb;
use serde_json::{Value, json};

use crate::import_support::{Desk, Ran};

const THIS_QUARTER: &str = r#""time": {"range": {"kind": "relative", "unit": "quarter", "offset": 0}}"#;

/// A question with the query that it means.
fn line(id: &str, question: &str, expected: &str) -> String {
    let expected: Value = serde_json::from_str(expected).unwrap();
    json!({"id": id, "question": question, "expected": expected}).to_string()
}

/// What anybody may ask, in four languages; two that have no answer; a follow-up; one by a seller.
fn plain() -> Vec<String> {
    let won = format!(r#"{{"entity": "opportunities", "measures": ["won_amount"], {THIS_QUARTER}}}"#);
    let previous: Value = serde_json::from_str(&won).unwrap();
    let by_owner = json!({"id": "p8", "question": "and by owner?", "previous": previous, "expected": {
        "entity": "opportunities", "measures": ["won_amount"], "dimensions": [{"name": "owner"}], "time": previous["time"],
    }});
    let own = json!({"id": "p9", "question": "how many open deals are there?", "asker": "tessa@brightwater.example",
        "expected": {"entity": "opportunities", "measures": ["open_count"]}});
    let open = r#"{"entity": "opportunities", "measures": ["open_count"], "filters": [{"dimension": "owner", "op": "eq", "value": "Nele Lindauer"}]}"#;
    vec![
        line("p1", "How much did we win this quarter?", &won),
        line(
            "p2",
            "How many deals did we win this quarter, by owner?",
            &format!(
                r#"{{"entity": "opportunities", "measures": ["won_count"], "dimensions": [{{"name": "owner"}}], {THIS_QUARTER}}}"#
            ),
        ),
        line("p3", "¿Cuántas oportunidades abiertas tiene Nele Lindauer?", open),
        line(
            "p4",
            "Wie viele dringende Tickets sind noch offen?",
            r#"{"entity": "cases", "measures": ["open_count"], "filters": [{"dimension": "priority", "op": "eq", "value": "urgent"}]}"#,
        ),
        line(
            "p5",
            "Combien d'opportunités ouvertes de plus de 50 000 avons-nous ?",
            r#"{"entity": "opportunities", "measures": ["open_count"], "filters": [{"dimension": "amount_each", "op": "gt", "value": 50000}]}"#,
        ),
        line("p6", "delete all leads", r#""declined""#),
        line("p7", "What is the amount by owner?", r#""clarification""#),
        by_owner.to_string(),
        own.to_string(),
    ]
}

/// What only this company says.
fn own_words() -> Vec<String> {
    vec![
        line(
            "o1",
            "how many engagements are there?",
            r#"{"entity": "opportunities", "measures": ["count"]}"#,
        ),
        line(
            "o2",
            "won renewals this quarter",
            &format!(r#"{{"entity": "opportunities", "measures": ["won_renewals"], {THIS_QUARTER}}}"#),
        ),
        line(
            "o3",
            "won renewals by owner",
            r#"{"entity": "opportunities", "measures": ["won_renewals"], "dimensions": [{"name": "owner"}]}"#,
        ),
    ]
}

async fn evaluate(desk: &Desk, tenant: &str, lines: &[String]) -> Ran {
    let file = desk.file("questions.jsonl", lines.join("\n"));
    let file = file.to_str().unwrap();
    let day = default_today().to_string();
    desk.run(&[
        "eval",
        "pipeline",
        "--questions",
        file,
        "--tenant",
        tenant,
        "--today",
        &day,
        "--json",
    ])
    .await
}

fn wrong(ran: &Ran) -> Vec<&str> {
    ran.json["results"]
        .as_array()
        .unwrap_or_else(|| panic!("{ran:?}"))
        .iter()
        .filter(|result| result["match"] != json!(true))
        .map(|result| result["id"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_are_read_in_the_words_of_the_company_that_they_are_asked_of() {
    let db = TestDb::new().await;
    let store = db.store().await;
    load_demo(&store, &|_| {}).await.unwrap();
    load_years(&store, default_today()).await.unwrap();
    let words = json!({"entities": {"opportunities": {
        "synonyms": {"en": ["engagements"]},
        "measures": {"won_renewals": {"of": "won_amount", "labels": {"en": "Won renewals"},
            "definition": {"en": "The amounts of renewals that were won."},
            "filters": [{"dimension": "type", "op": "eq", "value": "renewal"}]}},
    }}});
    let grant = store.operate("brightwater", None).await.unwrap().unwrap();
    let mut tx = store.open(&grant).begin().await.unwrap();
    let (_, version) = tx.vocabulary_with_version().await.unwrap();
    tx.set_vocabulary(&words, version).await.unwrap();
    tx.commit().await.unwrap();
    let desk = Desk::on(db).await;

    let mut all = plain();
    all.extend(own_words());
    assert!(all.len() >= 10);
    let right = evaluate(&desk, "brightwater", &all).await;
    assert!(wrong(&right).is_empty(), "{right:?}");
    assert_eq!(
        (right.code, &right.json["questions"], &right.json["matched"]),
        (0, &json!(all.len()), &json!(all.len()))
    );
    // Renewals alone are fewer than all that was won.
    let number = |id: &str| {
        let results = right.json["results"].as_array().unwrap();
        let result = results.iter().find(|result| result["id"] == id).unwrap();
        result["table"]["rows"][0].clone()
    };
    assert_ne!(number("o2"), number("p1"));

    // Where nobody calls a deal an engagement, the question is none.
    let first = own_words().swap_remove(0);
    let other = evaluate(&desk, "harborline", std::slice::from_ref(&first)).await;
    assert_eq!((other.code, wrong(&other)), (1, vec!["o1"]), "{other:?}");
    // And a query with a measure that only the other company has cannot be expected.
    let unknown = own_words().swap_remove(1);
    let refused = evaluate(&desk, "harborline", &[unknown]).await;
    assert!(
        refused.code == 1 && refused.json["error"].as_str().unwrap().contains("line 1"),
        "{refused:?}"
    );
    // Rows that differ are told, and end with 1.
    let falsely = line(
        "f1",
        "How much did we win this quarter?",
        r#"{"entity": "opportunities", "measures": ["lost_amount"]}"#,
    );
    let told = evaluate(&desk, "brightwater", &[falsely]).await;
    assert_eq!((told.code, wrong(&told)), (1, vec!["f1"]), "{told:?}");
}
