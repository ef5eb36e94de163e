//! `GET /v1/{object}/{id}/timeline`: what happened around a record.

use axum::Json;
use crm_store::{Cursor, behaviour::timeline::Entry};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        body::{Path, Query},
        page::{Page, PageQuery},
    },
    routes::records::allowed::{On, Read},
};

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TimelineEntry {
    /// `activity`, `message`, `field_change`, `case_event` or `engagement_event`.
    #[schema(example = "activity")]
    kind: &'static str,
    /// Which one.
    id: Uuid,
    /// When it happened.
    at: chrono::DateTime<chrono::Utc>,
    /// What happened, as records of this kind are shown.
    #[schema(value_type = Object)]
    data: Map<String, Value>,
}

impl From<Entry> for TimelineEntry {
    fn from(entry: Entry) -> Self {
        Self {
            kind: entry.kind.as_str(),
            id: entry.id,
            at: entry.at,
            data: entry.data,
        }
    }
}

/// Read the timeline of a record
///
/// Activities, messages, changes of fields, events and engagement in one list, newest first; what was merged into the
/// record is part of it. What the role may not read is left out.
#[utoipa::path(
    get,
    path = "/v1/{object}/{id}/timeline",
    operation_id = "object_timeline",
    tag = "records",
    params(("id" = Uuid, Path, description = "The record"), PageQuery),
    responses(
        (status = 200, description = "A page, newest first", body = Page<TimelineEntry>),
        (status = 404, description = "No such record", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter that cannot be used", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn handler(
    caller: On<Read>,
    Path(id): Path<Uuid>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<TimelineEntry>>, Problem> {
    let wanted = page.wanted::<Cursor>()?;
    let mut tx = caller.store.begin().await?;
    let page = tx
        .timeline(caller.object, id, wanted.after, i64::from(wanted.limit))
        .await?;
    Ok(Json(Page {
        data: page.items.into_iter().map(TimelineEntry::from).collect(),
        next_cursor: page.next.map(|cursor| cursor.to_string()),
    }))
}
