//! `POST /v1/members/{id}/transfer`: what one member owns goes to another one.

use std::collections::BTreeMap;

use axum::Json as JsonBody;
use crm_store::ids::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::{Json, Path},
        idempotency::{Entered, Once},
    },
};

/// How many records go over within the request; a job takes the rest.
const AT_ONCE: u64 = 5_000;

/// Who gets the records.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The membership or the person; null leaves the records without an owner, where everyone who may read them sees them.
    to: Option<Uuid>,
}

/// What went over.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferResult {
    /// How many records of each object; empty for a repeated request.
    #[schema(value_type = Object, example = json!({"leads": 12, "cases": 3}))]
    moved: BTreeMap<String, u64>,
    /// Whether a job goes on with more.
    more: bool,
}

/// Transfer the records of a member
///
/// Before or after they leave: leads, contacts, accounts, opportunities, cases, conversations and everything else that
/// has an owner. Their places in queues are closed. Each record's history says so.
#[utoipa::path(
    post,
    path = "/v1/members/{id}/transfer",
    operation_id = "transfer_member",
    tag = "administration",
    params(
        ("id" = Uuid, Path, description = "The membership or the person"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    request_body = Transfer,
    responses(
        (status = 200, description = "What went over", body = TransferResult),
        (status = 403, description = "The role does not administer members", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such member", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Nobody to transfer to", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageMembers>,
    Path(id): Path<Uuid>,
    once: Once,
    body: Json<Transfer>,
) -> Result<JsonBody<TransferResult>, Problem> {
    let mut tx = caller.store().begin().await?;
    let from: UserId = match tx.members().get(id).await? {
        Some(member) => member.user_id,
        None => return Err(Problem::not_found("member")),
    };
    let to = match body.value.to {
        None => None,
        Some(to) => match tx.members().get(to).await? {
            Some(member) => Some(member.user_id),
            None => return Err(Problem::field("/to", "there is no such member")),
        },
    };
    let result = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let done = tx.transfer(from, to, AT_ONCE).await?;
            once.done(&mut tx, 200, Some(id)).await?;
            TransferResult {
                moved: done
                    .moved
                    .into_iter()
                    .map(|(what, count)| (what.to_owned(), count))
                    .collect(),
                more: done.more,
            }
        }
        Entered::Before { .. } => TransferResult {
            moved: BTreeMap::new(),
            more: false,
        },
    };
    tx.commit().await?;
    Ok(JsonBody(result))
}
