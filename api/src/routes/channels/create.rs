//! `POST /v1/channels`.

use axum::{Json as JsonBody, http::StatusCode};
use crm_store::inbound::{ChannelKind, NewChannel, Scheme, UnknownPerson};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ChannelView, ChannelWithSecrets};
use crate::{
    Problem, ProblemBody, ProblemKind,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        idempotency::{Entered, Once},
    },
};

/// A door to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateChannel {
    /// `whatsapp` or `email`.
    #[schema(value_type = String, example = "whatsapp")]
    channel: ChannelKind,
    /// Its name for people.
    #[schema(example = "Support line", min_length = 1, max_length = 120)]
    name: String,
    /// Our number or mailbox.
    #[schema(max_length = 320)]
    address: Option<String>,
    /// How the provider signs: `hub` (`X-Hub-Signature-256`), `standard` (Standard Webhooks) or `mailgun`.
    #[schema(value_type = String, example = "hub")]
    scheme: Scheme,
    /// The provider's secret; for `standard` one is made when it is left out.
    #[schema(min_length = 16, max_length = 500)]
    secret: Option<String>,
    /// What is made for a person whom nobody knows: `lead` or `case`.
    #[serde(default = "lead")]
    #[schema(value_type = String, default = "lead")]
    unknown_person: UnknownPerson,
    /// The country of telephone numbers that name none, ISO 3166-1 alpha-2.
    #[schema(example = "DE", pattern = "^[A-Z]{2}$")]
    default_country: Option<String>,
    /// Who gets what comes in from people whom nobody owns.
    owner_id: Option<Uuid>,
    /// The queue of cases and leads that are made.
    queue_id: Option<Uuid>,
}

const fn lead() -> UnknownPerson {
    UnknownPerson::Lead
}

/// Make a door for messages
///
/// The provider delivers to `path`. The verify token, and a secret that was made here, are told once.
#[utoipa::path(
    post,
    path = "/v1/channels",
    operation_id = "create_channel",
    tag = "administration",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = CreateChannel,
    responses(
        (status = 201, description = "The channel with what is told once", body = ChannelWithSecrets),
        (status = 409, description = "This request was done before", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageChannels>,
    once: Once,
    body: Json<CreateChannel>,
) -> Result<(StatusCode, JsonBody<ChannelWithSecrets>), Problem> {
    let new = body.value;
    let mut tx = caller.store().begin().await?;
    if let Entered::Before { resource, .. } = once.enter(&mut tx, &body.hash).await? {
        let id = resource.map(|id| id.to_string()).unwrap_or_default();
        return Err(Problem::new(
            ProblemKind::Conflict,
            format!("this request made the channel {id} before; what it told is told once"),
        ));
    }
    let new = NewChannel {
        channel: new.channel,
        name: new.name,
        address: new.address,
        scheme: new.scheme,
        secret: new.secret,
        unknown_person: new.unknown_person,
        default_country: new.default_country,
        owner_id: new.owner_id.map(Into::into),
        queue_id: new.queue_id,
    };
    let (channel, told) = tx.channels().create(&new).await?;
    once.done(&mut tx, 201, Some(channel.id)).await?;
    tx.commit().await?;
    Ok((
        StatusCode::CREATED,
        JsonBody(ChannelView::from(channel).with(told)),
    ))
}
