//! Who acts, and for which tenant: one capability.

use crate::ids::{ApiKeyId, JobId, TenantId, UserId, VisitorId};

/// The one who acts inside a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A signed-in person.
    User(UserId),
    /// A program with a key of the tenant.
    ApiKey(ApiKeyId),
    /// A person in the chat widget.
    Visitor(VisitorId),
    /// The service's own background work.
    Job(JobId),
}

impl Actor {
    /// The kind as the policies of the database know it: `user`, `api_key`, `visitor`, `job`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::ApiKey(_) => "api_key",
            Self::Visitor(_) => "visitor",
            Self::Job(_) => "job",
        }
    }

    /// The bare id of whoever acts.
    pub const fn id(&self) -> uuid::Uuid {
        match self {
            Self::User(id) => id.uuid(),
            Self::ApiKey(id) => id.uuid(),
            Self::Visitor(id) => id.uuid(),
            Self::Job(id) => id.uuid(),
        }
    }
}

/// Proof that this actor may act for one tenant.
///
/// Only authentication and the claiming of a job mint it, so holding an id is
/// not enough. There is no way to change the tenant of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grant {
    tenant: TenantId,
    actor: Actor,
}

impl Grant {
    /// Mints a grant. Private to this crate: see the type's documentation.
    pub(crate) const fn mint(tenant: TenantId, actor: Actor) -> Self {
        Self { tenant, actor }
    }

    /// A grant for the service's own upkeep of a tenant, as a job.
    pub(crate) fn upkeep(tenant: TenantId) -> Self {
        Self::mint(tenant, Actor::Job(JobId::new()))
    }

    /// The tenant, for log fields and index filters. It opens nothing by itself.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Who acts.
    pub const fn actor(&self) -> Actor {
        self.actor
    }
}
