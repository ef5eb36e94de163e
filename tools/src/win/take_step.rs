//! One click: a proposed step becomes a task of the deal's owner.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    StoreError, TenantTx,
    catalog::{ACTIVITY, OPPORTUNITY},
    records::{Draft, Record, Select, Value},
};
use uuid::Uuid;

use super::open_tasks::{OpenTasks, STEP_MARK};
use crate::predictions::next_steps::Step;

/// How often a day the same step can become a task, when the one before is done or deleted.
const MOST_A_DAY: usize = 9;

/// What the person wants otherwise than proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakeStep {
    /// The subject.
    pub task: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// When it is due.
    pub due_at: Option<DateTime<Utc>>,
}

/// The task of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The task.
    pub task: Record,
    /// Whether it was made now, and not there before.
    pub is_new: bool,
}

/// Makes a task of a step, for the owner of the deal or, without one, for whoever acts. The same step of a deal that is
/// still to be done is not made twice, whenever it was made: that task comes back.
///
/// Of two transactions that take a step at the same moment one gets [`StoreError::Conflict`]; a new one sees the task.
pub async fn take_step(
    tx: &mut TenantTx,
    opportunity: Uuid,
    step: &Step,
    wishes: TakeStep,
) -> Result<Taken, StoreError> {
    let deal = tx
        .records(&OPPORTUNITY)
        .get(opportunity, &Select::default())
        .await?;
    let deal = deal.ok_or(StoreError::NotFound { what: "opportunity" })?;
    // Asked in this transaction: the card that the step is from may be older.
    if let Some(open) = OpenTasks::of(tx, opportunity).await?.made_of(&step.key)
        && let Some(task) = tx.records(&ACTIVITY).get(open, &Select::default()).await?
    {
        return Ok(Taken { task, is_new: false });
    }
    let now = tx.now();
    let base = format!("{STEP_MARK}{}:{opportunity}:{}", step.key, now.format("%Y%m%d"));
    let mut free = None;
    for n in 1..=MOST_A_DAY {
        let external = if n == 1 {
            base.clone()
        } else {
            format!("{base}:{n}")
        };
        let Some(known) = tx.records(&ACTIVITY).by_external_id(&external).await? else {
            free = Some(external);
            break;
        };
        let is_open = known.get("deleted_at").is_null()
            && !matches!(known.text("status"), Some("completed" | "cancelled"));
        if is_open {
            return Ok(Taken {
                task: known,
                is_new: false,
            });
        }
    }
    let external = free.ok_or_else(|| {
        StoreError::invalid("step", format!("became a task {MOST_A_DAY} times today already"))
    })?;
    let due = wishes
        .due_at
        .unwrap_or_else(|| now + TimeDelta::days(step.due_in_days));
    let mut draft = Draft::new(&ACTIVITY)
        .with("external_id", external)
        .with("type", "task")
        .with("status", "planned")
        .with("priority", step.priority.clone())
        .with("subject", wishes.task.unwrap_or_else(|| step.task.clone()))
        // Not why: the owner of the deal may not see what the reader of the card sees.
        .with("body", wishes.text.unwrap_or_else(|| step.text.clone()))
        .with("due_at", Value::Time(due))
        .with("occurred_at", Value::Time(due))
        .with("opportunity_id", Value::Id(opportunity));
    if let Some(owner) = deal.reference("owner_id") {
        draft.set("owner_id", Value::Id(owner));
    }
    let task = tx.records(&ACTIVITY).create(draft).await?;
    Ok(Taken { task, is_new: true })
}
