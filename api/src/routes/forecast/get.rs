//! `GET /v1/forecast`.

use axum::{Json, extract::State};
use chrono::NaiveDate;
use crm_tools::{
    forecast::{By, ForecastError, ForecastQuery},
    semantic::{Grain, Range},
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
    /// The period that is meant.
    fn period(&self) -> Result<Range, Problem> {
        let stretch = |unit, offset| Ok(Range::Relative { unit, offset });
        match (self.period, self.from, self.to) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => Err(Problem::field(
                "?period",
                "give a period, or from and to, not both",
            )),
            (None, from @ Some(_), to @ Some(_)) => Ok(Range::Between { from, to }),
            (None, Some(_), None) => Err(Problem::field("?to", "is missing: the last day of the period")),
            (None, None, Some(_)) => Err(Problem::field("?from", "is missing: the first day of the period")),
            (Some(Period::ThisMonth), ..) => stretch(Grain::Month, 0),
            (Some(Period::NextMonth), ..) => stretch(Grain::Month, 1),
            (Some(Period::NextQuarter), ..) => stretch(Grain::Quarter, 1),
            (Some(Period::ThisYear), ..) => stretch(Grain::Year, 0),
            (Some(Period::ThisQuarter) | None, None, None) => stretch(Grain::Quarter, 0),
        }
    }
}

/// Forecast a period
///
/// What was won in it, what the open deals that you may see are likely to add, and what deals usually add that are not in the
/// books yet: on average, and with an interval that holds eight times in ten, simulated with the deals' win probabilities and
/// with how days and sums turned out before. Split by owner or team, the parts add up to the whole: what is not in the books yet is
/// counted to those who are likely to bring it. Beside it what owners say: commit, best case, pipeline. `past` says what would
/// have been told of the last quarters on their first day, and what came; `said` what was really told, of the periods of which
/// forecasts were kept.
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
    let period = query.period()?;
    let by = match query.by {
        None => By::Nothing,
        Some(Split::Owner) => By::Owner,
        Some(Split::Team) => By::Team,
    };
    let made = state
        .services
        .forecaster
        .forecast(caller.store(), ForecastQuery { period, by })
        .await
        .map_err(|error| match error {
            ForecastError::Store(error) => Problem::from(error),
            broken @ ForecastError::Broken(_) => Problem::internal(broken),
        })?;
    Ok(Json(ForecastView::from(made)))
}
