//! The append-only log of who did what to which record.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    page::{Cursor, Page, read_limit},
};

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct AuditEntry {
    /// The entry.
    pub id: Uuid,
    /// `user`, `api_key`, `visitor` or `job`.
    pub actor_kind: String,
    /// Who acted.
    pub actor_id: Uuid,
    /// What was done, such as `publish`.
    pub action: String,
    /// To what kind of record.
    pub object: String,
    /// To which record.
    pub object_id: Option<Uuid>,
    /// The names of the fields that changed.
    pub fields: Vec<String>,
    /// The request that did it.
    pub request_id: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The log of the tenant.
#[derive(Debug)]
pub struct Audit<'t>(&'t mut TenantTx);

impl TenantTx {
    /// The tenant's log of acts.
    pub fn audit(&mut self) -> Audit<'_> {
        Audit(self)
    }
}

impl Audit<'_> {
    /// Writes down an act of this transaction's actor.
    pub async fn record(
        &mut self,
        action: &str,
        object: &str,
        object_id: Option<Uuid>,
        fields: &[&str],
    ) -> Result<(), StoreError> {
        self.record_all(action, object, &[object_id], fields).await
    }

    /// Writes down the same act on many records, in one statement.
    pub async fn record_all(
        &mut self,
        action: &str,
        object: &str,
        object_ids: &[Option<Uuid>],
        fields: &[&str],
    ) -> Result<(), StoreError> {
        let (grant, now) = (*self.0.grant(), self.0.now());
        let request_id = self.0.request_id().map(str::to_owned);
        let ids: Vec<Uuid> = object_ids.iter().map(|_| Uuid::now_v7()).collect();
        sqlx::query(
            "INSERT INTO audit_log (tenant_id, id, actor_kind, actor_id, action, object, object_id, fields, request_id, at) \
             SELECT $1, e.id, $4, $5, $6, $7, e.object_id, $8, $9, $10 FROM unnest($2::uuid[], $3::uuid[]) AS e (id, object_id)",
        )
        .bind(grant.tenant())
        .bind(ids)
        .bind(object_ids)
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(action)
        .bind(object)
        .bind(fields)
        .bind(request_id)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// The log, newest first; only of one record when `object` is given.
    pub async fn list(
        &mut self,
        object: Option<(&str, Uuid)>,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let mut query = sqlx::QueryBuilder::new(
            "SELECT id, actor_kind, actor_id, action, object, object_id, fields, request_id, at FROM audit_log WHERE true",
        );
        if let Some((object, id)) = object {
            query
                .push(" AND object = ")
                .push_bind(object)
                .push(" AND object_id = ")
                .push_bind(id);
        }
        if let Some(Cursor { at, id }) = after {
            query
                .push(" AND (at, id) < (")
                .push_bind(at)
                .push(", ")
                .push_bind(id)
                .push(")");
        }
        query
            .push(" ORDER BY at DESC, id DESC LIMIT ")
            .push_bind(read_limit(limit));
        let rows = query.build_query_as().fetch_all(self.0.conn()).await?;
        Ok(Page::cut(rows, limit, |entry: &AuditEntry| Cursor {
            at: entry.at,
            id: entry.id,
        }))
    }
}
