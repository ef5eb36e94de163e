//! Keeping how long opportunities stayed in the stages that they left (`migrations/0038_stays.sql`): sums of the stays that
//! their last spells have.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{StoreError, TenantTx};

const COLUMNS: &str =
    "tenant_id, key, by_owner, exact, stage, bucket, micros, owner_id, type, lead_source, stays, total";
const WORDS: &str = "by_owner, exact, stage, bucket, micros, owner_id, type, lead_source";

/// Adds the stays of spells, or takes them away; `$1` is the tenant.
pub(super) fn added(rows: &str, sign: i8) -> String {
    format!(
        "INSERT INTO opportunity_stay_sums AS s ({COLUMNS}) {} ON CONFLICT (tenant_id, key) \
         DO UPDATE SET stays = s.stays + excluded.stays, total = s.total + excluded.total",
        summed(rows, sign)
    )
}

/// What the stays of spells count for. Those of one length and the same words are counted first, so that they are hashed
/// once; what is read together lies together.
fn summed(rows: &str, sign: i8) -> String {
    format!(
        "SELECT $1::uuid AS tenant_id, sha256(convert_to(ROW({WORDS})::text, 'UTF8')) AS key, {WORDS}, \
         sum(stays)::bigint AS stays, sum(total) AS total \
         FROM ( \
           SELECT l.by_owner, l.exact, m.stage, m.bucket, CASE WHEN l.exact THEN m.micros END AS micros, \
             CASE WHEN l.by_owner THEN m.owner_id END AS owner_id, \
             CASE WHEN l.exact OR NOT l.by_owner THEN m.type END AS type, \
             CASE WHEN l.exact OR NOT l.by_owner THEN m.lead_source END AS lead_source, \
             m.stays, m.stays * m.micros::numeric AS total \
           FROM ( \
             SELECT y.stage, y.bucket, y.micros, f.owner_id, f.type, f.lead_source, {sign} * count(*) AS stays \
             FROM {rows} f CROSS JOIN LATERAL opportunity_stays(f.left_stages, f.left_after) y \
             WHERE f.to_at IS NULL GROUP BY 1, 2, 3, 4, 5, 6 \
           ) m CROSS JOIN (VALUES (true, true), (true, false), (false, false)) l (by_owner, exact) \
         ) each GROUP BY {WORDS} ORDER BY exact, stage, bucket, micros"
    )
}

/// Makes all sums of stays from the kept spells.
pub(super) async fn make_anew(tx: &mut TenantTx) -> Result<(), StoreError> {
    let tenant = tx.grant().tenant().uuid();
    let made = added("(SELECT * FROM opportunity_spells WHERE tenant_id = $1)", 1);
    for statement in [
        "DELETE FROM opportunity_stay_sums WHERE tenant_id = $1".to_owned(),
        made,
    ] {
        sqlx::query(AssertSqlSafe(statement))
            .bind(tenant)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// Takes sums of nothing away, among these.
pub(super) async fn clear(tx: &mut TenantTx, keys: &[Vec<u8>]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM opportunity_stay_sums WHERE tenant_id = $1 AND key = ANY ($2) AND stays = 0")
        .bind(tx.grant().tenant().uuid())
        .bind(keys)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// How many sums are not those of the kept spells.
pub(super) async fn compare(tx: &mut TenantTx) -> Result<i64, StoreError> {
    let tenant: Uuid = tx.grant().tenant().uuid();
    let kept = "SELECT key, stays, total FROM opportunity_stay_sums WHERE tenant_id = $1";
    let right = format!(
        "SELECT key, stays, total FROM ({}) x WHERE stays <> 0",
        summed("(SELECT * FROM opportunity_spells WHERE tenant_id = $1)", 1)
    );
    let count = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT count(*) FROM (({kept} EXCEPT {right}) UNION ALL ({right} EXCEPT {kept})) d"
    )))
    .bind(tenant)
    .fetch_one(tx.conn())
    .await?;
    Ok(count)
}
