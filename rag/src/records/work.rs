//! The worker's turn with records: many jobs at once, behind everything else.

use std::collections::BTreeMap;
use std::time::Duration;

use crm_store::Store;
use crm_store::changes::INDEX_RECORD;
use crm_store::jobs::JobClaim;
use futures::StreamExt;
use uuid::Uuid;

use super::{RecordKind, Todo};
use crate::{Indexer, RagError, Worked};

/// How long a worker has for one turn; a remote embedder may be slow.
const LEASE: Duration = Duration::from_mins(5);

/// Records that share a call to the embedder and a transaction.
const TOGETHER: usize = 32;

/// Such groups at once: while one is embedded, another is read or written.
const AT_ONCE: usize = 3;

/// Jobs of one turn that keep a worker busy and lose little when it dies.
pub const TURN: i64 = 96;

impl Indexer {
    /// Claims up to `limit` waiting jobs of records, fairly between tenants, and does them in batches. Zero means that
    /// there is nothing to do. A record that cannot be indexed does not keep the others of its batch: they are done
    /// one by one then.
    pub async fn work_records(&self, store: &Store, worker: &str, limit: i64) -> Result<Worked, RagError> {
        let mut tx = store.system().await?;
        let claims = tx.jobs().claim(worker, &[INDEX_RECORD], limit, LEASE).await?;
        let mut groups: BTreeMap<(Uuid, RecordKind), Vec<(Uuid, JobClaim)>> = BTreeMap::new();
        let mut turn = Worked::default();
        for claim in claims {
            match record_of(&claim.key) {
                Some((kind, id)) => {
                    let group = groups.entry((claim.grant.tenant().uuid(), kind)).or_default();
                    group.push((id, claim));
                }
                // Nothing to index can have such a key; the job is done.
                None => turn.done += usize::from(tx.jobs().complete(&claim).await?),
            }
        }
        tx.commit().await?;
        let batches = groups.iter().flat_map(|((_, kind), group)| {
            group
                .chunks(TOGETHER)
                .map(move |batch| self.batch(store, *kind, batch))
        });
        let mut working = futures::stream::iter(batches.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
        while let Some(batch) = working.next().await {
            let batch = batch?;
            turn.done += batch.done;
            turn.failed += batch.failed;
        }
        Ok(turn)
    }

    async fn batch(
        &self,
        store: &Store,
        kind: RecordKind,
        batch: &[(Uuid, JobClaim)],
    ) -> Result<Worked, RagError> {
        let Some((_, first)) = batch.first() else {
            return Ok(Worked::default());
        };
        let tenant = store.open(&first.grant);
        let todo: Vec<Todo<'_>> = batch
            .iter()
            .map(|(id, claim)| Todo {
                id: *id,
                job: Some(claim),
            })
            .collect();
        let Err(error) = self.index_records(&tenant, kind, &todo).await else {
            return Ok(Worked {
                done: batch.len(),
                failed: 0,
            });
        };
        tracing::warn!(
            kind = kind.name(),
            records = batch.len(),
            error = &error as &dyn std::error::Error,
            "a batch of records could not be indexed"
        );
        let mut worked = Worked::default();
        for (one, (_, claim)) in todo.iter().zip(batch) {
            let Err(error) = self.index_records(&tenant, kind, std::slice::from_ref(one)).await else {
                worked.done += 1;
                continue;
            };
            let mut tx = store.system().await?;
            tx.jobs().fail(claim, &error.to_string()).await?;
            tx.commit().await?;
            worked.failed += 1;
        }
        Ok(worked)
    }
}

/// The record that a job's key names.
fn record_of(key: &str) -> Option<(RecordKind, Uuid)> {
    let (object, id) = key.split_once(':')?;
    Some((RecordKind::named(object)?, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_records() {
        let id = Uuid::from_u128(9);
        assert_eq!(record_of(&format!("lead:{id}")), Some((RecordKind::Lead, id)));
        for key in ["lead", "account:1", "lead:x", ""] {
            assert_eq!(record_of(key), None, "{key}");
        }
    }
}
