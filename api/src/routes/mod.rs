//! One folder for each resource, one file for each endpoint.

pub mod account_health;
pub mod agents;
pub mod articles;
pub mod audit;
pub mod auth;
pub mod budgets;
pub mod channels;
pub mod conversations;
pub mod custom_schemas;
pub mod feed;
pub mod feedback;
pub mod forecast;
pub mod imports;
pub mod inbound;
pub mod invites;
pub mod keys;
pub mod knowledge;
pub mod lead_enrichment;
pub mod lead_scores;
pub mod lead_scoring;
pub mod me;
pub mod members;
pub mod operations;
pub mod pipeline;
pub mod predictive_models;
pub mod prices;
pub mod privacy;
pub mod records;
pub mod retention;
pub mod roles;
pub mod runs;
pub mod search;
pub mod security_events;
pub mod settings;
pub mod sharing_rules;
pub mod text;
pub mod usage;
pub mod verbs;
pub mod views;
pub mod webhooks;
pub mod win;

use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;

/// Every documented route.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(articles::router())
        .merge(knowledge::router())
        .merge(agents::router())
        .merge(runs::router())
        .merge(feed::router())
        .merge(feedback::router())
        .merge(usage::router())
        .merge(budgets::router())
        .merge(prices::router())
        .merge(pipeline::router())
        .merge(predictive_models::router())
        .merge(win::router())
        .merge(forecast::router())
        .merge(lead_scores::router())
        .merge(lead_scoring::router())
        .merge(lead_enrichment::router())
        .merge(account_health::router())
        .merge(records::router())
        .merge(views::router())
        .merge(verbs::router())
        .merge(text::router())
        .merge(search::router())
        .merge(auth::router())
        .merge(me::router())
        .merge(members::router())
        .merge(invites::router())
        .merge(roles::router())
        .merge(sharing_rules::router())
        .merge(settings::router())
        .merge(custom_schemas::router())
        .merge(imports::router())
        .merge(privacy::router())
        .merge(audit::router())
        .merge(security_events::router())
        .merge(keys::router())
        .merge(webhooks::router())
        .merge(retention::router())
        .merge(channels::router())
        .merge(conversations::router())
        .merge(inbound::router())
        .merge(operations::router())
}
