//! `DELETE /v1/{plural}/{id}`: puts a record away, from where it can be restored.

use axum::http::{HeaderMap, StatusCode};
use uuid::Uuid;

use super::allowed::{On, Write};
use crate::{
    Problem,
    http::{body::Path, etag},
};

/// Deletes a record that is still as the caller has read it.
pub(super) async fn handler(
    caller: On<Write>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let expected = etag::if_match(&headers)?;
    let mut tx = caller.store.begin().await?;
    tx.records(caller.object).delete(id, Some(expected)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
