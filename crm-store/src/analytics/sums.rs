//! Keeping the sums that questions read (`migrations/0029_sums.sql`, `0037_spells.sql`): moving differences into them, making them anew, and
//! comparing them with the records.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Reporting, accounts, spells};
use crate::{
    StoreError, TenantStore, TenantTx,
    catalog::{FieldType, OPPORTUNITY},
    query::analytics::{KEPT, Kept},
};

/// What was done with the sums of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SummedUp {
    /// How many differences were moved into the sums.
    pub folded: u64,
    /// Whether the sums were made anew, because the tenant moved to another time zone.
    pub rebuilt: bool,
}

/// Sums that are not those of the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Of which object.
    pub object: &'static str,
    /// How many sums differ, are missing or are too many.
    pub sums: i64,
}

/// Whether the kept sums may answer: they are of the zone that is reported in, or there are differences alone, which have
/// no zone.
pub(super) async fn hold(tx: &mut TenantTx, reporting: &Reporting) -> Result<bool, StoreError> {
    let zone: Option<String> = sqlx::query_scalar("SELECT zone FROM sum_states WHERE tenant_id = $1")
        .bind(tx.grant().tenant().uuid())
        .fetch_optional(tx.timely().await?)
        .await?;
    Ok(zone.is_none_or(|zone| zone == reporting.timezone.name()))
}

impl TenantStore {
    /// Moves the differences that writers left into the sums. Sums of another zone than the tenant's are made anew.
    ///
    /// For a grant of a job. Does nothing while somebody else does it.
    pub async fn sum_up(&self) -> Result<SummedUp, StoreError> {
        let mut tx = self.begin_repeatable().await?;
        let Some((now, then)) = lock(&mut tx).await? else {
            return Ok(SummedUp::default());
        };
        if then.as_ref().is_some_and(|then| *then != now) {
            make_anew(&mut tx, &now).await?;
            tx.commit().await?;
            return Ok(SummedUp {
                folded: 0,
                rebuilt: true,
            });
        }
        let by_account = accounts::are_kept(&mut tx).await?;
        let mut done = SummedUp::default();
        for kept in KEPT {
            done.folded += fold(&mut tx, kept, &now, by_account).await?;
        }
        stamp(&mut tx, &now, false).await?;
        spells::fold(&mut tx, &now).await?;
        if by_account {
            accounts::stamp(&mut tx).await?;
        } else {
            accounts::make_anew(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(done)
    }

    /// Makes the sums anew from the records. False while somebody else works on them.
    ///
    /// For a grant of a job. Writers go on meanwhile: what they write is a difference that comes after.
    pub async fn rebuild_sums(&self) -> Result<bool, StoreError> {
        let mut tx = self.begin_repeatable().await?;
        let Some((zone, _)) = lock(&mut tx).await? else {
            return Ok(false);
        };
        make_anew(&mut tx, &zone).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Compares the sums, with the differences that are not in them yet, with the records. Empty when all are right.
    ///
    /// For a grant of a job; reads every record.
    pub async fn check_sums(&self) -> Result<Vec<Drift>, StoreError> {
        let mut tx = self.begin_repeatable().await?;
        sqlx::query("SET LOCAL statement_timeout = 0")
            .execute(tx.conn())
            .await?;
        let zone: Option<String> = sqlx::query_scalar("SELECT zone FROM sum_states")
            .fetch_optional(tx.conn())
            .await?;
        let zone = match zone {
            Some(zone) => zone,
            None => tx.reporting().await?.timezone.name().to_owned(),
        };
        let mut drifts = Vec::new();
        for kept in KEPT {
            let sums: i64 = sqlx::query_scalar(AssertSqlSafe(compared(kept)))
                .bind(tx.grant().tenant().uuid())
                .bind(&zone)
                .fetch_one(tx.conn())
                .await?;
            if sums > 0 {
                drifts.push(Drift {
                    object: kept.object.plural,
                    sums,
                });
            }
        }
        let accounts = accounts::compare(&mut tx).await?;
        if accounts > 0 {
            drifts.push(Drift {
                object: "opportunities by account",
                sums: accounts,
            });
        }
        let spells = spells::compare(&mut tx, &zone).await?;
        if spells > 0 {
            drifts.push(Drift {
                object: "spells of opportunities",
                sums: spells,
            });
        }
        tx.commit().await?;
        Ok(drifts)
    }
}

/// Moves the differences into the sums, in a transaction that did more: what it took from records is nowhere afterwards.
pub(crate) async fn sum_up(tx: &mut TenantTx) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 29))")
        .bind(tx.grant().tenant().uuid())
        .execute(tx.conn())
        .await?;
    let kept_in: Option<String> = sqlx::query_scalar("SELECT zone FROM sum_states")
        .fetch_optional(tx.conn())
        .await?;
    let zone = match kept_in {
        Some(zone) => zone,
        None => tx.reporting().await?.timezone.name().to_owned(),
    };
    let by_account = accounts::are_kept(tx).await?;
    for kept in KEPT {
        fold(tx, kept, &zone, by_account).await?;
    }
    stamp(tx, &zone, false).await?;
    // Made anew they are by the upkeep, which sees one moment.
    if by_account {
        accounts::stamp(tx).await?;
    }
    spells::fold(tx, &zone).await?;
    Ok(())
}

/// Keeps others from the sums until the end of the transaction: the tenant's zone, and that of the sums if there are any.
/// None when somebody else has them.
async fn lock(tx: &mut TenantTx) -> Result<Option<(String, Option<String>)>, StoreError> {
    let tenant: Uuid = tx.grant().tenant().uuid();
    let locked: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(hashtextextended($1::text, 29))")
        .bind(tenant)
        .fetch_one(tx.conn())
        .await?;
    if !locked {
        return Ok(None);
    }
    sqlx::query("SET LOCAL statement_timeout = 0")
        .execute(tx.conn())
        .await?;
    let now = tx.reporting().await?.timezone.name().to_owned();
    let then: Option<String> = sqlx::query_scalar("SELECT zone FROM sum_states")
        .fetch_optional(tx.conn())
        .await?;
    Ok(Some((now, then)))
}

async fn stamp(tx: &mut TenantTx, zone: &str, rebuilt: bool) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query(
        "INSERT INTO sum_states AS s (tenant_id, zone, folded_at, rebuilt_at) VALUES ($1, $2, $3, CASE WHEN $4 THEN $3 END) \
         ON CONFLICT (tenant_id) DO UPDATE SET zone = excluded.zone, folded_at = excluded.folded_at, \
         rebuilt_at = COALESCE(excluded.rebuilt_at, s.rebuilt_at)",
    )
    .bind(tx.grant().tenant().uuid())
    .bind(zone)
    .bind(now)
    .bind(rebuilt)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Moves the differences of an object into its sums. Sums of nothing go.
async fn fold(tx: &mut TenantTx, kept: &Kept, zone: &str, by_account: bool) -> Result<u64, StoreError> {
    let tenant = tx.grant().tenant().uuid();
    let (sums, deltas) = (kept.sums, kept.deltas);
    let (by_account, nothing) = if by_account && kept.object.name == OPPORTUNITY.name {
        (
            format!(", by_account AS ({})", accounts::added("gone", "r.records")),
            "ARRAY(SELECT key FROM by_account WHERE is_nothing)",
        )
    } else {
        (String::new(), "'{}'::bytea[]")
    };
    let (folded, left): (i64, Vec<Vec<u8>>) = sqlx::query_as(AssertSqlSafe(format!(
        "WITH gone AS (DELETE FROM {deltas} WHERE tenant_id = $1 RETURNING *), \
         put AS (INSERT INTO {sums} AS s ({}) {} {} RETURNING 1){by_account} \
         SELECT (SELECT count(*) FROM gone) + 0 * (SELECT count(*) FROM put), {nothing}",
        columns(kept),
        summed(kept, "gone r", "r.records", ""),
        merged(kept),
    )))
    .bind(tenant)
    .bind(zone)
    .fetch_one(tx.conn())
    .await?;
    if folded > 0 {
        sqlx::query(AssertSqlSafe(format!(
            "DELETE FROM {sums} WHERE tenant_id = $1 AND records = 0"
        )))
        .bind(tenant)
        .execute(tx.conn())
        .await?;
        accounts::clear(tx, &left).await?;
    }
    u64::try_from(folded).map_err(|_| StoreError::Corrupt {
        what: format!("the number of {deltas}"),
    })
}

/// Takes all sums away and makes them from the records. The transaction sees one moment: what it sees of the differences
/// is in the records that it sees, and nothing else is.
async fn make_anew(tx: &mut TenantTx, zone: &str) -> Result<(), StoreError> {
    let tenant = tx.grant().tenant().uuid();
    for kept in KEPT {
        for table in [kept.deltas, kept.sums] {
            sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE tenant_id = $1")))
                .bind(tenant)
                .execute(tx.conn())
                .await?;
        }
        sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO {} ({}) {}",
            kept.sums,
            columns(kept),
            from_records(kept),
        )))
        .bind(tenant)
        .bind(zone)
        .execute(tx.conn())
        .await?;
    }
    stamp(tx, zone, true).await?;
    spells::make_anew(tx, zone).await?;
    accounts::make_anew(tx).await
}

fn from_records(kept: &Kept) -> String {
    let records = format!("{} r", kept.object.table);
    summed(
        kept,
        &records,
        "1",
        "WHERE r.tenant_id = $1 AND r.deleted_at IS NULL",
    )
}

/// The columns of a table of sums, in the order of [`summed`].
fn columns(kept: &Kept) -> String {
    let mut columns = String::from("tenant_id, by_owner, by_time, key, month");
    for name in kept.all_words() {
        let _ = write!(columns, ", {name}");
    }
    columns.push_str(", records");
    for (name, _) in kept.numbers {
        let _ = write!(columns, ", {name}");
    }
    columns
}

/// Rows of sums from single rows, for every way of keeping them. `$1` is the tenant, `$2` the zone.
fn summed(kept: &Kept, rows: &str, records: &str, condition: &str) -> String {
    let words = kept.all_words();
    let mut each = String::new();
    for name in &words {
        // A word that a way of keeping has not is null there.
        let ways: Vec<&str> = [(true, "l.by_owner"), (false, "NOT l.by_owner")]
            .into_iter()
            .filter(|(by_owner, _)| kept.words(*by_owner).contains(name))
            .map(|(_, way)| way)
            .collect();
        let _ = if ways.len() == 2 {
            write!(each, ", r.{name}")
        } else {
            write!(each, ", CASE WHEN {} THEN r.{name} END AS {name}", ways.concat())
        };
    }
    let mut ways = Vec::new();
    let mut month = String::from("CASE l.by_time");
    for time in kept.times {
        ways.push(format!("(true, '{time}'), (false, '{time}')"));
        let is_moment = kept
            .object
            .field(time)
            .is_some_and(|field| field.kind == FieldType::Time);
        let day = if is_moment {
            format!("r.{time} AT TIME ZONE $2")
        } else {
            format!("r.{time}::timestamp")
        };
        let _ = write!(month, " WHEN '{time}' THEN date_trunc('month', {day})::date");
    }
    month.push_str(" END");
    let names: Vec<&str> = words.iter().copied().collect();
    let names = names.join(", ");
    let (mut numbers, mut totals) = (String::new(), String::new());
    for (name, of_one) in kept.numbers {
        let _ = write!(numbers, ", ({of_one}) * {records} AS {name}");
        let _ = write!(totals, ", sum({name})");
    }
    format!(
        "SELECT $1::uuid, by_owner, by_time, sha256(convert_to(ROW(month, {names})::text, 'UTF8')) AS key, month, {names}, \
         sum(records)::bigint AS records{totals} \
         FROM (SELECT l.by_owner, l.by_time, {month} AS month{each}, {records} AS records{numbers} \
               FROM {rows} CROSS JOIN (VALUES {}) AS l (by_owner, by_time) {condition}) each \
         WHERE $2::text IS NOT NULL GROUP BY by_owner, by_time, month, {names}",
        ways.join(", "),
    )
}

/// What becomes of a sum that is there already.
fn merged(kept: &Kept) -> String {
    let mut merged = String::from(
        "ON CONFLICT (tenant_id, by_owner, by_time, key) DO UPDATE SET records = s.records + excluded.records",
    );
    for (name, _) in kept.numbers {
        let _ = write!(merged, ", {name} = s.{name} + excluded.{name}");
    }
    merged
}

/// A statement that counts the sums that differ from those of the records.
fn compared(kept: &Kept) -> String {
    let mut numbers = String::from("sum(records)::numeric AS records");
    for (name, _) in kept.numbers {
        let _ = write!(numbers, ", sum({name})::numeric AS {name}");
    }
    let (columns, sums) = (columns(kept), kept.sums);
    let differences = summed(
        kept,
        &format!("{} r", kept.deltas),
        "r.records",
        "WHERE r.tenant_id = $1",
    );
    // What a sum is made by is in its key. Those of no records are as good as none.
    let side = |rows: String| {
        format!(
            "SELECT by_owner, by_time, key, {numbers} FROM ({rows}) x ({columns}) GROUP BY 1, 2, 3 HAVING sum(records) <> 0"
        )
    };
    let kept_ones = side(format!(
        "SELECT {columns} FROM {sums} WHERE tenant_id = $1 UNION ALL {differences}"
    ));
    let right_ones = side(from_records(kept));
    format!(
        "SELECT count(*) FROM (({kept_ones}) EXCEPT ({right_ones}) UNION ALL (({right_ones}) EXCEPT ({kept_ones}))) d"
    )
}
