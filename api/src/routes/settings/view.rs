//! Settings as clients see them.

use std::collections::BTreeMap;

use axum::{Json, response::Response};
use crm_store::settings::{BusinessHours, Settings};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::etag;

/// The settings.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingsView {
    /// The name.
    #[schema(example = "Brightwater Pools")]
    name: String,
    /// Language and region.
    #[schema(example = "en")]
    locale: String,
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    currency: String,
    /// IANA time zone.
    #[schema(example = "Europe/Berlin")]
    timezone: String,
    /// The month in which the fiscal year starts.
    #[schema(example = 1, minimum = 1, maximum = 12)]
    fiscal_year_start: i16,
    /// When somebody works, in the time zone: spans per weekday, and days off. Nothing at all means
    /// Monday to Friday from nine to five.
    #[schema(value_type = Object, example = json!({"mon": [["09:00", "17:30"]], "holidays": ["2026-12-25"]}))]
    business_hours: BusinessHours,
    /// What is on.
    #[schema(value_type = Object, example = json!({"agents": true, "imports": false}))]
    features: BTreeMap<String, bool>,
    /// Numbers between 0 and 1 that agents and rules go by.
    #[schema(value_type = Object, example = json!({"route_confidence": 0.6}))]
    thresholds: BTreeMap<String, f64>,
    /// Requests per second that one caller may make, when that is less than the service allows.
    requests_per_second: Option<u32>,
    /// Requests that one caller may make at once after a rest, when that is less than the service allows.
    request_burst: Option<u32>,
    /// Counts the changes; the `ETag`.
    version: i64,
}

impl SettingsView {
    pub(super) fn respond((settings, version): (Settings, i64)) -> Response {
        let view = Self {
            name: settings.name,
            locale: settings.locale,
            currency: settings.currency,
            timezone: settings.timezone,
            fiscal_year_start: settings.fiscal_year_start,
            business_hours: settings.business_hours,
            features: settings.features,
            thresholds: settings.thresholds,
            requests_per_second: settings.requests_per_second,
            request_burst: settings.request_burst,
            version,
        };
        etag::tagged(version, Json(view))
    }
}
