//! A deal as it counts: its values, the filters that it fulfils, what it adds to a measure.

use std::{cmp::Ordering, collections::BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use crm_tools::semantic::{FilterOp, PipelineQuery, QueryFilter};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Reference, currency_of, digits};
use crate::{
    analytics_support::Deal,
    pipeline_differential::rows::{Account, CATEGORIES, STAGES, TYPES},
};

/// A deal as it counts: with its account if that can be seen.
#[derive(Debug, Clone)]
pub(in super::super) struct Row {
    pub(in super::super) deal: Deal,
    pub(in super::super) account: Option<Account>,
    pub(in super::super) category: &'static str,
    pub(in super::super) kind: &'static str,
    pub(in super::super) closed: Option<DateTime<Utc>>,
    /// The amount in euros; none without an amount or a rate.
    pub(in super::super) euros: Option<Decimal>,
}

/// A value of a group or of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Value {
    None,
    Text(String),
    Flag(bool),
    Number(Decimal),
    Day(NaiveDate),
    /// As lists show it and sort by it.
    Moment(DateTime<Utc>),
    /// An id with what it is called and sorted by.
    Named(Uuid, Option<String>),
    /// A word with its place among those that have an order of their own: the stages, the kinds of deals.
    Ranked(usize, String),
}

impl Value {
    pub(in super::super) fn json(&self) -> Json {
        match self {
            Self::None => Json::Null,
            Self::Text(word) | Self::Ranked(_, word) => json!(word),
            Self::Flag(flag) => json!(flag),
            Self::Number(number) => json!(number.normalize().to_string()),
            Self::Day(day) => json!(day),
            Self::Moment(at) => json!(at),
            Self::Named(id, name) => json!({"id": id, "name": name}),
        }
    }

    /// As Postgres sorts keys that are alike otherwise: ascending, what is missing last, records by id.
    pub(in super::super) fn tie(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::None, Self::None) => Ordering::Equal,
            (Self::None, _) => Ordering::Greater,
            (_, Self::None) => Ordering::Less,
            (Self::Text(one), Self::Text(other)) => one.as_bytes().cmp(other.as_bytes()),
            (Self::Ranked(one, word), Self::Ranked(other, beside)) => one
                .cmp(other)
                .then_with(|| word.as_bytes().cmp(beside.as_bytes())),
            (Self::Flag(one), Self::Flag(other)) => one.cmp(other),
            (Self::Number(one), Self::Number(other)) => one.cmp(other),
            (Self::Day(one), Self::Day(other)) => one.cmp(other),
            (Self::Moment(one), Self::Moment(other)) => one.cmp(other),
            (Self::Named(one, _), Self::Named(other, _)) => one.as_bytes().cmp(other.as_bytes()),
            _ => panic!("{self:?} beside {other:?}"),
        }
    }

    /// As an order by this key sorts: records by name.
    pub(in super::super) fn asked(&self) -> Self {
        match self {
            Self::Named(_, Some(name)) => Self::Text(name.clone()),
            Self::Named(_, None) => Self::None,
            other => other.clone(),
        }
    }
}

/// What is missing comes last, whichever way is up.
pub(in super::super) fn directed(one: &Value, other: &Value, descending: bool) -> Ordering {
    let order = one.tie(other);
    // A word that has no place among the others has none the other way round either.
    let last = |value: &Value| matches!(value, Value::None | Value::Ranked(usize::MAX, _));
    let missing = last(one) != last(other) || matches!((one, other), (Value::None, Value::None));
    if descending && !missing {
        order.reverse()
    } else {
        order
    }
}

pub(in super::super) fn rounded(number: Decimal, digits: u32) -> Decimal {
    number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// What a measure is worth: exactly, and with so many digits when it is shown.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Number {
    pub(in super::super) exact: Option<Decimal>,
    pub(in super::super) digits: u32,
    pub(in super::super) additive: bool,
}

impl Number {
    pub(in super::super) fn shown(self) -> Value {
        self.exact
            .map_or(Value::None, |exact| Value::Number(rounded(exact, self.digits)))
    }
}

impl Row {
    pub(in super::super) fn is_won(&self) -> bool {
        self.kind == "won"
    }

    pub(in super::super) fn is_closed(&self) -> bool {
        self.kind != "open"
    }

    /// The amount in a currency; none without an amount or a rate.
    pub(in super::super) fn amount(&self, currency: &str, reference: &Reference<'_>) -> Option<Decimal> {
        if currency == "EUR" {
            return self.euros;
        }
        reference.converted(self.deal.minor?, self.deal.currency, currency)
    }

    pub(in super::super) fn value(&self, dimension: &str, reference: &Reference<'_>) -> Value {
        let text = |word: Option<&str>| word.map_or(Value::None, |word| Value::Text(word.to_owned()));
        let ranked = |word: &str, words: &[&str]| {
            let place = words.iter().position(|known| *known == word);
            Value::Ranked(place.unwrap_or(usize::MAX), word.to_owned())
        };
        let person = |id: Option<Uuid>| {
            id.map_or(Value::None, |id| {
                Value::Named(id, reference.rows.people.get(&id).cloned())
            })
        };
        match dimension {
            "owner" => person(self.deal.owner),
            "stage" => ranked(self.deal.stage, &STAGES.map(|stage| stage.0)),
            "type" => self.deal.kind.map_or(Value::None, |kind| ranked(kind, TYPES)),
            "account" => self.deal.account.map_or(Value::None, |id| {
                Value::Named(id, self.account.as_ref().map(|account| account.name.clone()))
            }),
            "account_industry" => text(self.account.as_ref().and_then(|account| account.industry)),
            "account_owner" => person(self.account.as_ref().and_then(|account| account.owner)),
            "currency" => text(Some(self.deal.currency)),
            "is_closed" => Value::Flag(self.is_closed()),
            "is_won" => Value::Flag(self.is_won()),
            "probability" => Value::Number(Decimal::from(self.deal.probability)),
            "forecast_category" => ranked(self.category, CATEGORIES),
            "close_date" => self.deal.close.map_or(Value::None, Value::Day),
            "created_at" => Value::Day(reference.calendar.local(self.deal.created)),
            "closed_at" => self
                .closed
                .map_or(Value::None, |at| Value::Day(reference.calendar.local(at))),
            other => panic!("{other} is not asked here"),
        }
    }

    pub(in super::super) fn fulfils(
        &self,
        filter: &QueryFilter,
        query: &PipelineQuery,
        reference: &Reference<'_>,
    ) -> bool {
        if filter.dimension == "amount_each" {
            return self.costs(filter, &currency_of(query), reference);
        }
        holds(&self.value(&filter.dimension, reference), filter)
    }

    /// Whether its amount is what a filter says: in the query's currency, or in the one that the filter names, and then no
    /// amount in another one is.
    fn costs(&self, filter: &QueryFilter, told: &str, reference: &Reference<'_>) -> bool {
        let number = |said: &Json| match said {
            Json::String(said) => said.parse::<Decimal>().unwrap(),
            said => said.to_string().parse().unwrap(),
        };
        let compared = |said: &Json| {
            let (own, other) = match said {
                Json::Object(said) => {
                    let currency = said["currency"].as_str().unwrap();
                    let own = reference.converted(self.deal.minor?, self.deal.currency, self.deal.currency);
                    (
                        own.filter(|_| self.deal.currency == currency),
                        number(&said["amount"]),
                    )
                }
                said => (self.amount(told, reference), number(said)),
            };
            own.map(|own| own.cmp(&other))
        };
        let same = |said: &Json| compared(said) == Some(Ordering::Equal);
        match filter.op {
            FilterOp::IsNull => self.deal.minor.is_none() == filter.value.as_bool().unwrap(),
            FilterOp::In => filter.value.as_array().unwrap().iter().any(same),
            FilterOp::NotIn => !filter.value.as_array().unwrap().iter().any(same),
            FilterOp::Eq => same(&filter.value),
            FilterOp::Ne => !same(&filter.value),
            FilterOp::Lt => compared(&filter.value) == Some(Ordering::Less),
            FilterOp::Lte => compared(&filter.value).is_some_and(Ordering::is_le),
            FilterOp::Gt => compared(&filter.value) == Some(Ordering::Greater),
            FilterOp::Gte => compared(&filter.value).is_some_and(Ordering::is_ge),
        }
    }
}

/// Whether a value is what a filter says.
pub(in super::super) fn holds(own: &Value, filter: &QueryFilter) -> bool {
    let same = |value: &Json| match own {
        Value::None | Value::Moment(_) => false,
        Value::Named(id, _) => value == &json!(id),
        Value::Number(number) => value.as_i64().map(Decimal::from) == Some(*number),
        Value::Text(word) | Value::Ranked(_, word) => value == &json!(word),
        Value::Flag(flag) => value == &json!(flag),
        Value::Day(day) => value == &json!(day),
    };
    let compared = || {
        let other = match &filter.value {
            Json::Number(number) => Value::Number(Decimal::from(number.as_i64().unwrap())),
            value => Value::Day(value.as_str().unwrap().parse().unwrap()),
        };
        (*own != Value::None).then(|| own.tie(&other))
    };
    match filter.op {
        FilterOp::Eq => same(&filter.value),
        FilterOp::Ne => !same(&filter.value),
        FilterOp::In => filter.value.as_array().unwrap().iter().any(same),
        FilterOp::NotIn => !filter.value.as_array().unwrap().iter().any(same),
        FilterOp::IsNull => (*own == Value::None) == filter.value.as_bool().unwrap(),
        FilterOp::Lt => compared() == Some(Ordering::Less),
        FilterOp::Lte => compared().is_some_and(Ordering::is_le),
        FilterOp::Gt => compared() == Some(Ordering::Greater),
        FilterOp::Gte => compared().is_some_and(Ordering::is_ge),
    }
}

/// The mean; none of nothing.
fn mean(values: Vec<Decimal>) -> Option<Decimal> {
    let count = Decimal::from(values.len());
    (!values.is_empty()).then(|| values.into_iter().sum::<Decimal>() / count)
}

impl Reference<'_> {
    /// What a measure is worth over some deals.
    pub(in super::super) fn worth(&self, name: &str, rows: &[&Row], query: &PipelineQuery) -> Number {
        let currency = currency_of(query);
        let cents = digits(&currency);
        let count = |which: &dyn Fn(&Row) -> bool| Number {
            exact: Some(Decimal::from(rows.iter().filter(|row| which(row)).count())),
            digits: 0,
            additive: true,
        };
        let amounts = |which: &dyn Fn(&Row) -> bool| -> Vec<Decimal> {
            rows.iter()
                .filter(|row| which(row))
                .filter_map(|row| row.amount(&currency, self))
                .collect()
        };
        let sum = |which: &dyn Fn(&Row) -> bool| Number {
            exact: Some(amounts(which).into_iter().sum()),
            digits: cents,
            additive: true,
        };
        let weighted = |which: &dyn Fn(&Row) -> bool| Number {
            exact: Some(
                rows.iter()
                    .filter(|row| which(row))
                    .filter_map(|row| {
                        let share = Decimal::from(row.deal.probability) / Decimal::ONE_HUNDRED;
                        Some(row.amount(&currency, self)? * share)
                    })
                    .sum(),
            ),
            digits: cents,
            additive: true,
        };
        let not_lost = |row: &Row| row.kind != "lost";
        let single = |exact: Option<Decimal>, digits: u32| Number {
            exact,
            digits,
            additive: false,
        };
        match name {
            "count" | "created_count" => count(&|_| true),
            "created_amount" | "amount" => sum(&|_| true),
            "open_count" => count(&|row| !row.is_closed()),
            "open_amount" => sum(&|row| !row.is_closed()),
            "weighted_amount" => weighted(&|row| !row.is_closed()),
            "won_count" => count(&Row::is_won),
            "won_amount" => sum(&Row::is_won),
            "lost_count" => count(&|row| row.kind == "lost"),
            "lost_amount" => sum(&|row| row.kind == "lost"),
            "win_rate" => {
                let (won, closed) = (
                    rows.iter().filter(|row| row.is_won()).count(),
                    rows.iter().filter(|row| row.is_closed()).count(),
                );
                single(
                    (closed > 0).then(|| Decimal::from(won) / Decimal::from(closed)),
                    6,
                )
            }
            "quota_attainment" => single(None, 6),
            "sales_cycle_days" => {
                let won = rows.iter().filter(|row| row.is_won());
                let seconds = won.filter_map(|row| Some((row.closed? - row.deal.created).num_seconds()));
                let days = seconds.map(|seconds| Decimal::from(seconds) / Decimal::from(86_400));
                single(mean(days.collect()), 6)
            }
            "average_deal_size" => single(mean(amounts(&Row::is_won)), cents),
            "average_amount" => single(mean(amounts(&|_| true)), cents),
            "median_deal_size" => {
                let mut all = amounts(&Row::is_won);
                all.sort();
                let middle =
                    (!all.is_empty()).then(|| (all[(all.len() - 1) / 2] + all[all.len() / 2]) / Decimal::TWO);
                single(middle, cents)
            }
            // What is won counts whole, whatever its probability says.
            "forecast" => {
                let counted = |row: &Row| not_lost(row) && row.category != "omitted";
                let won = sum(&|row| counted(row) && row.is_won());
                let open = weighted(&|row| counted(row) && !row.is_closed());
                Number {
                    exact: Some(won.exact.unwrap_or_default() + open.exact.unwrap_or_default()),
                    ..won
                }
            }
            "commit" => {
                sum(&|row| row.is_won() || (not_lost(row) && ["commit", "closed"].contains(&row.category)))
            }
            "best_case" => sum(&|row| {
                row.is_won() || (not_lost(row) && ["best_case", "commit", "closed"].contains(&row.category))
            }),
            "account_count" => {
                let all: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.deal.account).collect();
                single(Some(Decimal::from(all.len())), 0)
            }
            other => panic!("{other} is not asked here"),
        }
    }
}
