//! What comes into anybody's mind about any entity.

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use crm_tools::semantic::{
    Compare, Entity, FilterOp, Grain, PipelineQuery, QueryHaving, QueryOrder, Range, Time,
};
use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use rust_decimal::Decimal;

use super::days::{dimension_of, is_bounded};
use crate::analytics_support::day;

const UNITS: [Grain; 4] = [Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];

pub(in super::super) trait Wonder {
    fn random(&mut self) -> &mut StdRng;

    fn entity(&self) -> &'static Entity;

    fn chance(&mut self, share: f64) -> bool {
        self.random().random_bool(share)
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of.choose(self.random()).unwrap().clone()
    }

    fn day(&mut self) -> NaiveDate {
        day(2023, 1, 1) + TimeDelta::days(self.random().random_range(0..720))
    }

    /// Sometimes the same numbers of other days beside them.
    fn compared(&mut self, query: &mut PipelineQuery) {
        let bounded = query.time.as_ref().is_some_and(is_bounded);
        if !bounded || !self.chance(0.4) {
            return;
        }
        query.compare = Some(self.one(&[Compare::PreviousPeriod, Compare::PreviousYear]));
        let time = dimension_of(self.entity(), query).map(str::to_owned);
        query
            .filters
            .retain(|filter| Some(&filter.dimension) != time.as_ref());
    }

    /// Which of the groups, in which order, and what of the rest.
    fn shown(&mut self, query: &mut PipelineQuery) {
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
            query.limit = Some(self.random().random_range(1..6));
            query.other = !query.dimensions.is_empty() && self.chance(0.6);
        }
        let additive = query
            .measures
            .iter()
            .any(|name| self.entity().measure(name).unwrap().additive);
        query.share = additive && !query.dimensions.is_empty() && self.chance(0.3);
        self.currency(query);
    }

    fn currency(&mut self, query: &mut PipelineQuery) {
        if self.chance(0.08) {
            // Nothing is converted into francs, which have no rate; yen have no cents.
            query.currency = Some(self.one(&["USD", "JPY", "CHF", "eur"]).to_owned());
        }
    }

    fn range(&mut self) -> Range {
        let unit = self.one(&UNITS);
        let from = self.day();
        match self.random().random_range(0..12) {
            0..4 => Range::Between {
                from: Some(from),
                to: Some(from + TimeDelta::days(self.random().random_range(0..200))),
            },
            4 if self.chance(0.5) => Range::Between {
                from: Some(from),
                to: None,
            },
            4 => Range::Between {
                from: None,
                to: Some(from),
            },
            5 | 6 => Range::Relative {
                unit: if self.chance(0.1) { Grain::Day } else { unit },
                offset: self.random().random_range(-3..2),
            },
            7 | 8 => Range::ToDate {
                unit,
                offset: self.random().random_range(-2..2),
            },
            9 | 10 => {
                let count = self.random().random_range(1..8);
                Range::Rolling {
                    unit: if self.chance(0.3) { Grain::Day } else { unit },
                    count: if self.chance(0.3) { -count } else { count * 3 },
                }
            }
            _ => {
                let unit = self.one(&[Grain::Month, Grain::Quarter, Grain::Year]);
                let most = match unit {
                    Grain::Month => 12,
                    Grain::Quarter => 4,
                    _ => 0,
                };
                Range::Named {
                    unit,
                    year: from.year(),
                    number: (most > 0).then(|| self.random().random_range(1..=most)),
                }
            }
        }
    }

    /// Asks for days of one of some dimensions, or of the one that goes without saying.
    fn time_of(&mut self, query: &mut PipelineQuery, dimensions: &[&str]) {
        let range = self.range();
        let dimension = Some(self.one(dimensions).to_owned()).filter(|_| self.chance(0.7));
        query.time = Some(Time { dimension, range });
        if dimension_of(self.entity(), query).is_none()
            && let Some(time) = &mut query.time
        {
            time.dimension = Some(dimensions[0].to_owned());
        }
    }
}
