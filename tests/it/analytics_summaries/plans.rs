//! Random questions, most of which sums can answer.

mod accounts;

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use crm_store::{
    analytics::{
        Aggregate, DayRange, Filter, Formula, Funnel, Grain, Groups, Having, Key, Measure, Path, Plan,
        Reporting, Shape, Span, Summary, Test,
    },
    catalog::{ACTIVITY, OPPORTUNITY, Object},
    query::Op,
};
use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::writes::{KINDS, STAGES, TYPES, Writes};
use crate::analytics_support::{day, path_of};

const WORDS: &[&str] = &[
    "owner_id",
    "stage",
    "forecast_category",
    "currency",
    "is_closed",
    "is_won",
    "type",
    "lead_source",
    "closed_reason",
    "probability",
];
const GRAINS: &[Grain] = &[
    Grain::Month,
    Grain::Month,
    Grain::Quarter,
    Grain::Year,
    Grain::Week,
    Grain::Day,
];

pub(super) struct Plans {
    random: StdRng,
    /// How many of the plans name nothing that sums have not.
    pub(super) summed: u32,
}

pub(super) fn plain(aggregate: Aggregate, only: Vec<Filter>) -> Measure {
    Measure::Plain(Formula { aggregate, only })
}

fn is(path: Path, value: Json) -> Filter {
    Filter::Field {
        path,
        op: Op::Eq,
        value,
    }
}

impl Plans {
    pub(super) fn new(random: StdRng) -> Self {
        Self { random, summed: 0 }
    }

    fn chance(&mut self, share: f64) -> bool {
        self.random.random_bool(share)
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of.choose(&mut self.random).unwrap().clone()
    }

    pub(super) fn plan(&mut self, writes: &Writes, reporting: &Reporting) -> Plan {
        match self.random.random_range(0..12) {
            0..3 => return self.of_accounts(reporting),
            3 => return self.of_cohorts(reporting),
            _ => {}
        }
        if self.chance(0.35) {
            return self.of_the_past(writes, reporting);
        }
        let (object, filters, groups) = if self.chance(0.25) {
            self.of_activities(writes)
        } else {
            self.of_deals(writes)
        };
        Plan {
            object,
            filters,
            shape: Shape::Groups(groups),
            reporting: reporting.clone(),
        }
    }

    fn range(&mut self) -> DayRange {
        let first = |month: u32| day(2024, month, 1);
        let some = |this: &mut Self| day(2024, 1, 1) + TimeDelta::days(this.random.random_range(-10..200));
        let month = self.random.random_range(1..6);
        let whole = (Some(first(month)), first(month + 2).pred_opt());
        let (from, to): (Option<NaiveDate>, Option<NaiveDate>) = match self.random.random_range(0..5) {
            0 => whole,
            1 => (whole.0, Some(some(self)).filter(|to| *to > first(month))),
            2 => (Some(some(self)), None),
            3 => (None, Some(some(self))),
            _ => (Some(some(self)), Some(some(self))),
        };
        DayRange { from, to }
    }

    /// Groups as of a day, funnels, bridges and lengths of stages, most by what spells have.
    fn of_the_past(&mut self, writes: &Writes, reporting: &Reporting) -> Plan {
        let path = |word: &str| path_of(&OPPORTUNITY, word);
        let some = |this: &mut Self| {
            let at = day(2023, 12, 1) + TimeDelta::days(this.random.random_range(0..260));
            if this.chance(0.4) {
                at.with_day(1).and_then(|first| first.pred_opt()).unwrap()
            } else {
                at
            }
        };
        let mut filters = Vec::new();
        let words: &[&str] = match self.random.random_range(0..4) {
            0 => &["owner_id", "stage", "forecast_category", "currency", "type"],
            1 => &["is_closed", "is_won", "owner_id"],
            _ => &["is_closed", "lead_source", "currency", "stage"],
        };
        if self.chance(0.5) {
            let filter = self.filter_on(writes, words);
            filters.push(filter);
        }
        let shape = match self.random.random_range(0..8) {
            // Of stays there are sums by owner, by the other two, and by all.
            6 | 7 => {
                filters.clear();
                for _ in 0..self.random.random_range(0..3) {
                    let filter = self.filter_on(writes, &["owner_id", "type", "lead_source"]);
                    filters.push(filter);
                }
                Shape::StageDurations
            }
            0 | 1 => {
                if self.chance(0.6) {
                    let range = self.range();
                    filters.push(Filter::Within(
                        path(if self.chance(0.5) {
                            "created_at"
                        } else {
                            "close_date"
                        }),
                        range,
                    ));
                }
                Shape::Funnel(Funnel::default())
            }
            2 => {
                let from = some(self);
                let closing = if self.chance(0.2) {
                    self.range()
                } else {
                    DayRange { from: None, to: None }
                };
                Shape::Bridge {
                    from,
                    to: from + TimeDelta::days(self.random.random_range(1..120)),
                    closing,
                }
            }
            _ => {
                let mut groups = Groups {
                    limit: 100,
                    as_of: Some(some(self)),
                    ..Groups::default()
                };
                if self.chance(0.6) {
                    let word = self.one(words);
                    groups.keys.push(Key::Value(path(word)));
                }
                let mut only = Vec::new();
                if self.chance(0.4) {
                    only.push(is(path("is_closed"), json!(false)));
                }
                groups
                    .measures
                    .push(plain(Aggregate::Of(Summary::Sum, path("amount")), only.clone()));
                let weighted = Aggregate::Weighted {
                    amount: path("amount"),
                    percent: path("probability"),
                };
                let aggregate = self.one(&[
                    Aggregate::Count,
                    weighted,
                    Aggregate::Of(Summary::Average, path("amount")),
                    Aggregate::Of(Summary::Maximum, path("amount")),
                ]);
                groups.measures.push(plain(aggregate, only));
                Shape::Groups(groups)
            }
        };
        Plan {
            object: &OPPORTUNITY,
            filters,
            shape,
            reporting: reporting.clone(),
        }
    }

    fn of_deals(&mut self, writes: &Writes) -> (&'static Object, Vec<Filter>, Groups) {
        let path = |word: &str| path_of(&OPPORTUNITY, word);
        // One time in most questions, two in some.
        let time = self.one(&["close_date", "created_at"]);
        let mut groups = Groups {
            limit: 100,
            ..Groups::default()
        };
        let mut filters = Vec::new();
        let mut summed = true;
        if self.chance(0.6) {
            let word = self.one(WORDS);
            summed &= word != "probability";
            groups.keys.push(Key::Value(path(word)));
        }
        if self.chance(0.5) {
            let grain = self.one(GRAINS);
            summed &= !matches!(grain, Grain::Week | Grain::Day);
            groups.keys.push(Key::Calendar(path(time), grain));
        }
        for _ in 0..self.random.random_range(1..4) {
            let measure = self.measure(writes, time);
            groups.measures.push(measure);
        }
        for _ in 0..self.random.random_range(0..3) {
            let filter = self.filter(writes);
            filters.push(filter);
        }
        if self.chance(0.6) {
            let of = if self.chance(0.9) { time } else { "close_date" };
            let range = self.range();
            filters.push(Filter::Within(path(of), range));
            if self.chance(0.3) && groups.keys.iter().all(|key| matches!(key, Key::Value(_))) {
                let range = self.range();
                groups.compare = Some((path(of), range));
            }
        }
        if self.chance(0.2) {
            groups.having.push(Having {
                measure: 0,
                test: Test::Above,
                value: Decimal::from(2),
            });
        }
        if self.chance(0.2) && !groups.keys.is_empty() {
            groups.limit = 2;
            groups.other = true;
        }
        groups.share = self.chance(0.2);
        self.summed += u32::from(summed);
        (&OPPORTUNITY, filters, groups)
    }

    fn measure(&mut self, writes: &Writes, time: &str) -> Measure {
        let path = |word: &str| path_of(&OPPORTUNITY, word);
        let mut only = Vec::new();
        if self.chance(0.4) {
            let filter = self.filter(writes);
            only.push(filter);
        }
        if self.chance(0.2) {
            let range = self.range();
            only.push(Filter::Within(path(time), range));
        }
        let aggregate = match self.random.random_range(0..8) {
            0 | 1 => Aggregate::Count,
            2 | 3 => Aggregate::Of(Summary::Sum, path("amount")),
            4 => Aggregate::Of(Summary::Average, path("amount")),
            5 => Aggregate::Weighted {
                amount: path("amount"),
                percent: path("probability"),
            },
            6 => Aggregate::Between {
                from: path("created_at"),
                to: path("closed_at"),
                unit: self.one(&[Span::Days, Span::Hours]),
                summary: self.one(&[Summary::Sum, Summary::Average]),
            },
            // None of the sums has these.
            _ => self.one(&[
                Aggregate::Of(Summary::Median, path("amount")),
                Aggregate::Of(Summary::Maximum, path("amount")),
                Aggregate::CountDistinct(path("owner_id")),
            ]),
        };
        if self.chance(0.2) {
            let won = is(path("is_won"), json!(true));
            return Measure::Ratio {
                of: Formula {
                    aggregate: Aggregate::Count,
                    only: vec![won],
                },
                by: Formula { aggregate, only },
            };
        }
        plain(aggregate, only)
    }

    fn filter(&mut self, writes: &Writes) -> Filter {
        let path = |word: &str| path_of(&OPPORTUNITY, word);
        let filter = match self.random.random_range(0..6) {
            2 => Filter::Field {
                path: path("close_date"),
                op: Op::IsNull,
                value: json!(self.chance(0.3)),
            },
            _ => self.filter_on(writes, WORDS),
        };
        match self.random.random_range(0..8) {
            0 => Filter::Not(Box::new(filter)),
            1 => {
                let range = self.range();
                Filter::Any(vec![filter, Filter::Within(path("close_date"), range)])
            }
            _ => filter,
        }
    }

    fn filter_on(&mut self, writes: &Writes, words: &[&'static str]) -> Filter {
        let path = |word: &str| path_of(&OPPORTUNITY, word);
        let word = self.one(words);
        let value = match word {
            "owner_id" => json!(writes.owners[self.random.random_range(0..3)]),
            "stage" => json!(self.one(STAGES)),
            "currency" => json!(self.one(&["EUR", "USD", "CHF"])),
            "is_closed" | "is_won" => json!(self.chance(0.5)),
            "type" => json!(self.one(TYPES)),
            "forecast_category" => json!(self.one(&["pipeline", "commit", "closed"])),
            "probability" => json!(50),
            _ => json!("Web"),
        };
        match self.random.random_range(0..5) {
            0 => Filter::Field {
                path: path(word),
                op: Op::IsNull,
                value: json!(self.chance(0.5)),
            },
            1 => Filter::Field {
                path: path(word),
                op: Op::Ne,
                value,
            },
            _ => is(path(word), value),
        }
    }

    fn of_activities(&mut self, writes: &Writes) -> (&'static Object, Vec<Filter>, Groups) {
        let path = |word: &str| path_of(&ACTIVITY, word);
        let mut groups = Groups {
            limit: 100,
            ..Groups::default()
        };
        let mut filters = Vec::new();
        if self.chance(0.6) {
            let word = self.one(&["owner_id", "type", "status", "direction", "outcome"]);
            groups.keys.push(Key::Value(path(word)));
        }
        if self.chance(0.5) {
            let grain = self.one(GRAINS);
            groups.keys.push(Key::Calendar(path("occurred_at"), grain));
        }
        let aggregate = self.one(&[
            Aggregate::Count,
            Aggregate::Of(Summary::Sum, path("duration_minutes")),
            Aggregate::Of(Summary::Average, path("duration_minutes")),
        ]);
        groups.measures.push(plain(aggregate, Vec::new()));
        if self.chance(0.5) {
            let range = self.range();
            filters.push(Filter::Within(path("occurred_at"), range));
        }
        if self.chance(0.5) {
            let filter = match self.random.random_range(0..3) {
                0 => is(path("type"), json!(self.one(KINDS))),
                1 => is(path("status"), json!("completed")),
                _ => is(
                    path("owner_id"),
                    json!(writes.owners[self.random.random_range(0..3)]),
                ),
            };
            filters.push(filter);
        }
        (&ACTIVITY, filters, groups)
    }
}
