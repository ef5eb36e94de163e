//! How far training and scoring are.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{ASKED, ModelKind, Models, TRAIN_JOB, count};
use crate::{Grant, Store, StoreError, ids::TenantId, jobs::NewJob, scores::SCORE_JOB, text_enum::text_enum};

/// Work that got no further for so long, and for which no job waits, is nobody's any more.
const LOST: TimeDelta = TimeDelta::hours(1);

/// Whether a row `w` of `prediction_work` is lost. `$1` is the moment after which it would have gone on, `$2` and `$3` are the
/// kinds of the jobs.
const IS_LOST: &str = "w.updated_at < $1 AND NOT EXISTS (SELECT FROM jobs j WHERE j.tenant_id = w.tenant_id \
     AND j.state IN ('ready', 'leased') AND j.kind = CASE w.task WHEN 'train' THEN $2 ELSE $3 END \
     AND j.key = CASE w.task WHEN 'train' THEN w.kind ELSE w.kind || ':all' END)";

/// Tenants of one page.
const PAGE: i64 = 200;

impl Store {
    /// Opens the tenants after `after` that have a task which [`Models::plan_lost`] plans again, as a job. Empty when there are
    /// no more. One statement a page, whether there are ten tenants or ten thousand.
    pub async fn tenants_with_lost_predictions(
        &self,
        after: Option<TenantId>,
    ) -> Result<Vec<Grant>, StoreError> {
        let mut tx = self.system().await?;
        let before = tx.now() - LOST;
        let statement = format!(
            "SELECT DISTINCT w.tenant_id FROM prediction_work w WHERE {IS_LOST} AND w.tenant_id > $4 \
             ORDER BY w.tenant_id LIMIT $5"
        );
        let tenants: Vec<TenantId> = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(before)
            .bind(TRAIN_JOB)
            .bind(SCORE_JOB)
            .bind(after.map_or(Uuid::nil(), TenantId::uuid))
            .bind(PAGE)
            .fetch_all(tx.conn())
            .await?;
        tx.commit().await?;
        Ok(tenants.into_iter().map(Grant::upkeep).collect())
    }
}

text_enum! {
    /// What is done with a kind of model.
    pub enum Task {
        /// A model is learned.
        Train = "train",
        /// All records are scored.
        Score = "score",
    }
}

text_enum! {
    /// How far a task is.
    pub enum WorkState {
        /// It goes on, or waits for a worker after a crash.
        Running = "running",
        /// It came to its end; there may be a reason why nothing came of it.
        Done = "done",
        /// It failed.
        Failed = "failed",
    }
}

/// How far a task is, and when it was done last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Work {
    /// Of which kind of model.
    pub kind: ModelKind,
    /// What is done.
    pub task: Task,
    /// How far it is.
    pub state: WorkState,
    /// What is being done, in a few words.
    pub phase: Option<String>,
    /// So much is done,
    pub done: i64,
    /// of so much.
    pub total: i64,
    /// The last record that was scored.
    #[serde(skip)]
    pub after_id: Option<Uuid>,
    /// The model that came of it, or that it scores with.
    pub model_id: Option<Uuid>,
    /// Why it could not be done, or why nothing came of it.
    pub problem: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it got further last.
    pub updated_at: DateTime<Utc>,
}

impl Models<'_> {
    /// Has a model of a kind trained as soon as a worker is free, instead of when its turn comes. Needs the area `models`.
    pub async fn ask_for_training(&mut self, kind: ModelKind) -> Result<(), StoreError> {
        self.0.access().await?.require_area("models")?;
        let job = NewJob {
            payload: json!({ ASKED: true }),
            ..NewJob::new(TRAIN_JOB, kind.as_str())
        };
        self.0.jobs().enqueue(&job).await?;
        self.0
            .audit()
            .record("train", "predictive_model", None, &["kind"])
            .await
    }

    /// Has a model of a kind trained at a moment, unless it is to be trained earlier anyway.
    pub async fn train_at(&mut self, kind: ModelKind, at: DateTime<Utc>) -> Result<(), StoreError> {
        let job = NewJob {
            run_at: Some(at),
            ..NewJob::new(TRAIN_JOB, kind.as_str())
        };
        self.0.jobs().enqueue(&job).await
    }

    /// Has all records of a kind scored at a moment, unless they are to be scored earlier anyway.
    pub async fn score_at(&mut self, kind: ModelKind, at: DateTime<Utc>) -> Result<(), StoreError> {
        let job = NewJob {
            run_at: Some(at),
            ..NewJob::new(SCORE_JOB, format!("{kind}:all"))
        };
        self.0.jobs().enqueue(&job).await
    }

    /// How far everything is, of all kinds.
    pub async fn work(&mut self) -> Result<Vec<Work>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT kind, task, state, phase, done, total, after_id, model_id, problem, started_at, finished_at, updated_at \
             FROM prediction_work ORDER BY kind, task",
        )
        .fetch_all(self.0.conn())
        .await?)
    }

    /// How far one task is; `None` when it was never begun.
    pub async fn task(&mut self, kind: ModelKind, task: Task) -> Result<Option<Work>, StoreError> {
        let all = self.work().await?;
        Ok(all
            .into_iter()
            .find(|work| work.kind == kind && work.task == task))
    }

    /// Plans again what was begun once and what no job waits for any more: the job failed too often. What was under way is
    /// noted as failed. `every` is how long after a training that came to its end the next one follows; everything else is
    /// tried at once. Only a job may. Which tasks they were.
    pub async fn plan_lost(&mut self, every: TimeDelta) -> Result<Vec<(ModelKind, Task)>, StoreError> {
        let now = self.0.now();
        let statement = format!(
            "SELECT w.kind, w.task, w.state, w.finished_at FROM prediction_work w WHERE {IS_LOST} ORDER BY w.kind, w.task"
        );
        let lost: Vec<(ModelKind, Task, WorkState, Option<DateTime<Utc>>)> =
            sqlx::query_as(AssertSqlSafe(statement))
                .bind(now - LOST)
                .bind(TRAIN_JOB)
                .bind(SCORE_JOB)
                .fetch_all(self.0.conn())
                .await?;
        for (kind, task, state, finished_at) in &lost {
            if *state == WorkState::Running {
                let problem = "It broke off too often; it is tried again.";
                self.end(*kind, *task, WorkState::Failed, None, Some(problem))
                    .await?;
            }
            match task {
                Task::Train => {
                    let ended = finished_at.filter(|_| *state == WorkState::Done);
                    let at = ended.map_or(now, |ended| now.max(ended + every));
                    self.train_at(*kind, at).await?;
                }
                Task::Score => self.score_at(*kind, now).await?,
            }
        }
        Ok(lost.into_iter().map(|(kind, task, ..)| (kind, task)).collect())
    }

    /// Notes that a task begins anew. Only a job may.
    pub async fn begin(
        &mut self,
        kind: ModelKind,
        task: Task,
        model: Option<Uuid>,
    ) -> Result<(), StoreError> {
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        sqlx::query(
            "INSERT INTO prediction_work (tenant_id, kind, task, state, model_id, started_at, updated_at) \
             VALUES ($1, $2, $3, 'running', $4, $5, $5) \
             ON CONFLICT (tenant_id, kind, task) DO UPDATE SET state = 'running', phase = NULL, done = 0, total = 0, \
                 after_id = NULL, model_id = excluded.model_id, problem = NULL, started_at = excluded.started_at, \
                 finished_at = NULL, updated_at = excluded.updated_at",
        )
        .bind(tenant)
        .bind(kind)
        .bind(task)
        .bind(model)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Notes how far a task is. Only a job may.
    pub async fn advance(
        &mut self,
        kind: ModelKind,
        task: Task,
        phase: &str,
        (done, total): (usize, usize),
        after: Option<Uuid>,
    ) -> Result<(), StoreError> {
        let now = self.0.now();
        sqlx::query(
            "UPDATE prediction_work SET phase = $3, done = $4, total = $5, after_id = COALESCE($6, after_id), updated_at = $7 \
             WHERE kind = $1 AND task = $2 AND state = 'running'",
        )
        .bind(kind)
        .bind(task)
        .bind(phase)
        .bind(count(done))
        .bind(count(total))
        .bind(after)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Notes that a task ended, and why nothing came of it, if nothing did. Only a job may.
    pub async fn end(
        &mut self,
        kind: ModelKind,
        task: Task,
        state: WorkState,
        model: Option<Uuid>,
        problem: Option<&str>,
    ) -> Result<(), StoreError> {
        let now = self.0.now();
        sqlx::query(
            "UPDATE prediction_work SET state = $3, phase = NULL, after_id = NULL, model_id = COALESCE($4, model_id), \
                 problem = $5, finished_at = $6, updated_at = $6 WHERE kind = $1 AND task = $2",
        )
        .bind(kind)
        .bind(task)
        .bind(state)
        .bind(model)
        .bind(problem)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }
}
