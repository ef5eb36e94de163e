//! Measures retrieval on labelled sets and fits the relevance of passages on them.
//!
//! ```text
//! cargo run --release -p crm-rag --example measure -- \
//!     --database postgres://owner@localhost/scratch --cache ~/.cache/crm-ai [--int8] \
//!     data/stackfaq/documents.jsonl data/stackfaq/queries.jsonl …
//! ```
//!
//! The database is brought to the program's schema; use one made for this.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use crm_rag::eval::{calibrate, eval_rag};
use crm_rag::{EdgeConfig, EdgeIndex, Embedder, LocalEmbedder, LocalModel, Precision};
use crm_store::{Store, StoreConfig, SystemClock};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (mut database, mut cache, mut precision, mut files) = (None, None, Precision::Full, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--database" => database = arguments.next(),
            "--cache" => cache = arguments.next().map(PathBuf::from),
            "--int8" => precision = Precision::Int8,
            _ => files.push(PathBuf::from(argument)),
        }
    }
    let (Some(database), Some(cache)) = (database, cache) else {
        return Err("--database and --cache are needed".into());
    };
    Store::migrate(&database).await?;
    let store = Store::connect(&StoreConfig::new(database), Arc::new(SystemClock)).await?;
    let model = LocalModel {
        precision,
        ..LocalModel::mini_lm(&cache)
    };
    let embedder: Arc<dyn Embedder> =
        Arc::new(tokio::task::spawn_blocking(move || LocalEmbedder::load(&model)).await??);
    let mut out = std::io::stdout().lock();
    let mut samples = Vec::new();
    for (at, pair) in files.chunks(2).enumerate() {
        let [documents, queries] = pair else {
            return Err("files come in pairs: documents, queries".into());
        };
        let folder = std::env::temp_dir().join(format!("crm-rag-measure-{}-{at}", std::process::id()));
        let engine = Arc::new(EdgeIndex::open(&EdgeConfig::new(
            folder.clone(),
            embedder.as_ref(),
        ))?);
        let report = eval_rag(&store, engine, embedder.clone(), documents, queries, &|_, _| ()).await?;
        writeln!(
            out,
            "{}\n{}",
            documents.display(),
            serde_json::to_string_pretty(&report)?
        )?;
        let [intercept, dense, coverage] = calibrate(&[&report.samples]);
        writeln!(out, "fitted alone: {intercept:.2} {dense:.2} {coverage:.2}")?;
        samples.push(report.samples);
        std::fs::remove_dir_all(folder)?;
    }
    let sets: Vec<&[_]> = samples.iter().map(Vec::as_slice).collect();
    let [intercept, dense, coverage] = calibrate(&sets);
    writeln!(out, "fitted together: {intercept:.2} {dense:.2} {coverage:.2}")?;
    Ok(())
}
