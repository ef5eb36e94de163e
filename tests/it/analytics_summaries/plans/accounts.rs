//! Random questions by account and by what accounts are like, and cohorts.

use crm_store::{
    analytics::{
        Aggregate, Cohort, DayRange, Filter, Formula, Grain, Groups, Having, Key, Measure, Plan, Reporting,
        Shape, Summary, Test,
    },
    catalog::OPPORTUNITY,
    query::Op,
};
use rand::Rng as _;
use rust_decimal::Decimal;
use serde_json::json;

use super::{Plans, is, plain};
use crate::analytics_support::{day, path_of};

impl Plans {
    /// Groups by account, most by what sums by account have.
    pub(super) fn of_accounts(&mut self, reporting: &Reporting) -> Plan {
        let path = |word: &str| path_of(&OPPORTUNITY, word);
        let mut groups = Groups {
            limit: 100,
            keys: vec![Key::Value(path(self.one(&[
                "account_id",
                "account.industry",
                "account.owner_id",
            ])))],
            ..Groups::default()
        };
        if self.chance(0.2) {
            groups.keys.push(Key::Value(path("account.name")));
        }
        for _ in 0..self.random.random_range(1..3) {
            let measure = self.of_states();
            groups.measures.push(measure);
        }
        let mut filters = Vec::new();
        if self.chance(0.5) {
            let filter = self.state();
            filters.push(filter);
        }
        if self.chance(0.7) {
            let range = self.years();
            filters.push(Filter::Within(path("close_date"), range));
            if self.chance(0.3) {
                let range = self.years();
                groups.compare = Some((path("close_date"), range));
            }
        }
        if self.chance(0.3) {
            let retail = is(path("account.industry"), json!("Retail"));
            filters.push(if self.chance(0.5) {
                Filter::Not(Box::new(retail))
            } else {
                retail
            });
        }
        if self.chance(0.2) {
            groups.having.push(Having {
                measure: 0,
                test: Test::Above,
                value: Decimal::from(2),
            });
        }
        if self.chance(0.3) {
            groups.limit = 1;
            groups.other = true;
        }
        groups.share = self.chance(0.2);
        Plan {
            object: &OPPORTUNITY,
            filters,
            shape: Shape::Groups(groups),
            reporting: reporting.clone(),
        }
    }

    /// Years as they are, and sometimes other days.
    fn years(&mut self) -> DayRange {
        let first = self.one(&[Some(day(2023, 1, 1)), Some(day(2024, 1, 1)), None]);
        let last = self.one(&[Some(day(2023, 12, 31)), Some(day(2024, 12, 31)), None]);
        match self.random.random_range(0..8) {
            0 => self.range(),
            _ => DayRange {
                from: first,
                to: last.filter(|last| first.is_none_or(|first| first < *last)),
            },
        }
    }

    /// A condition on whether deals are open, won or lost; sometimes one on another field.
    fn state(&mut self) -> Filter {
        let word = self.one(&["is_closed", "is_won", "is_closed", "is_won", "currency"]);
        let value = if word == "currency" {
            json!("EUR")
        } else {
            json!(self.chance(0.5))
        };
        let filter = Filter::Field {
            path: path_of(&OPPORTUNITY, word),
            op: self.one(&[Op::Eq, Op::Eq, Op::Ne]),
            value,
        };
        match self.random.random_range(0..6) {
            0 => Filter::Not(Box::new(filter)),
            1 => {
                let other = self.state();
                Filter::Any(vec![filter, other])
            }
            _ => filter,
        }
    }

    fn of_states(&mut self) -> Measure {
        let path = |word: &str| path_of(&OPPORTUNITY, word);
        let only = if self.chance(0.6) {
            vec![self.state()]
        } else {
            Vec::new()
        };
        let aggregate = self.one(&[
            Aggregate::Count,
            Aggregate::Count,
            Aggregate::Of(Summary::Sum, path("amount")),
            Aggregate::Of(Summary::Sum, path("amount")),
            Aggregate::Of(Summary::Average, path("amount")),
            Aggregate::Of(Summary::Maximum, path("amount")),
        ]);
        if self.chance(0.2) {
            return Measure::Ratio {
                of: Formula {
                    aggregate: aggregate.clone(),
                    only: vec![is(path("is_won"), json!(true))],
                },
                by: Formula { aggregate, only },
            };
        }
        plain(aggregate, only)
    }

    /// What became of the deals that were made in the same stretch of time.
    pub(super) fn of_cohorts(&mut self, reporting: &Reporting) -> Plan {
        let path = |word: &str| path_of(&OPPORTUNITY, word);
        let only = if self.chance(0.5) {
            vec![self.state()]
        } else {
            Vec::new()
        };
        Plan {
            object: &OPPORTUNITY,
            filters: Vec::new(),
            shape: Shape::Cohort(Cohort {
                begun: path("created_at"),
                grain: self.one(&[Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year]),
                reached: path(self.one(&["closed_at", "close_date"])),
                only,
                stretches: 6,
            }),
            reporting: reporting.clone(),
        }
    }
}
