//! The only way into an engine: a request with the tenant's walls around it.

use std::sync::Arc;

use crm_store::ids::TenantId;
use crm_store::{Actor, Grant};
use uuid::Uuid;

use super::filter::Wanted;
use super::{Candidate, Page, Point, Search, VectorIndex};
use crate::RagError;

/// The walls: tenant and audience are conditions of their own, and what the caller
/// wants stands beside them, so none of its alternatives can widen them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scope {
    pub(super) tenant: TenantId,
    pub(super) public_only: bool,
    pub(super) wanted: Option<Wanted>,
}

/// A request inside one tenant's walls. Only [`TenantIndex`] makes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scoped<T> {
    pub(super) scope: Scope,
    pub(super) request: T,
}

/// One tenant's part of the index, as one actor may see it.
#[derive(Debug, Clone)]
pub struct TenantIndex {
    engine: Arc<dyn VectorIndex>,
    tenant: TenantId,
    public_only: bool,
}

impl TenantIndex {
    /// Opens the grant's part of `engine`.
    pub fn new(engine: Arc<dyn VectorIndex>, grant: &Grant) -> Self {
        Self {
            engine,
            tenant: grant.tenant(),
            public_only: matches!(grant.actor(), Actor::Visitor(_)),
        }
    }

    /// Writes points of this tenant.
    pub async fn upsert(&self, points: Vec<Point>) -> Result<(), RagError> {
        if points.is_empty() {
            return Ok(());
        }
        self.engine.upsert(self.scoped(None, points)).await
    }

    /// The points nearest to the question, each once.
    pub async fn search(&self, search: Search, wanted: Option<Wanted>) -> Result<Vec<Candidate>, RagError> {
        self.engine.search(self.scoped(wanted, search)).await
    }

    /// Lists points by id.
    pub async fn scroll(
        &self,
        from: Option<Uuid>,
        limit: usize,
        wanted: Option<Wanted>,
    ) -> Result<Page, RagError> {
        self.engine.scroll(self.scoped(wanted, from), limit).await
    }

    /// Deletes what is wanted; everything of the tenant when nothing is said.
    pub async fn delete(&self, wanted: Option<Wanted>) -> Result<(), RagError> {
        self.engine.delete(self.scoped(wanted, ())).await
    }

    /// Counts points.
    pub async fn count(&self, wanted: Option<Wanted>) -> Result<usize, RagError> {
        self.engine.count(self.scoped(wanted, ())).await
    }

    /// The only place where a request gets its scope.
    fn scoped<T>(&self, wanted: Option<Wanted>, request: T) -> Scoped<T> {
        Scoped {
            scope: Scope {
                tenant: self.tenant,
                public_only: self.public_only,
                wanted,
            },
            request,
        }
    }
}
