//! `crm-ai eval predict`: the model behind win probabilities and lead scores, on any table.

mod words;

use std::time::Instant;

use anyhow::Context as _;
use crm_predict::{Card, Dataset, Inferred, Reading, Split, Step, TrainOptions, infer, train};
use serde::Serialize;

use super::{Ctx, Done};
use crate::{cli::EvalPredictArgs, imports::table::read_table};

/// The strongest factors that are shown.
const FACTORS: usize = 10;

/// What came of it.
#[derive(Debug, Serialize)]
struct Report {
    /// The file.
    data: String,
    /// The column that says how a row ended, and what it says of those that ended well.
    label: String,
    positive: String,
    negative: String,
    /// How the rows to measure on were set aside.
    split: &'static str,
    seed: u64,
    /// How long it took from reading to measuring, in seconds.
    seconds: f64,
    /// What a reader should know of the table.
    notes: Vec<String>,
    /// The figures; `base_rate` is that of the rows measured on.
    #[serde(flatten)]
    card: Card,
}

pub(super) async fn run(ctx: Ctx, args: EvalPredictArgs) -> anyhow::Result<Done> {
    let bar = ctx.output.progress("refits", 0);
    let shown = bar.clone();
    let report = tokio::task::spawn_blocking(move || {
        measure(&args, &|step| {
            if let Step::Refit { done, of } = step {
                shown.set_length(of as u64);
                shown.set_position(done as u64);
            }
        })
    })
    .await
    .context("the training broke off")?;
    bar.finish_and_clear();
    let report = report?;
    ctx.output.result(&report, || words::of(&report))?;
    Ok(Done::Well)
}

fn measure(args: &EvalPredictArgs, progress: &(dyn Fn(Step) + Sync)) -> anyhow::Result<Report> {
    let began = Instant::now();
    let Inferred {
        data,
        negative,
        notes,
    } = read(args)?;
    let test_fraction = args.test_fraction;
    let (split, named) = match args.time {
        Some(_) => (Split::Time { test_fraction }, "time"),
        None => (Split::Random { test_fraction }, "random"),
    };
    let options = TrainOptions {
        seed: args.seed,
        split,
        refits: args.refits.into(),
        ..TrainOptions::default()
    };
    let mut card = train(&data, &options, progress)?.card;
    card.factors.truncate(FACTORS);
    Ok(Report {
        data: args.data.display().to_string(),
        label: args.label.clone(),
        positive: args.positive.clone(),
        negative,
        split: named,
        seed: args.seed,
        seconds: began.elapsed().as_secs_f64(),
        notes,
        card,
    })
}

/// The table with the types of its columns; its text is not kept.
fn read(args: &EvalPredictArgs) -> anyhow::Result<Inferred> {
    let table = read_table(&args.data)?;
    let inferred = infer(
        &table,
        &Reading {
            label: args.label.clone(),
            positive: args.positive.clone(),
            ignore: args.ignore.clone(),
            time: args.time.clone(),
        },
    )?;
    let Dataset { columns, .. } = &inferred.data;
    anyhow::ensure!(
        !columns.is_empty(),
        "{} has no column besides the label that could be learned from",
        args.data.display()
    );
    Ok(inferred)
}
