//! Doing an erasure: of a person in short steps that can be taken up again, of a tenant at once.
//!
//! A step is prepared ([`Privacy::next_step`]), its documents are taken out of the index, and then it is done
//! ([`Privacy::do_step`]) in a transaction of its own, with how far the erasure is. What the index gets meanwhile from a
//! worker that read a record before, that record's job takes out again: two workers never have the same record.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use uuid::Uuid;

use super::{
    ERASE_JOB, Privacy, Request, Subject,
    delete::{self, count},
    progress::{self, Progress, Step, Work},
    receipt::{self, Place, Receipt},
    schema::{self, KEPT, Reference, Table},
    sweep::{self, Rows},
    tenant,
};
use crate::{
    StoreError, TenantTx,
    analytics::sum_up,
    articles::{self, content_hash},
    catalog,
    changes::INDEX_RECORD,
    jobs::{JobClaim, NewJob},
    texts,
};

/// The kind under which articles are counted and indexed.
const ARTICLE: &str = "article";

/// By then no worker can have anything of an erased tenant in hand any more: its lease is shorter.
const AFTERMATH: TimeDelta = TimeDelta::minutes(15);

/// What an erasure has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// A person: step by step. These files below the data folder may have the person in them.
    Person {
        /// Their paths.
        files: Vec<String>,
    },
    /// The whole tenant: its part of the index, then all rows at once.
    Tenant {
        /// Files below the data folder.
        files: Vec<String>,
    },
    /// The tenant was erased before: whatever a worker wrote into the index since goes too.
    Aftermath,
}

/// What the tenant's tables are and how they refer to each other, read once for all steps of an erasure: to ask the catalogue
/// of the database at each of them took a sixth of an erasure's time.
#[derive(Debug, Clone)]
pub struct Structure {
    pub(super) tables: BTreeMap<String, Table>,
    pub(super) references: Vec<Reference>,
}

/// The object whose records a table has.
pub(super) fn object_of(table: &str) -> Option<&'static str> {
    catalog::OBJECTS
        .iter()
        .find(|object| object.table == table)
        .map(|object| object.name)
}

/// The kind under which the rows of a table are documents of the index.
fn kind_of(table: &str) -> Option<&'static str> {
    object_of(table).filter(|object| texts::of(object).is_some())
}

impl Privacy<'_> {
    /// What an erasure has to do; `None` when it is done or gone. For a person, who that is is written down now.
    pub async fn plan(&mut self, id: Uuid) -> Result<Option<Plan>, StoreError> {
        let Some(subject) = self.subject(Request::Erasure, id).await? else {
            let erased = self.erasure(id).await?;
            let is_tenant =
                erased.is_some_and(|erasure| erasure.scope == "tenant" && erasure.state == "done");
            return Ok(is_tenant.then_some(Plan::Aftermath));
        };
        if matches!(subject, Subject::Tenant(_)) {
            let files: Vec<String> = sqlx::query_scalar(
                "SELECT path FROM imports WHERE path IS NOT NULL UNION ALL SELECT path FROM privacy_exports WHERE path IS NOT NULL",
            )
            .fetch_all(self.0.conn())
            .await?;
            return Ok(Some(Plan::Tenant { files }));
        }
        if progress::lock(self.0, id).await?.is_none() {
            let progress = Progress {
                person: subject.person(self.0).await?,
                ..Progress::default()
            };
            progress::set(self.0, id, &progress).await?;
        }
        // Files about persons hold this one too, perhaps.
        let files: Vec<String> =
            sqlx::query_scalar("SELECT path FROM privacy_exports WHERE path IS NOT NULL")
                .fetch_all(self.0.conn())
                .await?;
        Ok(Some(Plan::Person { files }))
    }

    /// Notes that the files of a person's plan are gone.
    pub async fn files_removed(&mut self, id: Uuid, files: u64) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE privacy_exports SET state = 'expired', path = NULL, subject = NULL WHERE state <> 'expired'",
        )
        .execute(self.0.conn())
        .await?;
        if let Some(mut progress) = progress::lock(self.0, id).await? {
            count(&mut progress.deleted, "files", files);
            progress::set(self.0, id, &progress).await?;
        }
        Ok(())
    }

    /// What the steps of an erasure go through.
    pub async fn structure(&mut self) -> Result<Structure, StoreError> {
        Ok(Structure {
            tables: schema::tables(self.0).await?,
            references: schema::references(self.0).await?,
        })
    }

    /// The next step of a person's erasure; `None` when nothing is left of them.
    pub async fn next_step(&mut self, id: Uuid, structure: &Structure) -> Result<Option<Step>, StoreError> {
        let Some(progress) = progress::get(self.0, id).await? else {
            return Ok(None);
        };
        let tables = &structure.tables;
        let step = |documents, work| Step {
            documents,
            number: progress.steps,
            work,
        };
        if !progress.walking {
            return Ok(Some(
                match delete::next(self.0, structure, &progress.person).await? {
                    None => step(Vec::new(), Work::Walk),
                    Some((table, ids)) => {
                        let documents = match kind_of(&table) {
                            Some(_) => ids.clone(),
                            None => Vec::new(),
                        };
                        step(documents, Work::Delete { table, ids })
                    }
                },
            ));
        }
        let Some(work) = sweep::look(self.0, tables, &progress).await? else {
            return Ok(None);
        };
        let documents = match &work {
            Work::Blank { table, keys, .. } => documents(self.0, table, keys).await?,
            Work::Delete { .. } | Work::Walk => Vec::new(),
        };
        Ok(Some(step(documents, work)))
    }

    /// Does a step whose documents are out of the index; `vectors` is how many of its passages that were. Nothing happens
    /// when another worker did it already.
    pub async fn do_step(
        &mut self,
        id: Uuid,
        claim: &JobClaim,
        step: &Step,
        vectors: u64,
        structure: &Structure,
    ) -> Result<(), StoreError> {
        let Some(mut progress) = progress::lock(self.0, id).await? else {
            return Ok(());
        };
        if progress.steps != step.number {
            return Ok(());
        }
        progress.steps += 1;
        count(&mut progress.deleted, "vectors", vectors);
        match &step.work {
            Work::Delete { table, ids } => {
                delete::delete(self.0, structure, table, ids, &mut progress.deleted).await?;
            }
            Work::Walk => progress.walking = true,
            Work::Blank {
                table,
                keys,
                after,
                next,
            } => {
                if let Some(found) = structure.tables.get(table).filter(|_| !keys.is_empty()) {
                    let rows = Rows {
                        name: table,
                        table: found,
                        keys,
                        own: claim.id.uuid(),
                    };
                    sweep::blank(self.0, &rows, &mut progress).await?;
                    derive_anew(self.0, table, keys).await?;
                }
                progress.after.clone_from(after);
                progress.table = match (after, next) {
                    (Some(_), _) => Some(table.clone()),
                    (None, Some(next)) => Some(next.clone()),
                    // Behind every table.
                    (None, None) => Some("~".to_owned()),
                };
            }
        }
        progress::set(self.0, id, &progress).await
    }

    /// Writes the receipt of a person's erasure and ends the job, once [`Self::next_step`] has nothing more. False when
    /// another worker has the job: do not commit.
    pub async fn finish(&mut self, id: Uuid, claim: &JobClaim) -> Result<bool, StoreError> {
        let subject = self.subject(Request::Erasure, id).await?;
        if let (Some(subject), Some(progress)) = (subject, progress::lock(self.0, id).await?) {
            // What went left differences, in which it still stands.
            sum_up(self.0).await?;
            self.sign(id, &subject, progress.deleted, progress.changed)
                .await?;
        }
        self.0.jobs().complete(claim).await
    }

    /// Erases the whole tenant in this transaction, writes the receipt and ends the job. `vectors` and `files` were
    /// removed before. False when another worker has the job: do not commit.
    pub async fn erase_tenant(
        &mut self,
        id: Uuid,
        claim: &JobClaim,
        vectors: u64,
        files: u64,
    ) -> Result<bool, StoreError> {
        if let Some(subject @ Subject::Tenant(_)) = self.subject(Request::Erasure, id).await? {
            let tables = schema::tables(self.0).await?;
            let mut deleted = BTreeMap::new();
            tenant::empty(self.0, &tables, claim, &mut deleted).await?;
            count(&mut deleted, "vectors", vectors);
            count(&mut deleted, "files", files);
            self.sign(id, &subject, deleted, BTreeMap::new()).await?;
            let again = NewJob {
                run_at: Some(self.0.now() + AFTERMATH),
                ..NewJob::new(ERASE_JOB, id.to_string())
            };
            self.0.jobs().enqueue(&again).await?;
        }
        self.0.jobs().complete(claim).await
    }

    async fn sign(
        &mut self,
        id: Uuid,
        subject: &Subject,
        deleted: BTreeMap<String, u64>,
        changed: BTreeMap<String, u64>,
    ) -> Result<(), StoreError> {
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let mut places: BTreeMap<String, Place> = BTreeMap::new();
        let place = |name: &str| Place {
            place: name.to_owned(),
            deleted: 0,
            changed: 0,
        };
        for (name, rows) in deleted {
            places.entry(name.clone()).or_insert_with(|| place(&name)).deleted = rows;
        }
        for (name, rows) in changed {
            places.entry(name.clone()).or_insert_with(|| place(&name)).changed = rows;
        }
        let receipt = Receipt {
            id,
            tenant: tenant.uuid(),
            scope: subject.scope().to_owned(),
            subject_sha256: subject.digest(),
            erased_at: now,
            places: places.into_values().collect(),
            kept: KEPT
                .iter()
                .map(|(table, why)| ((*table).to_owned(), (*why).to_owned()))
                .collect(),
            algorithm: String::new(),
            key_id: String::new(),
        };
        let secrets = self.0.secrets().cloned().ok_or_else(|| StoreError::Corrupt {
            what: "the keys of the configuration".to_owned(),
        })?;
        let (text, signature) = receipt::sign(&secrets, receipt)?;
        sqlx::query(
            "UPDATE erasures SET state = 'done', subject = NULL, progress = NULL, receipt = $2, signature = $3, updated_at = $4 \
             WHERE id = $1",
        )
        .bind(id)
        .bind(text)
        .bind(signature)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }
}

/// The documents of the index that are made of these rows.
async fn documents(tx: &mut TenantTx, table: &str, keys: &[String]) -> Result<Vec<Uuid>, StoreError> {
    let ids: Vec<Uuid> = keys.iter().filter_map(|key| id_of(key)).collect();
    if table == "article_versions" {
        return Ok(sqlx::query_scalar(
            "SELECT DISTINCT article_id FROM article_versions WHERE id = ANY ($1)",
        )
        .bind(ids)
        .fetch_all(tx.conn())
        .await?);
    }
    Ok(if kind_of(table).is_some() { ids } else { Vec::new() })
}

/// The id in a key that is one.
fn id_of(key: &str) -> Option<Uuid> {
    match serde_json::from_str::<Vec<String>>(key).ok()?.as_slice() {
        [id] => Uuid::try_parse(id).ok(),
        _ => None,
    }
}

/// What was derived from rows whose text has changed is made anew: hashes, counts of words, passages.
async fn derive_anew(tx: &mut TenantTx, table: &str, keys: &[String]) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = keys.iter().filter_map(|key| id_of(key)).collect();
    if table != "article_versions" {
        return forget_documents(tx, table, &ids).await;
    }
    let versions: Vec<(Uuid, Uuid, String, String)> =
        sqlx::query_as("SELECT id, article_id, title, body FROM article_versions WHERE id = ANY ($1)")
            .bind(&ids)
            .fetch_all(tx.conn())
            .await?;
    let hashes: Vec<Vec<u8>> = versions
        .iter()
        .map(|(.., title, body)| content_hash(title, body))
        .collect();
    sqlx::query(
        "UPDATE article_versions v SET content_hash = n.hash FROM unnest($1::uuid[], $2::bytea[]) AS n (id, hash) WHERE v.id = n.id",
    )
    .bind(versions.iter().map(|(id, ..)| *id).collect::<Vec<_>>())
    .bind(hashes)
    .execute(tx.conn())
    .await?;
    let articles: Vec<Uuid> = versions.iter().map(|(_, article, ..)| *article).collect();
    forget_terms(tx, ARTICLE, &articles).await?;
    let keys: Vec<String> = articles.iter().map(Uuid::to_string).collect();
    tx.jobs().enqueue_all(articles::INDEX_JOB, &keys).await
}

/// Takes documents out of the counts of words, which hold the words themselves, and has their passages brought up to date:
/// also those of rows that are gone, because a worker may have read them before.
pub(super) async fn forget_documents(tx: &mut TenantTx, table: &str, ids: &[Uuid]) -> Result<(), StoreError> {
    let Some(kind) = kind_of(table) else {
        return Ok(());
    };
    forget_terms(tx, kind, ids).await?;
    let keys: Vec<String> = ids.iter().map(|id| format!("{kind}:{id}")).collect();
    tx.jobs().enqueue_all(INDEX_RECORD, &keys).await
}

async fn forget_terms(tx: &mut TenantTx, kind: &str, documents: &[Uuid]) -> Result<(), StoreError> {
    let mut once = documents.to_vec();
    once.sort_unstable();
    once.dedup();
    let none: Vec<_> = once.into_iter().map(|id| (id, None)).collect();
    tx.terms().replace_many(kind, &none).await
}
