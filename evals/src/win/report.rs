//! The figures as a suite of an evaluation's report.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use chrono::NaiveTime;
use crm_store::{FixedClock, Store};

use super::{Figures, WinSuite, measure};
use crate::{
    CaseReport, EvalError, GateReport, Grader, SuiteReport, Verdict, load_years, report::percentile,
    stats::Proportion,
};

/// When on its day a suite is measured.
const MORNING: NaiveTime = NaiveTime::from_hms_opt(6, 0, 0).unwrap();

/// Measures the models of the demo companies as of the suite's day, whose year is loaded if it is not there, and judges the figures:
/// they are the same on whatever day and at whatever time somebody asks.
pub(crate) async fn report(store: &Store, suite: &WinSuite) -> Result<SuiteReport, EvalError> {
    let now = suite.today.and_time(MORNING).and_utc();
    let store = &store.with_clock(Arc::new(FixedClock::at(now)));
    load_years(store, suite.today).await?;
    let mut found: BTreeMap<(String, &'static str), (Figures, u64)> = BTreeMap::new();
    for check in &suite.checks {
        let place = (check.tenant.clone(), check.kind.as_str());
        if found.contains_key(&place) {
            continue;
        }
        let grant = store.operate(&check.tenant, None).await?;
        let grant = grant.ok_or_else(|| EvalError::NoTenant {
            slug: check.tenant.clone(),
        })?;
        let begun = Instant::now();
        let figures = measure(&store.open(&grant), check.kind).await?;
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        found.insert(place, (figures, ms));
    }
    Ok(judged(suite, &found))
}

fn judged(suite: &WinSuite, found: &BTreeMap<(String, &'static str), (Figures, u64)>) -> SuiteReport {
    let mut reached = Proportion::default();
    let mut cases = Vec::with_capacity(suite.checks.len());
    for check in &suite.checks {
        let (figures, ms) = found
            .get(&(check.tenant.clone(), check.kind.as_str()))
            .cloned()
            .unwrap_or_default();
        let figure = figures.get(&check.figure).copied();
        let why = check.fails(figure);
        reached.add(why.is_none());
        cases.push(CaseReport {
            id: check.id(),
            tenant: check.tenant.clone(),
            question: format!("{} of the {} model", check.figure.name(), check.kind),
            outcome: if why.is_none() { "passed" } else { "failed" }.to_owned(),
            verdicts: BTreeMap::from([(
                Grader::Figure,
                Verdict {
                    passed: why.is_none(),
                    why,
                },
            )]),
            text: figure.map_or_else(|| "none".to_owned(), |figure| format!("{figure:.6}")),
            citations: Vec::new(),
            degraded: false,
            ms,
        });
    }
    let mut times: Vec<u64> = found.values().map(|(_, ms)| *ms).collect();
    times.sort_unstable();
    SuiteReport {
        suite: suite.name.clone(),
        totals: BTreeMap::from([(Grader::Figure, reached)]),
        gates: vec![GateReport {
            grader: Grader::Figure,
            at_least: cases.len(),
            goal: None,
            reached,
            holds: usize::try_from(reached.passed).unwrap_or(0) == cases.len(),
        }],
        regressions: Vec::new(),
        notes: Vec::new(),
        p50_ms: percentile(&times, 50),
        p95_ms: percentile(&times, 95),
        cases,
    }
}
