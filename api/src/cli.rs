//! What can be typed.

mod eval;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use eval::{EvalCommand, EvalPipelineArgs, EvalPredictArgs, EvalRagArgs, EvalRunArgs};

use crate::imports::subject::Subject;

/// The AI layer on top of a CRM: agents, retrieval, and the service around them.
#[derive(Debug, Parser)]
#[command(
    name = "crm-ai",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(
    after_help = "Example: crm-ai demo\n\nEvery key of the configuration is documented in config.default.toml; \
    CRM_AI__SECTION__KEY sets one."
)]
pub struct Cli {
    /// What is the same for every command.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// A file with configuration (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder of the embedded parts (also `DATA_DIR`)
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print one JSON document on stdout; logs go to stderr
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start everything embedded, load the demo companies and serve
    #[command(after_help = "Example: PORT=9000 crm-ai demo --today 2027-03-31")]
    Demo(DemoArgs),
    /// Serve HTTP and, unless `worker.in_process` is off, work on jobs
    #[command(after_help = "Example: DATABASE_URL=postgres://… crm-ai serve --config crm-ai.toml")]
    Serve,
    /// Work on jobs only
    #[command(after_help = "Example: DATABASE_URL=postgres://… QDRANT_URL=http://qdrant:6334 crm-ai worker")]
    Worker,
    /// Bring the database to this version's schema
    #[command(after_help = "Example: crm-ai migrate --json")]
    Migrate,
    /// Check the configuration, every dependency and the isolation of tenants
    #[command(after_help = "Example: crm-ai doctor")]
    Doctor,
    /// Manage tenants
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Manage the keys for secrets
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Bring records in from a file; repeating it changes nothing
    #[command(
        after_help = "Example: crm-ai import contacts Contact.csv --tenant acme --map salesforce --rejects bad.jsonl\n\n\
        A mapping says which column fills which field: --map salesforce, --map hubspot, or a YAML file\n\
        (docs/importing.md). Without one, columns are recognised by the names and labels of the fields.\n\
        Also: users (whose addresses find the owners), field_changes and opportunity_history.\n\
        Articles take a JSON file that names a column for each field: {\"title\": \"Subject\", \"body\": \"Text\"};\n\
        their fields: external_id, title, body (needed); language, audience, status."
    )]
    Import(ImportArgs),
    /// Print records as lines of JSON, which can be imported again
    #[command(after_help = "Example: crm-ai export contacts --tenant acme > contacts.jsonl")]
    Export(ExportArgs),
    /// Copy the whole database into a folder, while the service goes on
    #[command(after_help = "Example: crm-ai backup /var/backups/crm-ai/2026-11-21")]
    Backup(BackupArgs),
    /// Fill the database from a backup and build the vectors anew
    #[command(after_help = "Example: crm-ai restore /var/backups/crm-ai/2026-11-21 --force")]
    Restore(RestoreArgs),
    /// Look at what is left of erasures
    #[command(subcommand)]
    Privacy(PrivacyCommand),
    /// A tenant's own words, dimensions and measures for questions about the numbers
    #[command(subcommand)]
    Vocabulary(VocabularyCommand),
    /// Ask an agent and wait for its answer
    #[command(
        after_help = "Example: crm-ai ask answer \"How do I reset my password?\" --tenant brightwater --json"
    )]
    Ask(AskArgs),
    /// Compare the index with Postgres, or build it anew
    #[command(subcommand)]
    Index(IndexCommand),
    /// Compare the sums that questions read with the records, or make them anew
    #[command(subcommand)]
    Sums(SumsCommand),
    /// Learn from closed deals, ended leads and customers who left, and see how well that holds
    #[command(subcommand)]
    Predict(PredictCommand),
    /// Say what a period is likely to bring, and how good earlier forecasts were
    #[command(after_help = "Example: crm-ai forecast --tenant acme --period next-quarter --by owner")]
    Forecast(ForecastArgs),
    /// Measure quality
    #[command(subcommand)]
    Eval(EvalCommand),
    /// Print the `OpenAPI` 3.1 document
    #[command(after_help = "Example: crm-ai openapi > docs/openapi.json")]
    Openapi,
}

/// `secrets …`
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// Seal every secret with the first key of `secrets.keys`; broken off, it goes on where it stopped
    #[command(after_help = "Example: CRM_AI__SECRETS__KEYS=\"$NEW $OLD\" crm-ai secrets rotate")]
    Rotate,
}

/// Arguments of `demo`.
#[derive(Debug, Clone, Copy, Args)]
pub struct DemoArgs {
    /// The day that the companies' year ends on; matters when it is loaded first
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<chrono::NaiveDate>,
}

/// `tenant …`
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Make a tenant with its first member, and print an API key once
    #[command(
        after_help = "Example: crm-ai tenant create --slug acme --name \"Acme Ltd\" --admin-email ada@acme.example"
    )]
    Create(TenantCreateArgs),
}

/// Arguments of `tenant create`.
#[derive(Debug, Args)]
pub struct TenantCreateArgs {
    /// Short name for URLs and commands: lower-case letters, digits, hyphens
    #[arg(long)]
    pub slug: String,
    /// Name for people
    #[arg(long)]
    pub name: String,
    /// Address of the first member
    #[arg(long)]
    pub admin_email: String,
}

/// Checks the name of an object that can be imported.
fn import_object(name: &str) -> Result<String, String> {
    let name = name.to_lowercase().replace('-', "_");
    if ["article", "articles"].contains(&name.as_str()) || Subject::named(&name).is_some() {
        return Ok(name);
    }
    Err(format!("there are articles, {}", Subject::names().join(", ")))
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// What the rows are, such as contacts
    #[arg(value_parser = import_object)]
    pub object: String,
    /// A .csv or .tsv file whose first row names the columns, or a .jsonl file
    pub file: PathBuf,
    /// The tenant's slug
    #[arg(long)]
    pub tenant: String,
    /// salesforce, hubspot, or a file that says which column fills which field
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Import as this member; as the operator, who may everything, when left out
    #[arg(long = "as", value_name = "EMAIL")]
    pub as_email: Option<String>,
    /// Write every refused row to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Check every row and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// What to export, such as contacts
    pub object: String,
    /// The tenant's slug
    #[arg(long)]
    pub tenant: String,
    /// Export as this member sees it; as the operator, who sees everything, when left out
    #[arg(long = "as", value_name = "EMAIL")]
    pub as_email: Option<String>,
}

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// A new or empty folder
    pub folder: PathBuf,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The folder of a backup
    pub folder: PathBuf,
    /// Replace the data that is there, which is lost
    #[arg(long)]
    pub force: bool,
    /// Leave the vectors to the server, which indexes what is missing when it starts
    #[arg(long)]
    pub no_index: bool,
}

/// `privacy …`
#[derive(Debug, Subcommand)]
pub enum PrivacyCommand {
    /// Check the signature of an erasure's receipt
    #[command(after_help = "Example: crm-ai privacy verify receipt.json")]
    Verify(PrivacyVerifyArgs),
}

/// Arguments of `privacy verify`.
#[derive(Debug, Args)]
pub struct PrivacyVerifyArgs {
    /// A file with `receipt` and `signature`, as GET /v1/privacy/erasures/{id} answers
    pub file: PathBuf,
}

/// `vocabulary …`
#[derive(Debug, Subcommand)]
pub enum VocabularyCommand {
    /// Print the vocabulary and what of it is not used
    #[command(after_help = "Example: crm-ai vocabulary show --tenant acme")]
    Show(VocabularyShowArgs),
    /// Replace the vocabulary, if all of it is good
    #[command(
        after_help = "Example: crm-ai vocabulary set words.yaml --tenant acme\n\ndocs/pipeline.md says what may be in the file; {} takes the vocabulary away."
    )]
    Set(VocabularySetArgs),
}

/// Arguments of `vocabulary show`.
#[derive(Debug, Args)]
pub struct VocabularyShowArgs {
    /// The tenant's slug
    #[arg(long)]
    pub tenant: String,
}

/// Arguments of `vocabulary set`.
#[derive(Debug, Args)]
pub struct VocabularySetArgs {
    /// A file of YAML or JSON
    pub file: PathBuf,
    /// The tenant's slug
    #[arg(long)]
    pub tenant: String,
    /// Set it as this member; as the operator when left out
    #[arg(long = "as", value_name = "EMAIL")]
    pub as_email: Option<String>,
}

/// Arguments of `ask`.
#[derive(Debug, Args)]
pub struct AskArgs {
    /// The agent, such as answer
    pub agent: String,
    /// The question
    pub text: String,
    /// The tenant's slug
    #[arg(long)]
    pub tenant: String,
    /// Ask as this member; as the service itself when left out
    #[arg(long = "as", value_name = "EMAIL")]
    pub as_email: Option<String>,
    /// The record that the question is about, for agents that take one
    #[arg(long, value_name = "TYPE:ID")]
    pub record: Option<String>,
}

/// `index …`
#[derive(Debug, Subcommand)]
pub enum IndexCommand {
    /// Find differences between Postgres and the index, and repair them
    #[command(after_help = "Example: crm-ai index reconcile --tenant acme")]
    Reconcile(IndexArgs),
    /// Index every published article anew
    #[command(after_help = "Example: crm-ai index rebuild --tenant acme")]
    Rebuild(IndexArgs),
}

/// Arguments of `index …`.
#[derive(Debug, Args)]
pub struct IndexArgs {
    /// The tenant's slug
    #[arg(long)]
    pub tenant: String,
}

/// `sums …`
#[derive(Debug, Subcommand)]
pub enum SumsCommand {
    /// Compare the sums with the records; exit 1 when some differ
    #[command(after_help = "Example: crm-ai sums compare --tenant acme")]
    Compare(SumsArgs),
    /// Make the sums anew from the records, while the service goes on
    #[command(after_help = "Example: crm-ai sums rebuild --tenant acme")]
    Rebuild(SumsArgs),
}

/// Arguments of `sums …`.
#[derive(Debug, Args)]
pub struct SumsArgs {
    /// The tenant's slug
    #[arg(long)]
    pub tenant: String,
}

/// `forecast`
#[derive(Debug, Args)]
pub struct ForecastArgs {
    /// The tenant's slug
    #[arg(long)]
    pub tenant: String,
    /// Of the deals that this member sees; of all when left out
    #[arg(long = "as", value_name = "EMAIL")]
    pub as_email: Option<String>,
    /// The period; quarters and years are fiscal ones
    #[arg(long, value_enum, default_value = "this-quarter")]
    pub period: ForecastPeriod,
    /// Also by who owns the deals, or by the owners' roles
    #[arg(long, value_enum)]
    pub by: Option<ForecastSplit>,
}

/// A period of `forecast`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ForecastPeriod {
    /// The month of today.
    ThisMonth,
    /// The month after.
    NextMonth,
    /// The quarter of today.
    ThisQuarter,
    /// The quarter after.
    NextQuarter,
    /// The year of today.
    ThisYear,
}

/// By what `forecast` is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ForecastSplit {
    /// By who owns the deals.
    Owner,
    /// By the owners' roles.
    Team,
}

/// `predict …`
#[derive(Debug, Subcommand)]
pub enum PredictCommand {
    /// Train models now, activate them if they are better, and score all open records
    #[command(after_help = "Example: crm-ai predict train --tenant acme --kind win")]
    Train(PredictArgs),
    /// Show the models of a tenant and how far training and scoring are
    #[command(after_help = "Example: crm-ai predict status --tenant acme")]
    Status(PredictArgs),
    /// Show the calibration card of the active model
    #[command(after_help = "Example: crm-ai predict card --tenant acme --kind win")]
    Card(PredictArgs),
}

/// Arguments of `predict …`.
#[derive(Debug, Args)]
pub struct PredictArgs {
    /// The tenant's slug
    #[arg(long)]
    pub tenant: String,
    /// `win`, `lead` or `churn`; all of them when left out
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
}
