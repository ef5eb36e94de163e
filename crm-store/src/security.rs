//! What looks after safety: events that somebody should see, and the history of sign-ins.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::QueryBuilder;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    page::{Cursor, Page, read_limit},
};

/// Something that somebody should see, such as an account that was locked.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct SecurityEvent {
    /// The event.
    pub id: Uuid,
    /// What happened, such as `lockout`.
    pub kind: String,
    /// `user`, `api_key`, `visitor` or `job`.
    pub actor_kind: String,
    /// Who did it, or to whom it happened.
    pub actor_id: Uuid,
    /// From which address.
    pub ip: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// More about it.
    pub detail: Value,
    /// When.
    pub at: DateTime<Utc>,
}

/// An attempt to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Login {
    /// The attempt.
    pub id: Uuid,
    /// Whose account it was.
    pub user_id: Uuid,
    /// `succeeded`, `wrong_password`, `locked` or `not_a_member`.
    pub outcome: String,
    /// From which address.
    pub ip: Option<String>,
    /// What the program called itself.
    pub user_agent: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The events and sign-ins of the tenant.
#[derive(Debug)]
pub struct Security<'t>(&'t mut TenantTx);

impl TenantTx {
    /// The events and sign-ins of the tenant.
    pub fn security(&mut self) -> Security<'_> {
        Security(self)
    }

    /// Writes down something that whoever looks after security should see, as this transaction's actor.
    pub async fn security_event(&mut self, kind: &str, detail: Value) -> Result<(), StoreError> {
        let (grant, now) = (*self.grant(), self.now());
        let ip = self.client().map(|address| address.to_string());
        let request_id = self.request_id().map(str::to_owned);
        sqlx::query(
            "INSERT INTO security_events (tenant_id, id, kind, actor_kind, actor_id, ip, request_id, detail, at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(grant.tenant())
        .bind(Uuid::now_v7())
        .bind(kind)
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(ip)
        .bind(request_id)
        .bind(detail)
        .bind(now)
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

impl Security<'_> {
    /// The events, newest first; of one kind when it is given.
    pub async fn events(
        &mut self,
        kind: Option<&str>,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<SecurityEvent>, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT id, kind, actor_kind, actor_id, ip, request_id, detail, at FROM security_events WHERE true",
        );
        if let Some(kind) = kind {
            query.push(" AND kind = ").push_bind(kind);
        }
        page(&mut query, after, limit);
        let rows = query.build_query_as().fetch_all(self.0.conn()).await?;
        Ok(Page::cut(rows, limit, |event: &SecurityEvent| Cursor {
            at: event.at,
            id: event.id,
        }))
    }

    /// The sign-ins, newest first; of one person when it is given.
    pub async fn logins(
        &mut self,
        user: Option<Uuid>,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<Login>, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT id, user_id, outcome, ip, user_agent, request_id, at FROM login_history WHERE true",
        );
        if let Some(user) = user {
            query.push(" AND user_id = ").push_bind(user);
        }
        page(&mut query, after, limit);
        let rows = query.build_query_as().fetch_all(self.0.conn()).await?;
        Ok(Page::cut(rows, limit, |login: &Login| Cursor {
            at: login.at,
            id: login.id,
        }))
    }
}

fn page(query: &mut QueryBuilder<sqlx::Postgres>, after: Option<Cursor>, limit: i64) {
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
}
