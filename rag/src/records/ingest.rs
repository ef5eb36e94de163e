//! Batches of records into the index.

use std::collections::{HashMap, HashSet};

use crm_store::TenantStore;
use crm_store::jobs::JobClaim;
use crm_store::records::Select;
use crm_store::terms::{Indexed, NewIndexed};
use crm_store::texts::Document;
use uuid::Uuid;

use super::{RecordKind, cut};
use crate::index::{Payload, Wanted};
use crate::ingest::{BATCH, Prepared};
use crate::{Indexer, RagError, TenantIndex};

/// Points that are listed at once.
const PAGE: usize = 500;

/// A record to be brought up to date, and the job that asked for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Todo<'a> {
    pub(crate) id: Uuid,
    pub(crate) job: Option<&'a JobClaim>,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Batch {
    /// Records whose passages were written.
    pub(super) written: usize,
    /// Records that the index had already.
    pub(super) unchanged: usize,
    /// Records that are gone, and of which the index has nothing any more.
    pub(super) removed: usize,
}

/// What the index has of a record.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) passages: usize,
    /// The version and fingerprint of all of them; none once two disagree.
    pub(super) of: Option<(Uuid, String)>,
    mixed: bool,
}

impl Found {
    fn add(&mut self, payload: Payload) {
        self.passages += 1;
        let this = (payload.version, payload.fingerprint);
        self.mixed |= self.of.as_ref().is_some_and(|of| *of != this);
        self.of = (!self.mixed).then_some(this);
    }
}

impl Indexer {
    /// Reads these records anew and makes the index hold what they say, in as many statements and calls to the
    /// embedder as a single one takes. The counts and the ends of the jobs are one transaction, after the index is
    /// durable: whatever fails before, the jobs are done again and change nothing twice.
    pub(super) async fn index_records(
        &self,
        store: &TenantStore,
        kind: RecordKind,
        todo: &[Todo<'_>],
    ) -> Result<Batch, RagError> {
        let Some(texts) = kind.texts() else {
            return Ok(Batch::default());
        };
        let index = TenantIndex::new(self.knowledge.engine.clone(), store.grant());
        let ids: Vec<Uuid> = todo.iter().map(|todo| todo.id).collect();
        let select = Select {
            fields: Some(texts.fields().map(str::to_owned).collect()),
            ..Select::default()
        };
        let mut tx = store.begin().await?;
        let usual = usual_language(&tx.tenant().await?.locale);
        let records = tx.records(kind.object()).get_many(&ids, &select).await?;
        let known = tx.terms().of(kind.name(), &ids).await?;
        tx.commit().await?;

        let documents: Vec<Document> = records.iter().map(|record| texts.document(record)).collect();
        let there: HashSet<Uuid> = documents.iter().map(|document| document.id).collect();
        let gone: Vec<Uuid> = ids.iter().copied().filter(|id| !there.contains(id)).collect();
        let known: HashMap<Uuid, Indexed> = known.into_iter().map(|row| (row.document_id, row)).collect();
        let changed = self.changed(&index, kind, &usual, documents, &known).await?;

        let mut result = Batch {
            written: changed.len(),
            removed: gone.len(),
            unchanged: there.len() - changed.len(),
        };
        let tenant = store.grant().tenant();
        let mut counts: Vec<(Uuid, Option<NewIndexed>)> = gone.iter().map(|id| (*id, None)).collect();
        let mut passages = Vec::new();
        for document in &changed {
            let cut = cut::passages(&self.knowledge, tenant, kind, document, &usual, &[]);
            let new = cut::counts(&self.knowledge, document, &usual, &cut);
            counts.push((document.id, Some(new)));
            passages.extend(cut);
        }
        self.write(&index, passages).await?;
        self.forget(&index, kind, &changed, gone).await?;

        let mut tx = store.begin().await?;
        let jobs: Vec<&JobClaim> = todo.iter().filter_map(|todo| todo.job).collect();
        if !jobs.is_empty() {
            let ended = tx.jobs().complete_many(&jobs).await?;
            // What another worker has taken over, it counts.
            let lost: HashSet<Uuid> = todo
                .iter()
                .filter(|todo| todo.job.is_some_and(|job| !ended.contains(&job.id)))
                .map(|todo| todo.id)
                .collect();
            counts.retain(|(id, _)| !lost.contains(id));
            result.written = result.written.saturating_sub(lost.len());
        }
        let counts: Vec<_> = counts.iter().map(|(id, new)| (*id, new.as_ref())).collect();
        tx.terms().replace_many(kind.name(), &counts).await?;
        tx.commit().await?;
        Ok(result)
    }

    /// The documents that the counts or the index have otherwise, or not at all.
    async fn changed(
        &self,
        index: &TenantIndex,
        kind: RecordKind,
        usual: &str,
        documents: Vec<Document>,
        known: &HashMap<Uuid, Indexed>,
    ) -> Result<Vec<Document>, RagError> {
        let same: Vec<Uuid> = documents
            .iter()
            .filter(|document| {
                known.get(&document.id).is_some_and(|known| {
                    known.version_id.uuid() == cut::version(document)
                        && known.fingerprint == self.knowledge.fingerprint
                        && known.language == cut::language(document, usual)
                })
            })
            .map(|document| document.id)
            .collect();
        // Postgres remembers what was written; the index is asked whether it still has it.
        let found = found(index, kind, &same).await?;
        let same: HashSet<Uuid> = same.into_iter().collect();
        Ok(documents
            .into_iter()
            .filter(|document| {
                let whole = known
                    .get(&document.id)
                    .is_some_and(|known| is_whole(known, cut::version(document), found.get(&document.id)));
                !(same.contains(&document.id) && whole)
            })
            .collect())
    }

    async fn write(&self, index: &TenantIndex, passages: Vec<Prepared>) -> Result<(), RagError> {
        let mut passages = passages.into_iter().peekable();
        while passages.peek().is_some() {
            let batch: Vec<_> = passages.by_ref().take(BATCH).collect();
            let texts = batch.iter().map(|passage| passage.context.clone()).collect();
            let vectors = self.knowledge.embedder.background(texts).await?;
            let points = batch
                .into_iter()
                .zip(vectors)
                .map(|(passage, dense)| passage.point(dense));
            index.upsert(points.collect()).await?;
        }
        Ok(())
    }

    /// Takes out what the records said before, and what is left of those that are gone.
    async fn forget(
        &self,
        index: &TenantIndex,
        kind: RecordKind,
        changed: &[Document],
        gone: Vec<Uuid>,
    ) -> Result<(), RagError> {
        let kind = Wanted::Kind(kind.name());
        if !changed.is_empty() {
            let ids = changed.iter().map(|document| document.id).collect();
            let versions = changed
                .iter()
                .map(|document| Wanted::Version(cut::version(document)))
                .collect();
            let current = Wanted::All(vec![
                Wanted::Any(versions),
                Wanted::Fingerprint(self.knowledge.fingerprint.clone()),
            ]);
            let old = Wanted::All(vec![kind.clone(), Wanted::Documents(ids), current.excluded()]);
            index.delete(Some(old)).await?;
        }
        if !gone.is_empty() {
            index
                .delete(Some(Wanted::All(vec![kind, Wanted::Documents(gone)])))
                .await?;
        }
        Ok(())
    }
}

/// Whether the index has exactly the passages that were counted.
pub(super) fn is_whole(known: &Indexed, version: Uuid, found: Option<&Found>) -> bool {
    let counted = usize::try_from(known.chunks).unwrap_or(0);
    known.version_id.uuid() == version
        && match found {
            None => counted == 0,
            Some(found) => {
                found.passages == counted
                    && found
                        .of
                        .as_ref()
                        .is_some_and(|(of, fingerprint)| *of == version && *fingerprint == known.fingerprint)
            }
        }
}

/// What the index has of these records.
pub(super) async fn found(
    index: &TenantIndex,
    kind: RecordKind,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Found>, RagError> {
    let mut found: HashMap<Uuid, Found> = HashMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let wanted = Wanted::All(vec![Wanted::Kind(kind.name()), Wanted::Documents(ids.to_vec())]);
    let mut from = None;
    loop {
        let page = index.scroll(from, PAGE, Some(wanted.clone())).await?;
        for (_, payload) in page.points {
            found.entry(payload.document).or_default().add(payload);
        }
        from = page.next;
        if from.is_none() {
            return Ok(found);
        }
    }
}

/// The language of a locale: `de` of `de-AT`.
pub(super) fn usual_language(locale: &str) -> String {
    locale
        .split(['-', '_'])
        .next()
        .unwrap_or(locale)
        .to_ascii_lowercase()
}
