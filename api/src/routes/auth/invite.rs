//! `POST /v1/auth/invite`: asks somebody to become a member.

use axum::{Json as JsonBody, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Problem, ProblemBody, ProblemKind,
    http::{
        auth::{Allowed, scopes},
        body::Json,
        idempotency::{Entered, Once},
    },
    routes::invites::InviteView,
};

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvite {
    /// The address.
    #[schema(example = "mara@brightwater.example", max_length = 320)]
    email: String,
    /// The name, if it is known.
    #[schema(example = "Mara Lind", min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The role, by id or by name; nothing that may do more than the inviter.
    #[schema(example = "sales")]
    role: String,
}

/// Invite a member
///
/// A mail with a link goes to the address; it works for seven days, once. An older invitation to the same address is
/// withdrawn.
#[utoipa::path(
    post,
    path = "/v1/auth/invite",
    operation_id = "invite_member",
    tag = "auth",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours")),
    request_body = NewInvite,
    responses(
        (status = 201, description = "The invitation; the link is in the mail alone", body = InviteView),
        (status = 403, description = "The role may do more than the inviter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The person is a member already", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Bad fields", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageMembers>,
    once: Once,
    body: Json<NewInvite>,
) -> Result<(StatusCode, JsonBody<InviteView>), Problem> {
    let new = body.value;
    let mut tx = caller.store().begin().await?;
    if let Entered::Before { .. } = once.enter(&mut tx, &body.hash).await? {
        return Err(Problem::new(
            ProblemKind::Conflict,
            "this request was done before: see GET /v1/invites",
        ));
    }
    let role = super::role_id(&mut tx, &new.role).await?;
    let invite = tx
        .invites()
        .create(&new.email, new.name.as_deref(), role, &caller.held())
        .await?;
    once.done(&mut tx, 201, Some(invite.id)).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, JsonBody(invite.into())))
}
