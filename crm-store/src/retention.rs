//! Forgetting what a tenant need not keep, by its own settings.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{
    StoreError, TenantStore, TenantTx,
    changes::INDEX_RECORD,
    feed::{self, FeedEvent},
};

/// Rows of one transaction.
const BATCH: i64 = 1_000;
/// Values in the log are kept for so long whatever the settings say; the database insists on it.
const LEAST_AUDIT_DAYS: u32 = 30;
/// Questions about the numbers that came straight over the API and that nobody judged.
const CARD_DAYS: u32 = 30;
/// A hundred years.
const MOST_DAYS: u32 = 36_500;

/// For how many days things are kept; `None` keeps them for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Events of the feed. A reader that comes back later is told to start anew.
    pub feed: Option<u32>,
    /// Deliveries of webhooks that have ended.
    pub deliveries: Option<u32>,
    /// Attempts to sign in.
    pub login_history: Option<u32>,
    /// What was said in runs of agents: transcripts and events; that there was a run stays known. Questions about the
    /// numbers that were asked without a run and judged, too; those that nobody judged go after 30 days in any case.
    pub run_transcripts: Option<u32>,
    /// Messages of conversations.
    pub messages: Option<u32>,
    /// Old and new values in the log; who changed which field stays. 30 days at least.
    pub audit_values: Option<u32>,
    /// What was said of deals, leads and customers before the latest score, overrides that were taken back, and forecasts
    /// that were kept.
    pub scores: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            feed: Some(7),
            deliveries: Some(30),
            login_history: Some(365),
            run_transcripts: None,
            messages: None,
            audit_values: None,
            scores: Some(730),
        }
    }
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Forgotten {
    /// Events of the feed.
    pub feed: u64,
    /// Deliveries of webhooks.
    pub deliveries: u64,
    /// Attempts to sign in.
    pub login_history: u64,
    /// Runs whose transcripts and events went.
    pub run_transcripts: u64,
    /// Questions about the numbers that were asked without a run.
    pub cards: u64,
    /// Messages of conversations.
    pub messages: u64,
    /// Values in the log.
    pub audit_values: u64,
    /// Scores that others followed.
    pub scores: u64,
}

impl Forgotten {
    /// All together.
    pub const fn total(&self) -> u64 {
        self.feed
            + self.deliveries
            + self.login_history
            + self.run_transcripts
            + self.cards
            + self.messages
            + self.audit_values
            + self.scores
    }
}

impl Retention {
    fn check(&self) -> Result<(), StoreError> {
        for (field, days, least) in [
            ("feed", self.feed, 1),
            ("deliveries", self.deliveries, 1),
            ("login_history", self.login_history, 1),
            ("run_transcripts", self.run_transcripts, 1),
            ("messages", self.messages, 1),
            ("audit_values", self.audit_values, LEAST_AUDIT_DAYS),
            ("scores", self.scores, 1),
        ] {
            if days.is_some_and(|days| !(least..=MOST_DAYS).contains(&days)) {
                let message =
                    format!("must be between {least} and {MOST_DAYS} days, or null to keep them for ever");
                return Err(StoreError::invalid(field, message));
            }
        }
        Ok(())
    }
}

impl TenantTx {
    /// How long the tenant keeps things.
    pub async fn retention(&mut self) -> Result<Retention, StoreError> {
        let set: Option<serde_json::Value> =
            sqlx::query_scalar("SELECT settings -> 'retention' FROM tenants")
                .fetch_one(self.conn())
                .await?;
        Ok(set
            .and_then(|set| serde_json::from_value(set).ok())
            .unwrap_or_default())
    }

    /// Decides how long the tenant keeps things. Needs the area `settings`.
    pub async fn set_retention(&mut self, new: &Retention) -> Result<(), StoreError> {
        self.access().await?.require_area("settings")?;
        new.check()?;
        let now = self.now();
        let changed = sqlx::query(
            "UPDATE tenants SET settings = settings || $1, version = version + 1, updated_at = $2",
        )
        .bind(json!({ "retention": new }))
        .bind(now)
        .execute(self.conn())
        .await?;
        if changed.rows_affected() == 0 {
            return Err(StoreError::Forbidden);
        }
        let id = self.grant().tenant().uuid();
        self.audit()
            .record("update", "settings", Some(id), &["retention"])
            .await
    }

    /// Forgets one batch of each kind. Says how much, and whether there may be more.
    async fn forget(&mut self, keep: &Retention, sum: &mut Forgotten) -> Result<bool, StoreError> {
        let now = self.now();
        let since = |days: Option<u32>| days.map(|days| now - TimeDelta::days(days.into()));
        let mut most = 0;
        let mut count = |place: &mut u64, gone: u64| {
            *place += gone;
            most = most.max(gone);
        };
        if let Some(before) = since(keep.feed) {
            count(&mut sum.feed, self.feed().prune(before, BATCH).await?);
        }
        if let Some(before) = since(keep.deliveries) {
            count(&mut sum.deliveries, self.webhooks().prune(before, BATCH).await?);
            self.forget_with(RECEIPTS, before).await?;
        }
        if let Some(before) = since(keep.login_history) {
            count(&mut sum.login_history, self.forget_with(LOGINS, before).await?);
        }
        if let Some(before) = since(keep.run_transcripts) {
            count(
                &mut sum.run_transcripts,
                self.forget_with(TRANSCRIPTS, before).await?,
            );
        }
        if let Some(before) = since(Some(CARD_DAYS)) {
            count(&mut sum.cards, self.forget_with(UNJUDGED, before).await?);
        }
        if let Some(before) = since(keep.run_transcripts) {
            count(&mut sum.cards, self.forget_with(CARDS, before).await?);
        }
        if let Some(before) = since(keep.messages) {
            count(&mut sum.messages, self.forget_messages(before).await?);
        }
        let values = keep.audit_values.map(|days| days.max(LEAST_AUDIT_DAYS));
        if let Some(before) = since(values) {
            count(&mut sum.audit_values, self.forget_with(VALUES, before).await?);
        }
        if let Some(before) = since(keep.scores) {
            for statement in SCORES {
                count(&mut sum.scores, self.forget_with(statement, before).await?);
            }
        }
        Ok(most >= BATCH.unsigned_abs())
    }

    async fn forget_with(
        &mut self,
        statement: &'static str,
        before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let gone = sqlx::query(statement)
            .bind(before)
            .bind(BATCH)
            .execute(self.conn())
            .await?;
        Ok(gone.rows_affected())
    }

    /// Messages are in the index too, and consoles show them.
    async fn forget_messages(&mut self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let gone: Vec<Uuid> = sqlx::query_scalar(
            "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE created_at < $1 ORDER BY created_at, id LIMIT $2) \
             RETURNING id",
        )
        .bind(before)
        .bind(BATCH)
        .fetch_all(self.conn())
        .await?;
        let keys: Vec<String> = gone.iter().map(|id| format!("message:{id}")).collect();
        if !keys.is_empty() {
            self.jobs().enqueue_all(INDEX_RECORD, &keys).await?;
        }
        let events: Vec<FeedEvent> = gone
            .iter()
            .map(|id| FeedEvent::new("message", "erased", *id))
            .collect();
        feed::append(self, &events).await?;
        Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
    }
}

const RECEIPTS: &str = "\
    DELETE FROM channel_receipts r USING (\
        SELECT channel, provider_message_id FROM channel_receipts WHERE at < $1 ORDER BY at LIMIT $2) old \
    WHERE r.channel = old.channel AND r.provider_message_id = old.provider_message_id";
const LOGINS: &str = "DELETE FROM login_history WHERE id IN (SELECT id FROM login_history WHERE at < $1 ORDER BY at, id LIMIT $2)";
const TRANSCRIPTS: &str = "\
    WITH old AS (\
        SELECT id FROM runs WHERE finished_at < $1 AND transcript <> '[]' ORDER BY finished_at LIMIT $2), \
    events AS (DELETE FROM run_events e USING old WHERE e.run_id = old.id) \
    UPDATE runs r SET transcript = '[]', input = '{}', parked = NULL FROM old WHERE r.id = old.id";
const SCORES: &[&str] = &[
    "DELETE FROM win_scores WHERE id IN (\
         SELECT id FROM win_scores WHERE NOT is_latest AND scored_at < $1 ORDER BY scored_at, id LIMIT $2)",
    "DELETE FROM lead_scores WHERE id IN (\
         SELECT id FROM lead_scores WHERE NOT is_latest AND scored_at < $1 ORDER BY scored_at, id LIMIT $2)",
    "DELETE FROM lead_judgements WHERE id IN (\
         SELECT id FROM lead_judgements WHERE ended_at < $1 ORDER BY ended_at, id LIMIT $2)",
    "DELETE FROM account_scores WHERE id IN (\
         SELECT id FROM account_scores WHERE NOT is_latest AND scored_at < $1 ORDER BY scored_at, id LIMIT $2)",
    "DELETE FROM forecast_snapshots WHERE id IN (\
         SELECT id FROM forecast_snapshots WHERE as_of < $1 ORDER BY as_of, id LIMIT $2)",
];
const UNJUDGED: &str = "\
    DELETE FROM pipeline_cards WHERE id IN (\
        SELECT c.id FROM pipeline_cards c WHERE c.created_at < $1 AND NOT EXISTS (\
            SELECT FROM feedback f WHERE f.tenant_id = c.tenant_id AND f.card_id = c.id) \
        ORDER BY c.created_at, c.id LIMIT $2)";
// Their verdicts go with them.
const CARDS: &str = "\
    DELETE FROM pipeline_cards WHERE id IN (\
        SELECT id FROM pipeline_cards WHERE created_at < $1 ORDER BY created_at, id LIMIT $2)";
const VALUES: &str = "\
    DELETE FROM audit_values v USING (\
        SELECT l.id FROM audit_log l WHERE l.at < $1 AND EXISTS (SELECT FROM audit_values v WHERE v.tenant_id = l.tenant_id AND v.audit_id = l.id) \
        ORDER BY l.at, l.id LIMIT $2) old \
    WHERE v.audit_id = old.id";

impl TenantStore {
    /// Forgets what the tenant does not keep any longer, in batches with `pause` in between, and writes down how much.
    /// For upkeep: only a job may forget.
    pub async fn forget_old(&self, pause: Duration) -> Result<Forgotten, StoreError> {
        let mut sum = Forgotten::default();
        loop {
            let mut tx = self.begin().await?;
            let keep = tx.retention().await?;
            let more = tx.forget(&keep, &mut sum).await?;
            if !more {
                if sum.total() > 0 {
                    tx.audit().record("forget", "retention", None, &[]).await?;
                }
                tx.commit().await?;
                return Ok(sum);
            }
            tx.commit().await?;
            tokio::time::sleep(pause).await;
        }
    }
}
