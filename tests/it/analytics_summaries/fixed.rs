//! Questions that what is kept has to answer, whatever else is asked.

use crm_store::{
    analytics::{Aggregate, DayRange, Filter, Funnel, Groups, Key, Plan, Reporting, Shape, Summary},
    catalog::OPPORTUNITY,
    query::Op,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::plans::plain;
use crate::analytics_support::{day, path_of};

/// Questions about all deals there are, by what sums have.
pub(super) fn all_time(reporting: &Reporting) -> Vec<Plan> {
    ["owner_id", "stage", "currency"]
        .into_iter()
        .map(|word| Plan {
            object: &OPPORTUNITY,
            filters: Vec::new(),
            shape: Shape::Groups(Groups {
                keys: vec![Key::Value(path_of(&OPPORTUNITY, word))],
                measures: vec![plain(Aggregate::Count, Vec::new())],
                ..Groups::default()
            }),
            reporting: reporting.clone(),
        })
        .collect()
}

/// How long deals stay in each stage, of all and of some by each of the words that sums have.
pub(super) fn of_stays(reporting: &Reporting) -> [Plan; 3] {
    let is_not = |word: &str, value: Json| Filter::Field {
        path: path_of(&OPPORTUNITY, word),
        op: Op::Ne,
        value,
    };
    [
        vec![],
        vec![is_not("owner_id", json!(Uuid::nil()))],
        vec![
            is_not("type", json!("upsell")),
            is_not("lead_source", json!("Web")),
        ],
    ]
    .map(|filters| Plan {
        object: &OPPORTUNITY,
        filters,
        shape: Shape::StageDurations,
        reporting: reporting.clone(),
    })
}

/// Questions about what was, by what spells have.
pub(super) fn of_long_ago(reporting: &Reporting) -> Vec<Plan> {
    let groups = Groups {
        keys: vec![Key::Value(path_of(&OPPORTUNITY, "owner_id"))],
        measures: vec![plain(Aggregate::Count, Vec::new())],
        as_of: Some(day(2024, 5, 31)),
        ..Groups::default()
    };
    let unbounded = DayRange { from: None, to: None };
    let bridge = Shape::Bridge {
        from: day(2024, 4, 30),
        to: day(2024, 5, 15),
        closing: unbounded,
    };
    [Shape::Groups(groups), Shape::Funnel(Funnel::default()), bridge]
        .into_iter()
        .map(|shape| Plan {
            object: &OPPORTUNITY,
            filters: Vec::new(),
            shape,
            reporting: reporting.clone(),
        })
        .collect()
}

/// Questions by account and by what accounts are like, of all time and of a year.
pub(super) fn of_accounts(reporting: &Reporting) -> Vec<Plan> {
    let path = |word: &str| path_of(&OPPORTUNITY, word);
    let year = DayRange {
        from: Some(day(2024, 1, 1)),
        to: Some(day(2024, 12, 31)),
    };
    let of_a_year = || vec![Filter::Within(path("close_date"), year)];
    [
        ("account_id", Vec::new()),
        ("account_id", of_a_year()),
        ("account.industry", Vec::new()),
        ("account.industry", of_a_year()),
    ]
    .into_iter()
    .map(|(word, filters)| Plan {
        object: &OPPORTUNITY,
        filters,
        shape: Shape::Groups(Groups {
            keys: vec![Key::Value(path(word))],
            measures: vec![
                plain(Aggregate::Count, Vec::new()),
                plain(Aggregate::Of(Summary::Sum, path("amount")), Vec::new()),
            ],
            ..Groups::default()
        }),
        reporting: reporting.clone(),
    })
    .collect()
}
