//! Keeping what opportunities were (`migrations/0037_spells.sql`): spells of the deals that writers touched are made anew,
//! and the sums of spells follow.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::stays;
use crate::{
    StoreError, TenantTx,
    access::{Access, Verb},
    catalog::OPPORTUNITY,
};

/// So many deals are made anew with one statement.
const BATCH: i64 = 5_000;
/// With more deals than this that were touched since, questions read the records.
const MOST_TOUCHED: usize = 2_000;
/// With more deals than this that are shared with the asker, too.
const MOST_SHARED: usize = 5_000;

const COLUMNS: &str = "tenant_id, record_id, from_at, to_at, known, owner_id, was_owner, stage, otherwise, forecast_category, \
     currency, amount_minor, probability, type, lead_source, close_date, created_at, seen, left_stages, left_after";
const WORDS: &str = "month, known, owner_id, was_owner, stage, otherwise, forecast_category, currency, type, lead_source, seen";
const NUMBERS: [&str; 5] = ["records", "amounts", "amount_minor", "weighings", "weighted"];

/// Whether spells are kept of the tenant.
async fn are_kept(tx: &mut TenantTx) -> Result<bool, StoreError> {
    let kept: Option<bool> =
        sqlx::query_scalar("SELECT spells_at IS NOT NULL FROM sum_states WHERE tenant_id = $1")
            .bind(tx.grant().tenant().uuid())
            .fetch_optional(tx.timely().await?)
            .await?;
    Ok(kept == Some(true))
}

/// The deals that a question must read from the records beside what is kept: those that were touched since, and those that
/// the asker sees although they are others'. None when nothing is kept, or too many were touched.
pub(super) async fn beside(tx: &mut TenantTx, access: &Access) -> Result<Option<Vec<Uuid>>, StoreError> {
    let tenant = tx.grant().tenant().uuid();
    if !are_kept(tx).await? {
        return Ok(None);
    }
    let mut beside: Vec<Uuid> = sqlx::query_scalar(
        "SELECT DISTINCT record_id FROM opportunity_touched WHERE tenant_id = $1 LIMIT $2",
    )
    .bind(tenant)
    .bind(i64::try_from(MOST_TOUCHED + 1).unwrap_or(i64::MAX))
    .fetch_all(tx.timely().await?)
    .await?;
    if beside.len() > MOST_TOUCHED {
        return Ok(None);
    }
    if let (Some(role), false) = (access.role(), access.can(&OPPORTUNITY, Verb::ViewAll)) {
        let shared: Vec<Uuid> = sqlx::query_scalar(
            "SELECT DISTINCT record_id FROM record_shares WHERE tenant_id = $1 AND object = $2 AND role_id = $3 LIMIT $4",
        )
        .bind(tenant)
        .bind(OPPORTUNITY.name)
        .bind(role)
        .bind(i64::try_from(MOST_SHARED + 1).unwrap_or(i64::MAX))
        .fetch_all(tx.timely().await?)
        .await?;
        if shared.len() > MOST_SHARED {
            return Ok(None);
        }
        beside.extend(shared);
        beside.sort_unstable();
        beside.dedup();
    }
    Ok(Some(beside))
}

/// Makes the spells of the deals that were touched anew; of all when there are none yet. How many were touched.
///
/// What was touched is taken off the list first: who touches a deal again while this works puts it on the list again.
pub(super) async fn fold(tx: &mut TenantTx, zone: &str) -> Result<u64, StoreError> {
    let tenant = tx.grant().tenant().uuid();
    if !are_kept(tx).await? {
        return make_anew(tx, zone).await;
    }
    let mut folded = 0;
    loop {
        let touched: Vec<Uuid> = sqlx::query_scalar(
            "WITH listed AS (SELECT record_id FROM opportunity_touched WHERE tenant_id = $1 ORDER BY id LIMIT $2), \
             gone AS (DELETE FROM opportunity_touched WHERE tenant_id = $1 AND record_id IN (SELECT record_id FROM listed) \
             RETURNING record_id) SELECT DISTINCT record_id FROM gone",
        )
        .bind(tenant)
        .bind(BATCH)
        .fetch_all(tx.conn())
        .await?;
        if touched.is_empty() {
            break;
        }
        folded += u64::try_from(touched.len()).unwrap_or_default();
        // Sums of stays are many: those of which nothing is left are known here.
        let both = |rows: &str, sign: i8| {
            format!(
                ", stayed AS ({} RETURNING key, stays), summed AS ({}) SELECT key FROM stayed WHERE stays = 0",
                stays::added(rows, sign),
                added(rows, sign)
            )
        };
        let taken = format!(
            "WITH gone AS (DELETE FROM opportunity_spells WHERE tenant_id = $1 AND record_id = ANY ($3) RETURNING *) {}",
            both("gone", -1)
        );
        let put = format!(
            "WITH made AS (INSERT INTO opportunity_spells ({COLUMNS}) \
             SELECT {COLUMNS} FROM opportunity_spells_of($1, $3) RETURNING *) {}",
            both("made", 1)
        );
        let mut left: Vec<Vec<u8>> = Vec::new();
        join_whole(tx, true).await?;
        for statement in [taken, put] {
            left.extend(
                sqlx::query_scalar::<_, Vec<u8>>(AssertSqlSafe(statement))
                    .bind(tenant)
                    .bind(zone)
                    .bind(&touched)
                    .fetch_all(tx.conn())
                    .await?,
            );
        }
        join_whole(tx, false).await?;
        stays::clear(tx, &left).await?;
    }
    if folded > 0 {
        let nothing = NUMBERS.map(|number| format!("{number} = 0")).join(" AND ");
        sqlx::query(AssertSqlSafe(format!(
            "DELETE FROM opportunity_spell_sums WHERE tenant_id = $1 AND {nothing}"
        )))
        .bind(tenant)
        .execute(tx.conn())
        .await?;
    }
    Ok(folded)
}

/// Makes all spells and their sums from the records. How many deals had been touched.
pub(super) async fn make_anew(tx: &mut TenantTx, zone: &str) -> Result<u64, StoreError> {
    let tenant = tx.grant().tenant().uuid();
    let mut touched = 0;
    for table in [
        "opportunity_spells",
        "opportunity_spell_sums",
        "opportunity_touched",
    ] {
        touched = sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE tenant_id = $1")))
            .bind(tenant)
            .execute(tx.conn())
            .await?
            .rows_affected();
    }
    join_whole(tx, true).await?;
    sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO opportunity_spells ({COLUMNS}) SELECT {COLUMNS} FROM opportunity_spells_of($1, NULL)"
    )))
    .persistent(false)
    .bind(tenant)
    .execute(tx.conn())
    .await?;
    join_whole(tx, false).await?;
    sqlx::query(AssertSqlSafe(added(
        "(SELECT * FROM opportunity_spells WHERE tenant_id = $1)",
        1,
    )))
    .bind(tenant)
    .bind(zone)
    .execute(tx.conn())
    .await?;
    stays::make_anew(tx).await?;
    let now = tx.now();
    sqlx::query(
        "INSERT INTO sum_states (tenant_id, zone, folded_at, spells_at) VALUES ($1, $2, $3, $3) \
         ON CONFLICT (tenant_id) DO UPDATE SET spells_at = excluded.spells_at",
    )
    .bind(tenant)
    .bind(zone)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(touched)
}

/// Whether statements join whole tables, from here to the end of the transaction, and nothing row by row.
///
/// The parts of `opportunity_spells_of` are guessed to be small where records came a moment ago and Postgres has not counted
/// them yet: joined row by row, about 1,500 deals took 74 seconds instead of a seventh of one.
async fn join_whole(tx: &mut TenantTx, whole: bool) -> Result<(), StoreError> {
    let told = if whole { "off" } else { "DEFAULT" };
    sqlx::query(AssertSqlSafe(format!("SET LOCAL enable_nestloop TO {told}")))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// How many spells or sums of spells are not those of the records, apart from the deals that were touched since.
pub(super) async fn compare(tx: &mut TenantTx, zone: &str) -> Result<i64, StoreError> {
    let tenant = tx.grant().tenant().uuid();
    if !are_kept(tx).await? {
        return Ok(0);
    }
    let differing = |one: &str, other: &str| {
        format!("SELECT count(*) FROM (({one} EXCEPT {other}) UNION ALL ({other} EXCEPT {one})) d")
    };
    let rest = "AND NOT EXISTS (SELECT FROM opportunity_touched t WHERE t.tenant_id = $1 AND t.record_id = s.record_id)";
    let spells = differing(
        &format!("SELECT {COLUMNS} FROM opportunity_spells s WHERE s.tenant_id = $1 {rest}"),
        &format!("SELECT {COLUMNS} FROM opportunity_spells_of($1, NULL) s WHERE true {rest}"),
    );
    let numbers = NUMBERS.map(|number| format!("{number}::numeric")).join(", ");
    let nothing = NUMBERS.map(|number| format!("{number} = 0")).join(" AND ");
    let sums = differing(
        &format!("SELECT by_owner, by_time, key, {numbers} FROM opportunity_spell_sums WHERE tenant_id = $1"),
        &format!(
            "SELECT by_owner, by_time, key, {numbers} FROM ({}) x WHERE NOT ({nothing})",
            summed("(SELECT * FROM opportunity_spells WHERE tenant_id = $1)", 1)
        ),
    );
    join_whole(tx, true).await?;
    let mut count: i64 = sqlx::query_scalar(AssertSqlSafe(spells))
        .persistent(false)
        .bind(tenant)
        .fetch_one(tx.conn())
        .await?;
    join_whole(tx, false).await?;
    count += sqlx::query_scalar::<_, i64>(AssertSqlSafe(sums))
        .bind(tenant)
        .bind(zone)
        .fetch_one(tx.conn())
        .await?;
    Ok(count + stays::compare(tx).await?)
}

/// Adds what spells count for, or takes it away, to the sums.
fn added(rows: &str, sign: i8) -> String {
    let merged = NUMBERS.map(|number| format!("{number} = s.{number} + excluded.{number}"));
    format!(
        "INSERT INTO opportunity_spell_sums AS s (tenant_id, by_owner, by_time, key, {WORDS}, {}) {} \
         ON CONFLICT (tenant_id, by_owner, by_time, key) DO UPDATE SET {}",
        NUMBERS.join(", "),
        summed(rows, sign),
        merged.join(", "),
    )
}

/// What spells count for. `$1` is the tenant, `$2` the zone.
///
/// Spells are added up by owner and month first: the other ways of keeping them are made of those few rows.
fn summed(rows: &str, sign: i8) -> String {
    let numbers = |n: &str| {
        format!(
            "sum({n})::bigint AS records, sum({n} * (f.amount_minor IS NOT NULL)::int)::bigint AS amounts, \
             sum({n} * COALESCE(f.amount_minor, 0)::numeric) AS amount_minor, \
             sum({n} * (f.amount_minor IS NOT NULL AND f.probability IS NOT NULL)::int)::bigint AS weighings, \
             sum({n} * COALESCE(f.amount_minor::numeric * f.probability, 0)) AS weighted"
        )
    };
    let (moved, last) = (numbers(&format!("({sign} * l.n)")), numbers(&sign.to_string()));
    format!(
        "SELECT $1::uuid AS tenant_id, by_owner, by_time, sha256(convert_to(ROW({WORDS})::text, 'UTF8')) AS key, {WORDS}, \
         sum(records)::bigint AS records, sum(amounts)::bigint AS amounts, sum(amount_minor) AS amount_minor, \
         sum(weighings)::bigint AS weighings, sum(weighted) AS weighted \
         FROM ( \
           SELECT l.by_owner, l.by_time, date_trunc(l.by_time, m.month)::date AS month, m.known, \
             CASE WHEN l.by_owner THEN m.owner_id END AS owner_id, CASE WHEN l.by_owner THEN m.was_owner END AS was_owner, \
             m.stage, m.otherwise, m.forecast_category, m.currency, NULL::text AS type, NULL::text AS lead_source, \
             NULL::text[] AS seen, m.records, m.amounts, m.amount_minor, m.weighings, m.weighted \
           FROM ( \
             SELECT date_trunc('month', l.at AT TIME ZONE $2) AS month, f.known, f.owner_id, f.was_owner, f.stage, f.otherwise, \
               f.forecast_category, f.currency, {moved} \
             FROM {rows} f CROSS JOIN LATERAL (VALUES (f.from_at, 1), (f.to_at, -1)) l (at, n) \
             WHERE l.at IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 \
           ) m CROSS JOIN (VALUES (true, 'month'), (false, 'month'), (true, 'year'), (false, 'year')) l (by_owner, by_time) \
           UNION ALL \
           SELECT l.by_owner, m.by_time, m.month::date, true, CASE WHEN l.by_owner THEN m.owner_id END, NULL, NULL, NULL, NULL, \
             m.currency, CASE WHEN NOT l.by_owner THEN m.type END, CASE WHEN NOT l.by_owner THEN m.lead_source END, m.seen, \
             m.records, m.amounts, m.amount_minor, m.weighings, m.weighted \
           FROM ( \
             SELECT l.by_time, date_trunc('month', l.at) AS month, f.owner_id, f.currency, f.type, f.lead_source, f.seen, {last} \
             FROM {rows} f CROSS JOIN LATERAL (VALUES ('close_date', f.close_date::timestamp), \
               ('created_at', f.created_at AT TIME ZONE $2)) l (by_time, at) \
             WHERE f.to_at IS NULL GROUP BY 1, 2, 3, 4, 5, 6, 7 \
           ) m CROSS JOIN (VALUES (true), (false)) l (by_owner) \
         ) each WHERE $2::text IS NOT NULL GROUP BY by_owner, by_time, {WORDS}"
    )
}
