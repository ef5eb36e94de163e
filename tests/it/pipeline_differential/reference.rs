//! Answers by looking at every row, in the plainest way.

mod bridge;
pub(super) mod days;
pub(super) mod groups;
mod quotas;
mod records;
pub(super) mod stages;
pub(super) mod truth;
pub(super) mod values;

use chrono::NaiveDate;
use crm_tools::semantic::{Entity, PipelineQuery, SemanticModel};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use uuid::Uuid;

use self::{
    days::{Calendar, Span},
    groups::Grouping as _,
    truth::Truth,
    values::{Number, Row, Value},
};
use super::{
    ask::{Kind, Who},
    rows::{Held, Known, Moment, RATES, Rows, STAGES},
};
use crate::analytics_support::day;

pub(super) struct Reference<'a> {
    rows: &'a Rows,
    who: Who,
    calendar: Calendar,
    entity: &'static Entity,
}

#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) rows: Vec<Vec<Json>>,
    pub(super) records: i64,
}

impl<'a> Reference<'a> {
    pub(super) fn new(rows: &'a Rows, who: Who, moment: &Moment) -> Self {
        let calendar = Calendar {
            zone: rows.zone,
            fiscal: rows.fiscal,
            today: moment.today,
        };
        let model = SemanticModel::embedded().unwrap();
        Self {
            rows,
            who,
            calendar,
            entity: model.entity("opportunities").unwrap(),
        }
    }

    pub(super) fn answer(&self, kind: Kind, query: &PipelineQuery) -> Answer {
        match kind {
            Kind::Groups | Kind::Past | Kind::Quotas => self.groups(query),
            Kind::Cohort => self.cohort(query),
            Kind::Funnel => self.funnel(query),
            Kind::Stays => self.stays(query),
            Kind::Bridge => self.bridge(query),
            Kind::Records => self.records(query),
        }
    }

    fn sees(&self, owner: Option<Uuid>) -> bool {
        self.who != Who::Rep || owner.is_none_or(|owner| owner == self.rows.rep)
    }

    /// An amount in another currency today; none when one of them has no rate.
    fn converted(&self, minor: i64, from: &str, to: &str) -> Option<Decimal> {
        converted(minor, from, to, self.calendar.today)
    }

    /// The deals that the asker sees, as they are or as they were at the end of a day.
    fn seen(&self, as_of: Option<NaiveDate>) -> Vec<Row> {
        let deals = self.rows.deals.iter().filter(|known| self.sees(known.deal.owner));
        let then = |known: &Known| match as_of {
            Some(day) => self.was(known, day),
            None => Some(known.clone()),
        };
        deals.filter_map(then).map(|known| self.row(known)).collect()
    }

    /// A deal as it was at the end of a day; none before it was made, and as far back as its stage is not known.
    fn was(&self, known: &Known, day: NaiveDate) -> Option<Known> {
        let after = |at| self.calendar.local(at) > day;
        if after(known.deal.created) {
            return None;
        }
        let mut was = known.clone();
        let mut tells_stage = !after(known.entered);
        let changes = self.rows.changes.iter().rev();
        for change in changes.filter(|change| change.deal == known.deal.id && after(change.at)) {
            change.old.put(&mut was);
            tells_stage |= matches!(change.old, Held::Stage(_));
        }
        tells_stage.then_some(was)
    }

    fn row(&self, known: Known) -> Row {
        let mut accounts = self.rows.accounts.iter();
        let account = accounts.find(|account| Some(account.id) == known.deal.account);
        let stage = STAGES.iter().find(|stage| stage.0 == known.deal.stage);
        let kind = match stage {
            Some(stage) => stage.1,
            // Of a stage that is no more, the forecast category and the probability of then tell.
            None if known.category == "closed" => "won",
            None if known.category == "omitted" && known.deal.probability == 0 => "lost",
            None => "open",
        };
        Row {
            account: account.filter(|account| self.sees(account.owner)).cloned(),
            category: known.category,
            closed: known.closed.filter(|_| kind != "open"),
            kind,
            euros: known
                .deal
                .minor
                .and_then(|minor| self.converted(minor, known.deal.currency, "EUR")),
            deal: known.deal,
        }
    }

    fn fulfils(&self, row: &Row, query: &PipelineQuery) -> bool {
        query
            .filters
            .iter()
            .all(|filter| row.fulfils(filter, query, self))
    }
}

impl Truth for Reference<'_> {
    type Row = Row;

    fn calendar(&self) -> Calendar {
        self.calendar
    }

    fn entity(&self) -> &'static Entity {
        self.entity
    }

    /// The deals that fulfil the filters, and lie in the days of the query.
    fn filtered(&self, query: &PipelineQuery) -> Vec<Row> {
        let mut rows = self.seen(query.as_of);
        rows.retain(|row| self.fulfils(row, query));
        rows
    }

    fn value(&self, row: &Row, dimension: &str) -> Value {
        row.value(dimension, self)
    }

    fn measure(&self, name: &str, rows: &[&Row], query: &PipelineQuery) -> Number {
        self.worth(name, rows, query)
    }

    fn attained(&self, query: &PipelineQuery, keys: &[Value], rows: &[&Row], days: Span) -> Option<Decimal> {
        self.of_quotas(query, keys, rows, days)
    }

    fn with_quotas(&self, query: &PipelineQuery, days: Span) -> Vec<Vec<Value>> {
        self.those_with_quotas(query, days)
    }
}

/// What a unit of a currency is worth in euros on a day.
fn rate(currency: &str, on: NaiveDate) -> Option<Decimal> {
    if currency == "EUR" {
        return Some(Decimal::ONE);
    }
    let rates = RATES.iter().filter(|rate| rate.0 == currency);
    let held = rates.filter(|(.., (year, month, date))| day(*year, *month, *date) <= on);
    held.max_by_key(|rate| rate.2).map(|rate| rate.1.parse().unwrap())
}

/// An amount in another currency on a day; none when one of them has no rate.
pub(super) fn converted(minor: i64, from: &str, to: &str, on: NaiveDate) -> Option<Decimal> {
    let amount = Decimal::new(minor, digits(from));
    if from == to {
        return Some(amount);
    }
    Some(amount * rate(from, on)? / rate(to, on)?)
}

/// How many decimals a currency has.
pub(super) fn digits(currency: &str) -> u32 {
    if currency == "JPY" { 0 } else { 2 }
}

/// The currency in which a query wants its amounts.
pub(super) fn currency_of(query: &PipelineQuery) -> String {
    query.currency.as_deref().unwrap_or("EUR").to_uppercase()
}
