//! `PATCH /v1/settings`.

use std::collections::BTreeMap;

use axum::{http::HeaderMap, response::Response};
use crm_store::settings::BusinessHours;
use serde::Deserialize;
use utoipa::ToSchema;

use super::SettingsView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, present},
        etag,
    },
};

/// What is to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::option_option,
    reason = "a null takes a value away, and what is left out stays"
)]
pub struct UpdateSettings {
    /// The name.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Language and region.
    locale: Option<String>,
    /// ISO 4217 code.
    currency: Option<String>,
    /// IANA time zone.
    timezone: Option<String>,
    /// The month in which the fiscal year starts.
    #[schema(minimum = 1, maximum = 12)]
    fiscal_year_start: Option<i16>,
    /// When somebody works, whole.
    #[schema(value_type = Option<Object>)]
    business_hours: Option<BusinessHours>,
    /// What is to be switched on or off.
    #[serde(default)]
    #[schema(value_type = Object)]
    features: BTreeMap<String, bool>,
    /// Numbers that are to be set; null takes one away.
    #[serde(default)]
    #[schema(value_type = Object)]
    thresholds: BTreeMap<String, Option<f64>>,
    /// Requests per second that one caller may make; null for what the service allows.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>)]
    requests_per_second: Option<Option<u32>>,
    /// Requests that one caller may make at once; null for what the service allows.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>)]
    request_burst: Option<Option<u32>>,
}

/// Change the settings
#[utoipa::path(
    patch,
    path = "/v1/settings",
    operation_id = "update_settings",
    tag = "administration",
    params(("If-Match" = String, Header, description = "The ETag of the settings as they were read")),
    request_body = UpdateSettings,
    responses(
        (status = 200, description = "The settings", body = SettingsView, headers(("ETag" = String))),
        (status = 403, description = "For those who administer settings", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "They have changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageSettings>,
    headers: HeaderMap,
    body: Json<UpdateSettings>,
) -> Result<Response, Problem> {
    let expected = etag::if_match(&headers)?;
    let change = body.value;
    let mut tx = caller.store().begin().await?;
    let (mut settings, _) = tx.settings().await?;
    settings.name = change.name.unwrap_or(settings.name);
    settings.locale = change.locale.unwrap_or(settings.locale);
    settings.currency = change.currency.unwrap_or(settings.currency);
    settings.timezone = change.timezone.unwrap_or(settings.timezone);
    settings.fiscal_year_start = change.fiscal_year_start.unwrap_or(settings.fiscal_year_start);
    settings.business_hours = change.business_hours.unwrap_or(settings.business_hours);
    settings.features.extend(change.features);
    for (name, value) in change.thresholds {
        match value {
            Some(value) => settings.thresholds.insert(name, value),
            None => settings.thresholds.remove(&name),
        };
    }
    settings.requests_per_second = change.requests_per_second.unwrap_or(settings.requests_per_second);
    settings.request_burst = change.request_burst.unwrap_or(settings.request_burst);
    let saved = tx.set_settings(&settings, expected).await?;
    tx.commit().await?;
    Ok(SettingsView::respond(saved))
}
