//! Asking an agent, and taking down what came out.

use std::collections::HashMap;

use crm_agents::{
    RunResult, Runner, StartRun,
    event::{Citation, RunOutcome},
};
use crm_store::{Store, TenantStore};
use serde_json::json;
use tokio::time::Instant;

use super::{Cited, Observed};
use crate::{Case, EvalError, Suite};

/// Asks the tenants of a suite.
pub(super) struct Asker<'a> {
    runner: &'a Runner,
    suite: &'a Suite,
    tenants: HashMap<&'a str, TenantStore>,
}

impl<'a> Asker<'a> {
    /// Opens every tenant that the suite asks.
    pub(super) async fn open(store: &Store, runner: &'a Runner, suite: &'a Suite) -> Result<Self, EvalError> {
        let mut tenants = HashMap::new();
        for case in &suite.cases {
            let slug = suite.tenant_of(case);
            if !tenants.contains_key(slug) {
                let grant = store.operate(slug, None).await?;
                let grant = grant.ok_or_else(|| EvalError::NoTenant {
                    slug: slug.to_owned(),
                })?;
                tenants.insert(slug, store.open(&grant));
            }
        }
        Ok(Self {
            runner,
            suite,
            tenants,
        })
    }

    /// Runs a case to its end.
    pub(super) async fn ask(&self, case: &Case) -> Observed {
        let began = Instant::now();
        let Some(tenant) = self.tenants.get(self.suite.tenant_of(case)) else {
            return Observed {
                error: Some("its tenant was not opened".to_owned()),
                ..Observed::default()
            };
        };
        let start = StartRun {
            agent: self.suite.agent.clone(),
            input: json!({ "question": case.question }),
            conversation_id: None,
        };
        let mut observed = match self.runner.run_to_end(tenant, start).await {
            Ok(result) => taken_down(result),
            Err(error) => Observed {
                error: Some(error.to_string()),
                ..Observed::default()
            },
        };
        observed.ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        observed
    }
}

fn taken_down(result: RunResult) -> Observed {
    let outcome = result
        .outcome
        .map_or_else(|| "awaiting_approval".to_owned(), word);
    let ended = matches!(
        result.outcome,
        Some(RunOutcome::Completed | RunOutcome::Abstained)
    );
    Observed {
        text: result.text,
        citations: result.citations.into_iter().map(cited).collect(),
        abstained: result.outcome == Some(RunOutcome::Abstained),
        error: (!ended).then(|| format!("it ended as {outcome}")),
        outcome,
        degraded: result.degraded,
        ms: 0,
    }
}

/// The outcome as the event log writes it.
fn word(outcome: RunOutcome) -> String {
    serde_json::to_value(outcome)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn cited(citation: Citation) -> Cited {
    Cited {
        article: citation
            .external_id
            .unwrap_or_else(|| citation.article_id.to_string()),
        version: usize::try_from(citation.version).unwrap_or(0),
        quote: citation.quote,
    }
}

#[cfg(test)]
mod tests {
    use crm_agents::event::Usage;
    use crm_store::ids::{ArticleId, ArticleVersionId, RunId};

    use super::*;

    fn result(outcome: Option<RunOutcome>) -> RunResult {
        RunResult {
            run_id: RunId::new(),
            text: "Within 30 days. [1]".to_owned(),
            citations: Vec::new(),
            cards: Vec::new(),
            tool_calls: Vec::new(),
            notes: Vec::new(),
            outcome,
            usage: Usage::default(),
            degraded: true,
            degraded_reason: None,
        }
    }

    #[test]
    fn an_answer_and_an_abstention_are_results_and_the_rest_are_errors() {
        let error = |outcome| taken_down(result(outcome)).error;

        assert_eq!(error(Some(RunOutcome::Completed)), None);
        assert_eq!(error(Some(RunOutcome::Abstained)), None);
        assert_eq!(
            error(Some(RunOutcome::TurnLimit)),
            Some("it ended as turn_limit".to_owned())
        );
        assert_eq!(error(None), Some("it ended as awaiting_approval".to_owned()));
        assert!(taken_down(result(Some(RunOutcome::Abstained))).abstained);
        assert!(!taken_down(result(Some(RunOutcome::Completed))).abstained);
    }

    #[test]
    fn citations_go_by_the_external_id_where_there_is_one() {
        let article_id = ArticleId::new();
        let citation = |external_id: Option<&str>| Citation {
            marker: 1,
            article_id,
            external_id: external_id.map(str::to_owned),
            version_id: ArticleVersionId::new(),
            version: 3,
            title: "Refunds".to_owned(),
            start: 0,
            end: 2,
            quote: "30".to_owned(),
            score: 0.9,
        };
        let expected = |article: String| Cited {
            article,
            version: 3,
            quote: "30".to_owned(),
        };

        assert_eq!(cited(citation(Some("refunds"))), expected("refunds".to_owned()));
        assert_eq!(cited(citation(None)), expected(article_id.to_string()));
    }
}
