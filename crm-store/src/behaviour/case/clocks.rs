//! Two clocks run for a case: until somebody answers, and until the matter is settled.
//!
//! A due time is always the case's beginning plus the target of its SLA policy plus the minutes for which the clock stood
//! still, all counted in the tenant's business hours. So a change of priority, of the policy or of the status gives the
//! same due time whichever came first. The clock of the resolution stands still while a case is pending, resolved or
//! closed; that of the first response never does.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use sqlx::FromRow;
use uuid::Uuid;

use super::{CaseStatus, status_of};
use crate::{
    StoreError, TenantTx,
    behaviour::calendar::Calendar,
    feed::{self, FeedEvent},
    jobs::NewJob,
    records::{Action, Value, Write},
};

/// The kind of the jobs that look at a case when one of its clocks runs out; the key is the case.
pub const CASE_CLOCK: &str = "case_clock";

#[derive(Debug, FromRow)]
struct Policy {
    id: Uuid,
    targets: Json,
    business_hours_only: bool,
    is_default: bool,
}

impl Policy {
    /// Minutes until `first_response` or `resolution`.
    fn target(&self, priority: &str, clock: &str) -> Option<i64> {
        self.targets
            .get(priority)?
            .get(clock)?
            .as_i64()
            .filter(|minutes| *minutes >= 0)
    }
}

/// Sets the clocks of many cases by the tenant's policies, which it read once.
#[derive(Debug)]
pub(super) struct Setter {
    policies: Vec<Policy>,
    by_account: HashMap<Uuid, Uuid>,
    by_queue: HashMap<Uuid, Uuid>,
    hours: Calendar,
    always: Calendar,
}

impl Setter {
    pub(super) async fn read(tx: &mut TenantTx, writes: &[Write]) -> Result<Self, StoreError> {
        let policies = sqlx::query_as(
            "SELECT id, targets, business_hours_only, is_default FROM sla_policies \
             WHERE deleted_at IS NULL AND is_active ORDER BY id",
        )
        .fetch_all(tx.conn())
        .await?;
        let named = |field: &str| -> Vec<Uuid> {
            writes
                .iter()
                .filter_map(|write| write.will_be(field).as_id())
                .collect()
        };
        let by_account: Vec<(Uuid, Uuid)> = sqlx::query_as(
            "SELECT id, sla_policy_id FROM accounts WHERE id = ANY ($1) AND sla_policy_id IS NOT NULL",
        )
        .bind(named("account_id"))
        .fetch_all(tx.conn())
        .await?;
        let by_queue: Vec<(Uuid, Uuid)> = sqlx::query_as(
            "SELECT id, sla_policy_id FROM queues WHERE id = ANY ($1) AND sla_policy_id IS NOT NULL",
        )
        .bind(named("queue_id"))
        .fetch_all(tx.conn())
        .await?;
        Ok(Self {
            policies,
            by_account: by_account.into_iter().collect(),
            by_queue: by_queue.into_iter().collect(),
            hours: calendar(tx).await?,
            always: Calendar::always(),
        })
    }

    /// The case's own policy, else its account's, its queue's, the default one.
    fn policy(&self, write: &Write) -> Option<&Policy> {
        let find = |id: Uuid| self.policies.iter().find(|policy| policy.id == id);
        let own = write.will_be("sla_policy_id").as_id();
        let account = write
            .will_be("account_id")
            .as_id()
            .and_then(|id| self.by_account.get(&id).copied());
        let queue = write
            .will_be("queue_id")
            .as_id()
            .and_then(|id| self.by_queue.get(&id).copied());
        [own, account, queue]
            .into_iter()
            .flatten()
            .find_map(find)
            .or_else(|| self.policies.iter().find(|policy| policy.is_default))
    }

    pub(super) fn set(&mut self, write: &mut Write, now: DateTime<Utc>) {
        let turned = [
            "status",
            "priority",
            "sla_policy_id",
            "account_id",
            "queue_id",
            "first_responded_at",
        ];
        if write.action == Action::Update && !turned.iter().any(|field| write.changes(field)) {
            return;
        }
        let Some(policy) = self.policy(write) else {
            return;
        };
        let hours = if policy.business_hours_only {
            &self.hours
        } else {
            &self.always
        };
        let began = match write.before.as_ref().map(|before| before.get("created_at")) {
            Some(Value::Time(at)) => *at,
            _ => match write.draft.get("created_at") {
                Some(Value::Time(at)) => *at,
                _ => now,
            },
        };
        pause(write, hours, now);
        let priority = write.will_be("priority").as_text().unwrap_or("normal").to_owned();
        let paused = write.will_be("paused_minutes").as_integer().unwrap_or_default();
        let answer = policy
            .target(&priority, "first_response")
            .and_then(|minutes| hours.add(began, minutes));
        let settle = policy
            .target(&priority, "resolution")
            .and_then(|minutes| hours.add(began, minutes + paused));
        write.draft.set("first_response_due_at", answer);
        write.draft.set("resolution_due_at", settle);
        late(write, "first_responded_at", answer, "first_response_breached");
        late(write, "resolved_at", settle, "resolution_breached");
    }
}

/// Stops the clock of the resolution, or lets it run on.
fn pause(write: &mut Write, hours: &Calendar, now: DateTime<Utc>) {
    let was = write
        .before
        .as_ref()
        .and_then(|before| status_of(before.get("status")));
    let Some(is) = status_of(write.will_be("status")) else {
        return;
    };
    match (was.is_some_and(CaseStatus::is_paused), is.is_paused()) {
        (false, true) => {
            write.draft.set("pending_since", now);
        }
        (true, false) => {
            let since = write
                .before
                .as_ref()
                .and_then(|before| before.get("pending_since").as_time());
            let stood = since.map_or(0, |since| hours.minutes(since, now));
            let paused = write.will_be("paused_minutes").as_integer().unwrap_or_default();
            write.draft.set("paused_minutes", paused + stood);
            write.draft.set("pending_since", Value::Null);
        }
        _ => {}
    }
}

/// Notes a promise that was kept too late. One that was broken stays broken until a new due time lies ahead of it.
fn late(write: &mut Write, done: &str, due: Option<DateTime<Utc>>, breached: &str) {
    if let (Some(done), Some(due)) = (write.will_be(done).as_time(), due) {
        write.draft.set(breached, done > due);
    }
}

/// The tenant's business hours. Hours that cannot be read count around the clock: a promise is then kept too strictly.
async fn calendar(tx: &mut TenantTx) -> Result<Calendar, StoreError> {
    let tenant = tx.tenant().await?;
    Ok(Calendar::read(&tenant.timezone, &tenant.business_hours).unwrap_or_else(|_| Calendar::always()))
}

/// Enqueues a look at each case whose clocks were set, for when the next one runs out.
pub(super) async fn wake(tx: &mut TenantTx, writes: &[Write]) -> Result<(), StoreError> {
    let now = tx.now();
    let (mut keys, mut times) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for write in writes {
        let Some(after) = &write.after else { continue };
        let turned = [
            "first_response_due_at",
            "resolution_due_at",
            "first_responded_at",
            "status",
        ];
        if write.action == Action::Update && !turned.iter().any(|field| write.changed.contains(field)) {
            continue;
        }
        let answer = after
            .get("first_response_due_at")
            .as_time()
            .filter(|_| after.get("first_responded_at").is_null());
        let runs = status_of(after.get("status")).is_some_and(|status| !status.is_paused());
        let settle = after.get("resolution_due_at").as_time().filter(|_| runs);
        if let Some(next) = [answer, settle]
            .into_iter()
            .flatten()
            .filter(|at| *at > now)
            .min()
            && seen.insert(after.id)
        {
            keys.push(after.id.to_string());
            times.push(next);
        }
    }
    if !keys.is_empty() {
        tx.jobs().enqueue_at(CASE_CLOCK, &keys, &times).await?;
    }
    Ok(())
}

/// The clocks of one case.
#[derive(Debug, FromRow)]
struct Running {
    first_response_due_at: Option<DateTime<Utc>>,
    first_responded_at: Option<DateTime<Utc>>,
    first_response_breached: bool,
    resolution_due_at: Option<DateTime<Utc>>,
    resolution_breached: bool,
    status: CaseStatus,
}

impl Running {
    /// When the clocks that run and were not late yet run out: that of the answer, that of the resolution.
    fn running(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let answer = self.first_responded_at.is_none() && !self.first_response_breached;
        let settle = !self.status.is_paused() && !self.resolution_breached;
        (
            self.first_response_due_at.filter(|_| answer),
            self.resolution_due_at.filter(|_| settle),
        )
    }
}

/// The clocks of cases.
#[derive(Debug)]
pub struct Clocks<'t>(&'t mut TenantTx);

impl TenantTx {
    /// The clocks of cases.
    pub fn case_clocks(&mut self) -> Clocks<'_> {
        Clocks(self)
    }
}

impl Clocks<'_> {
    /// Marks what is late of a case by now, once, with an event that consoles and webhooks hear of. Returns when to look
    /// again, if a clock still runs.
    pub async fn look(&mut self, case: Uuid) -> Result<Option<DateTime<Utc>>, StoreError> {
        let now = self.0.now();
        let clocks: Option<Running> = sqlx::query_as(
            "SELECT first_response_due_at, first_responded_at, first_response_breached, resolution_due_at, \
                 resolution_breached, status FROM cases WHERE id = $1 AND deleted_at IS NULL FOR UPDATE",
        )
        .bind(case)
        .fetch_optional(self.0.conn())
        .await?;
        let Some(clocks) = clocks else {
            return Ok(None);
        };
        let (answer, settle) = clocks.running();
        let mut fields = Vec::new();
        for (due, field) in [
            (answer, "first_response_breached"),
            (settle, "resolution_breached"),
        ] {
            if due.is_some_and(|due| due <= now) {
                fields.push(field);
            }
        }
        if !fields.is_empty() {
            self.mark(case, &fields).await?;
        }
        Ok([answer, settle]
            .into_iter()
            .flatten()
            .filter(|due| *due > now)
            .min())
    }

    async fn mark(&mut self, case: Uuid, fields: &[&'static str]) -> Result<(), StoreError> {
        let (now, actor, tenant) = (self.0.now(), self.0.grant().actor(), self.0.grant().tenant());
        let version: i64 = sqlx::query_scalar(
            "UPDATE cases SET first_response_breached = first_response_breached OR $2, \
                 resolution_breached = resolution_breached OR $3, version = version + 1, updated_at = $4 \
             WHERE id = $1 RETURNING version",
        )
        .bind(case)
        .bind(fields.contains(&"first_response_breached"))
        .bind(fields.contains(&"resolution_breached"))
        .bind(now)
        .fetch_one(self.0.conn())
        .await?;
        for field in fields {
            sqlx::query(
                "INSERT INTO case_events (tenant_id, id, case_id, kind, new, actor_kind, actor_id, at) \
                 VALUES ($1, $2, $3, 'sla_breached', to_jsonb($4::text), $5, $6, $7)",
            )
            .bind(tenant)
            .bind(Uuid::now_v7())
            .bind(case)
            .bind(field.trim_end_matches("_breached"))
            .bind(actor.kind())
            .bind(actor.id())
            .bind(now)
            .execute(self.0.conn())
            .await?;
        }
        self.0
            .audit()
            .record("breach", "case", Some(case), fields)
            .await?;
        let event = FeedEvent {
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            version: Some(version),
            ..FeedEvent::new("case", "breached", case)
        };
        feed::publish(self.0, &[event]).await
    }

    /// Notes that somebody answered a case now, if nobody did before.
    pub(crate) async fn answered(&mut self, case: Uuid) -> Result<(), StoreError> {
        let now = self.0.now();
        sqlx::query(
            "UPDATE cases SET first_responded_at = $2, first_response_breached = COALESCE($2 > first_response_due_at, false), \
                 version = version + 1, updated_at = $2, last_activity_at = $2 \
             WHERE id = $1 AND first_responded_at IS NULL AND deleted_at IS NULL",
        )
        .bind(case)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }
}

/// The job that looks at a case at a moment.
pub fn clock_job(case: Uuid, at: DateTime<Utc>) -> NewJob {
    NewJob {
        run_at: Some(at),
        ..NewJob::new(CASE_CLOCK, case.to_string())
    }
}
