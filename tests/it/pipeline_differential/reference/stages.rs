//! The way through the stages, and what became of those who began together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use crm_tools::semantic::{Form, PipelineQuery};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::{
    Answer, Reference, currency_of, digits,
    truth::Truth,
    values::{Row, Value, rounded},
};
use crate::pipeline_differential::rows::{Held, RETIRED, STAGES};

/// The most rows of an answer.
const MOST: usize = 10_000;

fn number(number: impl Into<Decimal>) -> Json {
    Value::Number(number.into()).json()
}

fn share(part: usize, whole: usize) -> Json {
    if whole == 0 {
        return Json::Null;
    }
    number(rounded(Decimal::from(part) / Decimal::from(whole), 6))
}

impl Reference<'_> {
    /// The stages that a deal is in or was in.
    fn been(&self, row: &Row) -> BTreeSet<&'static str> {
        let mut been = BTreeSet::from([row.deal.stage]);
        for change in self
            .rows
            .changes
            .iter()
            .filter(|change| change.deal == row.deal.id)
        {
            if let Held::Stage(stage) = change.old {
                been.insert(stage);
            }
        }
        been
    }

    pub(super) fn funnel(&self, query: &PipelineQuery) -> Answer {
        let rows = self.asked(query);
        let currency = currency_of(query);
        let way: Vec<&str> = STAGES
            .iter()
            .filter(|stage| stage.1 != "lost")
            .map(|stage| stage.0)
            .collect();
        let furthest = |row: &Row| {
            let been = self.been(row);
            way.iter().rposition(|stage| been.contains(stage))
        };
        let mut lines = Vec::new();
        let (mut first, mut before) = (None, None);
        for (place, stage) in way.iter().enumerate().filter(|(_, stage)| **stage != RETIRED) {
            let came: Vec<&Row> = rows
                .iter()
                .filter(|row| furthest(row).is_some_and(|furthest| furthest >= place))
                .collect();
            let amount: Decimal = came.iter().filter_map(|row| row.amount(&currency, self)).sum();
            lines.push(vec![
                json!(stage),
                number(came.len()),
                number(rounded(amount, digits(&currency))),
                share(came.len(), *first.get_or_insert(came.len())),
                share(came.len(), before.unwrap_or(came.len())),
            ]);
            before = Some(came.len());
        }
        Answer {
            rows: lines,
            records: i64::try_from(rows.len()).unwrap(),
        }
    }

    /// How many days deals stayed in the stages that they left.
    pub(super) fn stays(&self, query: &PipelineQuery) -> Answer {
        let mut stays: BTreeMap<(usize, &str), Vec<Decimal>> = BTreeMap::new();
        for row in self.asked(query) {
            let mut since = row.deal.created;
            for change in self
                .rows
                .changes
                .iter()
                .filter(|change| change.deal == row.deal.id)
            {
                let Held::Stage(stage) = change.old else { continue };
                let seconds = Decimal::new((change.at - since).num_milliseconds(), 3);
                since = change.at;
                if seconds >= Decimal::ZERO {
                    let place = STAGES.iter().position(|known| known.0 == stage);
                    stays
                        .entry((place.unwrap_or(usize::MAX), stage))
                        .or_default()
                        .push(seconds / Decimal::from(86_400));
                }
            }
        }
        let records = i64::try_from(stays.values().map(Vec::len).sum::<usize>()).unwrap();
        let rows = stays.into_iter().map(|((_, stage), mut days)| {
            days.sort();
            let count = days.len();
            let mean = days.iter().sum::<Decimal>() / Decimal::from(count);
            let middle = (days[(count - 1) / 2] + days[count / 2]) / Decimal::TWO;
            vec![
                json!(stage),
                number(rounded(mean, 6)),
                number(rounded(middle, 6)),
                number(count),
            ]
        });
        Answer {
            rows: rows.collect(),
            records,
        }
    }

    pub(super) fn cohort(&self, query: &PipelineQuery) -> Answer {
        // Lost deals are counted by their close date, won ones by the moment in which they were closed.
        cohort(self, query, |row| {
            match query.measures.first().map(String::as_str) {
                Some("lost_count") => row.deal.close.filter(|_| row.kind == "lost"),
                _ => row
                    .closed
                    .map(|at| self.calendar.local(at))
                    .filter(|_| row.is_won()),
            }
        })
    }
}

/// What became of the records that began in the same stretch: on which day each of them reached something.
pub(in super::super) fn cohort<T: Truth>(
    truth: &T,
    query: &PipelineQuery,
    reached: impl Fn(&T::Row) -> Option<NaiveDate>,
) -> Answer {
    let Form::Cohort { grain, stretches } = query.form else {
        panic!("a cohort")
    };
    let calendar = truth.calendar();
    let rows = truth.asked(query);
    let begun = |row: &T::Row| match truth.value(row, "created_at") {
        Value::Day(day) => calendar.first_of(day, grain),
        other => panic!("{other:?} is no day"),
    };
    let firsts: BTreeSet<NaiveDate> = rows.iter().map(begun).collect();
    let mut lines = Vec::new();
    for first in firsts {
        let of: Vec<&T::Row> = rows.iter().filter(|row| begun(row) == first).collect();
        for stretch in 0..=i32::try_from(stretches).unwrap() {
            if calendar.later(first, grain, stretch) > calendar.today {
                break;
            }
            let end = calendar.later(first, grain, stretch + 1);
            let came = of
                .iter()
                .filter(|row| reached(row).is_some_and(|day| day < end))
                .count();
            lines.push(vec![
                json!(first),
                number(stretch),
                number(of.len()),
                number(came),
                share(came, of.len()),
            ]);
        }
    }
    lines.truncate(MOST);
    Answer {
        rows: lines,
        records: i64::try_from(rows.len()).unwrap(),
    }
}
