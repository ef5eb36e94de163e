//! Running suites: every case goes through the agent to its end.

mod ask;

use std::{num::NonZeroUsize, path::PathBuf};

use crm_agents::Runner;
use crm_store::Store;
use crm_tools::question::Embedder;
use futures::{StreamExt, stream};
use serde::Serialize;

use crate::{
    Baseline, Case, EvalError, EvalReport, Suite, SuiteReport, bank_suite, find_suite, pipeline_suite,
    suites, win_suite, win_suites,
};

/// What to run, and what to do with the result.
#[derive(Debug, Clone)]
pub struct EvalOptions {
    /// Names of committed suites or paths of YAML files; all committed ones that have gates when empty.
    pub suites: Vec<String>,
    /// A baseline to compare with, instead of the committed ones.
    pub baseline: Option<PathBuf>,
    /// Where to write a `JUnit` file.
    pub junit: Option<PathBuf>,
    /// Where to write a Markdown file.
    pub markdown: Option<PathBuf>,
    /// Whether the runner's models are real ones, and not the floor alone.
    pub live: bool,
    /// How many cases may run at once.
    pub concurrency: NonZeroUsize,
}

impl Default for EvalOptions {
    fn default() -> Self {
        Self {
            suites: Vec::new(),
            baseline: None,
            junit: None,
            markdown: None,
            live: false,
            concurrency: const { NonZeroUsize::new(4).unwrap() },
        }
    }
}

/// What came out of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// The answer.
    pub text: String,
    /// What was cited, in order.
    pub citations: Vec<Cited>,
    /// Whether the agent said that it cannot answer.
    pub abstained: bool,
    /// How the run ended.
    pub outcome: String,
    /// Whether the floor stood in for a model.
    pub degraded: bool,
    /// How long the run took.
    pub ms: u64,
    /// Why the run broke, if it did.
    pub error: Option<String>,
}

/// A citation as graders look at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cited {
    /// The article's external id, else its id.
    pub article: String,
    /// The number of the version.
    pub version: usize,
    /// The quoted text.
    pub quote: String,
}

/// Runs suites against a store whose index is up to date, and judges the result.
///
/// A case whose run breaks has failed; the others go on. What stands above a
/// single case, such as a missing tenant, ends the evaluation. Questions about the numbers are read with `embedder`, if
/// there is one.
pub async fn run(
    options: &EvalOptions,
    store: &Store,
    runner: &Runner,
    embedder: Option<&dyn Embedder>,
) -> Result<EvalReport, EvalError> {
    let mut answers = Vec::new();
    let (mut pipeline, mut win) = (Vec::new(), Vec::new());
    for name in &options.suites {
        if name == crate::bank::NAME {
            continue;
        }
        if let Some(suite) = win_suite(name)? {
            win.push(suite);
            continue;
        }
        match pipeline_suite(name)? {
            Some(suite) => pipeline.push(suite),
            None => answers.push(name.clone()),
        }
    }
    // Without names, everything that has gates.
    let every = options.suites.is_empty();
    let bank = if every || options.suites.iter().any(|name| name == crate::bank::NAME) {
        bank_suite()?
    } else {
        None
    };
    if every {
        pipeline.extend(pipeline_suite("pipeline")?);
        for name in win_suites() {
            win.extend(win_suite(name)?);
        }
    }
    let chosen = if every || !answers.is_empty() {
        chosen(&answers)?
    } else {
        Vec::new()
    };
    let mut reports = Vec::with_capacity(chosen.len());
    for suite in &chosen {
        let asker = ask::Asker::open(store, runner, suite).await?;
        let observed = all(suite, options.concurrency, |case| asker.ask(case)).await;
        reports.push(judged(suite, observed, options)?);
    }
    // The parser has no model that could be a real one.
    for suite in pipeline.iter().filter(|_| !options.live) {
        reports.push(crate::pipeline::report(store, suite, embedder).await?);
    }
    // Nor has a probability.
    for suite in win.iter().filter(|_| !options.live) {
        reports.push(Box::pin(crate::win::report(store, suite)).await?);
    }
    for suite in bank.iter().filter(|_| !options.live) {
        reports.push(crate::bank::report(suite).await?);
    }
    let report = EvalReport {
        live: options.live,
        suites: reports,
    };
    if let Some(path) = &options.junit {
        report.write_junit(path)?;
    }
    if let Some(path) = &options.markdown {
        report.write_markdown(path)?;
    }
    Ok(report)
}

fn chosen(names: &[String]) -> Result<Vec<Suite>, EvalError> {
    if names.is_empty() {
        return Ok(suites()?
            .into_iter()
            .filter(|suite| !suite.gates.is_empty())
            .collect());
    }
    names.iter().map(|name| find_suite(name)).collect()
}

/// What came out of all cases, in their order.
async fn all<'a, F>(suite: &'a Suite, concurrency: NonZeroUsize, ask: impl Fn(&'a Case) -> F) -> Vec<Observed>
where
    F: Future<Output = Observed>,
{
    // Futures do nothing until they are polled; a closure kept in the stream would
    // make this future one that cannot move between threads.
    let asked: Vec<F> = suite.cases.iter().map(ask).collect();
    stream::iter(asked).buffered(concurrency.get()).collect().await
}

fn judged(suite: &Suite, observed: Vec<Observed>, options: &EvalOptions) -> Result<SuiteReport, EvalError> {
    let mut report = SuiteReport::new(suite, observed);
    let baseline = match &options.baseline {
        Some(path) => Some(Baseline::read(path)?),
        // The committed results are the floor's; a model is not measured by them.
        None if options.live => None,
        None => Baseline::committed(&suite.name)?,
    };
    if let Some(baseline) = baseline.filter(|baseline| baseline.suite == suite.name) {
        report.regressions = baseline.compare(&report, options.live);
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::task::yield_now;

    use super::*;

    fn suite(cases: usize) -> Suite {
        use std::fmt::Write;
        let mut text = "suite: s\nagent: answer\ntenant: acme\ncases:\n".to_owned();
        for n in 0..cases {
            writeln!(
                text,
                "  - {{ id: c{n}, question: Q?, expect: {{ exact: a{n} }} }}"
            )
            .unwrap();
        }
        Suite::parse("s.yaml", &text).unwrap()
    }

    #[tokio::test]
    async fn cases_run_side_by_side_up_to_the_limit_and_keep_their_order() {
        let (suite, running, most) = (suite(12), AtomicUsize::new(0), AtomicUsize::new(0));

        let observed = all(&suite, NonZeroUsize::new(3).unwrap(), async |case| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Later cases end first.
            for _ in 0..20 - case.id.len() {
                yield_now().await;
            }
            running.fetch_sub(1, Ordering::SeqCst);
            Observed {
                text: case.id.replace('c', "a"),
                ..Observed::default()
            }
        })
        .await;

        assert_eq!(most.load(Ordering::SeqCst), 3);
        let report = judged(&suite, observed, &EvalOptions::default()).unwrap();
        assert!(
            report.cases.iter().all(|case| case.failures().is_empty()),
            "{report:?}"
        );
        assert_eq!(report.cases.len(), 12);
    }

    #[test]
    fn without_names_the_suites_with_gates_run() {
        let names = |chosen: Vec<Suite>| chosen.into_iter().map(|suite| suite.name).collect::<Vec<_>>();

        assert_eq!(names(chosen(&[]).unwrap()), ["answer"]);
        assert_eq!(names(chosen(&["answer_dev".to_owned()]).unwrap()), ["answer_dev"]);
        assert!(matches!(
            chosen(&["none".to_owned()]),
            Err(EvalError::UnknownSuite { .. })
        ));
    }

    #[test]
    fn a_baseline_of_another_suite_does_not_count() {
        let suite = suite(1);
        let path = std::env::temp_dir().join(format!("crm-ai-baseline-{}.json", std::process::id()));
        let options = EvalOptions {
            baseline: Some(path.clone()),
            ..EvalOptions::default()
        };
        let passed = judged(
            &suite,
            vec![Observed {
                text: "a0".to_owned(),
                ..Observed::default()
            }],
            &EvalOptions::default(),
        );
        let mut baseline = Baseline::of(&passed.unwrap());
        let regressions = |baseline: &Baseline| {
            std::fs::write(&path, serde_json::to_string(baseline).unwrap()).unwrap();
            judged(&suite, vec![Observed::default()], &options)
                .unwrap()
                .regressions
                .len()
        };

        assert_eq!(regressions(&baseline), 1);
        baseline.suite = "other".to_owned();
        assert_eq!(regressions(&baseline), 0);
        std::fs::remove_file(&path).unwrap();
    }
}
