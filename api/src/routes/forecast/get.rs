//! `GET /v1/forecast`.

use axum::{Json, extract::State};
use chrono::NaiveDate;
use crm_store::analytics::Reporting;
use crm_tools::{
    forecast::{By, ForecastError, ForecastQuery},
    semantic::{Calendar, Grain, Range},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::view::ForecastView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
    },
    state::AppState,
};

/// A period by its name; quarters and years are fiscal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// The month of today.
    ThisMonth,
    /// The month after.
    NextMonth,
    /// The quarter of today.
    ThisQuarter,
    /// The quarter after.
    NextQuarter,
    /// The year of today.
    ThisYear,
}

/// By what a forecast is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// By who owns the deals.
    Owner,
    /// By the owners' roles.
    Team,
}

/// Which period, and how it is split.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ForecastParams {
    /// `this_month`, `next_month`, `this_quarter`, `next_quarter`, `this_year`; this quarter when nothing is given.
    #[param(value_type = Option<String>, example = "next_quarter")]
    period: Option<Period>,
    /// The first day of a period of your own, instead of `period`.
    from: Option<NaiveDate>,
    /// Its last day.
    to: Option<NaiveDate>,
    /// `owner` or `team`; not split when left out.
    #[param(value_type = Option<String>, example = "owner")]
    by: Option<Split>,
}

impl ForecastParams {
    fn days(&self, reporting: &Reporting) -> Result<(NaiveDate, NaiveDate), Problem> {
        let stretch = |unit, offset| Range::Relative { unit, offset };
        let range = match (self.period, self.from, self.to) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
                return Err(Problem::field(
                    "?period",
                    "give a period, or from and to, not both",
                ));
            }
            (None, Some(from), Some(to)) => return Ok((from, to)),
            (None, Some(_), None) => {
                return Err(Problem::field("?to", "is missing: the last day of the period"));
            }
            (None, None, Some(_)) => {
                return Err(Problem::field("?from", "is missing: the first day of the period"));
            }
            (Some(Period::ThisMonth), ..) => stretch(Grain::Month, 0),
            (Some(Period::NextMonth), ..) => stretch(Grain::Month, 1),
            (Some(Period::NextQuarter), ..) => stretch(Grain::Quarter, 1),
            (Some(Period::ThisYear), ..) => stretch(Grain::Year, 0),
            (Some(Period::ThisQuarter) | None, None, None) => stretch(Grain::Quarter, 0),
        };
        let days = Calendar::new(reporting, reporting.on)
            .days(&range)
            .map_err(|message| Problem::field("?period", message))?;
        days.from
            .zip(days.to)
            .ok_or_else(|| Problem::field("?period", "has no first and last day"))
    }
}

/// Forecast a period
///
/// What was won in it, what the open deals that you may see are likely to add, and what deals usually add that are not in the
/// books yet: on average, and with an interval that holds eight times in ten, simulated with the deals' win probabilities and
/// with how days and sums turned out before. Beside it what owners say: commit, best case, pipeline. `past` says what would
/// have been told of the last quarters on their first day, and what came.
#[utoipa::path(
    get,
    path = "/v1/forecast",
    operation_id = "get_forecast",
    tag = "predictions",
    params(ForecastParams),
    responses(
        (status = 200, description = "The forecast", body = ForecastView),
        (status = 403, description = "Your role does not show what forecasts are made of", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A period that cannot be forecast", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ReadRecords>,
    Query(query): Query<ForecastParams>,
) -> Result<Json<ForecastView>, Problem> {
    let store = caller.store();
    let mut tx = store.begin().await?;
    let reporting = tx.reporting().await?;
    tx.commit().await?;
    let (from, to) = query.days(&reporting)?;
    let by = match query.by {
        None => By::Nothing,
        Some(Split::Owner) => By::Owner,
        Some(Split::Team) => By::Team,
    };
    let made = state
        .services
        .forecaster
        .forecast(store, ForecastQuery { from, to, by })
        .await
        .map_err(|error| match error {
            ForecastError::Store(error) => Problem::from(error),
            broken @ ForecastError::Broken(_) => Problem::internal(broken),
        })?;
    Ok(Json(ForecastView::from(made)))
}
