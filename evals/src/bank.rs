//! What the learner reaches on a public table that lies beside the project: told for each seed, gated by the means. The learner
//! is optimised in every profile, so a debug build takes all seeds too; only its time says nothing.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Instant,
};

use crm_predict::{Dataset, Reading, Split, TextTable, TrainOptions, infer, train};
use serde::Deserialize;

use crate::{
    CaseReport, EvalError, GateReport, Grader, SuiteReport, Verdict, embedded, report::percentile,
    stats::Proportion,
};

/// The suite's name, and that of its file.
pub(crate) const NAME: &str = "bank";
/// The share of the rows that is measured on.
const TEST: f64 = 0.25;

/// A public table, what is learned from it, and what that has to reach.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankSuite {
    /// The suite's name.
    #[serde(rename = "suite")]
    pub name: String,
    /// The CSV file, from the folder that the command runs in.
    pub data: PathBuf,
    /// The column that says how a row ended.
    pub label: String,
    /// What it says of rows that ended well.
    pub positive: String,
    /// Columns that are not learned from.
    pub ignore: Vec<String>,
    /// What is drawn by chance comes from these, one training each.
    pub seeds: Vec<u64>,
    /// The mean area under the curve has to be at least this.
    pub auc_at_least: f64,
    /// The mean expected calibration error has to be at most this.
    pub ece_at_most: f64,
    /// The slowest training, with reading and measuring, may take so many seconds in a release build.
    pub seconds_at_most: f64,
}

/// The committed suite.
pub fn bank_suite() -> Result<Option<BankSuite>, EvalError> {
    let path = format!("{NAME}.yaml");
    let file = embedded::cases().iter().find(|file| file.path == path);
    file.map(|file| serde_norway::from_str(file.text).map_err(|error| EvalError::yaml(file.path, 0, &error)))
        .transpose()
}

/// What a training with one seed reached.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reached {
    seed: u64,
    auc: f64,
    ece: f64,
    brier: f64,
    brier_base: f64,
    seconds: f64,
}

/// Whether the time that a training takes is held against the limit: without optimisation it says nothing of the program.
const TIMED: bool = !cfg!(debug_assertions);

/// Trains once with each seed, one after the other on all cores, and judges the means; says that it was skipped where the table
/// is not there.
pub(crate) async fn report(suite: &BankSuite) -> Result<SuiteReport, EvalError> {
    if !suite.data.is_file() {
        return Ok(skipped(suite));
    }
    let suite = suite.clone();
    tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        let data = rows(&suite)?;
        let reading = began.elapsed();
        let reached = suite.seeds.iter().map(|seed| {
            let one = reached(&data, *seed)?;
            Ok(Reached {
                seconds: one.seconds + reading.as_secs_f64(),
                ..one
            })
        });
        let mut report = judged(&suite, &reached.collect::<Result<Vec<_>, EvalError>>()?, TIMED);
        if !TIMED {
            report.notes.push(format!(
                "SKIPPED: the limit of {} s, for this is a debug build",
                suite.seconds_at_most
            ));
        }
        Ok(report)
    })
    .await
    .map_err(|error| EvalError::Broken(error.to_string()))?
}

fn skipped(suite: &BankSuite) -> SuiteReport {
    let mut report = judged(suite, &[], TIMED);
    report.notes = vec![format!(
        "SKIPPED: there is no {}; nothing was measured, and no gate held",
        suite.data.display()
    )];
    report.cases = Vec::new();
    report.gates = Vec::new();
    report.totals = BTreeMap::new();
    report
}

/// The rows of the table, as they are learned from.
fn rows(suite: &BankSuite) -> Result<Dataset, EvalError> {
    let reading = Reading {
        label: suite.label.clone(),
        positive: suite.positive.clone(),
        ignore: suite.ignore.clone(),
        time: None,
    };
    let read = infer(&table(&suite.data)?, &reading);
    read.map(|inferred| inferred.data)
        .map_err(|error| EvalError::Broken(error.to_string()))
}

/// Trains with one seed; `seconds` are those of training and measuring.
fn reached(data: &Dataset, seed: u64) -> Result<Reached, EvalError> {
    let began = Instant::now();
    let options = TrainOptions {
        seed,
        split: Split::Random { test_fraction: TEST },
        ..TrainOptions::default()
    };
    let trained = train(data, &options, &|_| ()).map_err(|error| EvalError::Broken(error.to_string()))?;
    let measures = trained.card.measures;
    Ok(Reached {
        seed,
        auc: measures.auc.unwrap_or_default(),
        ece: measures.ece,
        brier: measures.brier,
        brier_base: measures.brier_base,
        seconds: began.elapsed().as_secs_f64(),
    })
}

fn table(path: &Path) -> Result<TextTable, EvalError> {
    let unreadable = |error: csv::Error| EvalError::file(path.display().to_string(), 0, error.to_string());
    let mut reader = csv::Reader::from_path(path).map_err(unreadable)?;
    let words = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
    let header = words(reader.headers().map_err(unreadable)?);
    let rows = reader
        .records()
        .map(|record| Ok(words(&record?)))
        .collect::<Result<Vec<Vec<String>>, _>>()
        .map_err(unreadable)?;
    Ok(TextTable { header, rows })
}

/// Judges the means; the slowest training too, where time is to count.
fn judged(suite: &BankSuite, reached: &[Reached], is_timed: bool) -> SuiteReport {
    let n = f64::from(u32::try_from(reached.len()).unwrap_or(u32::MAX)).max(1.0);
    let mean = |of: fn(&Reached) -> f64| reached.iter().map(of).sum::<f64>() / n;
    let slowest = reached.iter().map(|seed| seed.seconds).fold(0.0, f64::max);
    let (auc, ece) = (mean(|seed| seed.auc), mean(|seed| seed.ece));
    // What is not a number does not pass.
    let low = auc.is_nan() || auc < suite.auc_at_least;
    let high = ece.is_nan() || ece > suite.ece_at_most;
    let mut figures = vec![
        ("auc", auc, low, format!("below {}", suite.auc_at_least)),
        ("ece", ece, high, format!("above {}", suite.ece_at_most)),
    ];
    if is_timed {
        let most = suite.seconds_at_most;
        figures.push(("seconds", slowest, slowest > most, format!("above {most}")));
    }
    let mut total = Proportion::default();
    let mut cases = Vec::with_capacity(figures.len());
    for (name, figure, fails, why) in figures {
        total.add(!fails);
        cases.push(CaseReport {
            id: format!("{}-{name}", suite.name),
            tenant: String::new(),
            question: format!("{name} over {} seeds", reached.len()),
            outcome: if fails { "failed" } else { "passed" }.to_owned(),
            verdicts: BTreeMap::from([(
                Grader::Figure,
                Verdict {
                    passed: !fails,
                    why: fails.then(|| format!("{figure:.4} is {why}")),
                },
            )]),
            text: format!("{figure:.4}"),
            citations: Vec::new(),
            degraded: false,
            ms: 0,
        });
    }
    let mut notes: Vec<String> = reached.iter().map(told).collect();
    notes.push(format!(
        "mean    AUC {auc:.4}  ECE {ece:.4}  Brier {:.4} (base rate: {:.4}); the slowest took {slowest:.1} s",
        mean(|seed| seed.brier),
        mean(|seed| seed.brier_base)
    ));
    let mut times: Vec<u64> = reached.iter().map(|seed| milliseconds(seed.seconds)).collect();
    times.sort_unstable();
    SuiteReport {
        suite: suite.name.clone(),
        totals: BTreeMap::from([(Grader::Figure, total)]),
        gates: vec![GateReport {
            grader: Grader::Figure,
            at_least: cases.len(),
            goal: None,
            reached: total,
            holds: usize::try_from(total.passed).unwrap_or(0) == cases.len(),
        }],
        regressions: Vec::new(),
        notes,
        p50_ms: percentile(&times, 50),
        p95_ms: percentile(&times, 95),
        cases,
    }
}

fn milliseconds(seconds: f64) -> u64 {
    let time = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn told(seed: &Reached) -> String {
    format!(
        "seed {:<2} AUC {:.4}  ECE {:.4}  Brier {:.4} (base rate: {:.4})  {:.1} s",
        seed.seed, seed.auc, seed.ece, seed.brier, seed.brier_base, seed.seconds
    )
}

#[cfg(test)]
mod tests;
