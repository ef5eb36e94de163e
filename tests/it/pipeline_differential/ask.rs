//! Random questions that make sense.

use chrono::{NaiveDate, TimeDelta};
use crm_store::TenantStore;
use crm_tools::semantic::{
    Compare, Dimension, DimensionKind, Entity, FilterOp, Form, Grain, PipelineQuery, QueryFilter,
    QueryHaving, QueryOrder, Range, SemanticModel, Time,
};
use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::rows::{INDUSTRIES, Rows, STAGES, TYPES};
use crate::analytics_support::day;

/// Measures that the reference knows too.
const MEASURES: &[&str] = &[
    "count",
    "created_count",
    "created_amount",
    "amount",
    "open_count",
    "open_amount",
    "weighted_amount",
    "won_count",
    "won_amount",
    "lost_count",
    "lost_amount",
    "win_rate",
    "average_deal_size",
    "median_deal_size",
    "forecast",
    "commit",
    "best_case",
    "account_count",
];
const DIMENSIONS: &[&str] = &[
    "owner",
    "stage",
    "type",
    "account",
    "account_industry",
    "account_owner",
    "currency",
    "is_closed",
    "is_won",
    "probability",
    "forecast_category",
    "close_date",
    "created_at",
];
const GRAINS: [Grain; 5] = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Admin,
    Rep,
}

pub(super) struct Asking<'a> {
    rows: &'a Rows,
    entity: &'static Entity,
    random: StdRng,
}

fn empty() -> PipelineQuery {
    PipelineQuery {
        entity: "opportunities".to_owned(),
        form: Form::Groups,
        measures: Vec::new(),
        dimensions: Vec::new(),
        filters: Vec::new(),
        having: Vec::new(),
        time: None,
        compare: None,
        as_of: None,
        order: Vec::new(),
        limit: None,
        other: false,
        share: false,
        currency: None,
    }
}

impl<'a> Asking<'a> {
    pub(super) fn new(rows: &'a Rows, random: StdRng) -> Self {
        let entity = SemanticModel::embedded()
            .unwrap()
            .entity("opportunities")
            .unwrap();
        Self { rows, entity, random }
    }

    pub(super) fn who(&mut self) -> (Who, &'a TenantStore) {
        if self.random.random_bool(0.5) {
            (Who::Admin, &self.rows.world.admin)
        } else {
            (Who::Rep, &self.rows.world.rep)
        }
    }

    fn chance(&mut self, share: f64) -> bool {
        self.random.random_bool(share)
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of.choose(&mut self.random).unwrap().clone()
    }

    fn day(&mut self) -> NaiveDate {
        day(2023, 1, 1) + TimeDelta::days(self.random.random_range(0..720))
    }

    pub(super) fn groups(&mut self) -> PipelineQuery {
        let mut query = empty();
        for _ in 0..self.random.random_range(1..4) {
            let measure = self.one(MEASURES).to_owned();
            if !query.measures.contains(&measure) {
                query.measures.push(measure);
            }
        }
        self.dimensions(&mut query);
        for _ in 0..self.random.random_range(0..3) {
            let filter = self.filter();
            query.filters.push(filter);
        }
        if self.chance(0.6) {
            self.time(&mut query);
        }
        if query.time.is_some() && self.chance(0.4) {
            query.compare = Some(self.one(&[Compare::PreviousPeriod, Compare::PreviousYear]));
            let time = query.time.as_ref().and_then(|time| time.dimension.clone());
            query
                .filters
                .retain(|filter| Some(&filter.dimension) != time.as_ref());
        }
        if self.chance(0.3) {
            let having = QueryHaving {
                measure: self.one(&query.measures),
                op: self.one(&[
                    FilterOp::Gt,
                    FilterOp::Gte,
                    FilterOp::Lt,
                    FilterOp::Lte,
                    FilterOp::Eq,
                ]),
                value: self.one(&[
                    Decimal::ZERO,
                    Decimal::ONE,
                    Decimal::from(3),
                    Decimal::from(5_000),
                    Decimal::new(5, 1),
                ]),
            };
            query.having.push(having);
        }
        if self.chance(0.5) {
            let mut names = query.measures.clone();
            names.extend(query.dimensions.iter().map(|dimension| dimension.name.clone()));
            let order = QueryOrder {
                by: self.one(&names),
                descending: self.chance(0.5),
            };
            query.order.push(order);
        }
        if self.chance(0.4) {
            query.limit = Some(self.random.random_range(1..6));
            query.other = !query.dimensions.is_empty() && self.chance(0.6);
        }
        let additive = query
            .measures
            .iter()
            .any(|name| self.entity.measure(name).unwrap().additive);
        query.share = additive && !query.dimensions.is_empty() && self.chance(0.3);
        if self.chance(0.05) {
            query.currency = Some("USD".to_owned());
        }
        query
    }

    fn dimensions(&mut self, query: &mut PipelineQuery) {
        for _ in 0..self.random.random_range(0..3) {
            let name = self.one(DIMENSIONS).to_owned();
            let senseless = query
                .measures
                .iter()
                .any(|measure| self.entity.measure(measure).unwrap().not_by.contains(&name));
            if senseless || query.dimensions.iter().any(|dimension| dimension.name == name) {
                continue;
            }
            let is_time = self.entity.dimension(&name).unwrap().kind == DimensionKind::Time;
            let grain = is_time.then(|| self.one(&GRAINS));
            query.dimensions.push(Dimension { name, grain });
        }
    }

    fn filter(&mut self) -> QueryFilter {
        let dimension = self.one(DIMENSIONS).to_owned();
        let equal = [
            FilterOp::Eq,
            FilterOp::Ne,
            FilterOp::In,
            FilterOp::NotIn,
            FilterOp::IsNull,
        ];
        let ordered = [FilterOp::Lt, FilterOp::Lte, FilterOp::Gt, FilterOp::Gte];
        let op = match dimension.as_str() {
            "close_date" | "created_at" | "probability" if self.chance(0.6) => self.one(&ordered),
            "is_closed" | "is_won" => FilterOp::Eq,
            _ => self.one(&equal),
        };
        let value = match op {
            FilterOp::IsNull => json!(self.chance(0.3)),
            FilterOp::In | FilterOp::NotIn => {
                let count = self.random.random_range(1..4);
                Json::Array((0..count).map(|_| self.value(&dimension)).collect())
            }
            _ => self.value(&dimension),
        };
        QueryFilter { dimension, op, value }
    }

    fn value(&mut self, dimension: &str) -> Json {
        match dimension {
            "owner" | "account_owner" => {
                let people: Vec<_> = self.rows.people.keys().copied().collect();
                json!(self.one(&people))
            }
            "stage" => json!(self.one(STAGES).0),
            "type" => json!(self.one(TYPES)),
            "account" => {
                let ids: Vec<_> = self.rows.accounts.iter().map(|account| account.id).collect();
                json!(self.one(&ids))
            }
            "account_industry" => json!(self.one(INDUSTRIES)),
            "currency" => json!(self.one(&["EUR", "USD", "JPY", "CHF"])),
            "is_closed" | "is_won" => json!(self.chance(0.5)),
            "probability" => json!(self.one(&[0, 10, 35, 50, 75, 100])),
            "forecast_category" => json!(self.one(&["pipeline", "best_case", "commit", "closed"])),
            _ => json!(self.day()),
        }
    }

    fn time(&mut self, query: &mut PipelineQuery) {
        let range = if self.chance(0.5) {
            let from = self.day();
            let to = from + TimeDelta::days(self.random.random_range(0..200));
            Range::Between {
                from: Some(from),
                to: Some(to),
            }
        } else {
            Range::Relative {
                unit: self.one(&[Grain::Week, Grain::Month, Grain::Quarter, Grain::Year]),
                offset: self.random.random_range(-3..2),
            }
        };
        let dimension = Some(self.one(&["close_date", "created_at"]).to_owned());
        query.time = Some(Time { dimension, range });
    }

    pub(super) fn as_of(&mut self) -> PipelineQuery {
        let mut query = self.groups();
        query.compare = None;
        query.as_of = Some(self.day().min(day(2024, 6, 14)));
        query
    }

    pub(super) fn past_records(&mut self) -> PipelineQuery {
        let mut query = empty();
        query.form = Form::Records {};
        query.limit = Some(1_000);
        query.as_of = Some(self.day().min(day(2024, 6, 14)));
        query
    }

    pub(super) fn cohort(&mut self) -> PipelineQuery {
        let mut query = empty();
        query.form = Form::Cohort {
            grain: self.one(&[Grain::Week, Grain::Month, Grain::Quarter, Grain::Year]),
            stretches: self.random.random_range(1..13),
        };
        if self.chance(0.5) {
            let filter = self.filter();
            query.filters.push(filter);
        }
        if self.chance(0.4) {
            self.time(&mut query);
            if let Some(time) = &mut query.time {
                time.dimension = self.random.random_bool(0.5).then(|| "created_at".to_owned());
            }
        }
        query
    }

    pub(super) fn bridge(&mut self) -> PipelineQuery {
        let mut query = empty();
        let from = self.day().min(day(2024, 6, 1));
        let to = (from + TimeDelta::days(self.random.random_range(1..200))).min(day(2024, 6, 14));
        query.form = Form::Bridge { from, to };
        if self.chance(0.3) {
            query.filters.push(QueryFilter {
                dimension: "type".to_owned(),
                op: FilterOp::Eq,
                value: json!(self.one(TYPES)),
            });
        }
        if self.chance(0.5) {
            self.time(&mut query);
            if let Some(time) = &mut query.time {
                time.dimension = Some("close_date".to_owned());
            }
        }
        query
    }
}
