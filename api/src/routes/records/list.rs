//! `GET /v1/{plural}`.

use axum::Json;
use serde_json::{Map, Value};

use super::{
    allowed::{On, Read},
    query::Given,
    view,
};
use crate::{Problem, http::page::Page};

/// Shows a page of records.
pub(super) async fn handler(
    caller: On<Read>,
    given: Given,
) -> Result<Json<Page<Map<String, Value>>>, Problem> {
    let query = given.of_list(caller.object)?;
    let mut tx = caller.store.begin().await?;
    let access = tx.access().await?;
    let page = tx
        .records(caller.object)
        .list(&query)
        .await
        .map_err(view::of_query)?;
    Ok(Json(Page {
        data: page
            .records
            .iter()
            .map(|record| record.to_json(&access))
            .collect(),
        next_cursor: page.next_cursor,
    }))
}
