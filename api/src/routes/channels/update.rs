//! `PATCH /v1/channels/{id}`.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use crm_store::inbound::{ChannelPatch, UnknownPerson};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ChannelView;
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
        etag,
    },
};

/// The fields to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateChannel {
    /// Its name for people.
    name: Option<String>,
    /// Our number or mailbox.
    address: Option<String>,
    /// The provider's secret, a new one.
    secret: Option<String>,
    /// What is made for a person whom nobody knows: `lead` or `case`.
    #[schema(value_type = Option<String>, example = "case")]
    unknown_person: Option<UnknownPerson>,
    /// The country of telephone numbers that name none.
    default_country: Option<String>,
    /// Who gets what comes in from people whom nobody owns.
    owner_id: Option<Uuid>,
    /// The queue of cases and leads that are made.
    queue_id: Option<Uuid>,
    /// Whether it is open.
    enabled: Option<bool>,
}

/// Change a door for messages
#[utoipa::path(
    patch,
    path = "/v1/channels/{id}",
    operation_id = "update_channel",
    tag = "administration",
    params(
        ("id" = Uuid, Path, description = "The channel"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the channel as you have read it"),
    ),
    request_body = UpdateChannel,
    responses(
        (status = 200, description = "The channel", body = ChannelView, headers(("ETag" = String))),
        (status = 404, description = "No such channel", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageChannels>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Json<UpdateChannel>,
) -> Result<Response, Problem> {
    let expected = etag::if_match_given(&headers)?;
    let change = body.value;
    let patch = ChannelPatch {
        name: change.name,
        address: change.address.map(Some),
        secret: change.secret,
        unknown_person: change.unknown_person,
        default_country: change.default_country.map(Some),
        owner_id: change.owner_id.map(|id| Some(id.into())),
        queue_id: change.queue_id.map(Some),
        enabled: change.enabled,
    };
    let mut tx = caller.store().begin().await?;
    let channel = tx.channels().update(id, &patch, expected).await?;
    tx.commit().await?;
    Ok(ChannelView::from(channel).respond(StatusCode::OK))
}
