//! The lists that are measured.

use crm_store::{
    query::{Condition, Op},
    records::ListQuery,
};
use serde_json::json;

use super::seed::Seeded;

/// A list with values that change from read to read.
pub(crate) struct List {
    pub(crate) name: &'static str,
    pub(crate) query: fn(usize, &Seeded) -> ListQuery,
}

fn sorted(sort: &str, filters: Vec<Condition>) -> ListQuery {
    ListQuery {
        filters,
        sort: Some(sort.to_owned()),
        ..ListQuery::default()
    }
}

fn pick(from: &[String], turn: usize) -> &str {
    from.get(turn % from.len().max(1)).map_or("", String::as_str)
}

/// Every list, from the plainest to the most selective.
#[expect(clippy::too_many_lines, reason = "a table, one list an entry")]
pub(crate) fn lists() -> Vec<List> {
    vec![
        List {
            name: "latest first",
            query: |_, _| ListQuery::default(),
        },
        List {
            name: "by name, from anywhere",
            query: |turn, seeded| {
                sorted(
                    "last_name",
                    vec![Condition::new(
                        "last_name",
                        Op::Gte,
                        pick(&seeded.last_names, turn),
                    )],
                )
            },
        },
        List {
            name: "lead_source = (1 in 8), latest first",
            query: |turn, seeded| {
                sorted(
                    "-created_at",
                    vec![Condition::new("lead_source", Op::Eq, pick(&seeded.sources, turn))],
                )
            },
        },
        List {
            name: "lead_source = (1 in 500), by name",
            query: |turn, _| {
                sorted(
                    "last_name",
                    vec![Condition::new(
                        "lead_source",
                        Op::Eq,
                        format!("Event {}", turn % 10),
                    )],
                )
            },
        },
        List {
            name: "owner in (3), changed since, latest change first",
            query: |turn, seeded| {
                let owners: Vec<&str> = (0..3).map(|n| pick(&seeded.owners, turn * 3 + n)).collect();
                sorted(
                    "-updated_at",
                    vec![
                        Condition::new("owner_id", Op::In, json!(owners)),
                        Condition::new("updated_at", Op::Gte, "2026-06-01T00:00:00Z"),
                    ],
                )
            },
        },
        List {
            name: "e-mail =",
            query: |turn, seeded| {
                sorted(
                    "-created_at",
                    vec![Condition::new("email", Op::Eq, pick(&seeded.emails, turn))],
                )
            },
        },
        List {
            name: "e-mail is null, phone not, by last activity",
            query: |_, _| {
                sorted(
                    "last_activity_at",
                    vec![
                        Condition::new("email", Op::IsNull, true),
                        Condition::new("phone", Op::IsNull, false),
                    ],
                )
            },
        },
        List {
            name: "q = two beginnings (joh smi)",
            query: |turn, seeded| {
                let last: String = pick(&seeded.last_names, turn).chars().take(3).collect();
                ListQuery {
                    q: Some(format!("joh {last}")),
                    ..ListQuery::default()
                }
            },
        },
        List {
            name: "q = one common name (john)",
            query: |_, _| ListQuery {
                q: Some("john".to_owned()),
                ..ListQuery::default()
            },
        },
        List {
            name: "q = one letter and a filter",
            query: |turn, seeded| ListQuery {
                q: Some("j".to_owned()),
                ..sorted(
                    "-created_at",
                    vec![Condition::new("lead_source", Op::Eq, pick(&seeded.sources, turn))],
                )
            },
        },
    ]
}
