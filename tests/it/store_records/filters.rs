//! Any combination of filters, in any order, returns what the same rules return in memory.

use std::cmp::Ordering;

use crm_store::records::Value;
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

use super::*;

/// How many accounts there are, and how many lists are asked for.
const ACCOUNTS: usize = 120;
const LISTS: usize = 150;

const NAMES: &[&str] = &[
    "Acme Tools",
    "acme tools",
    "Engines Ltd",
    "Looms & Sons",
    "Zeta-Mills",
    "Ärzte GmbH",
    "O'Hara",
];
const INDUSTRIES: &[&str] = &["Banking", "Retail", "Energy"];
const RATINGS: &[&str] = &["hot", "warm", "cold"];
const FIELDS: &[&str] = &[
    "name",
    "industry",
    "rating",
    "number_of_employees",
    "annual_revenue",
    "created_at",
    "id",
    "external_id",
];

fn account() -> impl Strategy<Value = Json> {
    (
        prop::sample::select(NAMES),
        prop::option::of(prop::sample::select(INDUSTRIES)),
        prop::option::of(prop::sample::select(RATINGS)),
        prop::option::of(0..5_i64),
        prop::option::of(0..4_i64),
    )
        .prop_map(|(name, industry, rating, employees, revenue)| {
            json!({"name": name, "industry": industry, "rating": rating, "number_of_employees": employees,
                "annual_revenue": revenue.map(|amount| json!({"amount": amount.to_string(), "currency": "EUR"}))})
        })
}

/// A value for a filter: of the field's own kind, out of those that occur and some that do not.
fn operand(field: &'static str) -> BoxedStrategy<Json> {
    match field {
        "name" => prop::sample::select(vec!["Acme Tools", "Engines Ltd", "M", "zzz", "Ärzte GmbH"])
            .prop_map(Json::from)
            .boxed(),
        "industry" => prop::sample::select(vec!["Banking", "Energy", "Mining"])
            .prop_map(Json::from)
            .boxed(),
        "rating" => prop::sample::select(RATINGS).prop_map(Json::from).boxed(),
        "number_of_employees" => (0..6_i64).prop_map(Json::from).boxed(),
        "annual_revenue" => (0..5_i64).prop_map(|amount| json!(amount.to_string())).boxed(),
        "created_at" => Just(json!("2026-01-01T00:00:00Z")).boxed(),
        "id" => Just(json!(Uuid::now_v7())).boxed(),
        _ => Just(json!("none")).boxed(),
    }
}

fn condition() -> impl Strategy<Value = Condition> {
    (prop::sample::select(FIELDS), 0..9_usize).prop_flat_map(|(field, op)| {
        let made = move |op: Op| {
            operand(field)
                .prop_map(move |value| Condition::new(field, op, value))
                .boxed()
        };
        match op {
            0 => made(Op::Eq),
            1 => made(Op::Ne),
            2 => made(Op::Lt),
            3 => made(Op::Lte),
            4 => made(Op::Gt),
            5 => made(Op::Gte),
            6 => any::<bool>()
                .prop_map(move |flag| Condition::new(field, Op::IsNull, flag))
                .boxed(),
            7 => prop::sample::select(vec!["acme", "too", "tools ac", "ltd", "arz", "hara", "ools"])
                .prop_map(|words| Condition::new("name", Op::Contains, words))
                .boxed(),
            _ => vec(operand(field), 1..4)
                .prop_map(move |values| Condition::new(field, Op::In, Json::Array(values)))
                .boxed(),
        }
    })
}

/// What a value is compared by: amounts by their figure, times and text as they are.
#[derive(Debug, PartialEq, PartialOrd)]
enum Key {
    Number(i64),
    Text(String),
}

fn key(value: &Value) -> Option<Key> {
    match value {
        Value::Null => None,
        Value::Integer(number) => Some(Key::Number(*number)),
        Value::Money(money) => Some(Key::Number(
            i64::try_from(money.amount.trunc().mantissa()).unwrap(),
        )),
        Value::Time(at) => Some(Key::Number(at.timestamp_micros())),
        Value::Id(id) => Some(Key::Text(id.to_string())),
        other => Some(Key::Text(other.as_text().unwrap().to_owned())),
    }
}

fn said(field: &str, json: &Json) -> Key {
    match field {
        "number_of_employees" => Key::Number(json.as_i64().unwrap()),
        "annual_revenue" => Key::Number(json.as_str().unwrap().parse().unwrap()),
        "created_at" => Key::Number(
            chrono::DateTime::parse_from_rfc3339(json.as_str().unwrap())
                .unwrap()
                .timestamp_micros(),
        ),
        _ => Key::Text(json.as_str().unwrap().to_owned()),
    }
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('ä', "a")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn passes(record: &Record, condition: &Condition) -> bool {
    let have = key(record.get(&condition.field));
    let compared = || {
        have.as_ref()
            .and_then(|have| have.partial_cmp(&said(&condition.field, &condition.value)))
    };
    match condition.op {
        Op::Eq => compared() == Some(Ordering::Equal),
        Op::Ne => compared() != Some(Ordering::Equal),
        Op::Lt => compared() == Some(Ordering::Less),
        Op::Lte => matches!(compared(), Some(Ordering::Less | Ordering::Equal)),
        Op::Gt => compared() == Some(Ordering::Greater),
        Op::Gte => matches!(compared(), Some(Ordering::Greater | Ordering::Equal)),
        Op::IsNull => have.is_none() == condition.value.as_bool().unwrap(),
        Op::In => condition
            .value
            .as_array()
            .unwrap()
            .iter()
            .any(|value| have.as_ref() == Some(&said(&condition.field, value))),
        Op::Contains => {
            let own = words(record.text(&condition.field).unwrap_or_default());
            words(condition.value.as_str().unwrap())
                .iter()
                .all(|wanted| own.iter().any(|word| word.starts_with(wanted)))
        }
    }
}

/// Ascending with what has no value last; the id decides between equals. Descending is the reverse.
fn ordered(mut records: Vec<Record>, field: &str, descending: bool) -> Vec<Uuid> {
    records.sort_by(|a, b| {
        let by_key = match (key(a.get(field)), key(b.get(field))) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap(),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_key.then(a.id.cmp(&b.id))
    });
    if descending {
        records.reverse();
    }
    records.into_iter().map(|record| record.id).collect()
}

#[tokio::test]
async fn filters_and_order_agree_with_the_same_rules_in_memory() {
    let world = World::new().await;
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let drafts: Vec<Json> = (0..ACCOUNTS)
        .map(|_| account().new_tree(&mut runner).unwrap().current())
        .collect();
    let mut tx = world.admin.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    let drafts = drafts
        .into_iter()
        .map(|json| Draft::from_json(&catalog::ACCOUNT, &body(json), &access).unwrap())
        .collect();
    let all = tx.records(&catalog::ACCOUNT).create_many(drafts).await.unwrap();
    assert_eq!(all.len(), ACCOUNTS);

    let lists = (
        vec(condition(), 0..4),
        prop::sample::select(FIELDS),
        any::<bool>(),
    );
    for _ in 0..LISTS {
        let (filters, field, descending) = lists.new_tree(&mut runner).unwrap().current();
        let sort = if descending {
            format!("-{field}")
        } else {
            field.to_owned()
        };
        let passing = all
            .iter()
            .filter(|record| filters.iter().all(|filter| passes(record, filter)))
            .cloned()
            .collect();
        let expected = ordered(passing, field, descending);
        let asked = ListQuery {
            filters: filters.clone(),
            sort: Some(sort.clone()),
            limit: Some(200),
            ..ListQuery::default()
        };
        let got: Vec<Uuid> = tx
            .records(&catalog::ACCOUNT)
            .list(&asked)
            .await
            .unwrap()
            .records
            .iter()
            .map(|record| record.id)
            .collect();
        assert_eq!(got, expected, "{filters:?} by {sort}");
    }
}

#[tokio::test]
async fn an_amount_with_a_currency_means_amounts_in_it() {
    let world = World::new().await;
    for (name, amount, currency) in [("a", "100", "EUR"), ("b", "100", "USD"), ("c", "50", "EUR")] {
        create(
            &world.admin,
            &catalog::ACCOUNT,
            json!({"name": name, "annual_revenue": {"amount": amount, "currency": currency}}),
        )
        .await;
    }
    let names = |records: Vec<Record>| {
        let mut names: Vec<String> = records.iter().map(|record| record.title().to_owned()).collect();
        names.sort();
        names.concat()
    };
    let euros = where_(
        "annual_revenue",
        Op::Gte,
        json!({"amount": "60", "currency": "EUR"}),
    );
    assert_eq!(names(list(&world.admin, &catalog::ACCOUNT, &euros).await), "a");
    let any = where_("annual_revenue", Op::Gte, "60");
    assert_eq!(names(list(&world.admin, &catalog::ACCOUNT, &any).await), "ab");
}
