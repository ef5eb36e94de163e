//! `POST /v1/inbound/{channel}/{site}`.

use axum::{
    Json,
    extract::{Request, State},
    http::HeaderMap,
};
use crm_store::inbound::{ChannelKind, Door, Proof, Scheme};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    Problem, ProblemBody, ProblemKind,
    http::{
        auth::gate,
        body::{self, Path},
    },
    inbound,
    state::AppState,
};

/// Bytes of one call: a mail with pictures in it is larger than other bodies.
const LARGEST: usize = 4 * 1024 * 1024;

/// What came of a call.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboundReceived {
    /// Messages that were stored.
    stored: usize,
    /// Messages that were known already.
    known: usize,
    /// Messages that were not kept: automatic replies to nobody.
    ignored: usize,
    /// Receipts that told something new.
    receipts: usize,
}

/// Deliver messages of a channel
///
/// For providers. The signature of the channel's scheme decides: `X-Hub-Signature-256` (`hub`), the headers of Standard
/// Webhooks (`standard`), or `signature` in the body (`mailgun`). The answer comes after the messages are stored; a call
/// that is repeated changes nothing.
#[utoipa::path(
    post,
    path = "/v1/inbound/{channel}/{site}",
    operation_id = "receive_inbound",
    tag = "conversations",
    params(
        ("channel" = String, Path, description = "`whatsapp` or `email`"),
        ("site" = String, Path, description = "The site of the channel"),
    ),
    request_body(content = Value, description = "As the provider posts it", content_type = "application/json"),
    responses(
        (status = 200, description = "It is stored", body = InboundReceived),
        (status = 400, description = "It is not JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "The signature is not right", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Messages from channels are switched off", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such channel", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "It is too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "It is no message of such a channel", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    Path((channel, site)): Path<(String, String)>,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<InboundReceived>, Problem> {
    let (kind, door) = door(&state, &channel, &site).await?;
    let bytes = body::read(request, LARGEST).await?;
    let now = state.store.clock().now();
    let body: Result<Value, _> = serde_json::from_slice(&bytes);
    let parts = body.as_ref().ok().and_then(|body| body.get("signature"));
    let proof = proof(door.scheme(), &headers, parts).ok_or_else(unsigned)?;
    let grant = door.admit(&proof, &bytes, now).ok_or_else(unsigned)?;
    // Only who has proved to be the provider is told what the organisation has switched off.
    gate::check(door.gates(), "/v1/inbound/", false)?;
    let body = body.map_err(|_| Problem::new(ProblemKind::Malformed, "the body is not valid JSON"))?;
    let parcel = inbound::read(kind, &body, now).map_err(|detail| Problem::field("", detail))?;
    let store = state.store.open(&grant);
    let mut tx = store.begin().await?;
    let received = tx.receive(door.channel(), &parcel.messages).await?;
    let receipts = tx.note_receipts(kind, &parcel.receipts).await?;
    tx.commit().await?;
    Ok(Json(InboundReceived {
        stored: received.stored,
        known: received.known,
        ignored: received.ignored,
        receipts,
    }))
}

/// The door that a path names.
pub(super) async fn door(
    state: &AppState,
    channel: &str,
    site: &str,
) -> Result<(ChannelKind, Door), Problem> {
    let missing = || Problem::new(ProblemKind::NotFound, "there is no such channel");
    let kind: ChannelKind = channel.parse().map_err(|_| missing())?;
    let is_site = (1..=100).contains(&site.len()) && site.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_site {
        return Err(missing());
    }
    let door = state.store.inbound_door(kind, site).await?;
    Ok((kind, door.ok_or_else(missing)?))
}

/// One answer, whatever is wrong with a signature.
pub(super) fn unsigned() -> Problem {
    Problem::new(
        ProblemKind::Unauthenticated,
        "the call is not signed as this channel wants it",
    )
}

fn proof<'a>(scheme: Scheme, headers: &'a HeaderMap, signature: Option<&'a Value>) -> Option<Proof<'a>> {
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let part = |name: &str| signature?.get(name)?.as_str();
    match scheme {
        Scheme::Hub => Some(Proof::Hub {
            header: header("x-hub-signature-256")?,
        }),
        Scheme::Standard => Some(Proof::Standard {
            id: header("webhook-id")?,
            timestamp: header("webhook-timestamp")?,
            signature: header("webhook-signature")?,
        }),
        Scheme::Mailgun => Some(Proof::Mailgun {
            timestamp: part("timestamp")?,
            token: part("token")?,
            signature: part("signature")?,
        }),
    }
}
