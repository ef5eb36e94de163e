//! Tenants: the customers of the service.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::{
    StoreError, SystemTx, TenantTx,
    ids::{TenantId, UserId},
    text_enum::text_enum,
};

text_enum! {
    /// Whether a tenant may use the service.
    pub enum TenantStatus {
        /// It may.
        Active = "active",
        /// Its keys and logins are refused; its data stays.
        Suspended = "suspended",
    }
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct Tenant {
    /// The tenant.
    pub id: TenantId,
    /// The name in URLs and commands.
    pub slug: String,
    /// The name for people.
    pub name: String,
    /// What was bought.
    pub plan: String,
    /// Whether it may use the service.
    pub status: TenantStatus,
    /// What is switched on beyond the plan.
    pub features: Vec<String>,
    /// BCP 47 tag.
    pub locale: String,
    /// ISO 4217 code.
    pub currency: String,
    /// IANA name.
    pub timezone: String,
    /// The month in which the fiscal year starts.
    pub fiscal_year_start: i16,
    /// Opening hours per weekday.
    pub business_hours: Value,
    /// Settings for agents, models and thresholds.
    pub settings: Value,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// A tenant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTenant {
    /// The name in URLs and commands, unique.
    pub slug: String,
    /// The name for people.
    pub name: String,
    /// The address of the first member, who gets the role `admin`.
    pub admin_email: String,
    /// The first member's name; the address stands in for it.
    pub admin_name: Option<String>,
}

/// A tenant that was just made.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatedTenant {
    /// The tenant.
    pub tenant: Tenant,
    /// Its first member.
    pub admin: UserId,
}

/// Tenants, across all of them.
#[derive(Debug)]
pub struct Tenants<'t>(&'t mut SystemTx);

impl SystemTx {
    /// Tenants.
    pub fn tenants(&mut self) -> Tenants<'_> {
        Tenants(self)
    }
}

impl TenantTx {
    /// The tenant that this transaction is open for.
    pub async fn tenant(&mut self) -> Result<Tenant, StoreError> {
        // Row-level security leaves one row.
        Ok(sqlx::query_as("SELECT * FROM tenants")
            .fetch_one(self.conn())
            .await?)
    }
}

impl Tenants<'_> {
    /// Makes a tenant with a role `admin` and its first member.
    pub async fn create(&mut self, new: &NewTenant) -> Result<CreatedTenant, StoreError> {
        let now = self.0.now();
        let tenant: Tenant = sqlx::query_as(
            "INSERT INTO tenants (id, slug, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) RETURNING *",
        )
        .bind(TenantId::new())
        .bind(&new.slug)
        .bind(&new.name)
        .bind(now)
        .fetch_one(self.0.conn())
        .await?;
        let name = new.admin_name.as_deref().unwrap_or(&new.admin_email);
        let admin = self.0.users().ensure(&new.admin_email, name).await?.id;
        self.0.users().found(tenant.id, admin).await?;
        Ok(CreatedTenant { tenant, admin })
    }

    /// The tenant with this slug.
    pub async fn by_slug(&mut self, slug: &str) -> Result<Option<Tenant>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM tenants WHERE slug = $1")
            .bind(slug)
            .fetch_optional(self.0.conn())
            .await?)
    }

    /// The tenant with this id.
    pub async fn by_id(&mut self, id: TenantId) -> Result<Option<Tenant>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM tenants WHERE id = $1")
            .bind(id)
            .fetch_optional(self.0.conn())
            .await?)
    }

    /// Up to `limit` tenants after `after`, by id.
    pub async fn list(&mut self, after: Option<TenantId>, limit: i64) -> Result<Vec<Tenant>, StoreError> {
        Ok(
            sqlx::query_as("SELECT * FROM tenants WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2")
                .bind(after)
                .bind(limit)
                .fetch_all(self.0.conn())
                .await?,
        )
    }

    /// Replaces the settings of a tenant, if nobody else did since `expected`.
    pub async fn set_settings(
        &mut self,
        id: TenantId,
        settings: &Value,
        expected: i64,
    ) -> Result<Tenant, StoreError> {
        let now = self.0.now();
        let changed = sqlx::query_as(
            "UPDATE tenants SET settings = $2, version = version + 1, updated_at = $4 \
             WHERE id = $1 AND version = $3 RETURNING *",
        )
        .bind(id)
        .bind(settings)
        .bind(expected)
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?;
        match (changed, self.by_id(id).await?) {
            (Some(tenant), _) => Ok(tenant),
            (None, Some(tenant)) => Err(StoreError::Stale {
                current: tenant.version,
            }),
            (None, None) => Err(StoreError::NotFound { what: "tenant" }),
        }
    }

    /// Says where a tenant is: language, currency and time zone.
    pub async fn set_region(
        &mut self,
        id: TenantId,
        locale: &str,
        currency: &str,
        timezone: &str,
    ) -> Result<Tenant, StoreError> {
        let now = self.0.now();
        sqlx::query_as(
            "UPDATE tenants SET locale = $2, currency = $3, timezone = $4, version = version + 1, updated_at = $5 \
             WHERE id = $1 RETURNING *",
        )
        .bind(id)
        .bind(locale)
        .bind(currency)
        .bind(timezone)
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?
        .ok_or(StoreError::NotFound { what: "tenant" })
    }

    /// Suspends a tenant or lets it in again.
    pub async fn set_status(&mut self, id: TenantId, status: TenantStatus) -> Result<Tenant, StoreError> {
        let now = self.0.now();
        sqlx::query_as(
            "UPDATE tenants SET status = $2, version = version + 1, updated_at = $3 WHERE id = $1 RETURNING *",
        )
        .bind(id)
        .bind(status)
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?
        .ok_or(StoreError::NotFound { what: "tenant" })
    }
}
