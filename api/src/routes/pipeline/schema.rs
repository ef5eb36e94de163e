//! `GET /v1/pipeline/schema`.

use axum::Json;
use crm_store::FieldError;
use crm_tools::{
    pipeline::{query_schema, visible},
    semantic::{Asking, Ground, Language},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Problem,
    http::{
        auth::{Allowed, scopes},
        body::Query,
    },
};

/// In which language.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Words {
    /// The language of labels and definitions: `en`, `de`, `es` or `fr`.
    #[param(value_type = Option<String>, example = "en")]
    language: Option<Language>,
}

/// What can be asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineSchema {
    /// Entities with their dimensions and measures, as far as the caller may ask about them.
    #[schema(value_type = Object)]
    #[serde(flatten)]
    asking: Asking,
    /// Entries of the organisation's vocabulary that are not used, by JSON pointers into it, and why.
    #[schema(value_type = Vec<Object>)]
    left_out: Vec<FieldError>,
    /// JSON Schema of a query.
    #[schema(value_type = Object)]
    query: Value,
}

/// List what can be asked
///
/// The measures with what they mean, the dimensions with their values, and the shape of a typed query. What your role
/// hides, or the scopes of your key do not reach, is not listed.
#[utoipa::path(
    get,
    path = "/v1/pipeline/schema",
    operation_id = "get_pipeline_schema",
    tag = "pipeline",
    params(Words),
    responses((status = 200, description = "What can be asked", body = PipelineSchema)),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadRecords>,
    Query(words): Query<Words>,
) -> Result<Json<PipelineSchema>, Problem> {
    let ground = Ground::of(caller.store()).await?;
    let model = visible(&ground.model, &ground.access);
    Ok(Json(PipelineSchema {
        asking: model.asking(words.language.unwrap_or_default()),
        left_out: model.left_out,
        query: query_schema(),
    }))
}
