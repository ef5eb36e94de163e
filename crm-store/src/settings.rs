//! What a tenant decides about itself: its place, its hours, what is switched on.

mod hours;
mod lead_scoring;
mod vocabulary;

use std::{collections::BTreeMap, str::FromStr};

use iso_currency::Currency;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;

pub use hours::{BusinessHours, Hours};
pub use lead_scoring::{LeadScoring, Line};

use crate::{StoreError, TenantTx, text_enum::text_enum};

text_enum! {
    /// A part of the service that a tenant can switch off.
    pub enum Feature {
        /// Runs of agents.
        Agents = "agents",
        /// The chat widget.
        Widget = "widget",
        /// Messages from channels.
        Inbound = "inbound",
        /// Webhooks to the tenant's own systems.
        Webhooks = "webhooks",
        /// Imports of files.
        Imports = "imports",
        /// Exports of everything.
        Exports = "exports",
        /// The feed of changes.
        Feed = "feed",
        /// API keys: without it only people come in.
        ApiKeys = "api_keys",
    }
}

/// What every request needs to know of the settings; `settings.gates` in the database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gates {
    /// Features that are switched off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<String>,
    /// Requests per second that one actor may make in the long run; at most what the service allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_second: Option<u32>,
    /// Requests that one actor may make at once after a rest; at most what the service allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
}

impl Gates {
    /// Whether a feature is on.
    pub fn is_on(&self, feature: Feature) -> bool {
        !self.off.iter().any(|off| off == feature.as_str())
    }
}

/// A tenant's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The name for people.
    pub name: String,
    /// BCP 47 tag, such as `en` or `de-AT`.
    pub locale: String,
    /// ISO 4217 code.
    pub currency: String,
    /// IANA name, such as `Europe/Berlin`.
    pub timezone: String,
    /// The month in which the fiscal year starts, 1 to 12.
    pub fiscal_year_start: i16,
    /// When somebody works; clocks of SLA policies run then.
    pub business_hours: BusinessHours,
    /// Which features are on; those that are not named are.
    pub features: BTreeMap<String, bool>,
    /// Numbers that agents and rules go by, between 0 and 1, by name.
    pub thresholds: BTreeMap<String, f64>,
    /// Requests per second that one actor may make; the service's own limit when null.
    pub requests_per_second: Option<u32>,
    /// Requests that one actor may make at once; the service's own limit when null.
    pub request_burst: Option<u32>,
}

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    locale: String,
    currency: String,
    timezone: String,
    fiscal_year_start: i16,
    business_hours: Json<BusinessHours>,
    settings: Value,
    version: i64,
}

impl From<Row> for Settings {
    fn from(row: Row) -> Self {
        let gates: Gates = read(&row.settings, "gates");
        let on = |word: &&str| ((*word).to_owned(), !gates.off.iter().any(|off| off == word));
        Self {
            name: row.name,
            locale: row.locale,
            currency: row.currency,
            timezone: row.timezone,
            fiscal_year_start: row.fiscal_year_start,
            business_hours: row.business_hours.0,
            features: Feature::WORDS.iter().map(on).collect(),
            thresholds: read(&row.settings, "thresholds"),
            requests_per_second: gates.per_second,
            request_burst: gates.burst,
        }
    }
}

/// A part of the settings that other parts of the service may have written beside ours.
fn read<T: Default + for<'de> Deserialize<'de>>(settings: &Value, part: &str) -> T {
    settings
        .get(part)
        .and_then(|part| T::deserialize(part).ok())
        .unwrap_or_default()
}

impl TenantTx {
    /// The tenant's settings and their version.
    pub async fn settings(&mut self) -> Result<(Settings, i64), StoreError> {
        let row: Row = sqlx::query_as(
            "SELECT name, locale, currency, timezone, fiscal_year_start, business_hours, settings, version FROM tenants",
        )
        .fetch_one(self.conn())
        .await?;
        let version = row.version;
        Ok((row.into(), version))
    }

    /// Replaces the settings, if nobody else did since `expected`. Needs the area `settings`.
    pub async fn set_settings(
        &mut self,
        new: &Settings,
        expected: i64,
    ) -> Result<(Settings, i64), StoreError> {
        self.access().await?.require_area("settings")?;
        new.check()?;
        let gates = Gates {
            off: new
                .features
                .iter()
                .filter(|(_, on)| !**on)
                .map(|(name, _)| name.clone())
                .collect(),
            per_second: new.requests_per_second,
            burst: new.request_burst,
        };
        let (before, _) = self.settings().await?;
        let now = self.now();
        let changed: Option<Row> = sqlx::query_as(
            "UPDATE tenants SET name = $2, locale = $3, currency = $4, timezone = $5, fiscal_year_start = $6, \
                 business_hours = $7, settings = settings || $8, version = version + 1, updated_at = $9 \
             WHERE version = $1 \
             RETURNING name, locale, currency, timezone, fiscal_year_start, business_hours, settings, version",
        )
        .bind(expected)
        .bind(&new.name)
        .bind(&new.locale)
        .bind(&new.currency)
        .bind(&new.timezone)
        .bind(new.fiscal_year_start)
        .bind(Json(&new.business_hours))
        .bind(json!({"gates": gates, "thresholds": new.thresholds}))
        .bind(now)
        .fetch_optional(self.conn())
        .await?;
        let Some(row) = changed else {
            let current = self.settings().await?.1;
            return Err(StoreError::Stale { current });
        };
        self.know_reporting(None);
        let version = row.version;
        let after = Settings::from(row);
        let fields = before.differs(&after);
        let id = self.grant().tenant().uuid();
        self.audit()
            .record("update", "settings", Some(id), &fields)
            .await?;
        Ok((after, version))
    }
}

impl Settings {
    /// Says what is wrong with a value.
    fn check(&self) -> Result<(), StoreError> {
        let wrong = |field: &str, message: &str| Err(StoreError::invalid(field, message));
        if !is_locale(&self.locale) {
            return wrong("locale", "must be a language tag such as en or de-AT");
        }
        if Currency::from_code(&self.currency).is_none() {
            return wrong("currency", "must be an ISO 4217 code such as EUR");
        }
        if chrono_tz::Tz::from_str(&self.timezone).is_err() {
            return wrong("timezone", "must be an IANA time zone such as Europe/Berlin");
        }
        if !(1..=12).contains(&self.fiscal_year_start) {
            return wrong("fiscal_year_start", "must be a month, 1 to 12");
        }
        self.business_hours.check()?;
        if let Some(name) = self
            .features
            .keys()
            .find(|name| !Feature::WORDS.contains(&name.as_str()))
        {
            return Err(StoreError::invalid(
                format!("features/{name}"),
                format!("is no feature; there are {}", Feature::WORDS.join(", ")),
            ));
        }
        for (name, value) in &self.thresholds {
            let named =
                (1..=60).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            if !named || !(0.0..=1.0).contains(value) {
                return Err(StoreError::invalid(
                    format!("thresholds/{name}"),
                    "must be a word of small letters and a number between 0 and 1",
                ));
            }
        }
        if self.thresholds.len() > 100 {
            return wrong("thresholds", "must be at most 100");
        }
        for (field, value) in [
            ("requests_per_second", self.requests_per_second),
            ("request_burst", self.request_burst),
        ] {
            if value == Some(0) {
                return wrong(field, "must be at least 1, or null");
            }
        }
        Ok(())
    }

    fn differs(&self, after: &Self) -> Vec<&'static str> {
        [
            ("name", self.name != after.name),
            ("locale", self.locale != after.locale),
            ("currency", self.currency != after.currency),
            ("timezone", self.timezone != after.timezone),
            (
                "fiscal_year_start",
                self.fiscal_year_start != after.fiscal_year_start,
            ),
            ("business_hours", self.business_hours != after.business_hours),
            ("features", self.features != after.features),
            ("thresholds", self.thresholds != after.thresholds),
            (
                "requests_per_second",
                self.requests_per_second != after.requests_per_second,
            ),
            ("request_burst", self.request_burst != after.request_burst),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

/// A language, perhaps a script, perhaps a region.
fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts
        .next()
        .is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase()));
    language
        && text.len() <= 20
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}
