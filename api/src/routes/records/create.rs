//! `POST /v1/{plural}`.

use axum::response::Response;
use crm_store::records::Draft;
use serde_json::{Map, Value};

use super::{
    allowed::{On, Write},
    view,
};
use crate::{
    Problem,
    http::{
        body::Json,
        idempotency::{Entered, Once},
    },
};

/// Makes a record, once.
pub(super) async fn handler(
    caller: On<Write>,
    once: Once,
    body: Json<Map<String, Value>>,
) -> Result<Response, Problem> {
    let object = caller.object;
    let mut tx = caller.store.begin().await?;
    let access = tx.access().await?;
    let record = match once.enter(&mut tx, &body.hash).await? {
        Entered::First => {
            let draft = Draft::from_json(object, &body.value, &access)?;
            let record = tx.records(object).create(draft).await?;
            once.done(&mut tx, 201, Some(record.id)).await?;
            record
        }
        Entered::Before { resource, .. } => view::again(&mut tx, object, resource).await?,
    };
    tx.commit().await?;
    Ok(view::created(&record, &access))
}
