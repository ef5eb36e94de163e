//! Saved questions as clients see them and send them.

use axum::{Json, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use crm_store::{
    Actor, FieldError, StoreError, TenantStore, TenantTx,
    questions::{Alert, AlertFailure, AlertOp, NewQuestion, SavedQuestion, Sharing, Visibility},
};
use crm_tools::semantic::{self, PipelineQuery, model_of};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemKind,
    http::{
        auth::{Caller, Scope},
        etag,
    },
};

/// When to be told: the question's number is looked at every quarter of an hour with your rights, and your feed and
/// webhooks hear `pipeline.alert` once each time it goes beyond the value, and `pipeline.alert_failed` once when it cannot be
/// read any more.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertView {
    /// A measure of the query, by name.
    #[schema(example = "open_amount")]
    pub measure: String,
    /// `lt`, `lte`, `gt` or `gte`.
    #[schema(value_type = String, example = "lt")]
    pub op: AlertOp,
    /// With what it is compared, in the measure's unit: a decimal number.
    #[schema(value_type = String, example = "250000")]
    pub value: Decimal,
}

/// Whose a saved question is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuestionOwner {
    /// The person or key.
    id: Uuid,
    /// The person's name.
    name: Option<String>,
}

/// What the last look at an alert found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertState {
    /// Whether the number was beyond the value when it was last read; null before that.
    beyond: Option<bool>,
    /// When it was last read; null before that.
    at: Option<DateTime<Utc>>,
    /// Why it cannot be read any more: `rights` (you may not see it), `query` (it cannot be asked any more), `too_much` (it takes
    /// too long), `owner` (a key saved it); null while it can.
    #[schema(value_type = Option<String>)]
    failure: Option<AlertFailure>,
    /// Since when it cannot be read.
    failed_at: Option<DateTime<Utc>>,
}

/// A saved question.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedQuestionView {
    /// The question.
    id: Uuid,
    /// Its name, once among its owner's.
    name: String,
    /// Whose it is.
    owner: QuestionOwner,
    /// Whether it is yours.
    mine: bool,
    /// Whether you may change and remove it.
    can_edit: bool,
    /// With whom it is shared: `private`, `role` or `tenant`.
    #[schema(value_type = String, example = "private")]
    visibility: Visibility,
    /// The role that it is shared with.
    role_id: Option<Uuid>,
    /// The words that it was asked in.
    question: Option<String>,
    /// The typed query.
    #[schema(value_type = Object)]
    query: Value,
    /// Whether it is shown first; yours alone.
    pinned: bool,
    /// When to be told; yours alone.
    alert: Option<AlertView>,
    /// What the last look at your alert found.
    alert_state: Option<AlertState>,
    /// Counts the changes; the `ETag`.
    version: i64,
    /// When it was saved.
    created_at: DateTime<Utc>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
}

/// Who looks at questions: whose are theirs, and which of the others' they may change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looking {
    grant: crm_store::Grant,
    administers: bool,
}

impl Looking {
    /// Of a caller; a key needs the scope `settings:manage` too.
    pub(super) async fn of(caller: &Caller, tx: &mut TenantTx) -> Result<Self, Problem> {
        let authenticated = caller.authenticated();
        let is_key = matches!(authenticated.grant.actor(), Actor::ApiKey(_));
        let by_scope = !is_key || Scope::ManageSettings.is_in(&authenticated.scopes);
        Ok(Self {
            grant: authenticated.grant,
            administers: by_scope && tx.access().await?.manages("settings"),
        })
    }

    fn can_edit(&self, saved: &SavedQuestion) -> bool {
        self.administers || saved.is_of(&self.grant)
    }

    /// Refuses who only reads a question.
    pub(super) fn check(&self, saved: &SavedQuestion) -> Result<(), Problem> {
        if self.can_edit(saved) {
            return Ok(());
        }
        Err(Problem::new(
            ProblemKind::Forbidden,
            "only whoever saved a question, or who administers the settings, changes it",
        ))
    }

    /// The question as this caller sees it.
    pub(super) fn view(&self, saved: SavedQuestion) -> SavedQuestionView {
        let mine = saved.is_of(&self.grant);
        let alert = saved.alert().filter(|_| mine);
        let state = AlertState {
            beyond: saved.alert_is_beyond,
            at: saved.alert_looked_at,
            failure: saved.alert_failure,
            failed_at: saved.alert_failed_at,
        };
        let was_looked_at = state.at.is_some() || state.failure.is_some();
        SavedQuestionView {
            id: saved.id,
            mine,
            can_edit: self.can_edit(&saved),
            visibility: saved.sharing().visibility(),
            role_id: saved.sharing().role(),
            alert_state: (alert.is_some() && was_looked_at).then_some(state),
            alert: alert.map(|alert| AlertView {
                measure: alert.measure,
                op: alert.op,
                value: alert.value,
            }),
            owner: QuestionOwner {
                id: saved.owner_id,
                name: saved.owner_name,
            },
            name: saved.name,
            question: saved.question,
            query: saved.query,
            pinned: mine && saved.is_pinned,
            version: saved.version,
            created_at: saved.created_at,
            updated_at: saved.updated_at,
        }
    }
}

/// With whom a question is to be shared, as said in a body.
pub(super) fn sharing(visibility: Visibility, role: Option<Uuid>) -> Result<Sharing, Problem> {
    match (visibility, role) {
        (Visibility::Private, None) => Ok(Sharing::Private),
        (Visibility::Tenant, None) => Ok(Sharing::Tenant),
        (Visibility::Role, Some(role)) => Ok(Sharing::Role(role)),
        (Visibility::Role, None) => Err(Problem::field("/role_id", "is needed to share with a role")),
        (Visibility::Private | Visibility::Tenant, Some(_)) => Err(Problem::field(
            "/role_id",
            "goes with the visibility `role` alone",
        )),
    }
}

impl SavedQuestionView {
    /// The question with its `ETag`.
    pub(super) fn respond(self, status: StatusCode) -> Response {
        etag::tagged(self.version, (status, Json(self)))
    }
}

impl From<AlertView> for Alert {
    fn from(said: AlertView) -> Self {
        Self {
            measure: said.measure,
            op: said.op,
            value: said.value,
        }
    }
}

/// Checks a question as its owner would ask it: the query can be asked, and an alert looks at one number of it.
pub(super) async fn checked(store: &TenantStore, new: &NewQuestion) -> Result<(), Problem> {
    let query: PipelineQuery = serde_json::from_value(new.query.clone())
        .map_err(|error| Problem::field("/query", error.to_string()))?;
    let model = model_of(store).await?;
    semantic::check(&model, store, &query)
        .await
        .map_err(|error| below(error, "/query"))?;
    let Some(alert) = &new.alert else {
        return Ok(());
    };
    if !query.measures.contains(&alert.measure) {
        return Err(Problem::field(
            "/alert/measure",
            format!("is no measure of the query; it has {}", query.measures.join(", ")),
        ));
    }
    if !query.dimensions.is_empty() || !query.form.is_groups() {
        return Err(Problem::field(
            "/alert",
            "needs a question with one number: one without dimensions",
        ));
    }
    Ok(())
}

/// Pointers into a part of a body as pointers into the body.
pub(in crate::routes::pipeline) fn below(error: StoreError, part: &str) -> Problem {
    match error {
        StoreError::InvalidMany(problems) => StoreError::InvalidMany(
            problems
                .into_iter()
                .map(|problem| FieldError {
                    pointer: format!("{part}{}", problem.pointer),
                    message: problem.message,
                })
                .collect(),
        )
        .into(),
        other => other.into(),
    }
}
