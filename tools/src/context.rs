//! What a tool call may reach.

use std::sync::Arc;

use crm_rag::Retriever;
use crm_store::TenantStore;

use crate::PassageRefs;

/// Everything a tool call may touch: one tenant's store and index, as one actor.
///
/// There is no way from here to another tenant or to a model.
#[derive(Clone)]
pub struct ToolCtx {
    /// The tenant's store, as the actor of the run.
    pub store: TenantStore,
    /// The tenant's index, as the actor of the run.
    pub retriever: Arc<dyn Retriever>,
    /// The numbers of the passages that this run has seen.
    pub refs: PassageRefs,
    /// The words of the person who asks; empty when nobody spoke.
    pub question: String,
}
