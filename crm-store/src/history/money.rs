//! Amounts as they were, and what they were worth in the tenant's own currency.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use serde_json::Value as Json;

use crate::records::{Money, exponent};

/// An amount in its own currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// Whole minor units, such as cents.
    pub minor: i64,
    /// The ISO 4217 code.
    pub currency: String,
}

impl Sum {
    /// An amount as histories keep it; none when it is none.
    pub(super) fn from_json(json: &Json) -> Option<Self> {
        let amount: Decimal = json.get("amount")?.as_str()?.parse().ok()?;
        let currency = json.get("currency")?.as_str()?;
        let minor = Money::new(amount, currency).minor(currency).ok()?;
        Some(Self {
            minor,
            currency: currency.to_owned(),
        })
    }

    /// In units of the currency itself, such as euros; none for what is no currency.
    pub fn units(&self) -> Option<f64> {
        let digits = i32::try_from(exponent(&self.currency)?).ok()?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "an amount within 2^53 minor units is exact; a larger one is absurd"
        )]
        let minor = self.minor as f64;
        Some(minor / 10_f64.powi(digits))
    }
}

/// What currencies were worth in the tenant's own, since when.
#[derive(Debug, Clone, Default)]
pub(super) struct RateHistory {
    own: String,
    /// By currency, oldest first.
    rates: HashMap<String, Vec<(NaiveDate, f64)>>,
}

impl RateHistory {
    pub(super) fn new(own: String, rows: Vec<(String, NaiveDate, Decimal)>) -> Self {
        let mut rates: HashMap<String, Vec<(NaiveDate, f64)>> = HashMap::new();
        for (currency, from, rate) in rows {
            if let Some(rate) = rate.to_f64() {
                rates.entry(currency).or_default().push((from, rate));
            }
        }
        for series in rates.values_mut() {
            series.sort_by_key(|(from, _)| *from);
        }
        Self { own, rates }
    }

    /// An amount in units of the tenant's currency, at the rate of a day; none where there is no rate that early.
    pub(super) fn in_own(&self, sum: &Sum, day: NaiveDate) -> Option<f64> {
        let units = sum.units()?;
        if sum.currency == self.own {
            return Some(units);
        }
        let series = self.rates.get(&sum.currency)?;
        let (_, rate) = series.iter().rfind(|(from, _)| *from <= day)?;
        Some(units * rate)
    }
}
