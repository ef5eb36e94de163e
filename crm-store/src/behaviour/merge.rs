//! Merging: several records of one person or company become one.
//!
//! What names the losers names the winner from then on. The losers are put away with a note of where they went; their
//! history stays theirs, and the winner's timeline shows it.

use uuid::Uuid;

use super::{convert::RELINK, refer};
use crate::{
    StoreError, TenantTx,
    access::Verb,
    catalog::{self, Object},
    feed::{self, FeedEvent},
    jobs::NewJob,
    records::{Draft, Record, Select, Value},
};

/// The most records that one call merges into another one.
pub const MAX_MERGED: usize = 10;

/// Set by the service, or a record's own.
const OWN: &[&str] = &["external_id", "custom", "owner_id", "status"];

impl TenantTx {
    /// Merges `losers` into `winner`. `chosen` says what the winner is to have; what it lacks then comes from the losers,
    /// in their order.
    pub async fn merge_records(
        &mut self,
        object: &'static Object,
        winner: Uuid,
        losers: &[Uuid],
        mut chosen: Draft,
        expected: Option<i64>,
    ) -> Result<Record, StoreError> {
        check(object, winner, losers)?;
        let access = self.access().await?;
        access.require(object, Verb::Update)?;
        access.require(object, Verb::Delete)?;
        let mut ids = losers.to_vec();
        ids.push(winner);
        let mut records = self.lock_all(object, &ids).await?;
        let Some(at) = records.iter().position(|record| record.id == winner) else {
            return Err(StoreError::NotFound { what: object.name });
        };
        let kept = records.swap_remove(at);
        if expected.is_some_and(|expected| expected != kept.version) {
            return Err(StoreError::Stale {
                current: kept.version,
            });
        }
        let mut lost = Vec::new();
        for loser in losers {
            let record = records.iter().find(|record| record.id == *loser);
            lost.push(record.ok_or_else(|| {
                StoreError::invalid("with", format!("there is no {} {loser}", object.name))
            })?);
        }
        fill(&mut chosen, &kept, &lost);
        if object.name == catalog::ACCOUNT.name {
            self.keep_tree(&mut chosen, &kept, &lost).await?;
        }
        let mut after = kept;
        if !chosen.values().is_empty() || !chosen.errors().is_empty() {
            after = self.records(object).update(winner, chosen, None).await?;
        }
        for loser in losers {
            refer::repoint(self, object, *loser, winner).await?;
            let gone = Draft::new(object).with("merged_into_id", winner);
            self.records(object).update(*loser, gone, None).await?;
            self.records(object).delete(*loser, None).await?;
            // What the actor could not see still names the loser; a job has eyes for it.
            let key = format!("{}:{loser}:{winner}", object.name);
            self.jobs().enqueue(&NewJob::new(RELINK, key)).await?;
        }
        self.audit()
            .record("merge", object.name, Some(winner), &[])
            .await?;
        let event = FeedEvent {
            version: Some(after.version),
            owner: after.reference("owner_id"),
            ..FeedEvent::new(object.name, "merged", winner)
        };
        feed::publish(self, &[event]).await?;
        Ok(self
            .records(object)
            .get(winner, &Select::default())
            .await?
            .unwrap_or(after))
    }

    /// The records, locked in the order of their ids.
    async fn lock_all(&mut self, object: &'static Object, ids: &[Uuid]) -> Result<Vec<Record>, StoreError> {
        let columns = crate::query::Columns::all(object);
        let statement = crate::query::locked(&columns, ids);
        let records = crate::records::read::fetch(self, &columns, statement).await?;
        Ok(records
            .into_iter()
            .filter(|record| record.get("deleted_at").is_null())
            .collect())
    }

    /// Keeps the accounts a tree: a winner below a loser takes the loser's place.
    async fn keep_tree(
        &mut self,
        chosen: &mut Draft,
        kept: &Record,
        lost: &[&Record],
    ) -> Result<(), StoreError> {
        let above: Vec<Uuid> = sqlx::query_scalar(
            "WITH RECURSIVE up AS (SELECT id, parent_id, 0 AS depth FROM accounts WHERE id = $1 \
                 UNION ALL SELECT a.id, a.parent_id, up.depth + 1 FROM accounts a JOIN up ON a.id = up.parent_id WHERE up.depth < 100) \
             SELECT id FROM up WHERE depth > 0 ORDER BY depth",
        )
        .bind(kept.id)
        .fetch_all(self.conn())
        .await?;
        let highest = above
            .iter()
            .rev()
            .find_map(|id| lost.iter().find(|record| record.id == *id));
        if let Some(loser) = highest {
            let parent = loser.reference("parent_id").filter(|parent| *parent != kept.id);
            chosen.set("parent_id", parent);
        }
        Ok(())
    }

    /// Finishes what conversions and merges left, for a job that sees everything.
    pub async fn relink(&mut self, key: &str) -> Result<(), StoreError> {
        let parts: Vec<&str> = key.split(':').collect();
        let id = |text: &str| Uuid::try_parse(text).ok();
        match parts.as_slice() {
            ["lead", lead] => match id(lead) {
                Some(lead) => self.finish_conversion(lead).await,
                None => Ok(()),
            },
            [object, from, to] => match (catalog::object(object), id(from), id(to)) {
                (Some(object), Some(from), Some(to)) => refer::repoint(self, object, from, to).await,
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

fn check(object: &'static Object, winner: Uuid, losers: &[Uuid]) -> Result<(), StoreError> {
    if losers.is_empty() || losers.len() > MAX_MERGED {
        return Err(StoreError::invalid(
            "with",
            format!("must name 1 to {MAX_MERGED} records"),
        ));
    }
    let mut once = losers.to_vec();
    once.sort_unstable();
    once.dedup();
    if losers.contains(&winner) || once.len() != losers.len() {
        return Err(StoreError::invalid("with", "must name other records, each once"));
    }
    if object.field("merged_into_id").is_none() {
        let what = object.plural.replace('_', " ");
        return Err(StoreError::invalid("object", format!("{what} cannot be merged")));
    }
    Ok(())
}

/// Gives the winner what it lacks and a loser has.
fn fill(chosen: &mut Draft, kept: &Record, lost: &[&Record]) {
    let object = kept.object;
    for field in object.fields {
        if !field.writable || OWN.contains(&field.name) || chosen.get(field.name).is_some() {
            continue;
        }
        if !kept.get(field.name).is_null() {
            continue;
        }
        let value = lost
            .iter()
            .map(|record| record.get(field.name))
            .find(|value| !value.is_null() && **value != Value::Id(kept.id));
        if let Some(value) = value {
            chosen.set(field.name, value.clone());
        }
    }
}
