//! Values that cannot be stored, each with a sentence that says what would be right.

use super::*;

/// Object, body, where the mistake is, a part of the words about it.
#[expect(clippy::too_many_lines, reason = "a table, one mistake a row")]
fn mistakes() -> Vec<(&'static Object, Json, &'static str, &'static str)> {
    let digits = "1234567890123456789012345678901234567890";
    let lead = &catalog::LEAD;
    let opportunity = &catalog::OPPORTUNITY;
    let account = &catalog::ACCOUNT;
    let contact = &catalog::CONTACT;
    vec![
        (
            lead,
            json!({"email": "ada at example.com"}),
            "/email",
            "ada@example.com",
        ),
        (lead, json!({"email": "ada@"}), "/email", "e-mail address"),
        (lead, json!({"email": 5}), "/email", "must be text"),
        (lead, json!({"phone": "call me"}), "/phone", "+49 30 901820"),
        (lead, json!({"status": "hot"}), "/status", "must be one of"),
        (lead, json!({"company": "a\u{0}b"}), "/company", "NUL"),
        (
            lead,
            json!({"company": "a\u{7}b"}),
            "/company",
            "control characters",
        ),
        (
            lead,
            json!({"company": "x".repeat(301)}),
            "/company",
            "at most 300 characters; this has 301",
        ),
        (
            lead,
            json!({"description": "x".repeat(200_001)}),
            "/description",
            "200000 bytes",
        ),
        (lead, json!({"owner_id": "me"}), "/owner_id", "UUID"),
        (
            lead,
            json!({"owner_id": Uuid::now_v7()}),
            "/owner_id",
            "there is no user",
        ),
        (lead, json!({"custom": [1]}), "/custom", "object of custom fields"),
        (lead, json!({"custom": {"a": "\u{0}"}}), "/custom", "NUL"),
        (
            lead,
            json!({"custom": {"a": "x".repeat(70_000)}}),
            "/custom",
            "65536",
        ),
        (
            lead,
            json!({"compnay": "Engines"}),
            "/compnay",
            "did you mean company?",
        ),
        (
            lead,
            json!({"favourite_colour_of_cat": 1}),
            "/favourite_colour_of_cat",
            "is no field of a lead",
        ),
        (lead, json!({"id": Uuid::now_v7()}), "/id", "set by the service"),
        (lead, json!({"version": 7}), "/version", "set by the service"),
        (
            lead,
            json!({"external_id": "x".repeat(201)}),
            "/external_id",
            "200 characters",
        ),
        (
            account,
            json!({"name": "E", "number_of_employees": 1.5}),
            "/number_of_employees",
            "whole number",
        ),
        (
            account,
            json!({"name": "E", "number_of_employees": "many"}),
            "/number_of_employees",
            "whole number",
        ),
        (
            account,
            json!({"name": "E", "number_of_employees": 3_000_000_000_i64}),
            "/number_of_employees",
            "out of range",
        ),
        (
            account,
            json!({"name": "E", "number_of_employees": -1}),
            "/number_of_employees",
            "must be 0 or more",
        ),
        (
            &catalog::CASE,
            json!({"subject": "S", "satisfaction": 6}),
            "/satisfaction",
            "must be 1 to 5",
        ),
        (
            account,
            json!({"name": "E", "website": "javascript:alert(1)"}),
            "/website",
            "https://example.com",
        ),
        (
            account,
            json!({"name": "E", "website": "https://a b.com"}),
            "/website",
            "https://example.com",
        ),
        (account, json!({"name": null}), "/name", "is required"),
        (account, json!({"name": "  "}), "/name", "is required"),
        (account, json!({}), "/name", "is required"),
        (
            account,
            json!({"name": "E", "parent_id": Uuid::now_v7()}),
            "/parent_id",
            "there is no account",
        ),
        (
            account,
            json!({"name": "E", "currency": "EUX"}),
            "/currency",
            "ISO 4217",
        ),
        (
            account,
            json!({"name": "E", "annual_revenue": digits}),
            "/annual_revenue",
            "this has 40 digits",
        ),
        (
            account,
            json!({"name": "E", "annual_revenue": {"amount": digits, "currency": "EUR"}}),
            "/annual_revenue",
            "at most 15 digits",
        ),
        (
            account,
            json!({"name": "E", "annual_revenue": {"amount": "1.005", "currency": "EUR"}}),
            "/annual_revenue",
            "EUR has 2 decimals at most",
        ),
        (
            account,
            json!({"name": "E", "annual_revenue": {"amount": "1.5", "currency": "JPY"}}),
            "/annual_revenue",
            "JPY has no decimals",
        ),
        (
            account,
            json!({"name": "E", "annual_revenue": {"amount": "1,5", "currency": "EUR"}}),
            "/annual_revenue",
            "no grouping",
        ),
        (
            account,
            json!({"name": "E", "annual_revenue": {"amount": "1", "currency": "QQQ"}}),
            "/annual_revenue",
            "ISO 4217",
        ),
        (
            account,
            json!({"name": "E", "annual_revenue": {"currency": "EUR"}}),
            "/annual_revenue",
            "needs an amount",
        ),
        (
            account,
            json!({"name": "E", "annual_revenue": true}),
            "/annual_revenue",
            "must be an amount",
        ),
        (
            account,
            json!({"name": "E", "currency": "EUR", "annual_revenue": {"amount": "1", "currency": "USD"}}),
            "/annual_revenue",
            "is in USD, while currency says EUR",
        ),
        (
            contact,
            json!({"last_name": "L", "birthdate": "10/12/1815"}),
            "/birthdate",
            "YYYY-MM-DD, such as 2026-03-01; 10/12/1815 could be read in two ways",
        ),
        (
            contact,
            json!({"last_name": "L", "birthdate": "10.12.1815"}),
            "/birthdate",
            "two ways",
        ),
        (
            contact,
            json!({"last_name": "L", "birthdate": "1815-02-30"}),
            "/birthdate",
            "no such day",
        ),
        (
            contact,
            json!({"last_name": "L", "birthdate": "December 10th"}),
            "/birthdate",
            "YYYY-MM-DD",
        ),
        (
            contact,
            json!({"last_name": "L", "birthdate": 18_151_210}),
            "/birthdate",
            "YYYY-MM-DD",
        ),
        (
            contact,
            json!({"last_name": "L", "email_opt_out": "maybe"}),
            "/email_opt_out",
            "true or false",
        ),
        (
            contact,
            json!({"last_name": "L", "language": "english"}),
            "/language",
            "ISO 639",
        ),
        (
            opportunity,
            json!({"name": "Deal", "close_date": "2026-12-01T00:00:00Z"}),
            "/close_date",
            "YYYY-MM-DD",
        ),
        (
            &catalog::ACTIVITY,
            json!({"type": "call", "occurred_at": "2026-12-01"}),
            "/occurred_at",
            "RFC 3339",
        ),
        (
            &catalog::ACTIVITY,
            json!({"type": "dance", "occurred_at": "2026-12-01T10:00:00Z"}),
            "/type",
            "must be one of task, call",
        ),
    ]
}

#[tokio::test]
async fn each_mistake_is_named_with_what_would_be_right() {
    let world = World::new().await;
    for (object, json, pointer, words) in mistakes() {
        let shown: String = json.to_string().chars().take(200).collect();
        let error = match try_create(&world.admin, object, json).await {
            Ok(record) => panic!("{shown} was stored as {record:?}"),
            Err(error) => error,
        };
        let StoreError::InvalidMany(errors) = &error else {
            panic!("{shown}: {error:?}");
        };
        assert!(
            errors
                .iter()
                .any(|error| error.pointer == pointer && error.message.contains(words)),
            "{shown}: {errors:?}"
        );
    }
}

#[tokio::test]
async fn all_mistakes_of_a_body_are_named_at_once() {
    let world = World::new().await;
    let error = try_create(&world.admin, &catalog::ACCOUNT,
        json!({"email": "x", "annual_revenue": "a lot", "parent_id": Uuid::now_v7(), "colour": "red", "currency": "EUR"}))
    .await
    .unwrap_err();
    let mut pointers = pointers(&error);
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        ["/annual_revenue", "/colour", "/email", "/name", "/parent_id"]
    );
}

#[tokio::test]
async fn text_survives_untouched_whatever_it_looks_like() {
    let world = World::new().await;
    for text in [
        "Robert'); DROP TABLE leads;--",
        "<script>alert(\"1\")</script>",
        "${jndi:ldap://x} {{7*7}} %s %n \\u0000 \\",
        "Zoë Ångström",                      // composed
        "Zoe\u{308} A\u{30a}ngstro\u{308}m", // the same, decomposed: another text
        "שלום \u{202e}abc\u{202c} 你好 👩‍👩‍👧‍👦",
        "a\tb\nc",
        " padded ",
        "\u{feff}BOM",
        "ﬁ ½ Ⅷ",
    ] {
        let lead = create(
            &world.admin,
            &catalog::LEAD,
            json!({"last_name": text, "company": text, "description": text, "custom": {"said": text}}),
        )
        .await;
        let read = get(&world.admin, &lead).await.unwrap();
        assert_eq!(read.text("company"), Some(text));
        assert_eq!(read.text("description"), Some(text));
        assert_eq!(read.get("custom").to_json(), json!({"said": text}));
        let found = list(&world.admin, &catalog::LEAD, &where_("company", Op::Eq, text)).await;
        assert_eq!(
            found.iter().map(|record| record.id).collect::<Vec<_>>(),
            [lead.id],
            "{text:?}"
        );
    }
}

#[tokio::test]
async fn values_take_the_form_that_finds_them_again() {
    let world = World::new().await;
    sqlx::query("UPDATE tenants SET locale = 'de-DE', currency = 'CHF'")
        .execute(&world.owner)
        .await
        .unwrap();
    let contact = create(
        &world.admin,
        &catalog::CONTACT,
        json!({"last_name": "L", "email": " Ada@Example.COM ",
        "phone": "030 901820", "mobile_phone": "+44 20 7946 0958", "language": "EN"}),
    )
    .await;
    assert_eq!(contact.text("email"), Some("ada@example.com"));
    assert_eq!(
        contact.text("phone"),
        Some("+4930901820"),
        "by the tenant's country"
    );
    assert_eq!(contact.text("mobile_phone"), Some("+442079460958"));
    assert_eq!(contact.text("language"), Some("en"));
    let account = create(&world.admin, &catalog::ACCOUNT,
        json!({"name": "E", "website": "example.com/a", "annual_revenue": 1000, "phone": "044 668 18 00", "billing_country": "CH"}))
    .await;
    assert_eq!(account.text("website"), Some("https://example.com/a"));
    assert_eq!(
        account.get("annual_revenue").to_json(),
        json!({"amount": "1000.00", "currency": "CHF"}),
        "the tenant's currency"
    );
    assert_eq!(
        account.text("phone"),
        Some("+41446681800"),
        "by the record's country"
    );
}

#[tokio::test]
async fn an_amount_keeps_its_figure_when_its_currency_changes() {
    let world = World::new().await;
    let account = create(
        &world.admin,
        &catalog::ACCOUNT,
        json!({"name": "E", "annual_revenue": {"amount": "1500", "currency": "EUR"}}),
    )
    .await;
    let yen = update(&world.admin, &account, json!({"currency": "JPY"})).await;
    assert_eq!(
        yen.get("annual_revenue").to_json(),
        json!({"amount": "1500", "currency": "JPY"})
    );
    let euros = update(
        &world.admin,
        &yen,
        json!({"annual_revenue": {"amount": "2.50", "currency": "EUR"}}),
    )
    .await;
    assert_eq!(euros.text("currency"), Some("EUR"));
    let error = try_update(&world.admin, &euros, json!({"currency": "JPY"}), None)
        .await
        .unwrap_err();
    assert_eq!(pointers(&error), ["/annual_revenue"]);
}

#[tokio::test]
async fn an_external_id_is_taken_once() {
    let world = World::new().await;
    let lead = json!({"last_name": "L", "company": "E", "external_id": "00Q1"});
    create(&world.admin, &catalog::LEAD, lead.clone()).await;
    let error = try_create(&world.admin, &catalog::LEAD, lead).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
}
