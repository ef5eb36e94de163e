//! Questions that what is kept has to answer, whatever else is asked.

use crm_store::{
    analytics::{Aggregate, DayRange, Funnel, Groups, Key, Plan, Reporting, Shape},
    catalog::OPPORTUNITY,
};

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
