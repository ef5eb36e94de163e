//! A record that changed is scored again soon, in a job of the same transaction.

use std::collections::{BTreeSet, HashSet};

use chrono::TimeDelta;
use uuid::Uuid;

use super::SCORE_JOB;
use crate::{
    Actor, StoreError, TenantTx,
    changes::Change,
    ids::JobId,
    models::{ModelKind, TRAIN_JOB, Task},
    records::Action,
};

/// How long a record rests after its last change before it is scored: somebody who edits a deal makes many.
const REST: TimeDelta = TimeDelta::seconds(15);
/// How long all records of a kind rest after many of them changed.
const REST_OF_MANY: TimeDelta = TimeDelta::minutes(5);
/// From so many records at once on, all are scored instead.
const MANY: usize = 200;
/// How long after the first deal, lead or account the first model is tried.
const FIRST_TRAINING: TimeDelta = TimeDelta::hours(1);

/// Objects whose changes move the score of another record, the kind of score, and the field that names the record.
const ABOUT: &[(&str, ModelKind, &str)] = &[
    ("opportunity", ModelKind::Win, "id"),
    ("opportunity_contact_role", ModelKind::Win, "opportunity_id"),
    ("quote", ModelKind::Win, "opportunity_id"),
    ("activity", ModelKind::Win, "opportunity_id"),
    ("lead", ModelKind::Lead, "id"),
    ("activity", ModelKind::Lead, "lead_id"),
    ("engagement_event", ModelKind::Lead, "lead_id"),
    ("campaign_member", ModelKind::Lead, "lead_id"),
    ("account", ModelKind::Churn, "id"),
    ("contract", ModelKind::Churn, "account_id"),
    ("payment", ModelKind::Churn, "account_id"),
    ("case", ModelKind::Churn, "account_id"),
    ("opportunity", ModelKind::Churn, "account_id"),
    ("activity", ModelKind::Churn, "account_id"),
];

/// The records whose scores a change moves.
fn moved(change: &Change<'_>) -> impl Iterator<Item = (ModelKind, Uuid)> {
    let (object, action, id) = (change.object.name, change.action, change.id);
    let (before, after) = (change.before, change.after);
    ABOUT
        .iter()
        .filter(move |(about, ..)| *about == object)
        .flat_map(move |(_, kind, field)| {
            let own = (*field == "id" && action != Action::Delete).then_some(id);
            let named = [before, after]
                .into_iter()
                .flatten()
                .filter_map(|record| (*field != "id").then(|| record.reference(field)).flatten());
            own.into_iter()
                .chain(named)
                .map(|record| (*kind, record))
                .collect::<Vec<_>>()
        })
}

/// Enqueues what follows from changes for the scores of records, where the tenant has any; and the first training, where
/// there was none.
pub(crate) async fn follow(tx: &mut TenantTx, changes: &[Change<'_>]) -> Result<(), StoreError> {
    let records: BTreeSet<(&'static str, Uuid)> = changes
        .iter()
        .flat_map(moved)
        .map(|(kind, id)| (kind.as_str(), id))
        .collect();
    if records.is_empty() {
        return Ok(());
    }
    let begun = begun(tx).await?;
    for kind in [ModelKind::Win, ModelKind::Lead, ModelKind::Churn] {
        let ids: Vec<Uuid> = records
            .iter()
            .filter(|(of, _)| *of == kind.as_str())
            .map(|(_, id)| *id)
            .collect();
        if ids.is_empty() {
            continue;
        }
        if begun.contains(&(kind, Task::Score)) {
            score_soon(tx, kind, &ids).await?;
        } else if !begun.contains(&(kind, Task::Train)) {
            let at = tx.now() + FIRST_TRAINING;
            enqueue(tx, TRAIN_JOB, &[kind.to_string()], at, IfWaiting::Stays).await?;
        }
    }
    Ok(())
}

/// Has records scored of which something moved that is no change of theirs or of a record that names them, such as what was
/// said with a lead; where the tenant has any scores.
pub(crate) async fn moved_by(tx: &mut TenantTx, kind: ModelKind, ids: &[Uuid]) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    // A visitor may not look whether there are scores. Where there are none yet, one more says what is usual.
    let looks = !matches!(tx.grant().actor(), Actor::Visitor(_));
    if looks && !begun(tx).await?.contains(&(kind, Task::Score)) {
        return Ok(());
    }
    score_soon(tx, kind, ids).await
}

/// What was begun once.
async fn begun(tx: &mut TenantTx) -> Result<HashSet<(ModelKind, Task)>, StoreError> {
    let begun: Vec<(ModelKind, Task)> = sqlx::query_as("SELECT kind, task FROM prediction_work")
        .fetch_all(tx.conn())
        .await?;
    Ok(begun.into_iter().collect())
}

/// Has records scored once nobody has changed them for a moment.
async fn score_soon(tx: &mut TenantTx, kind: ModelKind, ids: &[Uuid]) -> Result<(), StoreError> {
    if ids.len() >= MANY {
        let at = tx.now() + REST_OF_MANY;
        return enqueue(tx, SCORE_JOB, &[format!("{kind}:all")], at, IfWaiting::Earlier).await;
    }
    let keys: Vec<String> = ids.iter().map(|id| format!("{kind}:{id}")).collect();
    let at = tx.now() + REST;
    enqueue(tx, SCORE_JOB, &keys, at, IfWaiting::Later).await
}

/// What becomes of an equal job that waits already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IfWaiting {
    /// It keeps its moment.
    Stays,
    /// It comes earlier, if this is earlier.
    Earlier,
    /// It waits for this moment.
    Later,
}

async fn enqueue(
    tx: &mut TenantTx,
    job: &str,
    keys: &[String],
    at: chrono::DateTime<chrono::Utc>,
    waiting: IfWaiting,
) -> Result<(), StoreError> {
    match waiting {
        IfWaiting::Later => tx.jobs().enqueue_at(job, keys, &vec![at; keys.len()]).await,
        IfWaiting::Earlier => {
            for key in keys {
                let new = crate::jobs::NewJob {
                    run_at: Some(at),
                    ..crate::jobs::NewJob::new(job, key)
                };
                tx.jobs().enqueue(&new).await?;
            }
            Ok(())
        }
        IfWaiting::Stays => {
            let (tenant, now) = (tx.grant().tenant(), tx.now());
            sqlx::query(
                "INSERT INTO jobs (tenant_id, id, kind, key, run_at, created_at, updated_at) \
                 SELECT $1, n.id, $2, n.key, $5, $6, $6 FROM unnest($3::uuid[], $4::text[]) AS n (id, key) \
                 ON CONFLICT (tenant_id, kind, key) WHERE state = 'ready' DO NOTHING",
            )
            .bind(tenant)
            .bind(job)
            .bind(keys.iter().map(|_| JobId::new()).collect::<Vec<_>>())
            .bind(keys)
            .bind(at)
            .bind(now)
            .execute(tx.conn())
            .await?;
            Ok(())
        }
    }
}
