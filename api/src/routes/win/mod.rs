//! How likely deals are won: the card of a deal, its history, what to do next, what moved, and who disagrees.

pub mod get;
pub mod history;
pub mod movers;
pub mod open;
pub mod opinions;
pub mod take_step;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get::handler))
        .routes(routes!(history::handler))
        .routes(routes!(take_step::handler))
        .routes(routes!(movers::handler))
        .routes(routes!(open::handler))
        .routes(routes!(opinions::handler))
}
