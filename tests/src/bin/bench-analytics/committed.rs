//! The committed questions, as they are meant.

use chrono::NaiveDate;
use crm_evals::pipeline_suite;
use crm_store::{TenantStore, analytics::Plan};
use crm_tools::semantic::{SemanticModel, lower, resolve};

/// The questions with their plans, and why the others have none here.
pub(crate) struct Committed {
    pub(crate) plans: Vec<(String, Plan)>,
    pub(crate) left_out: Vec<String>,
}

/// Lowers the queries that are meant for a tenant on the day of the suite.
pub(crate) async fn committed(tenant: &TenantStore, today: NaiveDate) -> anyhow::Result<Committed> {
    let suite = pipeline_suite("pipeline")?.ok_or_else(|| anyhow::anyhow!("there is no suite"))?;
    let model = SemanticModel::embedded()?;
    let mut committed = Committed {
        plans: Vec::new(),
        left_out: Vec::new(),
    };
    for case in &suite.cases {
        let Some(query) = &case.query else { continue };
        let Some(entity) = model.entity(&query.entity) else {
            continue;
        };
        let mut tx = tenant.begin().await?;
        let reporting = tx.reporting().await?;
        let resolved = match resolve(&mut tx, entity, query).await {
            Ok(resolved) => resolved,
            Err(problem) => {
                committed.left_out.push(format!("{}: {problem:?}", case.id));
                continue;
            }
        };
        drop(tx);
        match lower(model, query, &reporting, today, &resolved) {
            Ok(lowered) => committed.plans.push((case.id.clone(), lowered.plan)),
            Err(problems) => committed.left_out.push(format!("{}: {problems:?}", case.id)),
        }
    }
    Ok(committed)
}
