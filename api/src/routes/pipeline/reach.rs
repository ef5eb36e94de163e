//! What a credential may ask about, told to a key before its question is asked: which scope it lacks. The store refuses the
//! same, whichever way a question comes.

use crm_store::{Actor, access::scope_missing};
use crm_tools::semantic::{PipelineQuery, SemanticModel};

use crate::{Problem, ProblemKind, http::auth::Caller};

/// Refuses a query about what the scopes of the caller's key do not reach. A person's role decides in the store.
pub(super) fn check(caller: &Caller, query: &PipelineQuery) -> Result<(), Problem> {
    let authenticated = caller.authenticated();
    if !matches!(authenticated.grant.actor(), Actor::ApiKey(_)) {
        return Ok(());
    }
    // A tenant adds no entities.
    let entity = SemanticModel::embedded()
        .ok()
        .and_then(|model| model.entity(&query.entity));
    let Some(entity) = entity else {
        return Ok(());
    };
    let Some(scope) = scope_missing(&authenticated.scopes, entity.object) else {
        return Ok(());
    };
    Err(Problem::new(
        ProblemKind::Forbidden,
        format!("this needs a key with the scope {scope}"),
    )
    .fact("scope", scope))
}
