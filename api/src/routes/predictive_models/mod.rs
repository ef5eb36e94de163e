//! `/v1/predictive-models`: what was learned from closed deals and ended leads, and how well it holds.

pub mod activate;
pub mod calibration;
pub mod get;
pub mod list;
mod people;
mod shapes;
pub mod train;
mod view;

pub use people::AgreementView;
pub use view::{PredictiveModelView, PredictiveModels, WorkView};

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::handler, train::handler))
        .routes(routes!(get::handler))
        .routes(routes!(calibration::handler))
        .routes(routes!(activate::handler))
}
