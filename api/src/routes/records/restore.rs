//! `POST /v1/{plural}/{id}/restore`.

use axum::{http::StatusCode, response::Response};
use uuid::Uuid;

use super::{
    allowed::{On, Write},
    view,
};
use crate::{
    Problem,
    http::{
        body::Path,
        idempotency::{Entered, NO_BODY, Once},
    },
};

/// Brings a deleted record back, once.
pub(super) async fn handler(
    caller: On<Write>,
    Path(id): Path<Uuid>,
    once: Once,
) -> Result<Response, Problem> {
    let object = caller.object;
    let mut tx = caller.store.begin().await?;
    let access = tx.access().await?;
    let record = match once.enter(&mut tx, &NO_BODY).await? {
        Entered::First => {
            let record = tx.records(object).restore(id).await?;
            once.done(&mut tx, 200, Some(id)).await?;
            record
        }
        Entered::Before { .. } => view::again(&mut tx, object, Some(id)).await?,
    };
    tx.commit().await?;
    Ok(view::respond(StatusCode::OK, &record, &access))
}
