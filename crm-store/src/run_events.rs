//! The event logs of runs. What an event means is not this crate's business.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use crate::{StoreError, TenantTx, ids::RunId};

/// A stored stretch of a log: one event, or a range of text deltas.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct RunEventRow {
    /// The number of its first event.
    pub seq: i64,
    /// The number of its last.
    pub seq_end: i64,
    /// The type of its events.
    #[sqlx(rename = "type")]
    pub kind: String,
    /// The event, or for a range `{"text": …}` with the text of all.
    pub payload: Value,
    /// Where the second and later deltas start in the text, in bytes.
    pub splits: Vec<i32>,
    /// When it was stored.
    pub at: DateTime<Utc>,
}

/// A stretch of a log to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRunEvents {
    /// The run.
    pub run: RunId,
    /// The number of the first event.
    pub seq: u64,
    /// The number of the last.
    pub seq_end: u64,
    /// The type of the events.
    pub kind: &'static str,
    /// The event, or the text of all deltas.
    pub payload: Value,
    /// Where the second and later deltas start in the text, in bytes.
    pub splits: Vec<u32>,
}

/// The event logs of one tenant's runs.
pub struct RunEvents<'t> {
    tx: &'t mut TenantTx,
}

impl TenantTx {
    /// The event logs of runs.
    pub fn run_events(&mut self) -> RunEvents<'_> {
        RunEvents { tx: self }
    }
}

impl RunEvents<'_> {
    /// Stores stretches of the logs of runs that `worker` works on, all in one
    /// statement, and tells those who read along in other processes. Stretches
    /// that are stored already, and those of runs that someone else works on
    /// now, are passed over.
    pub async fn append(&mut self, worker: &str, events: &[NewRunEvents]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let (tenant, now) = (self.tx.grant().tenant(), self.tx.now());
        let number = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
        sqlx::query(
            "WITH written AS (
                INSERT INTO run_events (tenant_id, run_id, seq, seq_end, type, payload, splits, at)
                SELECT $1, e.run_id, e.seq, e.seq_end, e.type, e.payload, e.splits::integer[], $3
                FROM UNNEST($4::uuid[], $5::bigint[], $6::bigint[], $7::text[], $8::jsonb[], $9::text[])
                    AS e (run_id, seq, seq_end, type, payload, splits)
                WHERE EXISTS (SELECT FROM runs r WHERE r.tenant_id = $1 AND r.id = e.run_id AND r.leased_by = $2)
                ON CONFLICT (tenant_id, run_id, seq) DO NOTHING
                RETURNING run_id
            )
            SELECT pg_notify('run_events', run_id::text), set_config('synchronous_commit', 'off', true)
            FROM (SELECT DISTINCT run_id FROM written) w",
        )
        .bind(tenant)
        .bind(worker)
        .bind(now)
        .bind(events.iter().map(|event| event.run).collect::<Vec<_>>())
        .bind(events.iter().map(|event| number(event.seq)).collect::<Vec<_>>())
        .bind(events.iter().map(|event| number(event.seq_end)).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.kind).collect::<Vec<_>>())
        .bind(events.iter().map(|event| Json(&event.payload)).collect::<Vec<_>>())
        .bind(events.iter().map(|event| array(&event.splits)).collect::<Vec<_>>())
        .execute(self.tx.conn())
        .await?;
        Ok(())
    }

    /// The log after event `after`, in order. A range is given whole, also when
    /// `after` lies inside it.
    pub async fn after(
        &mut self,
        run: RunId,
        after: u64,
        limit: i64,
    ) -> Result<Vec<RunEventRow>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT seq, seq_end, type, payload, splits, at FROM run_events
            WHERE tenant_id = $1 AND run_id = $2 AND seq_end > $3
                AND seq >= (SELECT COALESCE(max(seq), 0) FROM run_events
                    WHERE tenant_id = $1 AND run_id = $2 AND seq <= $3)
            ORDER BY seq LIMIT $4",
        )
        .bind(self.tx.grant().tenant())
        .bind(run)
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(self.tx.conn())
        .await?)
    }
}

/// An array as Postgres reads it: UNNEST would flatten an array of arrays.
fn array(splits: &[u32]) -> String {
    let numbers: Vec<String> = splits.iter().map(u32::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}
