//! Demo companies, evaluation suites, graders and reports of crm-ai.
//!
//! A suite is a YAML file of questions with what is expected. Each question runs
//! through an agent to its end; small graders look at what came out; gates decide
//! whether the build is red. Invariant: nothing here knows how an agent answers.

mod bank;
mod baseline;
mod case;
mod demo;
mod embedded;
mod error;
mod grade;
mod pipeline;
mod report;
mod run;
mod stats;
mod win;

pub use bank::{BankSuite, bank_suite};
pub use baseline::{Baseline, Regression};
pub use case::{Case, Expect, Gate, Phrase, Source, Suite, find_suite, suites};
pub use demo::{
    DemoArticle, DemoTenant, DemoUser, DemoVersion, GENERATOR, LoadedTenant, LoadedYear, Progress, Year,
    default_today, demo, load_demo, load_years, year,
};
pub use error::EvalError;
pub use grade::{Grader, Verdict};
pub use pipeline::{
    Answered, Execution, PipelineCase, PipelineGates, PipelineKind, PipelineOutcome, PipelineSuite,
    PredictQuestion, Predicted, execute, open_asker, pipeline_suite, predict, run_pipeline, same,
};
pub use report::{CaseReport, EvalReport, GateReport, SuiteReport};
pub use run::{Cited, EvalOptions, Observed, run};
pub use stats::Proportion;
pub use win::{Figures, WinCheck, WinFigure, WinSuite, measure, win_suite, win_suites};
