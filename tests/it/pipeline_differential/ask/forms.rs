//! Random questions whose answers are no groups, and those about the past and about quotas.

use chrono::TimeDelta;
use crm_tools::semantic::{Dimension, FilterOp, Form, PipelineQuery, QueryFilter, QueryOrder};
use rand::Rng as _;
use serde_json::json;

use super::{Asking, GRAINS, Wonder as _, empty};
use crate::analytics_support::day;

/// What records can be sorted by.
const ORDERS: &[&str] = &[
    "amount_each",
    "close_date",
    "created_at",
    "stage",
    "probability",
    "owner",
    "account",
    "account_industry",
];

impl Asking<'_> {
    fn filters(&mut self, query: &mut PipelineQuery) {
        for _ in 0..self.random.random_range(0..3) {
            let filter = self.filter();
            query.filters.push(filter);
        }
    }

    /// The deals as they were.
    pub(super) fn past(&mut self) -> PipelineQuery {
        let mut query = self.groups();
        query.compare = None;
        query.as_of = Some(self.day().min(self.moment.today));
        query
    }

    /// A funnel, or the length of stages.
    pub(super) fn form(&mut self, form: Form) -> PipelineQuery {
        let mut query = empty();
        query.form = form;
        self.filters(&mut query);
        if self.chance(0.5) {
            self.time(&mut query);
        }
        self.currency(&mut query);
        query
    }

    pub(super) fn cohort(&mut self) -> PipelineQuery {
        let mut query = empty();
        query.form = Form::Cohort {
            grain: self.one(&GRAINS),
            stretches: self.random.random_range(1..13),
        };
        let measure = self.one(&["", "", "won_count", "lost_count"]);
        query
            .measures
            .extend(Some(measure.to_owned()).filter(|name| !name.is_empty()));
        self.filters(&mut query);
        if self.chance(0.4) {
            self.time_of(&mut query, &["created_at", "close_date"]);
        }
        query
    }

    pub(super) fn bridge(&mut self) -> PipelineQuery {
        let mut query = empty();
        let today = self.moment.today;
        let from = self.day().min(today - TimeDelta::days(1));
        let to = (from + TimeDelta::days(self.random.random_range(1..200))).min(today);
        query.form = Form::Bridge { from, to };
        self.filters(&mut query);
        if self.chance(0.5) {
            self.time_of(&mut query, &["close_date"]);
        }
        self.currency(&mut query);
        query
    }

    pub(super) fn records(&mut self) -> PipelineQuery {
        let mut query = empty();
        query.form = Form::Records {};
        self.filters(&mut query);
        if self.chance(0.4) {
            self.time(&mut query);
        }
        if self.chance(0.7) {
            query.order.push(QueryOrder {
                by: self.one(ORDERS).to_owned(),
                descending: self.chance(0.5),
            });
        }
        if self.chance(0.7) {
            query.limit = Some(self.one(&[1, 3, 10, 1_000]));
        }
        if self.chance(0.4) {
            query.as_of = Some(self.day().min(self.moment.today));
        }
        self.currency(&mut query);
        query
    }

    /// What was won as a share of the quotas, of owners and along the calendar.
    pub(super) fn quotas(&mut self) -> PipelineQuery {
        let mut query = empty();
        query.measures.push("quota_attainment".to_owned());
        if self.chance(0.4) {
            query.measures.push("won_amount".to_owned());
        }
        if self.chance(0.6) {
            query.dimensions.push(Dimension {
                name: "owner".to_owned(),
                grain: None,
            });
        }
        if self.chance(0.4) {
            query.dimensions.push(Dimension {
                name: "close_date".to_owned(),
                grain: Some(self.one(&GRAINS)),
            });
        }
        if self.chance(0.4) {
            let people: Vec<_> = self.rows.people.keys().copied().collect();
            let (op, value) = match self.random.random_range(0..4) {
                0 => (FilterOp::Eq, json!(self.one(&people))),
                1 => (FilterOp::Ne, json!(self.one(&people))),
                2 => (FilterOp::In, json!([self.one(&people), self.one(&people)])),
                _ => (FilterOp::IsNull, json!(self.chance(0.5))),
            };
            query.filters.push(QueryFilter {
                dimension: "owner".to_owned(),
                op,
                value,
            });
        }
        if self.chance(0.7) {
            self.time_of(&mut query, &["close_date"]);
        }
        if self.chance(0.3) {
            // Days that are asked for in a filter bound the quotas as those of the time do.
            let dimension = "close_date".to_owned();
            let (op, value) = if self.chance(0.5) {
                (
                    FilterOp::Gte,
                    day(2024, 1, 1) + TimeDelta::days(self.random.random_range(-200..200)),
                )
            } else {
                (
                    FilterOp::Lt,
                    day(2024, 4, 1) + TimeDelta::days(self.random.random_range(-200..200)),
                )
            };
            query.filters.push(QueryFilter {
                dimension,
                op,
                value: json!(value),
            });
        }
        self.compared(&mut query);
        self.shown(&mut query);
        query.share = false;
        query
    }
}
