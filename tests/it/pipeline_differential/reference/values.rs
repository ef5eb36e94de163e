//! A deal as it counts: its values, the filters that it fulfils, what it adds to a measure.

use std::{cmp::Ordering, collections::BTreeSet};

use chrono::NaiveDate;
use crm_tools::semantic::{FilterOp, QueryFilter};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Reference, days::local};
use crate::{analytics_support::Deal, pipeline_differential::rows::Account};

/// A deal as it counts: with its account if that can be seen.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) deal: Deal,
    pub(super) account: Option<Account>,
    pub(super) category: &'static str,
    pub(super) kind: &'static str,
}

/// A value of a group or of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    None,
    Text(String),
    Flag(bool),
    Number(Decimal),
    Day(NaiveDate),
    /// An id with what it is called and sorted by.
    Named(Uuid, Option<String>),
}

impl Value {
    pub(super) fn json(&self) -> Json {
        match self {
            Self::None => Json::Null,
            Self::Text(word) => json!(word),
            Self::Flag(flag) => json!(flag),
            Self::Number(number) => json!(number.normalize().to_string()),
            Self::Day(day) => json!(day),
            Self::Named(id, name) => json!({"id": id, "name": name}),
        }
    }

    /// As Postgres sorts keys that are alike otherwise: ascending, what is missing last, records by id.
    pub(super) fn tie(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::None, Self::None) => Ordering::Equal,
            (Self::None, _) => Ordering::Greater,
            (_, Self::None) => Ordering::Less,
            (Self::Text(one), Self::Text(other)) => one.as_bytes().cmp(other.as_bytes()),
            (Self::Flag(one), Self::Flag(other)) => one.cmp(other),
            (Self::Number(one), Self::Number(other)) => one.cmp(other),
            (Self::Day(one), Self::Day(other)) => one.cmp(other),
            (Self::Named(one, _), Self::Named(other, _)) => one.as_bytes().cmp(other.as_bytes()),
            _ => panic!("{self:?} beside {other:?}"),
        }
    }

    /// As an order by this key sorts: records by name.
    pub(super) fn asked(&self) -> Self {
        match self {
            Self::Named(_, Some(name)) => Self::Text(name.clone()),
            Self::Named(_, None) => Self::None,
            other => other.clone(),
        }
    }
}

/// What is missing comes last, whichever way is up.
pub(super) fn directed(one: &Value, other: &Value, descending: bool) -> Ordering {
    let order = one.tie(other);
    let missing = matches!(one, Value::None) || matches!(other, Value::None);
    if descending && !missing {
        order.reverse()
    } else {
        order
    }
}

pub(super) fn rounded(number: Decimal, digits: u32) -> Decimal {
    number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// What a measure is worth: exactly, and with so many digits when it is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    pub(super) exact: Option<Decimal>,
    pub(super) digits: u32,
    pub(super) additive: bool,
}

impl Number {
    pub(super) fn shown(self) -> Value {
        self.exact
            .map_or(Value::None, |exact| Value::Number(rounded(exact, self.digits)))
    }
}

impl Row {
    pub(super) fn is_won(&self) -> bool {
        self.kind == "won"
    }

    pub(super) fn is_closed(&self) -> bool {
        self.kind != "open"
    }

    /// The amount in the reporting currency; none without an amount or a rate.
    pub(super) fn amount(&self, currency: &str) -> Option<Decimal> {
        let minor = Decimal::from(self.deal.minor?);
        let euros = match self.deal.currency {
            "EUR" => minor / Decimal::ONE_HUNDRED,
            "USD" => minor / Decimal::ONE_HUNDRED * Decimal::new(92, 2),
            "JPY" => minor * Decimal::new(6, 3),
            _ => return None,
        };
        Some(match (currency, self.deal.currency) {
            ("USD", "USD") => minor / Decimal::ONE_HUNDRED,
            ("USD", _) => euros / Decimal::new(92, 2),
            _ => euros,
        })
    }

    pub(super) fn value(&self, dimension: &str, reference: &Reference<'_>) -> Value {
        let text = |word: Option<&str>| word.map_or(Value::None, |word| Value::Text(word.to_owned()));
        let person = |id: Option<Uuid>| {
            id.map_or(Value::None, |id| {
                Value::Named(id, reference.rows.people.get(&id).cloned())
            })
        };
        match dimension {
            "owner" => person(self.deal.owner),
            "stage" => text(Some(self.deal.stage)),
            "type" => text(self.deal.kind),
            "account" => self.deal.account.map_or(Value::None, |id| {
                Value::Named(id, self.account.as_ref().map(|account| account.name.clone()))
            }),
            "account_industry" => text(self.account.as_ref().and_then(|account| account.industry)),
            "account_owner" => person(self.account.as_ref().and_then(|account| account.owner)),
            "currency" => text(Some(self.deal.currency)),
            "is_closed" => Value::Flag(self.is_closed()),
            "is_won" => Value::Flag(self.is_won()),
            "probability" => Value::Number(Decimal::from(self.deal.probability)),
            "forecast_category" => text(Some(self.category)),
            "close_date" => self.deal.close.map_or(Value::None, Value::Day),
            "created_at" => Value::Day(local(self.deal.created)),
            other => panic!("{other} is not asked here"),
        }
    }

    pub(super) fn fulfils(&self, filter: &QueryFilter, reference: &Reference<'_>) -> bool {
        let own = self.value(&filter.dimension, reference);
        let same = |value: &Json| match &own {
            Value::None => false,
            Value::Named(id, _) => value == &json!(id),
            Value::Number(number) => value.as_i64().map(Decimal::from) == Some(*number),
            Value::Text(word) => value == &json!(word),
            Value::Flag(flag) => value == &json!(flag),
            Value::Day(day) => value == &json!(day),
        };
        let compared = || {
            let other = match &filter.value {
                Json::Number(number) => Value::Number(Decimal::from(number.as_i64().unwrap())),
                value => Value::Day(value.as_str().unwrap().parse().unwrap()),
            };
            (own != Value::None).then(|| own.tie(&other))
        };
        match filter.op {
            FilterOp::Eq => same(&filter.value),
            FilterOp::Ne => !same(&filter.value),
            FilterOp::In => filter.value.as_array().unwrap().iter().any(same),
            FilterOp::NotIn => !filter.value.as_array().unwrap().iter().any(same),
            FilterOp::IsNull => (own == Value::None) == filter.value.as_bool().unwrap(),
            FilterOp::Lt => compared() == Some(Ordering::Less),
            FilterOp::Lte => matches!(compared(), Some(Ordering::Less | Ordering::Equal)),
            FilterOp::Gt => compared() == Some(Ordering::Greater),
            FilterOp::Gte => matches!(compared(), Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

pub(super) fn measure(name: &str, rows: &[&Row], currency: &str) -> Number {
    let count = |which: &dyn Fn(&Row) -> bool| Number {
        exact: Some(Decimal::from(rows.iter().filter(|row| which(row)).count())),
        digits: 0,
        additive: true,
    };
    let amounts = |which: &dyn Fn(&Row) -> bool| -> Vec<Decimal> {
        rows.iter()
            .filter(|row| which(row))
            .filter_map(|row| row.amount(currency))
            .collect()
    };
    let sum = |which: &dyn Fn(&Row) -> bool| Number {
        exact: Some(amounts(which).into_iter().sum()),
        digits: 2,
        additive: true,
    };
    let weighted = |which: &dyn Fn(&Row) -> bool| Number {
        exact: Some(
            rows.iter()
                .filter(|row| which(row))
                .filter_map(|row| {
                    let share = Decimal::from(row.deal.probability) / Decimal::ONE_HUNDRED;
                    Some(row.amount(currency)? * share)
                })
                .sum(),
        ),
        digits: 2,
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
        "average_deal_size" => {
            let all = amounts(&Row::is_won);
            let count = Decimal::from(all.len());
            single(
                (!all.is_empty()).then(|| all.into_iter().sum::<Decimal>() / count),
                2,
            )
        }
        "median_deal_size" => {
            let mut all = amounts(&Row::is_won);
            all.sort();
            let middle =
                (!all.is_empty()).then(|| (all[(all.len() - 1) / 2] + all[all.len() / 2]) / Decimal::TWO);
            single(middle, 2)
        }
        "forecast" => weighted(&|row| not_lost(row) && row.category != "omitted"),
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
