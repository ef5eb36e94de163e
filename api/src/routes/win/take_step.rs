//! `POST /v1/opportunities/{id}/win/steps/{step}`: one click makes a task of a proposed step.

use axum::{Json as JsonBody, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use crm_store::{StoreError, catalog::ACTIVITY, records::Select};
use crm_tools::win::{Parts, TakeStep, take_step};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
        idempotency::{Entered, Once},
    },
    state::AppState,
};

/// What is to be otherwise than proposed; an empty object takes the step as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({}))]
pub struct TakeStepRequest {
    /// The subject of the task.
    #[schema(max_length = 300, example = "Ask Ms Aydin who signs")]
    task: Option<String>,
    /// The text of the task.
    #[schema(max_length = 4000)]
    text: Option<String>,
    /// When it is due.
    due_at: Option<DateTime<Utc>>,
}

/// Make a task of a proposed step
///
/// The task is an activity of the deal for its owner. A step that is an open task already that you may see is not made twice,
/// whenever it was made: that task comes back.
#[utoipa::path(
    post,
    path = "/v1/opportunities/{id}/win/steps/{step}",
    operation_id = "take_opportunity_step",
    tag = "predictions",
    params(
        ("id" = Uuid, Path, description = "The opportunity"),
        ("step" = String, Path, description = "The `key` of a step of its win card", example = "hold_meeting"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    request_body = TakeStepRequest,
    responses(
        (status = 200, description = "The open task that it is already", body = Object),
        (status = 201, description = "The new task, an activity", body = Object),
        (status = 403, description = "Your role may not make activities", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such opportunity, or the step is not proposed for it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::WriteRecords>,
    Path((id, key)): Path<(Uuid, String)>,
    once: Once,
    body: Json<TakeStepRequest>,
) -> Result<(StatusCode, JsonBody<Map<String, Value>>), Problem> {
    let wishes = checked(body.value)?;
    let store = caller.store();
    // What is proposed is worked out in transactions of its own, before this one holds a connection.
    let card = state.services.advisor.card(store, None, id, Parts::STEPS).await?;
    let mut is_second = false;
    loop {
        let mut tx = store.begin().await?;
        let access = tx.access().await?;
        if let Entered::Before { status, resource } = once.enter(&mut tx, &body.hash).await? {
            let task = match resource {
                Some(task) => tx.records(&ACTIVITY).get(task, &Select::default()).await?,
                None => None,
            };
            let task = task.ok_or_else(|| Problem::not_found("activity"))?;
            return Ok((status, JsonBody(task.to_json(&access))));
        }
        let card = card.as_ref().ok_or_else(|| Problem::not_found("opportunity"))?;
        let step = card.next_steps.iter().find(|step| step.key == key);
        let step = step.ok_or_else(|| Problem::not_found("proposed step"))?;
        let taken = match take_step(&mut tx, id, step, wishes.clone()).await {
            // Another click at the same moment was faster: a new transaction sees its task.
            Err(StoreError::Conflict { .. }) if !is_second => {
                is_second = true;
                continue;
            }
            taken => taken?,
        };
        let status = if taken.is_new {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        once.done(&mut tx, i32::from(status.as_u16()), Some(taken.task.id))
            .await?;
        tx.commit().await?;
        return Ok((status, JsonBody(taken.task.to_json(&access))));
    }
}

fn checked(body: TakeStepRequest) -> Result<TakeStep, Problem> {
    let text = |name: &str, said: Option<String>, most: usize| -> Result<Option<String>, Problem> {
        let Some(said) = said else { return Ok(None) };
        let chars = said.trim().chars().count();
        if !(1..=most).contains(&chars) || said.contains('\0') {
            return Err(Problem::field(
                format!("/{name}"),
                format!("must have 1 to {most} characters, none of them NUL"),
            ));
        }
        Ok(Some(said.trim().to_owned()))
    };
    Ok(TakeStep {
        task: text("task", body.task, 300)?,
        text: text("text", body.text, 4_000)?,
        due_at: body.due_at,
    })
}
