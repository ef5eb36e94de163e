//! The catalogue says what Postgres has, neither more nor less.

use std::collections::{BTreeSet, HashMap};

use crm_store::catalog::{FieldType, Link, OBJECTS, Object, Preset, object};
use crm_tests::harness::TestDb;
use sqlx::PgPool;

/// Tables that are no objects, and why.
const NO_OBJECTS: &[(&str, &str)] = &[
    ("_sqlx_migrations", "which migrations ran"),
    (
        "account_scores",
        "what was said of customers; /v1/accounts/{id}/health, seen by whoever sees the account",
    ),
    ("activity_deltas", "what is not in the sums of activities yet"),
    ("activity_sums", "sums that are derived from the activities"),
    ("answer_citations", "part of an answer; served inside it"),
    (
        "api_keys",
        "administration: /v1/api-keys, never filtered or exported",
    ),
    ("approvals", "part of a run; served inside it"),
    ("audit_log", "append-only; /v1/audit"),
    ("audit_values", "belongs to the audit log; erased by itself"),
    ("budget_periods", "sums that are derived from the ledger"),
    ("budgets", "administration: /v1/budgets"),
    ("counters", "the last numbers of cases, quotes and contracts"),
    ("channel_configs", "administration: /v1/channels"),
    (
        "channel_receipts",
        "what providers said of messages that are not known yet",
    ),
    ("corpus_stats", "counts of the index, derived from the articles"),
    ("credentials", "hashes of passwords"),
    (
        "custom_schemas",
        "what the tenant says about the custom fields of its objects",
    ),
    ("feed_events", "what changed; /v1/feed"),
    ("feed_floors", "from where on the feed has gaps"),
    (
        "forecast_snapshots",
        "forecasts as they were told; /v1/forecast says them with what came",
    ),
    ("idempotency_keys", "remembers requests for a day"),
    (
        "indexed_documents",
        "what the index contains, derived from the articles",
    ),
    ("invites", "administration: /v1/invites"),
    ("jobs", "background work"),
    ("login_failures", "counts of attempts to sign in"),
    ("login_history", "administration: /v1/security-events/logins"),
    ("memberships", "administration: /v1/members"),
    ("opportunity_account_sums", "sums by account of opportunities"),
    (
        "opportunity_deltas",
        "what is not in the sums of opportunities yet",
    ),
    ("opportunity_spell_sums", "sums that are derived from the spells"),
    (
        "opportunity_spells",
        "what opportunities were, derived from them and their history",
    ),
    ("opportunity_stay_sums", "sums of stays, derived from the spells"),
    ("opportunity_sums", "sums that are derived from the opportunities"),
    (
        "opportunity_touched",
        "which opportunities have spells that are not made anew yet",
    ),
    ("password_resets", "hashes of tokens for one use"),
    (
        "pipeline_cards",
        "what was asked of the numbers, for verdicts; /v1/feedback",
    ),
    (
        "lead_judgements",
        "what people and agents say of leads; served with /v1/leads/{id}/score",
    ),
    (
        "lead_standings",
        "points and bands of leads; served with /v1/leads/{id}/score",
    ),
    ("lead_suggestions", "/v1/leads/{id}/enrichment"),
    (
        "training_examples",
        "what people teach by overriding a score; kept with /v1/leads/{id}/score",
    ),
    (
        "lead_scores",
        "what was said of leads; /v1/leads/{id}/score, seen by whoever sees the lead",
    ),
    (
        "prediction_work",
        "how far training and scoring are; served with /v1/predictive-models",
    ),
    ("predictive_models", "/v1/predictive-models"),
    ("prices", "the same for all tenants"),
    ("rate_buckets", "how fast somebody may ask"),
    ("record_shares", "derived from the sharing rules"),
    ("roles", "administration: /v1/roles"),
    ("run_events", "part of a run; its event log"),
    ("saved_questions", "about the numbers: /v1/pipeline/questions"),
    ("saved_views", "how people look at lists; /v1/views"),
    ("security_events", "administration: /v1/security-events"),
    (
        "seeds",
        "which made-up data sets the tenant has; nobody edits them",
    ),
    ("sessions", "sign-ins that are open"),
    ("sharing_rules", "administration: /v1/sharing-rules"),
    ("sum_states", "in which zone sums are kept, and since when"),
    ("tenants", "the tenant itself: /v1/settings"),
    ("term_stats", "counts of the index, derived from the articles"),
    ("users", "people; shown as members"),
    ("usual_figures", "what scores without a model rest on"),
    (
        "webhook_deliveries",
        "the outbox and its log; /v1/webhooks/{id}/deliveries",
    ),
    ("webhook_endpoints", "administration: /v1/webhooks"),
    ("webhook_subscriptions", "what webhooks want, derived from them"),
    ("widget_sites", "administration of the widget"),
    ("win_opinions", "what people think of scores: /v1/win/opinions"),
    (
        "win_scores",
        "what was said of opportunities; /v1/opportunities/{id}/win, seen by whoever sees the opportunity",
    ),
    ("erasures", "receipts of erasures: /v1/privacy/erasures"),
    ("import_errors", "bad rows of an import; /v1/imports/{id}/errors"),
    ("imported_histories", "when imports brought histories along"),
    ("import_links", "references that wait for their other side"),
    ("import_people", "who is who in the system that records come from"),
    (
        "import_waiting",
        "rows that wait for the record that they belong to",
    ),
    ("imports", "how far imports are: /v1/imports"),
    ("privacy_exports", "files about persons: /v1/privacy/exports"),
];

#[derive(sqlx::FromRow)]
struct Column {
    name: String,
    data_type: String,
    is_nullable: String,
}

async fn columns(owner: &PgPool, table: &str) -> HashMap<String, Column> {
    let columns: Vec<Column> = sqlx::query_as(
        "SELECT column_name::text AS name, data_type::text, is_nullable::text FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name = $1",
    )
    .bind(table)
    .fetch_all(owner)
    .await
    .unwrap();
    columns
        .into_iter()
        .map(|column| (column.name.clone(), column))
        .collect()
}

#[tokio::test]
async fn every_table_is_an_object_or_has_a_reason() {
    let db = TestDb::new().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
    )
    .fetch_all(&db.owner().await)
    .await
    .unwrap();
    let mut known: Vec<&str> = OBJECTS.iter().map(|object| object.table).collect();
    known.extend(NO_OBJECTS.iter().map(|(table, _)| *table));
    known.sort_unstable();
    assert_eq!(tables, known);
}

#[tokio::test]
async fn fields_have_the_columns_types_and_nullability_that_they_say() {
    let db = TestDb::new().await;
    let owner = db.owner().await;
    for object in OBJECTS {
        let columns = columns(&owner, object.table).await;
        for field in object.fields {
            let place = format!("{}.{}", object.name, field.name);
            let column = columns
                .get(field.column)
                .unwrap_or_else(|| panic!("{place} has no column"));
            assert_eq!(column.data_type, field.kind.column_type(), "{place}");
            assert_eq!(column.is_nullable == "NO", field.required, "{place}: required");
        }
        let declared: BTreeSet<&str> = object
            .fields
            .iter()
            .map(|field| field.column)
            .chain(object.internal.iter().map(|(column, _)| *column))
            .chain(["tenant_id"])
            .collect();
        let stored: BTreeSet<&str> = columns.keys().map(String::as_str).collect();
        assert_eq!(declared, stored, "{}", object.name);
    }
}

#[tokio::test]
async fn the_words_of_enums_are_those_that_postgres_allows() {
    let db = TestDb::new().await;
    let owner = db.owner().await;
    for object in OBJECTS {
        for field in object.fields {
            let FieldType::Enum(words) = field.kind else {
                continue;
            };
            let checks: Vec<String> = sqlx::query_scalar(
                "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c \
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum] \
                 WHERE c.contype = 'c' AND c.conrelid = $1::regclass AND a.attname = $2",
            )
            .bind(object.table)
            .bind(field.column)
            .fetch_all(&owner)
            .await
            .unwrap();
            // CHECK ((status = ANY (ARRAY['draft'::text, …])))
            let allowed: BTreeSet<&str> = checks
                .iter()
                .flat_map(|check| check.split('\'').skip(1).step_by(2))
                .collect();
            assert_eq!(
                words.iter().copied().collect::<BTreeSet<_>>(),
                allowed,
                "{}.{}",
                object.name,
                field.name
            );
        }
    }
}

#[tokio::test]
async fn presets_and_ranges_are_those_of_postgres() {
    let db = TestDb::new().await;
    let owner = db.owner().await;
    for object in OBJECTS.iter().filter(|object| object.rules().is_some()) {
        let defaults: Vec<(String, Option<String>)> = sqlx::query_as(
            "SELECT column_name::text, column_default::text FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'",
        )
        .bind(object.table)
        .fetch_all(&owner)
        .await
        .unwrap();
        for (column, default) in defaults {
            let Some(field) = object.fields.iter().find(|field| field.column == column) else {
                continue;
            };
            let preset = field.preset.map(|preset| match preset {
                Preset::Text(text) => format!("'{text}'::text"),
                Preset::Integer(number) => number.to_string(),
                Preset::Boolean(flag) => flag.to_string(),
                Preset::EmptyObject => "'{}'::jsonb".to_owned(),
                Preset::EmptyArray => "'[]'::jsonb".to_owned(),
            });
            assert_eq!(preset, default, "{}.{}", object.name, field.name);
        }
        let checks: Vec<(String, String)> = sqlx::query_as(
            "SELECT a.attname::text, pg_get_constraintdef(c.oid) FROM pg_constraint c \
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum] \
             WHERE c.contype = 'c' AND c.conrelid = $1::regclass",
        )
        .bind(object.table)
        .fetch_all(&owner)
        .await
        .unwrap();
        for (column, check) in checks {
            let Some(field) = object.fields.iter().find(|field| field.column == column) else {
                continue;
            };
            let number = matches!(
                field.kind,
                FieldType::Integer | FieldType::BigInteger | FieldType::Decimal
            );
            if number && check.contains(">=") {
                let (least, most) = field
                    .range
                    .unwrap_or_else(|| panic!("{}.{column}: {check}", object.name));
                assert!(
                    check.contains(&least.to_string()),
                    "{}.{column}: {check}",
                    object.name
                );
                assert!(
                    most == i64::MAX || check.contains(&most.to_string()),
                    "{}.{column}: {check}",
                    object.name
                );
            }
        }
    }
}

#[tokio::test]
async fn indexed_fields_have_an_index_that_begins_with_the_tenant_and_them() {
    let db = TestDb::new().await;
    let owner = db.owner().await;
    for object in OBJECTS {
        let leading: Vec<String> = sqlx::query_scalar(
            "SELECT second.attname::text FROM pg_index i \
             JOIN pg_attribute first ON first.attrelid = i.indrelid AND first.attnum = i.indkey[0] \
             JOIN pg_attribute second ON second.attrelid = i.indrelid AND second.attnum = i.indkey[1] \
             WHERE i.indrelid = $1::regclass AND first.attname = 'tenant_id'",
        )
        .bind(object.table)
        .fetch_all(&owner)
        .await
        .unwrap();
        for field in object.fields.iter().filter(|field| field.indexed) {
            assert!(
                leading.iter().any(|column| column == field.column),
                "{}.{}",
                object.name,
                field.name
            );
        }
    }
}

#[tokio::test]
async fn relations_follow_foreign_keys() {
    let db = TestDb::new().await;
    let owner = db.owner().await;
    for near in OBJECTS {
        for relation in near.relations {
            let place = format!("{}.{}", near.name, relation.name);
            let far_table = match object(relation.target) {
                Some(far) => far.table,
                None if relation.target == "user" => "users",
                None => panic!("{place} leads nowhere"),
            };
            let (from, field, to) = match relation.by {
                Link::Field(field) => (near.table, column_of(near, field), far_table),
                Link::TheirField(field) => (
                    far_table,
                    column_of(object(relation.target).unwrap(), field),
                    near.table,
                ),
            };
            let keys: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attname = $2 \
                 WHERE c.contype = 'f' AND c.conrelid = $1::regclass AND c.confrelid = $3::regclass AND a.attnum = ANY (c.conkey)",
            )
            .bind(from)
            .bind(field)
            .bind(to)
            .fetch_one(&owner)
            .await
            .unwrap();
            assert_eq!(keys, 1, "{place}");
        }
    }
}

fn column_of(object: &Object, field: &str) -> &'static str {
    object
        .field(field)
        .unwrap_or_else(|| panic!("{} has no field {field}", object.name))
        .column
}

#[test]
fn names_are_unique_and_everything_has_words_for_people() {
    let mut names = BTreeSet::new();
    for object in OBJECTS {
        assert!(names.insert(object.name), "{}", object.name);
        assert!(
            !object.label.is_empty() && object.help.ends_with('.'),
            "{}",
            object.name
        );
        let mut fields = BTreeSet::new();
        for field in object.fields {
            let place = format!("{}.{}", object.name, field.name);
            assert!(fields.insert(field.name), "{place} twice");
            assert!(!field.label.is_empty(), "{place} has no label");
            assert!(
                field.help.is_empty() || field.help.ends_with('.'),
                "{place}: help is a sentence"
            );
            assert!(
                field.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
                "{place}"
            );
        }
    }
    assert_eq!(object("articles"), object("article"));
    assert_eq!(object("nothing"), None);
}
