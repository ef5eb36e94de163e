//! `GET /v1/agents`.

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    Problem,
    http::{
        auth::{Allowed, scopes},
        page::Page,
    },
    state::AppState,
};

/// An agent that can be run.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentView {
    /// Its name in paths.
    #[schema(example = "answer")]
    name: String,
    /// What it does.
    #[schema(example = "Answers a question from the knowledge base, with citations.")]
    description: String,
    /// JSON Schema of its input.
    #[schema(value_type = Object)]
    input_schema: Value,
}

/// List the agents
#[utoipa::path(
    get,
    path = "/v1/agents",
    operation_id = "list_agents",
    tag = "agents",
    responses((status = 200, description = "All agents by name", body = Page<AgentView>)),
)]
pub async fn handler(
    State(state): State<AppState>,
    _caller: Allowed<scopes::RunAgents>,
) -> Result<Json<Page<AgentView>>, Problem> {
    let view = |agent: &crm_agents::Agent| AgentView {
        name: agent.name.clone(),
        description: agent.description.clone(),
        input_schema: agent.input_schema.clone(),
    };
    Ok(Json(Page {
        data: state.services.runner.agents().map(view).collect(),
        next_cursor: None,
    }))
}
