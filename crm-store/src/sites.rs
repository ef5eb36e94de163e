//! Websites of a tenant that show the chat widget.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    Actor, Grant, Store, StoreError, TenantTx,
    api_keys::random_text,
    ids::{SiteId, TenantId, VisitorId},
};

/// A site with the widget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Site {
    /// The site.
    pub id: SiteId,
    /// Its name for people.
    pub name: String,
    /// The key in the site's HTML. Not a secret: it opens what a visitor may do, from the allowed origins.
    pub publishable_key: String,
    /// Origins that may use the key, such as `https://shop.example`.
    pub allowed_origins: Vec<String>,
    /// Whether the widget works there.
    pub enabled: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// The sites of the tenant.
#[derive(Debug)]
pub struct Sites<'t>(&'t mut TenantTx);

impl TenantTx {
    /// Websites of the tenant that show the chat widget.
    pub fn sites(&mut self) -> Sites<'_> {
        Sites(self)
    }
}

impl Store {
    /// Lets a visitor of a site in, if the site has the widget and the origin is one of its own.
    ///
    /// `visitor` is who they are by a token that the caller has checked, or a fresh id.
    pub async fn authenticate_visitor(
        &self,
        site_key: &str,
        origin: &str,
        visitor: VisitorId,
    ) -> Result<Option<Grant>, StoreError> {
        let tenant: Option<TenantId> = sqlx::query_scalar(
            "SELECT s.tenant_id FROM widget_sites s JOIN tenants t ON t.id = s.tenant_id \
             WHERE s.publishable_key = $1 AND s.enabled AND $2 = ANY (s.allowed_origins) AND t.status = 'active'",
        )
        .bind(site_key)
        .bind(origin)
        .fetch_optional(self.system_pool())
        .await?;
        Ok(tenant.map(|tenant| Grant::mint(tenant, Actor::Visitor(visitor))))
    }
}

impl Sites<'_> {
    /// Makes a site with a key of its own.
    pub async fn create(&mut self, name: &str, allowed_origins: &[String]) -> Result<Site, StoreError> {
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let site: Site = sqlx::query_as(
            "INSERT INTO widget_sites (tenant_id, id, name, publishable_key, allowed_origins, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $6) \
             RETURNING id, name, publishable_key, allowed_origins, enabled, version, created_at, updated_at",
        )
        .bind(tenant)
        .bind(SiteId::new())
        .bind(name)
        .bind(format!("pk_{}", random_text(24)))
        .bind(allowed_origins)
        .bind(now)
        .fetch_one(self.0.conn())
        .await?;
        self.0
            .audit()
            .record(
                "create",
                "widget_site",
                Some(site.id.uuid()),
                &["name", "allowed_origins"],
            )
            .await?;
        Ok(site)
    }

    /// The sites of the tenant, oldest first.
    pub async fn list(&mut self) -> Result<Vec<Site>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, name, publishable_key, allowed_origins, enabled, version, created_at, updated_at \
             FROM widget_sites ORDER BY created_at, id",
        )
        .fetch_all(self.0.conn())
        .await?)
    }

    /// Changes name, origins and whether the widget works, if nobody else did since `site` was read.
    pub async fn save(&mut self, site: &Site) -> Result<Site, StoreError> {
        let now = self.0.now();
        let saved = sqlx::query_as(
            "UPDATE widget_sites SET name = $3, allowed_origins = $4, enabled = $5, version = version + 1, updated_at = $6 \
             WHERE id = $1 AND version = $2 \
             RETURNING id, name, publishable_key, allowed_origins, enabled, version, created_at, updated_at",
        )
        .bind(site.id)
        .bind(site.version)
        .bind(&site.name)
        .bind(&site.allowed_origins)
        .bind(site.enabled)
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?;
        let Some(saved) = saved else {
            let current = sqlx::query_scalar("SELECT version FROM widget_sites WHERE id = $1")
                .bind(site.id)
                .fetch_optional(self.0.conn())
                .await?;
            return Err(current.map_or(StoreError::NotFound { what: "site" }, |current| {
                StoreError::Stale { current }
            }));
        };
        self.0
            .audit()
            .record(
                "update",
                "widget_site",
                Some(site.id.uuid()),
                &["name", "allowed_origins", "enabled"],
            )
            .await?;
        Ok(saved)
    }
}
