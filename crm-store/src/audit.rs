//! The append-only log of who did what to which record.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    access::FieldRule,
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
    /// The address that it came from.
    pub ip: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Which acts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// On this kind of record.
    pub object: Option<String>,
    /// On this record.
    pub object_id: Option<Uuid>,
    /// By this actor.
    pub actor_id: Option<Uuid>,
    /// Of this kind, such as `update`.
    pub action: Option<String>,
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub to: Option<DateTime<Utc>>,
}

/// The value of a field before and after an act.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct AuditValue {
    /// The act.
    pub audit_id: Uuid,
    /// The field.
    pub field: String,
    /// The value before.
    pub old: Option<serde_json::Value>,
    /// The value after.
    pub new: Option<serde_json::Value>,
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
        let ids: Vec<Uuid> = object_ids.iter().map(|_| Uuid::now_v7()).collect();
        self.insert(&ids, action, object, object_ids, fields).await
    }

    async fn insert(
        &mut self,
        ids: &[Uuid],
        action: &str,
        object: &str,
        object_ids: &[Option<Uuid>],
        fields: &[&str],
    ) -> Result<(), StoreError> {
        let (grant, now) = (*self.0.grant(), self.0.now());
        let request_id = self.0.request_id().map(str::to_owned);
        let ip = self.0.client().map(|address| address.to_string());
        sqlx::query(
            "INSERT INTO audit_log (tenant_id, id, actor_kind, actor_id, action, object, object_id, fields, request_id, at, ip) \
             SELECT $1, e.id, $4, $5, $6, $7, e.object_id, $8, $9, $10, $11 FROM unnest($2::uuid[], $3::uuid[]) AS e (id, object_id)",
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
        .bind(ip)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Writes down that one field of many records got another value, the same for all of them.
    pub(crate) async fn record_change(
        &mut self,
        object: &str,
        ids: &[Uuid],
        field: &str,
        values: (&serde_json::Value, &serde_json::Value),
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let acts: Vec<Uuid> = ids.iter().map(|_| Uuid::now_v7()).collect();
        let objects: Vec<Option<Uuid>> = ids.iter().copied().map(Some).collect();
        self.insert(&acts, "update", object, &objects, &[field]).await?;
        let tenant = self.0.grant().tenant();
        let said = |value: &serde_json::Value| (!value.is_null()).then(|| value.clone());
        sqlx::query(
            "INSERT INTO audit_values (tenant_id, audit_id, field, old, new) SELECT $1, act, $3, $4, $5 FROM unnest($2::uuid[]) act",
        )
        .bind(tenant)
        .bind(acts)
        .bind(field)
        .bind(said(values.0))
        .bind(said(values.1))
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
        let filter = AuditFilter {
            object: object.map(|(object, _)| object.to_owned()),
            object_id: object.map(|(_, id)| id),
            ..AuditFilter::default()
        };
        self.search(&filter, after, limit).await
    }

    /// The acts that fit, newest first: everyone's for who looks after the log, else the actor's own.
    pub async fn search(
        &mut self,
        filter: &AuditFilter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let mut query = sqlx::QueryBuilder::new(
            "SELECT id, actor_kind, actor_id, action, object, object_id, fields, request_id, ip, at FROM audit_log WHERE true",
        );
        for (column, word) in [("object", &filter.object), ("action", &filter.action)] {
            if let Some(word) = word {
                query.push(format!(" AND {column} = ")).push_bind(word);
            }
        }
        for (column, id) in [("object_id", filter.object_id), ("actor_id", filter.actor_id)] {
            if let Some(id) = id {
                query.push(format!(" AND {column} = ")).push_bind(id);
            }
        }
        if let Some(from) = filter.from {
            query.push(" AND at >= ").push_bind(from);
        }
        if let Some(to) = filter.to {
            query.push(" AND at < ").push_bind(to);
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

    /// The values before and after, of those of these acts whose values the actor may see: who looks after the log, and
    /// of them no field that their role hides or masks.
    pub async fn values(&mut self, entries: &[AuditEntry]) -> Result<Vec<AuditValue>, StoreError> {
        let access = self.0.access().await?;
        let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
        let values: Vec<AuditValue> = sqlx::query_as(
            "SELECT audit_id, field, old, new FROM audit_values WHERE audit_id = ANY ($1) ORDER BY audit_id, field",
        )
        .bind(ids)
        .fetch_all(self.0.conn())
        .await?;
        let is_open = |value: &AuditValue| {
            let entry = entries.iter().find(|entry| entry.id == value.audit_id);
            let object = entry.and_then(|entry| crate::catalog::object(&entry.object));
            object.is_none_or(|object| {
                !matches!(
                    access.field_rule(object, &value.field),
                    Some(FieldRule::Hidden | FieldRule::Masked)
                )
            })
        };
        Ok(values
            .into_iter()
            .flat_map(field_by_field)
            .filter(is_open)
            .collect())
    }
}

/// The values of a record that was new among a thousand are kept as one; here they are one for each field again.
fn field_by_field(value: AuditValue) -> Vec<AuditValue> {
    match (value.field.as_str(), &value.new) {
        (crate::changes::ALL_FIELDS, Some(serde_json::Value::Object(began))) => began
            .iter()
            .map(|(field, new)| AuditValue {
                audit_id: value.audit_id,
                field: field.clone(),
                old: None,
                new: Some(new.clone()),
            })
            .collect(),
        _ => vec![value],
    }
}
