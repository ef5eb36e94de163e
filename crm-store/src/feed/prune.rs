//! Forgetting old events.

use chrono::{DateTime, Utc};

use super::Feed;
use crate::StoreError;

impl Feed<'_> {
    /// Forgets up to `limit` events from before `before`, and remembers that readers from before then have a gap.
    /// Says how many there were.
    pub async fn prune(&mut self, before: DateTime<Utc>, limit: i64) -> Result<u64, StoreError> {
        let tenant = self.0.grant().tenant();
        let pruned: i64 = sqlx::query_scalar(
            "WITH gone AS (\
                 DELETE FROM feed_events e USING (\
                     SELECT xid, seq FROM feed_events WHERE at < $2 ORDER BY at LIMIT $3) old \
                 WHERE e.xid = old.xid AND e.seq = old.seq RETURNING e.xid), \
             floor AS (\
                 INSERT INTO feed_floors (tenant_id, xid) SELECT $1, max(xid) FROM gone HAVING count(*) > 0 \
                 ON CONFLICT (tenant_id) DO UPDATE SET xid = GREATEST(feed_floors.xid, excluded.xid)) \
             SELECT count(*) FROM gone",
        )
        .bind(tenant)
        .bind(before)
        .bind(limit)
        .fetch_one(self.0.conn())
        .await?;
        Ok(pruned.unsigned_abs())
    }
}
