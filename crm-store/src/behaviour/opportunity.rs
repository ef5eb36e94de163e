//! Opportunities: a stage brings its probability, and closing one records when, how and why.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::{
    StoreError, TenantTx,
    records::{Action, Value, Write},
};

/// A step of the tenant's pipeline.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Stage {
    name: String,
    kind: String,
    probability: i32,
    forecast_category: String,
    is_active: bool,
}

/// Completes what stages say, and refuses moves that say too little.
pub(super) async fn before(tx: &mut TenantTx, writes: &mut [Write]) -> Result<(), StoreError> {
    let moves = |write: &Write| write.action == Action::Create || write.draft.get("stage").is_some();
    if !writes.iter().any(moves) {
        return Ok(());
    }
    let stages: Vec<Stage> = sqlx::query_as(
        "SELECT name, kind, probability, forecast_category, is_active FROM pipeline_stages \
         WHERE deleted_at IS NULL ORDER BY position, id",
    )
    .fetch_all(tx.conn())
    .await?;
    let (now, today) = (tx.now(), tx.today().await?);
    for write in writes.iter_mut().filter(|write| moves(write)) {
        place(write, &stages, now, today);
    }
    Ok(())
}

impl TenantTx {
    /// The day that it is for the tenant.
    pub(crate) async fn today(&mut self) -> Result<NaiveDate, StoreError> {
        let zone: String = sqlx::query_scalar("SELECT timezone FROM tenants")
            .fetch_one(self.conn())
            .await?;
        let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
        Ok(self.now().with_timezone(&zone).date_naive())
    }
}

fn place(write: &mut Write, stages: &[Stage], now: DateTime<Utc>, today: NaiveDate) {
    let said = write.draft.get("stage").cloned();
    let stage = match &said {
        // The first step that is open is where a deal begins.
        None => stages
            .iter()
            .find(|stage| stage.kind == "open" && stage.is_active),
        Some(Value::Text(name)) => stages.iter().find(|stage| stage.name == *name).or_else(|| {
            stages
                .iter()
                .find(|stage| stage.name.eq_ignore_ascii_case(name.trim()))
        }),
        Some(_) => None,
    };
    let Some(stage) = stage else {
        let names: Vec<&str> = stages
            .iter()
            .filter(|s| s.is_active)
            .map(|s| s.name.as_str())
            .collect();
        write
            .draft
            .refuse("stage", format!("must be one of {}", names.join(", ")));
        return;
    };
    write.draft.set("stage", stage.name.clone());
    if write.action != Action::Create && !write.changes("stage") {
        return;
    }
    if !stage.is_active {
        write
            .draft
            .refuse("stage", format!("{} is not used any more", stage.name));
    }
    if write.draft.get("probability").is_none() {
        write.draft.set("probability", i64::from(stage.probability));
    }
    if write.draft.get("forecast_category").is_none() {
        write
            .draft
            .set("forecast_category", stage.forecast_category.clone());
    }
    if write.draft.get("stage_entered_at").is_none() {
        write.draft.set("stage_entered_at", now);
    }
    outcome(write, stage, now, today);
}

/// Closes, or opens again, what a stage says is closed or open.
fn outcome(write: &mut Write, stage: &Stage, now: DateTime<Utc>, today: NaiveDate) {
    let was_closed = write
        .before
        .as_ref()
        .is_some_and(|before| before.get("is_closed") == &Value::Boolean(true));
    let closed = stage.kind != "open";
    write.draft.set("is_closed", closed);
    write.draft.set("is_won", stage.kind == "won");
    if !closed {
        write.draft.set("closed_at", Value::Null);
        if was_closed && write.draft.get("closed_reason").is_none() {
            write.draft.set("closed_reason", Value::Null);
        }
        return;
    }
    // A deal of another system arrives closed, often without a word why.
    if stage.kind == "lost" && write.action == Action::Update && write.will_be("closed_reason").is_null() {
        write.draft.refuse(
            "closed_reason",
            format!("say why it was lost when you move it to {}", stage.name),
        );
    }
    if write.draft.get("closed_at").is_none() {
        let at = match write.draft.get("close_date") {
            Some(Value::Date(day)) if write.action == Action::Create => {
                day.and_hms_opt(12, 0, 0).map_or(now, |at| at.and_utc().min(now))
            }
            _ => now,
        };
        write.draft.set("closed_at", at);
    }
    if write.action == Action::Update && !was_closed && write.draft.get("close_date").is_none() {
        write.draft.set("close_date", today);
    }
}
