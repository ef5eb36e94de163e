//! Articles with the text that readers get, as `crm-ai import articles` takes them.

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{ExportPage, PAGE};
use crate::{StoreError, TenantTx};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    external_id: String,
    title: String,
    body: String,
    language: String,
    audience: String,
    status: String,
}

pub(super) async fn page(tx: &mut TenantTx, after: Option<Uuid>) -> Result<ExportPage, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT a.id, COALESCE(a.external_id, a.id::text) AS external_id, v.title, v.body, v.language, v.audience, a.status \
         FROM articles a CROSS JOIN LATERAL (SELECT * FROM article_versions v WHERE v.tenant_id = a.tenant_id \
             AND v.article_id = a.id ORDER BY (v.id = a.current_version_id) DESC NULLS LAST, v.number DESC LIMIT 1) v \
         WHERE $1::uuid IS NULL OR a.id > $1 ORDER BY a.id LIMIT $2",
    )
    .bind(after)
    .bind(PAGE)
    .fetch_all(tx.conn())
    .await?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
    Ok(ExportPage {
        next: rows.last().map(|row| row.id).filter(|_| full),
        lines: rows.into_iter().map(line).collect(),
    })
}

fn line(row: Row) -> Map<String, Json> {
    [
        ("id", row.id.to_string()),
        ("external_id", row.external_id),
        ("title", row.title),
        ("body", row.body),
        ("language", row.language),
        ("audience", row.audience),
        ("status", row.status),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), Json::from(value)))
    .collect()
}
