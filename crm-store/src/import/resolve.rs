//! External ids to records.

use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::ImportRow;
use crate::{
    StoreError, TenantTx,
    catalog::{self, Object},
    records::merged,
};

/// Which record an external id of an object is.
#[derive(Debug, Default)]
pub(super) struct Found(BTreeMap<&'static str, HashMap<String, Uuid>>);

impl Found {
    /// The record of an object with an external id, if it is there.
    pub(super) fn get(&self, target: &str, external_id: &str) -> Option<Uuid> {
        self.0.get(target)?.get(external_id).copied()
    }
}

/// Finds the records that rows refer to, one statement for each object; also those that the batch makes itself, which
/// have these ids.
pub(super) async fn resolve(
    tx: &mut TenantTx,
    object: &'static Object,
    rows: &[ImportRow],
    new: &[Option<Uuid>],
) -> Result<Found, StoreError> {
    let mut wanted: BTreeMap<&'static str, HashSet<&str>> = BTreeMap::new();
    for (_, target, id) in rows.iter().flat_map(|row| &row.references) {
        wanted.entry(target).or_default().insert(id);
    }
    let mut found = Found::default();
    for (target, ids) in wanted {
        let mut records: HashMap<String, Uuid> = if target == object.name {
            let made = rows.iter().zip(new);
            made.filter(|(row, _)| ids.contains(row.external_id.as_str()))
                .filter_map(|(row, id)| Some((row.external_id.clone(), (*id)?)))
                .collect()
        } else {
            HashMap::new()
        };
        let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        records.extend(find(tx, target, &ids).await?);
        found.0.insert(target, records);
    }
    Ok(found)
}

/// The records of one object with these external ids; members by their addresses or other ids.
pub(super) async fn find(
    tx: &mut TenantTx,
    target: &'static str,
    ids: &[String],
) -> Result<HashMap<String, Uuid>, StoreError> {
    let records = if target == catalog::USER.name {
        members(tx, ids).await?
    } else {
        records(tx, target, ids).await?
    };
    Ok(records.into_iter().collect())
}

async fn records(
    tx: &mut TenantTx,
    target: &'static str,
    ids: &[String],
) -> Result<Vec<(String, Uuid)>, StoreError> {
    let Some(object) = catalog::object(target) else {
        return Ok(Vec::new());
    };
    if object.field("external_id").is_none() {
        return Ok(Vec::new());
    }
    let alive = if object.field("deleted_at").is_some() {
        " AND deleted_at IS NULL"
    } else {
        ""
    };
    // The name of the table is the catalogue's.
    let sql = format!(
        "SELECT external_id, id FROM {} WHERE external_id = ANY ($1){alive}",
        object.table
    );
    let mut found: Vec<(String, Uuid)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(ids)
        .fetch_all(tx.conn())
        .await?;
    if found.len() < ids.len() && object.field("merged_into_id").is_some() {
        found.extend(winners(tx, object, ids).await?);
    }
    Ok(found)
}

/// Records that were merged, as those that they went into.
async fn winners(
    tx: &mut TenantTx,
    object: &'static Object,
    ids: &[String],
) -> Result<Vec<(String, Uuid)>, StoreError> {
    // The name of the table is the catalogue's.
    let sql = format!(
        "SELECT external_id, id FROM {} WHERE external_id = ANY ($1) AND deleted_at IS NOT NULL AND merged_into_id IS NOT NULL",
        object.table
    );
    let losers: Vec<(String, Uuid)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(ids)
        .fetch_all(tx.conn())
        .await?;
    let those: Vec<Uuid> = losers.iter().map(|(_, id)| *id).collect();
    let winners = merged::winners(tx, object, &those).await?;
    Ok(losers
        .into_iter()
        .filter_map(|(external_id, loser)| Some((external_id, *winners.get(&loser)?)))
        .collect())
}

/// Members by their addresses, or by the ids that the other system has for people.
async fn members(tx: &mut TenantTx, ids: &[String]) -> Result<Vec<(String, Uuid)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT said.id, u.id FROM unnest($1::text[]) AS said (id) \
         LEFT JOIN import_people p ON p.external_id = said.id \
         JOIN users u ON u.email = lower(COALESCE(p.email, said.id)) \
         JOIN memberships m ON m.user_id = u.id AND m.status = 'active'",
    )
    .bind(ids)
    .fetch_all(tx.conn())
    .await?)
}
