//! Records in Postgres compared with the index, a page at a time.

use std::collections::{HashMap, HashSet};

use crm_store::TenantStore;
use crm_store::changes::INDEX_RECORD;
use crm_store::records::{ListQuery, Select};
use crm_store::terms::Indexed;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ingest::{found, is_whole};
use super::{RecordKind, Todo, cut};
use crate::index::Wanted;
use crate::{Indexer, RagError, TenantIndex};

/// Records that are read at once.
const PAGE: i64 = 200;

/// Points and counts that are read at once.
const LISTED: usize = 500;

/// Records that are repaired at once.
const TOGETHER: usize = 64;

/// What is done about a record that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// It is indexed at once: somebody waits for the comparison.
    Now,
    /// A job is enqueued, which takes its turn behind what people wait for.
    Later,
}

/// What a comparison of one kind found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RecordCounts {
    /// Records in Postgres.
    pub records: usize,
    /// Passages in the index before the repair.
    pub passages: usize,
    /// Records that were as they should be.
    pub unchanged: usize,
    /// Records that were missing or different: written anew, or enqueued.
    pub repaired: usize,
    /// Records that only the index or the counts had: taken out, or enqueued.
    pub removed: usize,
}

/// The same for every kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RecordsReconciled {
    /// Cases.
    pub cases: RecordCounts,
    /// Leads.
    pub leads: RecordCounts,
    /// Messages.
    pub messages: RecordCounts,
    /// Opportunities.
    pub opportunities: RecordCounts,
}

impl RecordsReconciled {
    /// The counts by kind.
    pub fn by_kind(&self) -> [(RecordKind, RecordCounts); 4] {
        [
            (RecordKind::Case, self.cases),
            (RecordKind::Lead, self.leads),
            (RecordKind::Message, self.messages),
            (RecordKind::Opportunity, self.opportunities),
        ]
    }

    /// Records that were not as they should be.
    pub fn drifted(&self) -> usize {
        let drifted = |(_, counts): (RecordKind, RecordCounts)| counts.repaired + counts.removed;
        self.by_kind().into_iter().map(drifted).sum()
    }
}

impl Indexer {
    /// Compares the tenant's records with the index, and repairs what differs.
    pub async fn reconcile_records(
        &self,
        store: &TenantStore,
        repair: Repair,
    ) -> Result<RecordsReconciled, RagError> {
        Ok(RecordsReconciled {
            cases: self.reconcile_kind(store, RecordKind::Case, repair).await?,
            leads: self.reconcile_kind(store, RecordKind::Lead, repair).await?,
            messages: self.reconcile_kind(store, RecordKind::Message, repair).await?,
            opportunities: self
                .reconcile_kind(store, RecordKind::Opportunity, repair)
                .await?,
        })
    }

    async fn reconcile_kind(
        &self,
        store: &TenantStore,
        kind: RecordKind,
        repair: Repair,
    ) -> Result<RecordCounts, RagError> {
        let Some(texts) = kind.texts() else {
            return Ok(RecordCounts::default());
        };
        let index = TenantIndex::new(self.knowledge.engine.clone(), store.grant());
        let mut result = RecordCounts {
            passages: index.count(Some(Wanted::Kind(kind.name()))).await?,
            ..RecordCounts::default()
        };
        result.removed = self.orphans(store, &index, kind, repair).await?;
        let mut list = ListQuery {
            sort: Some("id".to_owned()),
            limit: Some(PAGE),
            select: Select {
                fields: Some(texts.fields().map(str::to_owned).collect()),
                ..Select::default()
            },
            ..ListQuery::default()
        };
        loop {
            let mut tx = store.begin().await?;
            let page = tx.records(kind.object()).list(&list).await?;
            let ids: Vec<Uuid> = page.records.iter().map(|record| record.id).collect();
            let known = tx.terms().of(kind.name(), &ids).await?;
            tx.commit().await?;
            let known: HashMap<Uuid, Indexed> = known.into_iter().map(|row| (row.document_id, row)).collect();
            let there = found(&index, kind, &ids).await?;
            let mut wrong = Vec::new();
            for record in &page.records {
                let version = cut::version(&texts.document(record));
                let same = known.get(&record.id).is_some_and(|known| {
                    known.fingerprint == self.knowledge.fingerprint
                        && is_whole(known, version, there.get(&record.id))
                });
                if !same {
                    wrong.push(record.id);
                }
            }
            result.records += ids.len();
            result.unchanged += ids.len() - wrong.len();
            result.repaired += wrong.len();
            self.repair(store, kind, &wrong, repair).await?;
            list.cursor = page.next_cursor;
            if list.cursor.is_none() {
                return Ok(result);
            }
        }
    }

    /// Takes out what only the index or the counts have.
    async fn orphans(
        &self,
        store: &TenantStore,
        index: &TenantIndex,
        kind: RecordKind,
        repair: Repair,
    ) -> Result<usize, RagError> {
        let mut removed = HashSet::new();
        let mut from = None;
        loop {
            let wanted = Some(Wanted::Kind(kind.name()));
            let page = index.scroll(from, LISTED, wanted).await?;
            let ids: HashSet<Uuid> = page.points.iter().map(|(_, payload)| payload.document).collect();
            removed.extend(missing(store, kind, ids).await?);
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        let mut after = None;
        loop {
            let mut tx = store.begin().await?;
            let page = tx
                .terms()
                .list(kind.name(), after, i64::try_from(LISTED).unwrap_or(i64::MAX))
                .await?;
            tx.commit().await?;
            let Some(last) = page.last() else { break };
            after = Some(last.document_id);
            let ids = page.iter().map(|row| row.document_id).collect();
            removed.extend(missing(store, kind, ids).await?);
        }
        let removed: Vec<Uuid> = removed.into_iter().collect();
        self.repair(store, kind, &removed, repair).await?;
        Ok(removed.len())
    }

    async fn repair(
        &self,
        store: &TenantStore,
        kind: RecordKind,
        ids: &[Uuid],
        repair: Repair,
    ) -> Result<(), RagError> {
        for batch in ids.chunks(TOGETHER) {
            match repair {
                Repair::Now => {
                    let todo: Vec<Todo<'_>> = batch.iter().map(|id| Todo { id: *id, job: None }).collect();
                    self.index_records(store, kind, &todo).await?;
                }
                Repair::Later => {
                    let keys: Vec<String> = batch.iter().map(|id| format!("{}:{id}", kind.name())).collect();
                    let mut tx = store.begin().await?;
                    tx.jobs().enqueue_missing(INDEX_RECORD, &keys).await?;
                    tx.commit().await?;
                }
            }
        }
        Ok(())
    }
}

/// Those of the ids that no record has.
async fn missing(
    store: &TenantStore,
    kind: RecordKind,
    mut ids: HashSet<Uuid>,
) -> Result<HashSet<Uuid>, RagError> {
    let asked: Vec<Uuid> = ids.iter().copied().collect();
    if asked.is_empty() {
        return Ok(ids);
    }
    let select = Select {
        fields: Some(vec!["id".to_owned()]),
        ..Select::default()
    };
    let mut tx = store.begin().await?;
    for record in tx.records(kind.object()).get_many(&asked, &select).await? {
        ids.remove(&record.id);
    }
    tx.commit().await?;
    Ok(ids)
}
