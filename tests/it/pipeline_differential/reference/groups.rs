//! Groups and their numbers.

use std::cmp::Ordering;

use chrono::NaiveDate;
use crm_tools::semantic::{FilterOp, Grain, PipelineQuery};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::{
    Answer,
    days::Span,
    truth::Truth,
    values::{Number, Value, directed, rounded},
};

/// A group: its keys, its rows now, its rows in the days compared with.
pub(in super::super) struct Group<'a, R> {
    keys: Vec<Value>,
    /// Its keys in the days compared with, whose stretches are others.
    earlier: Vec<Value>,
    now: Vec<&'a R>,
    then: Vec<&'a R>,
    /// Whether somebody without deals is told of, because of a quota: now, and in the days compared with.
    told: (bool, bool),
}

/// A row of the answer before it is cut.
pub(in super::super) struct Line {
    keys: Vec<Value>,
    /// For each measure what it is, what it was, its share.
    now: Vec<Value>,
    then: Vec<Value>,
    share: Vec<Option<Value>>,
}

/// Groups of whatever there is a truth of.
pub(in super::super) trait Grouping: Truth {
    fn keys(&self, query: &PipelineQuery, row: &Self::Row) -> Vec<Value> {
        query
            .dimensions
            .iter()
            .map(
                |dimension| match (self.value(row, &dimension.name), dimension.grain) {
                    (Value::Day(day), Some(grain)) => Value::Day(self.calendar().first_of(day, grain)),
                    (value, _) => value,
                },
            )
            .collect()
    }

    /// Moves the stretches of earlier days to the place that they have in the days of now.
    fn moved(&self, query: &PipelineQuery, time: &str, then: NaiveDate, now: NaiveDate, keys: &mut [Value]) {
        let calendar = self.calendar();
        for (dimension, key) in query.dimensions.iter().zip(keys) {
            if let (Value::Day(day), Some(grain)) = (&key, dimension.grain)
                && dimension.name == time
            {
                let (from, to) = (calendar.first_of(then, grain), calendar.first_of(now, grain));
                let mut steps = 0;
                if matches!(grain, Grain::Day | Grain::Week) {
                    *key = Value::Day(*day + (to - from));
                    continue;
                }
                while calendar.later(from, grain, steps) < to {
                    steps += 1;
                }
                *key = Value::Day(calendar.later(*day, grain, steps));
            }
        }
    }

    /// The groups of the days that are asked about and of those that they are compared with.
    fn grouped<'a>(&self, query: &PipelineQuery, all: &'a [Self::Row]) -> Vec<Group<'a, Self::Row>> {
        let (time, days) = self.days(query);
        let compared = query.compare.map(|compare| {
            self.calendar()
                .earlier(&query.time.as_ref().unwrap().range, compare)
        });
        let mut groups: Vec<Group<'_, Self::Row>> = Vec::new();
        let mut place = |keys: Vec<Value>, earlier: Option<Vec<Value>>| -> usize {
            let found = groups.iter().position(|group| group.keys == keys);
            let at = found.unwrap_or_else(|| {
                groups.push(Group {
                    keys,
                    earlier: Vec::new(),
                    now: Vec::new(),
                    then: Vec::new(),
                    told: (false, false),
                });
                groups.len() - 1
            });
            if let Some(earlier) = earlier {
                groups[at].earlier = earlier;
            }
            at
        };
        let (mut now, mut then) = (Vec::new(), Vec::new());
        if query.dimensions.is_empty() {
            place(Vec::new(), None);
        }
        for row in all {
            let keys = self.keys(query, row);
            if query.time.is_none() || self.within(row, time, days) {
                now.push((place(keys.clone(), None), row));
            }
            if let Some((first, last)) = compared
                && self.within(row, time, (Some(first), Some(last)))
            {
                let mut moved = keys.clone();
                self.moved(query, time, first, days.0.unwrap(), &mut moved);
                then.push((place(moved, Some(keys)), row));
            }
        }
        let mut told = Vec::new();
        for keys in self.with_quotas(query, days) {
            told.push((place(keys, None), (true, false)));
        }
        if let Some((first, last)) = compared {
            for keys in self.with_quotas(query, (Some(first), Some(last))) {
                told.push((place(keys.clone(), Some(keys)), (false, true)));
            }
        }
        for (at, (now, then)) in told {
            groups[at].told.0 |= now;
            groups[at].told.1 |= then;
        }
        for (at, row) in now {
            groups[at].now.push(row);
        }
        for (at, row) in then {
            groups[at].then.push(row);
        }
        groups
    }

    fn groups(&self, query: &PipelineQuery) -> Answer {
        let all = self.filtered(query);
        let groups = self.grouped(query, &all);
        let records: usize = groups.iter().map(|group| group.now.len()).sum();
        let totals: Vec<Decimal> = query
            .measures
            .iter()
            .map(|name| {
                let each = groups
                    .iter()
                    .filter_map(|group| self.measure(name, &group.now, query).exact);
                each.sum()
            })
            .collect();
        let mut lines: Vec<Line> = groups
            .iter()
            .map(|group| self.line(query, group, &totals))
            .collect();
        lines.retain(|line| passes(query, line));
        sort(query, &mut lines);
        let limit = query.limit.map_or(1_000, |limit| limit as usize);
        let mut rest = None;
        if query.other && lines.len() > limit {
            let shown: Vec<Vec<Value>> = lines[..limit].iter().map(|line| line.keys.clone()).collect();
            let beyond: Vec<Vec<Value>> = lines[limit..].iter().map(|line| line.keys.clone()).collect();
            let counts = |keys: &Vec<Value>| {
                if query.having.is_empty() {
                    !shown.contains(keys)
                } else {
                    beyond.contains(keys)
                }
            };
            let mut group = Group {
                keys: Vec::new(),
                earlier: Vec::new(),
                now: Vec::new(),
                then: Vec::new(),
                told: (false, false),
            };
            for other in groups.iter().filter(|group| counts(&group.keys)) {
                group.now.extend(&other.now);
                group.then.extend(&other.then);
            }
            let mut line = self.line(query, &group, &totals);
            // Whose quotas the rest has is not known.
            without_quotas(query, &mut line);
            for (at, share) in line.share.iter_mut().enumerate() {
                // The rest's share is of the number that is shown of it.
                if let (Some(share), Value::Number(number)) = (share, &line.now[at]) {
                    *share = share_of(*number, totals[at]);
                }
            }
            rest = Some(line);
        }
        lines.truncate(limit);
        let mut rows: Vec<Vec<Json>> = lines
            .iter()
            .map(|line| cells(query, line.keys.iter().map(Value::json).collect(), line))
            .collect();
        rows.extend(rest.iter().map(|line| {
            cells(
                query,
                query.dimensions.iter().map(|_| json!({"other": true})).collect(),
                line,
            )
        }));
        Answer {
            rows,
            records: i64::try_from(records).unwrap(),
        }
    }

    fn line(&self, query: &PipelineQuery, group: &Group<'_, Self::Row>, totals: &[Decimal]) -> Line {
        let mut line = Line {
            keys: group.keys.clone(),
            now: Vec::new(),
            then: Vec::new(),
            share: Vec::new(),
        };
        let (_, days) = self.days(query);
        let compared: Span = match (query.compare, &query.time) {
            (Some(compare), Some(time)) => {
                let (from, to) = self.calendar().earlier(&time.range, compare);
                (Some(from), Some(to))
            }
            _ => (None, None),
        };
        for (name, total) in query.measures.iter().zip(totals) {
            let (mut now, mut then) = if name == "quota_attainment" {
                let share = |keys, rows, days| Number {
                    exact: self.attained(query, keys, rows, days),
                    digits: 6,
                    additive: false,
                };
                (
                    share(&group.keys, &group.now, days),
                    share(&group.earlier, &group.then, compared),
                )
            } else {
                (
                    self.measure(name, &group.now, query),
                    self.measure(name, &group.then, query),
                )
            };
            // A group that is only on one side of a comparison has no number on the other, unless it counts or adds
            // something up: of nothing that is 0. What is beyond the limit is on both sides.
            let counts = now.additive || name == "account_count";
            if !counts && query.compare.is_some() && !group.keys.is_empty() {
                if group.now.is_empty() && !group.told.0 {
                    now.exact = None;
                }
                if group.then.is_empty() && !group.told.1 {
                    then.exact = None;
                }
            }
            line.now.push(now.shown());
            line.then.push(then.shown());
            let part = now.exact.unwrap_or_default();
            line.share.push(now.additive.then(|| share_of(part, *total)));
        }
        line
    }
}

impl<T: Truth> Grouping for T {}

fn without_quotas(query: &PipelineQuery, line: &mut Line) {
    for (at, name) in query.measures.iter().enumerate() {
        if name == "quota_attainment" {
            (line.now[at], line.then[at]) = (Value::None, Value::None);
        }
    }
}

/// Whether a group fulfils the conditions on groups.
fn passes(query: &PipelineQuery, line: &Line) -> bool {
    query.having.iter().all(|having| {
        let at = query
            .measures
            .iter()
            .position(|name| *name == having.measure)
            .unwrap();
        let Value::Number(number) = &line.now[at] else {
            return false;
        };
        match having.op {
            FilterOp::Gt => *number > having.value,
            FilterOp::Gte => *number >= having.value,
            FilterOp::Lt => *number < having.value,
            FilterOp::Lte => *number <= having.value,
            _ => *number == having.value,
        }
    })
}

fn share_of(part: Decimal, whole: Decimal) -> Value {
    if whole.is_zero() {
        Value::None
    } else {
        Value::Number(rounded(part / whole, 6))
    }
}

fn cells(query: &PipelineQuery, mut keys: Vec<Json>, line: &Line) -> Vec<Json> {
    for at in 0..query.measures.len() {
        keys.push(line.now[at].json());
        if query.compare.is_some() {
            keys.push(line.then[at].json());
        }
        if let (true, Some(share)) = (query.share, &line.share[at]) {
            keys.push(share.json());
        }
    }
    keys
}

fn sort(query: &PipelineQuery, lines: &mut [Line]) {
    let calendar = query
        .dimensions
        .iter()
        .position(|dimension| dimension.grain.is_some());
    // Stages come in the order of the pipeline, unless the first so many are asked for.
    let first = query.dimensions.first();
    let in_stages = query.limit.is_none() && first.is_some_and(|dimension| dimension.name.ends_with("stage"));
    lines.sort_by(|one, other| {
        let mut order = Ordering::Equal;
        if query.order.is_empty() {
            order = match calendar {
                Some(at) => directed(&one.keys[at], &other.keys[at], false),
                None if in_stages => directed(&one.keys[0], &other.keys[0], false),
                None => directed(&one.now[0], &other.now[0], true),
            };
        }
        for asked in &query.order {
            let measure = query.measures.iter().position(|name| *name == asked.by);
            let key = query
                .dimensions
                .iter()
                .position(|dimension| dimension.name == asked.by);
            let by = |line: &Line| match (measure, key) {
                (Some(at), _) => line.now[at].clone(),
                (None, Some(at)) => line.keys[at].asked(),
                _ => panic!("{} is not asked for", asked.by),
            };
            order = order.then_with(|| directed(&by(one), &by(other), asked.descending));
        }
        let ties = one.keys.iter().zip(&other.keys);
        ties.fold(order, |order, (one, other)| order.then_with(|| one.tie(other)))
    });
}
