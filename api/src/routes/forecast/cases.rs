//! `GET /v1/forecast/cases`.

use axum::Json;
use chrono::{DateTime, Days, NaiveDate, Utc};
use crm_tools::forecast::{CaseForecast, CaseQuery, CaseSeries, ForecastError, case_forecast};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
    },
};

/// How far ahead, and of which queue.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CasesParams {
    /// Weeks ahead, 1 to 26; 8 when not given. The first one is that of today.
    #[param(minimum = 1, maximum = 26, default = 8)]
    weeks: Option<usize>,
    /// Only this queue; all of them when not given.
    queue: Option<Uuid>,
}

/// A week that is over.
#[derive(Debug, Serialize, ToSchema)]
pub struct PastWeek {
    /// Its Monday, in your organisation's time zone.
    from: NaiveDate,
    /// Its Sunday.
    to: NaiveDate,
    /// How many cases came.
    count: u32,
}

/// A week ahead.
#[derive(Debug, Serialize, ToSchema)]
pub struct FutureWeek {
    /// Its Monday.
    from: NaiveDate,
    /// Its Sunday.
    to: NaiveDate,
    /// How many cases are expected in the whole week. In that of today: those that came already and what its rest brings as a
    /// rule.
    #[schema(example = 43.2)]
    expected: f64,
    /// One time in ten there are fewer. Never below `so_far`.
    #[schema(example = 34)]
    low: f64,
    /// One time in ten there are more.
    #[schema(example = 52)]
    high: f64,
    /// How many came already; null but for the week of today.
    so_far: Option<u32>,
}

/// How good such forecasts would have been in the last half year, each made of what was known by then alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseAccuracy {
    /// From how many weeks it was forecast.
    origins: usize,
    /// The mean error, in cases a week.
    mae: Option<f64>,
    /// The mean error of the simple guess on the same weeks.
    naive_mae: Option<f64>,
    /// The one over the other: below 1 the forecast is better than the simple guess.
    #[schema(example = 0.72)]
    mase: Option<f64>,
    /// The share of weeks within their interval; 0.8 is what it promises.
    coverage: Option<f64>,
    /// The simple guess: `the same week a year before`, or `the last week` where there is no year before.
    #[schema(example = "the last week")]
    against: &'static str,
}

/// The cases of a queue, or of all.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseVolume {
    /// The queue; null for all together, and for cases without a queue.
    queue_id: Option<Uuid>,
    /// The name for people.
    #[schema(example = "Billing")]
    name: String,
    /// The whole weeks that are over, oldest first, at most 52.
    history: Vec<PastWeek>,
    /// The weeks ahead.
    weeks: Vec<FutureWeek>,
    /// How good such forecasts were.
    accuracy: CaseAccuracy,
}

/// What is to be expected of the cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseForecastView {
    /// What was known then is what it rests on.
    as_of: DateTime<Utc>,
    /// All together; the queue, when one was asked for.
    total: CaseVolume,
    /// Each queue, that with the most cases first; empty when one was asked for. Cases count in the queue where they are now.
    queues: Vec<CaseVolume>,
    /// Whole weeks that it rests on, three years at the most.
    known_weeks: usize,
    /// Whether a season of the year is in it.
    is_seasonal: bool,
    /// What it is made of, in one sentence.
    method: String,
}

fn ends(monday: NaiveDate) -> NaiveDate {
    monday.checked_add_days(Days::new(6)).unwrap_or(monday)
}

impl From<CaseSeries> for CaseVolume {
    fn from(series: CaseSeries) -> Self {
        let told = series.accuracy;
        Self {
            queue_id: series.queue,
            name: series.name,
            history: series
                .history
                .into_iter()
                .map(|week| PastWeek {
                    from: week.from,
                    to: ends(week.from),
                    count: week.count,
                })
                .collect(),
            weeks: series
                .weeks
                .into_iter()
                .map(|week| FutureWeek {
                    from: week.from,
                    to: ends(week.from),
                    expected: (week.said.expected * 10.0).round() / 10.0,
                    low: week.said.low.floor(),
                    high: week.said.high.ceil(),
                    so_far: week.so_far,
                })
                .collect(),
            accuracy: CaseAccuracy {
                origins: told.origins,
                mae: told.mae,
                naive_mae: told.naive_mae,
                mase: told.mase,
                coverage: told.coverage,
                against: if told.is_yearly {
                    "the same week a year before"
                } else {
                    "the last week"
                },
            },
        }
    }
}

impl From<CaseForecast> for CaseForecastView {
    fn from(made: CaseForecast) -> Self {
        let season = if made.is_seasonal {
            "times the season of the year, found in all queues together"
        } else {
            "without a season of the year, which takes two whole years to be seen"
        };
        Self {
            as_of: made.as_of,
            method: format!(
                "A level that follows the weeks, with a trend that fades, {season}; the interval is as wide as past errors were."
            ),
            known_weeks: made.known,
            is_seasonal: made.is_seasonal,
            total: made.total.into(),
            queues: made.queues.into_iter().map(Into::into).collect(),
        }
    }
}

/// Forecast the volume of cases
///
/// How many cases will come in each week, all together and in each queue, with an interval that holds eight times in ten: of the
/// cases that you may see. Beside it how good such forecasts would have been, against the simple guess.
#[utoipa::path(
    get,
    path = "/v1/forecast/cases",
    operation_id = "get_case_forecast",
    tag = "predictions",
    params(CasesParams),
    responses(
        (status = 200, description = "The forecast", body = CaseForecastView),
        (status = 403, description = "Your role does not show what it is made of", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such queue", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter that cannot be used", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRecords>,
    Query(query): Query<CasesParams>,
) -> Result<Json<CaseForecastView>, Problem> {
    let query = CaseQuery {
        weeks: query.weeks.unwrap_or(8),
        queue: query.queue,
    };
    let made = case_forecast(caller.store(), query)
        .await
        .map_err(|error| match error {
            ForecastError::Store(error) => Problem::from(error),
            broken @ ForecastError::Broken(_) => Problem::internal(broken),
        })?;
    Ok(Json(made.into()))
}
