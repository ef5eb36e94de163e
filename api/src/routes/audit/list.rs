//! `GET /v1/audit`.

use axum::Json;
use chrono::{DateTime, Utc};
use crm_store::{
    Cursor,
    audit::{AuditEntry, AuditFilter, AuditValue},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        page::{Page, Wanted},
    },
};

/// Which acts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAudit {
    /// On this kind of record, such as `lead`.
    object: Option<String>,
    /// On this record.
    object_id: Option<Uuid>,
    /// By this person or key.
    actor_id: Option<Uuid>,
    /// Such as `update`.
    action: Option<String>,
    /// Not before this time.
    from: Option<DateTime<Utc>>,
    /// Before this time.
    to: Option<DateTime<Utc>>,
    /// Records on a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// One act.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditView {
    /// The entry.
    id: Uuid,
    /// `user`, `api_key`, `visitor` or `job`.
    #[schema(example = "user")]
    actor_kind: String,
    /// Who acted.
    actor_id: Uuid,
    /// What was done.
    #[schema(example = "update")]
    action: String,
    /// To what kind of record.
    #[schema(example = "lead")]
    object: String,
    /// To which record.
    object_id: Option<Uuid>,
    /// The fields that changed.
    fields: Vec<String>,
    /// Before and after, of the fields whose values are kept and that the caller's role may see.
    values: Vec<ChangeView>,
    /// The request.
    request_id: Option<String>,
    /// The address that it came from.
    #[schema(example = "203.0.113.9")]
    ip: Option<String>,
    /// When.
    at: DateTime<Utc>,
}

/// A field before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeView {
    /// The field.
    #[schema(example = "status")]
    field: String,
    /// The value before.
    #[schema(value_type = Value)]
    before: Option<Value>,
    /// The value after.
    #[schema(value_type = Value)]
    after: Option<Value>,
}

/// List what was done, newest first
///
/// Values are apart from the log, so that erasing a person leaves the log whole and takes the values.
#[utoipa::path(
    get,
    path = "/v1/audit",
    operation_id = "list_audit",
    tag = "administration",
    params(ListAudit),
    responses(
        (status = 200, description = "A page", body = Page<AuditView>),
        (status = 403, description = "For those who look after the log", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A bad parameter", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ReadAudit>,
    Query(query): Query<ListAudit>,
) -> Result<Json<Page<AuditView>>, Problem> {
    let wanted: Wanted<Cursor> = Wanted::new(query.limit, query.cursor.as_deref())?;
    let filter = AuditFilter {
        object: query.object,
        object_id: query.object_id,
        actor_id: query.actor_id,
        action: query.action,
        from: query.from,
        to: query.to,
    };
    let mut tx = caller.store().begin().await?;
    let page = tx
        .audit()
        .search(&filter, wanted.after, wanted.limit.into())
        .await?;
    let mut values = tx.audit().values(&page.items).await?;
    let data = page
        .items
        .into_iter()
        .map(|entry| view(entry, &mut values))
        .collect();
    Ok(Json(Page {
        data,
        next_cursor: page.next.map(|cursor| cursor.to_string()),
    }))
}

fn view(entry: AuditEntry, values: &mut Vec<AuditValue>) -> AuditView {
    let own = values.extract_if(.., |value| value.audit_id == entry.id);
    let values = own
        .map(|value| ChangeView {
            field: value.field,
            before: value.old,
            after: value.new,
        })
        .collect();
    AuditView {
        id: entry.id,
        actor_kind: entry.actor_kind,
        actor_id: entry.actor_id,
        action: entry.action,
        object: entry.object,
        object_id: entry.object_id,
        fields: entry.fields,
        values,
        request_id: entry.request_id,
        ip: entry.ip,
        at: entry.at,
    }
}
