//! The words of `crm-ai eval`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `eval …`
#[derive(Debug, Subcommand)]
pub enum EvalCommand {
    /// Run suites of questions and compare with what is expected; exit 1 when a gate falls
    #[command(after_help = "Example: crm-ai eval run answer --junit report.xml")]
    Run(EvalRunArgs),
    /// Measure retrieval on documents and queries of your own
    #[command(
        after_help = "Example: crm-ai eval rag --documents documents.jsonl --queries queries.jsonl --json\n\n\
        Documents: {\"id\", \"title\", \"text\"}; queries: {\"id\", \"query\", \"relevant_doc_ids\"}; one object a line."
    )]
    Rag(EvalRagArgs),
    /// Read questions about the numbers without a model and answer them on a tenant's records; exit 1 when one differs
    #[command(
        after_help = "Example: crm-ai eval pipeline --questions questions.jsonl --tenant brightwater --json\n\n\
        Questions: {\"id\", \"question\", \"expected\"}, one object a line; `expected` is a typed query, \"declined\" or \
        \"clarification\". Optional: \"asker\" (an e-mail address), \"previous\" (a typed query), \"language\"."
    )]
    Pipeline(EvalPipelineArgs),
    /// Learn how rows of any table end, and measure it on rows set aside; columns that cannot be learned from are named
    #[command(
        after_help = "Example: crm-ai eval predict --data deals.csv --label outcome --positive won --ignore id --json\n\n\
        The first row names the columns; their types are found out. With --time the latest rows are set aside, not random ones."
    )]
    Predict(EvalPredictArgs),
}

/// Arguments of `eval predict`.
#[derive(Debug, Args)]
pub struct EvalPredictArgs {
    /// A CSV file whose first row names the columns
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// The column that says how a row ended; it has two values
    #[arg(long, value_name = "COLUMN")]
    pub label: String,
    /// What that column says of rows that ended well
    #[arg(long, value_name = "VALUE")]
    pub positive: String,
    /// Columns not to learn from, such as what is only known afterwards
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// The column that says when a row was known: rows set aside are the latest
    #[arg(long, value_name = "COLUMN")]
    pub time: Option<String>,
    /// The share of rows set aside to measure on
    #[arg(long, value_name = "SHARE", default_value_t = 0.25)]
    pub test_fraction: f64,
    /// What is drawn by chance comes from this number
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// How many bootstrap refits the model is made of
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(5..=500))]
    pub refits: u16,
}

/// Arguments of `eval pipeline`.
#[derive(Debug, Args)]
pub struct EvalPipelineArgs {
    /// Questions, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub questions: PathBuf,
    /// The tenant's slug
    #[arg(long)]
    pub tenant: String,
    /// The day that the questions mean by today, such as 2026-11-21; the day of the machine when left out
    #[arg(long, value_name = "DAY")]
    pub today: Option<chrono::NaiveDate>,
}

/// Arguments of `eval run`.
#[derive(Debug, Args)]
pub struct EvalRunArgs {
    /// Suites by name, or paths of YAML files; all when left out
    pub suites: Vec<String>,
    /// Committed results to compare with
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the results as `JUnit` XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write the results as a Markdown table
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// Use the configured models instead of the offline one
    #[arg(long)]
    pub live: bool,
}

/// Arguments of `eval rag`.
#[derive(Debug, Args)]
pub struct EvalRagArgs {
    /// Documents, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub documents: PathBuf,
    /// Queries, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub queries: PathBuf,
}
