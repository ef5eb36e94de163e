//! What makes imports fast changes nothing: the same words are found, the same is logged, nothing is written twice.

use std::fmt::Write as _;

use serde_json::json;

use crate::import_support::Desk;

/// The words of a text as they were defined first, whatever is in it.
const DEFINITION: &str = "CREATE FUNCTION pg_temp.lexemes(tenant uuid, VARIADIC said text[]) RETURNS tsvector LANGUAGE sql AS $$ \
    SELECT array_to_tsvector(ARRAY(SELECT right(tenant::text, 8) || w.word \
        FROM unnest(app_search_words(array_to_string(said, ' '))) AS w (word))) $$";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_words_of_plain_text_are_those_of_any_text() {
    let desk = Desk::new().await;
    let mut conn = desk.owner.acquire().await.unwrap();
    sqlx::raw_sql(DEFINITION).execute(&mut *conn).await.unwrap();
    let mut texts: Vec<String> = (1..128_u8)
        .map(|byte| format!("Ab{}Cd {0}{0}x", char::from(byte)))
        .collect();
    texts.extend(
        [
            "",
            " ",
            "...",
            "O'Neil-Smith, Ada <ada@example.com> +49 (30) 1/2",
            "Jürgen Müller ǅ ß ẞ",
            "a\u{a0}b\u{2003}c\u{3000}d",
            "deadbeef DEADBEEF",
            "🦀 x",
        ]
        .map(str::to_owned),
    );
    for length in [39, 40, 41, 48, 49, 50, 400] {
        texts.push(format!("x {} y", "a".repeat(length)));
        texts.push("b".repeat(length));
    }
    texts.push("word ".repeat(3_999) + "tail");
    texts.push("word ".repeat(4_000) + "tail");
    texts.push("c".repeat(20_001));
    let differing: Vec<(String, bool)> = sqlx::query_as(
        "SELECT t, app_search_lexemes(id, t, NULL, 'Zz') = pg_temp.lexemes(id, t, NULL, 'Zz') \
             AND app_search_lexemes(id, t) = pg_temp.lexemes(id, t) FROM unnest($1::text[]) t, tenants",
    )
    .bind(&texts)
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    assert_eq!(differing.len(), texts.len());
    for (text, same) in differing {
        assert!(same, "{text:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_differ_among_many_that_do_not_are_the_only_ones_written() {
    let desk = Desk::new().await;
    let file = |changed: &[usize]| {
        let mut text = String::from(
            "external_id,last_name,phone,mailing_country,birthdate,do_not_call,custom.level,account_external_id\n",
        );
        for n in 0..11_000 {
            let name = if changed.contains(&n) { "Changed" } else { "Name" };
            let _ = writeln!(
                text,
                "c{n},{name} {n},030 {},DE,1980-02-{:02},{},{},a{}",
                9_000_000 + n,
                1 + n % 28,
                n % 2 == 0,
                n % 7,
                n % 3
            );
        }
        text
    };
    let accounts = desk.file("a.csv", "external_id,name\na0,None\na1,One\n");
    assert_eq!(
        desk.import("accounts", &accounts, &[]).await.counts(),
        [2, 0, 0, 0]
    );
    let first = desk.import("contacts", &desk.file("c.csv", file(&[])), &[]).await;
    assert_eq!(first.counts(), [11_000, 0, 0, 0], "{first:?}");
    assert_eq!(first.json["unresolved"], 3_666);
    let before = desk.everything().await;
    let again = desk
        .import("contacts", &desk.file("c2.csv", file(&[])), &[])
        .await;
    assert_eq!(again.counts(), [0, 0, 11_000, 0]);
    assert!(desk.everything().await == before, "an unchanged row was written");

    // What was logged of a record that came with thousands of others is what it began with.
    let began: serde_json::Value = sqlx::query_scalar(
        "SELECT v.new FROM audit_values v JOIN audit_log l ON l.id = v.audit_id JOIN contacts c ON c.id = l.object_id \
         WHERE c.external_id = 'c4' AND l.action = 'create'",
    )
    .fetch_one(&desk.owner)
    .await
    .unwrap();
    let account: uuid::Uuid = sqlx::query_scalar("SELECT id FROM accounts WHERE external_id = 'a1'")
        .fetch_one(&desk.owner)
        .await
        .unwrap();
    assert_eq!(
        began,
        json!({"external_id": "c4", "last_name": "Name 4", "phone": "+49309000004", "mailing_country": "DE",
            "birthdate": "1980-02-05", "do_not_call": true, "email_opt_out": false, "custom": {"level": "4"},
            "account_id": account})
    );

    // The last account lets a third of the contacts go on; the changed rows are two, in two batches.
    let third = desk.file("a2.csv", "external_id,name\na2,Two\n");
    assert_eq!(desk.import("accounts", &third, &[]).await.json["resolved"], 3_666);
    let changed = desk
        .import("contacts", &desk.file("c3.csv", file(&[1, 10_999])), &[])
        .await;
    assert_eq!(changed.counts(), [0, 2, 10_998, 0], "{changed:?}");
    assert_eq!(
        desk.state("SELECT external_id, last_name, version FROM contacts WHERE last_name LIKE 'Changed%'")
            .await,
        "(c1,\"Changed 1\",2)\n(c10999,\"Changed 10999\",2)"
    );
}
