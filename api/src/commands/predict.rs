//! `crm-ai predict`: training models, how far that is, and how well they hold.

mod card;

use anyhow::{Context as _, anyhow};
use crm_store::{
    Store, TenantStore,
    agreement::Agreement,
    models::{ModelFilter, ModelKind, ModelState, PredictiveModel, Task, Work, WorkState},
};
use crm_tools::predictions::{self, Occasion, Outcome, Predictor, Why};
use serde::Serialize;
use serde_json::Value;
use tokio::time::{self, Duration};

use super::{Ctx, Done, close, output::Output};
use crate::cli::PredictCommand;

/// How often the progress bar looks.
const LOOK: Duration = Duration::from_millis(200);

pub(super) async fn run(ctx: Ctx, command: PredictCommand) -> anyhow::Result<Done> {
    let (database, store) = ctx.open().await?;
    let done = Box::pin(with_store(&store, ctx.output, command)).await;
    let closed = close(database, store).await;
    let done = done?;
    closed?;
    Ok(done)
}

async fn with_store(store: &Store, output: Output, command: PredictCommand) -> anyhow::Result<Done> {
    let args = match &command {
        PredictCommand::Train(args) | PredictCommand::Status(args) | PredictCommand::Card(args) => args,
    };
    let grant = store.operate(&args.tenant, None).await?;
    let grant = grant.ok_or_else(|| anyhow!("there is no tenant {}", args.tenant))?;
    let tenant = store.open(&grant);
    let kinds = match args.kind.as_deref() {
        Some(word) => vec![trained(word)?],
        None => vec![ModelKind::Win, ModelKind::Lead, ModelKind::Churn],
    };
    match command {
        PredictCommand::Train(_) => Box::pin(train(&tenant, output, &kinds)).await,
        PredictCommand::Status(_) => status(&tenant, output, &kinds).await,
        PredictCommand::Card(_) => cards(&tenant, output, &kinds).await,
    }
}

fn trained(word: &str) -> anyhow::Result<ModelKind> {
    word.parse()
        .map_err(|_| anyhow!("there is no kind {word}; there are win, lead and churn"))
}

/// What came of training one kind.
#[derive(Debug, Serialize)]
struct Trained {
    kind: ModelKind,
    /// `activated`, `rejected` or `not_enough`.
    outcome: &'static str,
    why: String,
    model: Option<Box<PredictiveModel>>,
    scored: usize,
    written: usize,
}

async fn train(tenant: &TenantStore, output: Output, kinds: &[ModelKind]) -> anyhow::Result<Done> {
    let predictor = Predictor::default();
    let mut all = Vec::with_capacity(kinds.len());
    for kind in kinds.iter().copied() {
        let training = predictions::train(&predictor, tenant, kind, Occasion::Asked);
        let outcome = Box::pin(watched(tenant, output, kind, Task::Train, training))
            .await
            .with_context(|| format!("the {kind} model cannot be trained"))?;
        let scoring = predictions::score_all(&predictor, tenant, kind, Why::Model);
        let scored = Box::pin(watched(tenant, output, kind, Task::Score, scoring))
            .await
            .with_context(|| format!("the {kind} scores cannot be written"))?;
        let (outcome, why, model) = match outcome {
            Outcome::Activated(model) => ("activated", model.why.clone(), Some(model)),
            Outcome::Rejected(model) => ("rejected", model.why.clone(), Some(model)),
            Outcome::NotEnough(words) => ("not_enough", words, None),
        };
        all.push(Trained {
            kind,
            outcome,
            why,
            model,
            scored: scored.scored,
            written: scored.written,
        });
    }
    output.result(&all, || {
        let lines = all.iter().map(|one| {
            let number = one
                .model
                .as_ref()
                .map_or(String::new(), |model| format!(" {}", model.number));
            format!(
                "{} model{number}: {}. {}\n  {} records scored, {} scores were news",
                one.kind,
                one.outcome.replace('_', " "),
                one.why,
                one.scored,
                one.written
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    })?;
    Ok(Done::Well)
}

/// Waits for work and shows how far it is.
async fn watched<T, E: std::error::Error + Send + Sync + 'static>(
    tenant: &TenantStore,
    output: Output,
    kind: ModelKind,
    task: Task,
    work: impl Future<Output = Result<T, E>>,
) -> anyhow::Result<T> {
    let bar = output.progress(&format!("{kind}: {task}"), 0);
    let mut ticks = time::interval(LOOK);
    tokio::pin!(work);
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            _ = ticks.tick() => {
                let mut tx = tenant.begin().await?;
                let known = tx.models().task(kind, task).await?;
                tx.commit().await?;
                if let Some(known) = known.filter(|known| known.state == WorkState::Running) {
                    bar.set_prefix(format!("{kind}: {}", known.phase.as_deref().unwrap_or("reading")));
                    bar.set_length(u64::try_from(known.total).unwrap_or_default());
                    bar.set_position(u64::try_from(known.done).unwrap_or_default());
                }
            }
        }
    };
    bar.finish_and_clear();
    Ok(done?)
}

/// Models and work of a tenant.
#[derive(Debug, Serialize)]
struct Status {
    models: Vec<PredictiveModel>,
    work: Vec<Work>,
}

async fn status(tenant: &TenantStore, output: Output, kinds: &[ModelKind]) -> anyhow::Result<Done> {
    let mut tx = tenant.begin().await?;
    let mut models = Vec::new();
    for kind in kinds {
        let filter = ModelFilter {
            kind: Some(*kind),
            state: None,
        };
        models.extend(tx.models().list(&filter, None, 10).await?.items);
    }
    let mut work = tx.models().work().await?;
    work.retain(|work| kinds.contains(&work.kind));
    tx.commit().await?;
    let status = Status { models, work };
    output.result(&status, || words(&status))?;
    Ok(Done::Well)
}

fn words(status: &Status) -> String {
    if status.models.is_empty() && status.work.is_empty() {
        return "no model was trained yet; crm-ai predict train trains one".to_owned();
    }
    let mut lines: Vec<String> = status
        .models
        .iter()
        .map(|model| {
            let auc = model.metrics.get("auc").and_then(Value::as_f64);
            format!(
                "{:<5} {:>3}  {:<9} {}  {:>6} records  AUC {}  {}",
                model.kind.as_str(),
                model.number,
                model.state.as_str(),
                model.trained_at.format("%Y-%m-%d %H:%M"),
                model.examples,
                auc.map_or_else(|| "-".to_owned(), |auc| format!("{auc:.3}")),
                model.why
            )
        })
        .collect();
    lines.extend(status.work.iter().map(|work| {
        let far = if work.state == WorkState::Running {
            format!(
                "{} {}/{}",
                work.phase.as_deref().unwrap_or("reading"),
                work.done,
                work.total
            )
        } else {
            let ended = work
                .finished_at
                .map_or(String::new(), |at| at.format("%Y-%m-%d %H:%M").to_string());
            format!(
                "{} {ended} {}",
                work.state,
                work.problem.as_deref().unwrap_or_default()
            )
        };
        format!(
            "{:<5} {:<6} {}",
            work.kind.as_str(),
            work.task.as_str(),
            far.trim_end()
        )
    }));
    lines.join("\n")
}

/// A model with its card.
#[derive(Debug, Serialize)]
struct Carded {
    model: PredictiveModel,
    card: Value,
    /// How people agree with it, if anybody said anything.
    people: Option<Agreement>,
}

async fn cards(tenant: &TenantStore, output: Output, kinds: &[ModelKind]) -> anyhow::Result<Done> {
    let mut tx = tenant.begin().await?;
    let mut all = Vec::new();
    for kind in kinds {
        let filter = |state| ModelFilter {
            kind: Some(*kind),
            state,
        };
        // Without an active one, the latest says why.
        let active = tx
            .models()
            .list(&filter(Some(ModelState::Active)), None, 1)
            .await?
            .items
            .pop();
        let shown = match active {
            Some(active) => Some(active),
            None => tx.models().list(&filter(None), None, 1).await?.items.pop(),
        };
        if let Some(model) = shown {
            let card = tx.models().card(model.id).await?.unwrap_or_default();
            let people = tx.agreement(*kind).await?;
            let people = people.into_iter().find(|of| of.model_id == Some(model.id));
            all.push(Carded { model, card, people });
        }
    }
    tx.commit().await?;
    let none = all.is_empty();
    output.result(&all, || {
        if none {
            return "no model was trained yet; crm-ai predict train trains one".to_owned();
        }
        let shown: Vec<String> = all
            .iter()
            .map(|one| card::text(&one.model, &one.card, one.people.as_ref()))
            .collect();
        shown.join("\n\n")
    })?;
    Ok(if none { Done::Badly } else { Done::Well })
}
