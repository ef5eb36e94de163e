//! Endpoints: where, what of, and with which secret.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{PURPOSE, SigningSecret, WEBHOOK_JOB, Webhooks};
use crate::{
    StoreError,
    catalog::object,
    jobs::NewJob,
    page::{Cursor, Page, read_limit},
    text_enum::text_enum,
};

text_enum! {
    /// Whether an endpoint is told.
    pub enum EndpointStatus {
        /// It is.
        Active = "active",
        /// Its owner wants a pause.
        Paused = "paused",
        /// It failed too often.
        Disabled = "disabled",
    }
}

/// An endpoint, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Endpoint {
    /// The endpoint.
    pub id: Uuid,
    /// Where events are posted to.
    pub url: String,
    /// What it is for.
    pub description: Option<String>,
    /// Which events: `lead.created`, `case.*`, `*`.
    pub events: Vec<String>,
    /// Whether it is told.
    pub status: EndpointStatus,
    /// Why it is not any more.
    pub disabled_reason: Option<String>,
    /// Attempts that failed since the last one that did not.
    pub failures: i32,
    /// Since when.
    pub failing_since: Option<DateTime<Utc>>,
    /// Nothing is sent before.
    pub paused_until: Option<DateTime<Utc>>,
    /// Until when its former secret signs too.
    pub old_secret_until: Option<DateTime<Utc>>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

macro_rules! columns {
    () => {
        "id, url, description, events, status, disabled_reason, failures, failing_since, paused_until, old_secret_until, \
         version, created_at, updated_at"
    };
}

/// An endpoint to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Where events are posted to; the caller has checked that it is a web address.
    pub url: String,
    /// What it is for.
    pub description: Option<String>,
    /// Which events.
    pub events: Vec<String>,
}

/// What to change; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointPatch {
    /// Where events are posted to.
    pub url: Option<String>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// Which events.
    pub events: Option<Vec<String>>,
    /// `Active` or `Paused`.
    pub status: Option<EndpointStatus>,
}

/// A secret that was just made; the only time that it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSecret(pub SigningSecret);

impl Webhooks<'_> {
    /// Makes an endpoint with a secret of its own.
    pub async fn create(&mut self, new: &NewEndpoint) -> Result<(Endpoint, NewSecret), StoreError> {
        self.require().await?;
        check_events(&new.events)?;
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let secret = SigningSecret::generate();
        let sealed = self.0.seal(PURPOSE, secret.to_text().as_bytes())?;
        let endpoint: Endpoint = sqlx::query_as(concat!(
            "INSERT INTO webhook_endpoints (tenant_id, id, url, description, events, secret_sealed, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING ",
            columns!()
        ))
        .bind(tenant)
        .bind(Uuid::now_v7())
        .bind(&new.url)
        .bind(&new.description)
        .bind(&new.events)
        .bind(sealed)
        .bind(now)
        .fetch_one(self.0.conn())
        .await?;
        self.subscribe(&endpoint).await?;
        self.note("create", endpoint.id, &["url", "events"]).await?;
        Ok((endpoint, NewSecret(secret)))
    }

    /// One endpoint.
    pub async fn get(&mut self, id: Uuid) -> Result<Option<Endpoint>, StoreError> {
        self.require().await?;
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM webhook_endpoints WHERE id = $1"
        ))
        .bind(id)
        .fetch_optional(self.0.conn())
        .await?)
    }

    /// The endpoints of the tenant, newest first.
    pub async fn list(&mut self, after: Option<Cursor>, limit: i64) -> Result<Page<Endpoint>, StoreError> {
        self.require().await?;
        let rows = sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM webhook_endpoints WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1, $2) \
             ORDER BY created_at DESC, id DESC LIMIT $3"
        ))
        .bind(after.map(|cursor| cursor.at))
        .bind(after.map(|cursor| cursor.id))
        .bind(read_limit(limit))
        .fetch_all(self.0.conn())
        .await?;
        Ok(Page::cut(rows, limit, |row: &Endpoint| Cursor {
            at: row.created_at,
            id: row.id,
        }))
    }

    /// Changes an endpoint; with `expected`, only if nobody else did since. Made active, it starts afresh with what waits.
    pub async fn update(
        &mut self,
        id: Uuid,
        patch: &EndpointPatch,
        expected: Option<i64>,
    ) -> Result<Endpoint, StoreError> {
        self.require().await?;
        if let Some(events) = &patch.events {
            check_events(events)?;
        }
        if patch.status == Some(EndpointStatus::Disabled) {
            return Err(StoreError::invalid("status", "must be active or paused"));
        }
        let now = self.0.now();
        let changed: Option<Endpoint> = sqlx::query_as(concat!(
            "UPDATE webhook_endpoints SET url = COALESCE($3, url), description = CASE WHEN $4 THEN $5 ELSE description END, \
                 events = COALESCE($6, events), status = COALESCE($7, status), \
                 disabled_reason = CASE WHEN $7 = 'active' THEN NULL ELSE disabled_reason END, \
                 failures = CASE WHEN $7 = 'active' THEN 0 ELSE failures END, \
                 failing_since = CASE WHEN $7 = 'active' THEN NULL ELSE failing_since END, \
                 paused_until = CASE WHEN $7 = 'active' THEN NULL ELSE paused_until END, \
                 version = version + 1, updated_at = $8 \
             WHERE id = $1 AND ($2::bigint IS NULL OR version = $2) RETURNING ",
            columns!()
        ))
        .bind(id)
        .bind(expected)
        .bind(&patch.url)
        .bind(patch.description.is_some())
        .bind(patch.description.clone().flatten())
        .bind(&patch.events)
        .bind(patch.status)
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?;
        let Some(changed) = changed else {
            return Err(self
                .get(id)
                .await?
                .map_or(StoreError::NotFound { what: "webhook" }, |found| {
                    StoreError::Stale {
                        current: found.version,
                    }
                }));
        };
        self.subscribe(&changed).await?;
        if changed.status == EndpointStatus::Active {
            self.0
                .jobs()
                .enqueue(&NewJob::new(WEBHOOK_JOB, id.to_string()))
                .await?;
        }
        self.note("update", id, &["url", "description", "events", "status"])
            .await?;
        Ok(changed)
    }

    /// Forgets an endpoint, what it was to be told, and its log.
    pub async fn delete(&mut self, id: Uuid) -> Result<(), StoreError> {
        self.require().await?;
        let gone = sqlx::query("DELETE FROM webhook_endpoints WHERE id = $1")
            .bind(id)
            .execute(self.0.conn())
            .await?;
        if gone.rows_affected() == 0 {
            return Err(StoreError::NotFound { what: "webhook" });
        }
        self.note("delete", id, &[]).await
    }

    /// Gives an endpoint a new secret; the former one signs too for `overlap`.
    pub async fn rotate(&mut self, id: Uuid, overlap: Duration) -> Result<(Endpoint, NewSecret), StoreError> {
        self.require().await?;
        let now = self.0.now();
        let secret = SigningSecret::generate();
        let sealed = self.0.seal(PURPOSE, secret.to_text().as_bytes())?;
        let until = (!overlap.is_zero()).then(|| now + overlap);
        let endpoint: Option<Endpoint> = sqlx::query_as(concat!(
            "UPDATE webhook_endpoints SET old_secret_sealed = CASE WHEN $3::timestamptz IS NULL THEN NULL ELSE secret_sealed END, \
                 old_secret_until = $3, secret_sealed = $2, version = version + 1, updated_at = $4 WHERE id = $1 RETURNING ",
            columns!()
        ))
        .bind(id)
        .bind(sealed)
        .bind(until)
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?;
        let endpoint = endpoint.ok_or(StoreError::NotFound { what: "webhook" })?;
        self.note("rotate_secret", id, &["secret"]).await?;
        Ok((endpoint, NewSecret(secret)))
    }

    /// Writes down what an endpoint wants, where those look whose changes it may be.
    pub(super) async fn subscribe(&mut self, endpoint: &Endpoint) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM webhook_subscriptions WHERE endpoint_id = $1")
            .bind(endpoint.id)
            .execute(self.0.conn())
            .await?;
        if endpoint.status != EndpointStatus::Active {
            return Ok(());
        }
        let tenant = self.0.grant().tenant();
        sqlx::query(
            "INSERT INTO webhook_subscriptions (tenant_id, event, endpoint_id) \
             SELECT DISTINCT $1, event, $2 FROM unnest($3::text[]) event",
        )
        .bind(tenant)
        .bind(endpoint.id)
        .bind(&endpoint.events)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    pub(super) async fn note(&mut self, action: &str, id: Uuid, fields: &[&str]) -> Result<(), StoreError> {
        self.0.audit().record(action, "webhook", Some(id), fields).await
    }
}

/// Each is `*`, `<object>.*` or `<object>.<what happened>`, of an object that there is.
fn check_events(events: &[String]) -> Result<(), StoreError> {
    for (n, event) in events.iter().enumerate() {
        let good = match event.split_once('.') {
            None => event == "*",
            Some((name, action)) => {
                (name == "pipeline" || object(name).is_some_and(|object| object.name == name))
                    && (action == "*"
                        || (1..=40).contains(&action.len())
                            && action
                                .bytes()
                                .all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
            }
        };
        if !good {
            return Err(StoreError::invalid(
                format!("events/{n}"),
                "must be an event such as lead.created, all of an object such as case.*, or *",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_named_after_objects() {
        let check = |event: &str| check_events(&[event.to_owned()]).is_ok();
        for good in ["*", "message.created", "conversation.*"] {
            assert!(check(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "message",
            "messages.created",
            "message.",
            "message.Created",
            "spaceship.*",
            "message.a.b",
        ] {
            assert!(!check(bad), "{bad}");
        }
    }
}
