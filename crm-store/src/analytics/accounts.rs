//! Keeping sums of opportunities by account and year (`migrations/0044_accounts.sql`).

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{StoreError, TenantTx, query::analytics::ByAccount};

const COLUMNS: &str = "tenant_id, key, year, account_id, currency, open_records, open_amounts, open_minor, \
     won_records, won_amounts, won_minor, lost_records, lost_amounts, lost_minor";
const NUMBERS: [&str; 9] = [
    "open_records",
    "open_amounts",
    "open_minor",
    "won_records",
    "won_amounts",
    "won_minor",
    "lost_records",
    "lost_amounts",
    "lost_minor",
];

/// Whether these sums are kept of the tenant, and have all that was moved into the others.
pub(super) async fn are_kept(tx: &mut TenantTx) -> Result<bool, StoreError> {
    Ok(told(tx).await? != ByAccount::Records)
}

/// What questions may read of these sums.
pub(super) async fn told(tx: &mut TenantTx) -> Result<ByAccount, StoreError> {
    let kept: Option<(bool, bool)> = sqlx::query_as(
        "SELECT accounts_at IS NOT DISTINCT FROM folded_at, \
         EXISTS (SELECT FROM opportunity_deltas WHERE tenant_id = $1) FROM sum_states WHERE tenant_id = $1",
    )
    .bind(tx.grant().tenant().uuid())
    .fetch_optional(tx.conn())
    .await?;
    Ok(match kept {
        Some((true, true)) => ByAccount::SumsAndDifferences,
        Some((true, false)) => ByAccount::Sums,
        Some((false, _)) | None => ByAccount::Records,
    })
}

/// Adds single deals, each so many times, to the sums; gives the keys of the sums of which nothing is left. `$1` is the tenant.
pub(super) fn added(rows: &str, records: &str) -> String {
    let merged = NUMBERS.map(|number| format!("{number} = s.{number} + excluded.{number}"));
    let nothing = NUMBERS.map(|number| format!("s.{number} = 0"));
    format!(
        "INSERT INTO opportunity_account_sums AS s ({COLUMNS}) {} ON CONFLICT (tenant_id, key) DO UPDATE SET {} \
         RETURNING key, {} AS is_nothing",
        summed(rows, records),
        merged.join(", "),
        nothing.join(" AND ")
    )
}

/// What single deals count for, each so many times.
fn summed(rows: &str, records: &str) -> String {
    let numbers = [
        ("open", "NOT is_closed"),
        ("won", "is_won"),
        ("lost", "is_closed AND NOT is_won"),
    ]
    .map(|(state, condition)| {
        let sum = |number: &str, kind: &str| {
            format!("COALESCE(sum({number}) FILTER (WHERE {condition}), 0)::{kind}")
        };
        format!(
            "{} AS {state}_records, {} AS {state}_amounts, {} AS {state}_minor",
            sum("n", "integer"),
            sum("n * (amount_minor IS NOT NULL)::int", "integer"),
            sum("n * amount_minor::numeric", "numeric"),
        )
    });
    format!(
        "SELECT $1::uuid AS tenant_id, sha256(convert_to(ROW(year, account_id, currency)::text, 'UTF8')) AS key, \
         year, account_id, currency, {} \
         FROM (SELECT y.year, r.account_id, r.currency, r.is_closed, r.is_won, r.amount_minor, {records} AS n \
               FROM {rows} r CROSS JOIN LATERAL (VALUES ('-infinity'::date), \
               (date_trunc('year', r.close_date::timestamp)::date)) y (year) WHERE y.year IS NOT NULL) each \
         GROUP BY year, account_id, currency ORDER BY year, account_id, currency",
        numbers.join(", ")
    )
}

const RECORDS: &str = "(SELECT * FROM opportunities WHERE tenant_id = $1 AND deleted_at IS NULL)";

/// Makes all of these sums from the records, in a transaction in which no differences are left.
pub(super) async fn make_anew(tx: &mut TenantTx) -> Result<(), StoreError> {
    let tenant = tx.grant().tenant().uuid();
    for statement in [
        "DELETE FROM opportunity_account_sums WHERE tenant_id = $1".to_owned(),
        format!("WITH made AS ({}) SELECT count(*) FROM made", added(RECORDS, "1")),
    ] {
        sqlx::query(AssertSqlSafe(statement))
            .persistent(false)
            .bind(tenant)
            .execute(tx.conn())
            .await?;
    }
    stamp(tx).await
}

/// Notes that these sums have what the others have.
pub(super) async fn stamp(tx: &mut TenantTx) -> Result<(), StoreError> {
    sqlx::query("UPDATE sum_states SET accounts_at = folded_at WHERE tenant_id = $1")
        .bind(tx.grant().tenant().uuid())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Takes sums of nothing away, among these.
pub(super) async fn clear(tx: &mut TenantTx, keys: &[Vec<u8>]) -> Result<(), StoreError> {
    let nothing = NUMBERS.map(|number| format!("{number} = 0")).join(" AND ");
    sqlx::query(AssertSqlSafe(format!(
        "DELETE FROM opportunity_account_sums WHERE tenant_id = $1 AND key = ANY ($2) AND {nothing}"
    )))
    .bind(tx.grant().tenant().uuid())
    .bind(keys)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How many sums, with the differences that are not in them yet, are not those of the records.
pub(super) async fn compare(tx: &mut TenantTx) -> Result<i64, StoreError> {
    let tenant: Uuid = tx.grant().tenant().uuid();
    if !are_kept(tx).await? {
        return Ok(0);
    }
    let totals = NUMBERS.map(|number| format!("sum({number})::numeric")).join(", ");
    let there = NUMBERS.map(|number| format!("sum({number}) <> 0")).join(" OR ");
    let side = |rows: &str| format!("SELECT key, {totals} FROM ({rows}) x GROUP BY 1 HAVING {there}");
    let kept = side(&format!(
        "SELECT {COLUMNS} FROM opportunity_account_sums WHERE tenant_id = $1 UNION ALL ({})",
        summed(
            "(SELECT * FROM opportunity_deltas WHERE tenant_id = $1)",
            "r.records"
        )
    ));
    let right = side(&summed(RECORDS, "1"));
    let count = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT count(*) FROM ((({kept}) EXCEPT ({right})) UNION ALL (({right}) EXCEPT ({kept}))) d"
    )))
    .persistent(false)
    .bind(tenant)
    .fetch_one(tx.conn())
    .await?;
    Ok(count)
}
