//! What a credential may ask about. What its role may see, the store says; here the scopes of keys count.

use crm_store::{Actor, catalog::Object};
use crm_tools::semantic::{PipelineQuery, SemanticModel};

use crate::{
    Problem, ProblemKind,
    http::auth::{Caller, Scope},
};

/// The scope that a key needs to ask about records of an object, beside the one to read records.
fn scope_of(object: &Object) -> Scope {
    match object.name {
        "ledger_entry" => Scope::ReadUsage,
        "run" => Scope::ReadRuns,
        "conversation" => Scope::ReadConversations,
        _ => Scope::ReadRecords,
    }
}

/// Whether the caller's scopes reach an object. A person's role decides in the store.
pub(super) fn reaches(caller: &Caller, object: &Object) -> bool {
    let authenticated = caller.authenticated();
    !matches!(authenticated.grant.actor(), Actor::ApiKey(_)) || scope_of(object).is_in(&authenticated.scopes)
}

/// Refuses a query about what the caller's scopes do not reach.
pub(super) fn check(caller: &Caller, query: &PipelineQuery) -> Result<(), Problem> {
    // A tenant adds no entities.
    let entity = SemanticModel::embedded()
        .ok()
        .and_then(|model| model.entity(&query.entity));
    let Some(entity) = entity else {
        return Ok(());
    };
    if reaches(caller, entity.object) {
        return Ok(());
    }
    let scope = scope_of(entity.object).as_str();
    Err(Problem::new(
        ProblemKind::Forbidden,
        format!("this needs a key with the scope {scope}"),
    )
    .fact("scope", scope))
}
