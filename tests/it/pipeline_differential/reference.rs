//! Answers by looking at every row, in the plainest way.

mod days;
mod groups;
mod values;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use crm_tools::semantic::{Form, PipelineQuery};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use self::{
    days::{TODAY, days, first_of, later, local},
    values::{Row, Value, rounded},
};
use super::{
    ask::Who,
    rows::{Rows, STAGES},
};
use crate::analytics_support::day;

pub(super) struct Reference<'a> {
    rows: &'a Rows,
    who: Who,
}

pub(super) struct Answer {
    pub(super) rows: Vec<Vec<Json>>,
    pub(super) records: i64,
}

impl<'a> Reference<'a> {
    pub(super) fn new(rows: &'a Rows, who: Who) -> Self {
        Self { rows, who }
    }

    fn sees(&self, owner: Option<Uuid>) -> bool {
        self.who == Who::Admin || owner.is_none_or(|owner| owner == self.rows.rep)
    }

    /// The deals that the asker sees, as they are or as they were at the end of a day.
    fn seen(&self, as_of: Option<NaiveDate>) -> Vec<Row> {
        let mut seen = Vec::new();
        for deal in self.rows.deals.iter().filter(|deal| self.sees(deal.owner)) {
            let mut deal = deal.clone();
            let category = STAGES.iter().find(|stage| stage.0 == deal.stage).unwrap().2;
            if let Some(day) = as_of {
                if local(deal.created) > day {
                    continue;
                }
                let change = self.rows.changes.iter().find(|change| change.deal == deal.id);
                if let Some(change) = change.filter(|change| local(change.at) > day) {
                    deal.stage = change.stage.unwrap_or(deal.stage);
                    deal.minor = change.minor.or(deal.minor);
                    deal.close = change.close.or(deal.close);
                }
            }
            let account = self
                .rows
                .accounts
                .iter()
                .find(|account| Some(account.id) == deal.account);
            seen.push(Row {
                account: account.filter(|account| self.sees(account.owner)).cloned(),
                category,
                kind: STAGES.iter().find(|stage| stage.0 == deal.stage).unwrap().1,
                deal,
            });
        }
        seen
    }

    fn filtered(&self, query: &PipelineQuery) -> Vec<Row> {
        let mut rows = self.seen(query.as_of);
        rows.retain(|row| query.filters.iter().all(|filter| row.fulfils(filter, self)));
        rows
    }

    /// The records as they were at the end of a day, by id.
    pub(super) fn past_records(&self, query: &PipelineQuery) -> Vec<Vec<Json>> {
        let mut rows = self.seen(query.as_of);
        rows.sort_by_key(|row| row.deal.id);
        rows.iter()
            .map(|row| {
                let amount = row
                    .amount("EUR")
                    .map_or(Value::None, |amount| Value::Number(rounded(amount, 2)));
                vec![
                    json!({"id": row.deal.id, "name": format!("Deal {}", row.deal.id)}),
                    row.value("account", self).json(),
                    row.value("owner", self).json(),
                    json!(row.deal.stage),
                    amount.json(),
                    row.value("close_date", self).json(),
                    row.value("probability", self).json(),
                ]
            })
            .collect()
    }

    /// How much was open at the end of a day, of what closes in the days of the query.
    pub(super) fn open_on(&self, query: &PipelineQuery, on: NaiveDate) -> Decimal {
        let range = query.time.as_ref().map(|time| days(&time.range));
        let open: Decimal = self
            .seen(Some(on))
            .iter()
            .filter(|row| !row.is_closed())
            .filter(|row| query.filters.iter().all(|filter| row.fulfils(filter, self)))
            .filter(|row| {
                range
                    .is_none_or(|(from, to)| row.deal.close.is_some_and(|close| from <= close && close <= to))
            })
            .filter_map(|row| row.amount("EUR"))
            .sum();
        rounded(open, 2).normalize()
    }

    pub(super) fn cohort(&self, query: &PipelineQuery) -> Vec<Vec<Json>> {
        let Form::Cohort { grain, stretches } = query.form else {
            panic!("a cohort")
        };
        let today = day(TODAY.0, TODAY.1, TODAY.2);
        let mut rows = self.filtered(query);
        if let Some(time) = &query.time {
            let (from, to) = days(&time.range);
            rows.retain(|row| (from..=to).contains(&local(row.deal.created)));
        }
        let firsts: BTreeSet<NaiveDate> = rows
            .iter()
            .map(|row| first_of(local(row.deal.created), grain))
            .collect();
        let mut lines = Vec::new();
        for first in firsts {
            let of: Vec<&Row> = rows
                .iter()
                .filter(|row| first_of(local(row.deal.created), grain) == first)
                .collect();
            for stretch in 0..=i32::try_from(stretches).unwrap() {
                if later(first, grain, stretch) > today {
                    break;
                }
                let end = later(first, grain, stretch + 1);
                // The rows were closed in the moment in which they began.
                let reached = of
                    .iter()
                    .filter(|row| row.is_won() && local(row.deal.created) < end)
                    .count();
                let share = rounded(Decimal::from(reached) / Decimal::from(of.len()), 6);
                lines.push(vec![
                    json!(first),
                    json!(stretch.to_string()),
                    json!(of.len().to_string()),
                    json!(reached.to_string()),
                    json!(share.normalize().to_string()),
                ]);
            }
        }
        lines
    }
}
