//! Records that were merged into others answer to their external ids still: whoever says one means the winner.

use std::collections::{HashMap, HashSet};

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Record, read::fetch};
use crate::{
    StoreError, TenantTx,
    catalog::Object,
    query::{self, Columns},
};

/// Merges after merges that are followed.
const LONGEST: i32 = 50;

/// Where deleted records went by merging, at once or by way of others; those that were not merged are left out.
pub(crate) async fn winners(
    tx: &mut TenantTx,
    object: &'static Object,
    losers: &[Uuid],
) -> Result<HashMap<Uuid, Uuid>, StoreError> {
    if losers.is_empty() || object.field("merged_into_id").is_none() {
        return Ok(HashMap::new());
    }
    let table = object.table;
    // The name of the table is the catalogue's.
    let sql = format!(
        "WITH RECURSIVE way AS (\
             SELECT id AS loser, merged_into_id AS winner, 1 AS steps FROM {table} \
             WHERE id = ANY ($1) AND deleted_at IS NOT NULL AND merged_into_id IS NOT NULL \
             UNION ALL SELECT w.loser, t.merged_into_id, w.steps + 1 FROM way w JOIN {table} t ON t.id = w.winner \
             WHERE t.deleted_at IS NOT NULL AND t.merged_into_id IS NOT NULL AND w.steps < {LONGEST}) \
         SELECT DISTINCT ON (loser) loser, winner FROM way ORDER BY loser, steps DESC"
    );
    let found: Vec<(Uuid, Uuid)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(losers)
        .fetch_all(tx.conn())
        .await?;
    Ok(found.into_iter().collect())
}

/// Puts winners in the place of losers that were found by their external ids. Returns the external ids that were taken
/// out, because another one in the list names the same record: its own before a loser's.
pub(crate) async fn follow(
    tx: &mut TenantTx,
    columns: &Columns,
    known: &mut HashMap<String, Record>,
) -> Result<HashSet<String>, StoreError> {
    let object = columns.object;
    let mut losers: Vec<(String, Uuid)> = known
        .iter()
        .filter(|(_, record)| !record.get("deleted_at").is_null())
        .map(|(external_id, record)| (external_id.clone(), record.id))
        .collect();
    losers.sort();
    let ids: Vec<Uuid> = losers.iter().map(|(_, id)| *id).collect();
    let winners = winners(tx, object, &ids).await?;
    if winners.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<Uuid> = winners.values().copied().collect();
    let records = fetch(tx, columns, query::by_ids(columns, &ids, false)).await?;
    let records: HashMap<Uuid, Record> = records.into_iter().map(|record| (record.id, record)).collect();
    let mut named: HashSet<Uuid> = known.values().map(|record| record.id).collect();
    let mut doubles = HashSet::new();
    for (external_id, loser) in losers {
        let Some(winner) = winners.get(&loser).and_then(|winner| records.get(winner)) else {
            continue;
        };
        if named.insert(winner.id) {
            known.insert(external_id, winner.clone());
        } else {
            known.remove(&external_id);
            doubles.insert(external_id);
        }
    }
    Ok(doubles)
}
