//! What the tenant says about money and time, and the rates of a day.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::Reporting;
use crate::{StoreError, TenantTx, query::analytics::Rates, records::exponent};

impl TenantTx {
    /// In what money and calendar the tenant reports: its own currency at today's rates, its zone, its fiscal year.
    pub async fn reporting(&mut self) -> Result<Reporting, StoreError> {
        if let Some(reporting) = self.known_reporting() {
            return Ok(reporting);
        }
        let read = sqlx::query_as("SELECT currency, timezone, fiscal_year_start FROM tenants")
            .fetch_one(self.timely().await?)
            .await;
        let (currency, zone, start): (String, String, i16) = read.map_err(|error| self.late(error))?;
        let timezone: Tz = zone.parse().unwrap_or(Tz::UTC);
        let reporting = Reporting {
            currency,
            on: self.now().with_timezone(&timezone).date_naive(),
            timezone,
            fiscal_year_start: u32::try_from(start).unwrap_or(1).clamp(1, 12),
        };
        self.know_reporting(Some(reporting.clone()));
        Ok(reporting)
    }
}

/// No rates, for what has no amounts in it.
pub(super) fn none(reporting: &Reporting) -> Result<Rates, StoreError> {
    Ok(Rates {
        factors: BTreeMap::new(),
        currency: reporting.currency.clone(),
        digits: digits(reporting)?,
    })
}

fn digits(reporting: &Reporting) -> Result<u32, StoreError> {
    exponent(&reporting.currency).ok_or_else(|| {
        StoreError::invalid(
            "currency",
            format!("{} is no ISO 4217 currency", reporting.currency),
        )
    })
}

/// The rates that hold on a day. A rate is in the tenant's currency; others are told over it.
pub(super) async fn load(tx: &mut TenantTx, reporting: &Reporting) -> Result<Rates, StoreError> {
    let digits = digits(reporting)?;
    let own: String = sqlx::query_scalar("SELECT currency FROM tenants")
        .fetch_one(tx.timely().await?)
        .await?;
    let rows: Vec<(String, Decimal)> = sqlx::query_as(
        "SELECT DISTINCT ON (currency) currency, rate FROM exchange_rates \
         WHERE deleted_at IS NULL AND valid_from <= $1 ORDER BY currency, valid_from DESC",
    )
    .bind(reporting.on)
    .fetch_all(tx.timely().await?)
    .await?;
    let mut rates: BTreeMap<String, Decimal> = rows.into_iter().collect();
    rates.insert(own, Decimal::ONE);
    Ok(Rates {
        factors: factors(&rates, &reporting.currency),
        currency: reporting.currency.clone(),
        digits,
    })
}

/// What a minor unit of each currency is worth in whole units of one.
fn factors(rates: &BTreeMap<String, Decimal>, reporting: &str) -> BTreeMap<String, Decimal> {
    let unit = rates.get(reporting).copied();
    let worth = |code: &str, rate: Decimal| {
        let minor = Decimal::new(1, exponent(code)?);
        if code == reporting {
            return Some(minor);
        }
        rate.checked_mul(minor)?.checked_div(unit?)
    };
    let mut factors: BTreeMap<String, Decimal> = rates
        .iter()
        .filter_map(|(code, rate)| Some((code.clone(), worth(code, *rate)?.normalize())))
        .collect();
    if let Some(minor) = exponent(reporting) {
        factors.insert(reporting.to_owned(), Decimal::new(1, minor));
    }
    factors
}
