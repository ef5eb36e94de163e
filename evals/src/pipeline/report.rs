//! The questions as a suite of an evaluation's report.

use std::collections::BTreeMap;

use crm_store::Store;
use crm_tools::question::Embedder;

use super::{PipelineKind, PipelineOutcome, PipelineSuite, run_pipeline};
use crate::{
    CaseReport, EvalError, GateReport, Grader, SuiteReport, Verdict, load_years, report::percentile,
    stats::Proportion,
};

/// Asks the questions of a suite in the demo companies, whose year is loaded if it is not there, and judges them.
pub(crate) async fn report(
    store: &Store,
    suite: &PipelineSuite,
    embedder: Option<&dyn Embedder>,
) -> Result<SuiteReport, EvalError> {
    load_years(store, suite.today).await?;
    let outcomes = run_pipeline(store, suite, embedder).await?;
    Ok(judged(suite, &outcomes))
}

fn judged(suite: &PipelineSuite, outcomes: &[PipelineOutcome]) -> SuiteReport {
    let mut totals: BTreeMap<Grader, Proportion> = BTreeMap::new();
    let mut cases = Vec::with_capacity(outcomes.len());
    for (case, outcome) in suite.cases.iter().zip(outcomes) {
        let grader = grader(outcome.kind);
        // A choice too many is no wrong number.
        let passed = outcome.passed || grader == Grader::Ambiguous && !outcome.wrong_numbers;
        totals.entry(grader).or_default().add(passed);
        let verdict = Verdict {
            passed,
            why: outcome.why.clone().filter(|_| !passed),
        };
        cases.push(CaseReport {
            id: case.id.clone(),
            tenant: suite.tenant_of(case).to_owned(),
            question: case.question.clone(),
            verdicts: BTreeMap::from([(grader, verdict)]),
            text: outcome.read.clone(),
            citations: Vec::new(),
            outcome: if outcome.passed { "passed" } else { "failed" }.to_owned(),
            degraded: false,
            ms: outcome.ms,
        });
    }
    let mut times: Vec<u64> = cases.iter().map(|case| case.ms).collect();
    times.sort_unstable();
    SuiteReport {
        suite: suite.name.clone(),
        gates: gates(suite, &totals),
        totals,
        regressions: Vec::new(),
        notes: Vec::new(),
        p50_ms: percentile(&times, 50),
        p95_ms: percentile(&times, 95),
        cases,
    }
}

fn grader(kind: PipelineKind) -> Grader {
    match kind {
        PipelineKind::Declined => Grader::Declined,
        PipelineKind::Ambiguous => Grader::Ambiguous,
        _ => Grader::Execution,
    }
}

fn gates(suite: &PipelineSuite, totals: &BTreeMap<Grader, Proportion>) -> Vec<GateReport> {
    let Some(gates) = suite.gates else {
        return Vec::new();
    };
    let shares = [
        (Grader::Execution, gates.execution),
        (Grader::Declined, gates.declined),
        (Grader::Ambiguous, gates.ambiguous),
    ];
    let gate = |(grader, share): (Grader, f64)| {
        let reached = totals.get(&grader).copied().unwrap_or_default();
        // The fewest cases that make the share.
        let at_least = (0..=reached.of).find(|passed| {
            Proportion {
                passed: *passed,
                of: reached.of,
            }
            .share()
                >= share
        });
        let at_least = at_least.unwrap_or(reached.of);
        GateReport {
            grader,
            at_least: usize::try_from(at_least).unwrap_or(usize::MAX),
            goal: None,
            reached,
            holds: reached.passed >= at_least,
        }
    };
    shares.into_iter().map(gate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline_suite;

    fn outcome(id: &str, kind: PipelineKind, passed: bool) -> PipelineOutcome {
        PipelineOutcome {
            id: id.to_owned(),
            kind,
            passed,
            wrong_numbers: !passed,
            read: String::new(),
            why: (!passed).then(|| "other numbers".to_owned()),
            read_ms: 1,
            ms: 2,
        }
    }

    #[test]
    fn a_wrong_number_on_an_ambiguous_question_closes_the_gate() {
        let suite = pipeline_suite("pipeline").unwrap().unwrap();
        let all = |spoilt: &str| -> Vec<PipelineOutcome> {
            suite
                .cases
                .iter()
                .map(|case| outcome(&case.id, case.kind, case.id != spoilt))
                .collect()
        };

        assert!(judged(&suite, &all("")).passed());
        // One number of 120 may be wrong; an ambiguous question may not be guessed, nor a write be answered.
        assert!(judged(&suite, &all("n-pipeline")).passed());
        assert!(!judged(&suite, &all("a-best")).passed());
        assert!(!judged(&suite, &all("d-delete")).passed());
    }
}
