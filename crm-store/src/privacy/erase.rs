//! Doing an erasure: what to take out of the index first, then everything in one transaction.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{
    Privacy, Request, Subject,
    delete::{self, count},
    receipt::{self, Place, Receipt},
    schema::{self, KEPT, Table},
    subject::Person,
    sweep,
};
use crate::{Store, StoreError, TenantTx, articles, changes::INDEX_RECORD, jobs::JobClaim};

/// Tables whose rows are documents of the index, and what the index calls them.
const DOCUMENTS: &[(&str, &str)] = &[
    ("cases", "case"),
    ("leads", "lead"),
    ("messages", "message"),
    ("opportunities", "opportunity"),
];

/// What must be taken out of the index before the rows go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The whole tenant.
    pub everything: bool,
    /// These documents.
    pub documents: Vec<Uuid>,
    /// Files below the data folder.
    pub files: Vec<String>,
}

/// What an erasure came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erased {
    /// It is done; documents whose text changed are to be taken out of the index again.
    Done {
        /// Those documents; the index gets them anew by jobs.
        documents: Vec<Uuid>,
    },
    /// Another worker has the job.
    Lost,
}

impl Privacy<'_> {
    /// What must be taken out of the index and the data folder; `None` when the erasure is done or gone.
    pub async fn plan(&mut self, id: Uuid) -> Result<Option<Plan>, StoreError> {
        let Some(subject) = self.subject(Request::Erasure, id).await? else {
            return Ok(None);
        };
        if matches!(subject, Subject::Tenant(_)) {
            let files: Vec<String> = sqlx::query_scalar(
                "SELECT path FROM imports WHERE path IS NOT NULL UNION ALL SELECT path FROM privacy_exports WHERE path IS NOT NULL",
            )
            .fetch_all(self.0.conn())
            .await?;
            return Ok(Some(Plan {
                everything: true,
                documents: Vec::new(),
                files,
            }));
        }
        let person = subject.person(self.0).await?;
        let mut documents: Vec<Uuid> =
            sqlx::query_scalar("SELECT id FROM messages WHERE conversation_id = ANY ($1)")
                .bind(&person.conversations)
                .fetch_all(self.0.conn())
                .await?;
        documents.extend(person.cases.iter().chain(&person.leads).chain(&person.contacts));
        documents.extend(mentions(self.0, &person).await?);
        // Files about persons hold this one too, perhaps.
        let files: Vec<String> =
            sqlx::query_scalar("SELECT path FROM privacy_exports WHERE path IS NOT NULL")
                .fetch_all(self.0.conn())
                .await?;
        Ok(Some(Plan {
            everything: false,
            documents,
            files,
        }))
    }

    /// Erases in this transaction, writes the signed receipt, and ends the job. `vectors` and `files` were removed before.
    pub async fn carry_out(
        &mut self,
        id: Uuid,
        claim: &JobClaim,
        vectors: u64,
        files: u64,
    ) -> Result<Erased, StoreError> {
        let Some(subject) = self.subject(Request::Erasure, id).await? else {
            return Ok(if self.0.jobs().complete(claim).await? {
                Erased::Done {
                    documents: Vec::new(),
                }
            } else {
                Erased::Lost
            });
        };
        let tables = schema::tables(self.0).await?;
        let (mut deleted, mut changed) = (BTreeMap::new(), BTreeMap::new());
        let mut documents = Vec::new();
        if matches!(subject, Subject::Tenant(_)) {
            whole_tenant(self.0, &tables, claim, &mut deleted).await?;
        } else {
            let person = subject.person(self.0).await?;
            documents = person_of(self.0, &tables, &person, claim, &mut deleted, &mut changed).await?;
        }
        count(&mut deleted, "vectors", vectors);
        count(&mut deleted, "files", files);
        self.finish(id, &subject, deleted, changed).await?;
        if !self.0.jobs().complete(claim).await? {
            return Ok(Erased::Lost);
        }
        Ok(Erased::Done { documents })
    }

    async fn finish(
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
            "UPDATE erasures SET state = 'done', subject = NULL, receipt = $2, signature = $3, updated_at = $4 WHERE id = $1",
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

/// Documents of the index that mention the person.
async fn mentions(tx: &mut TenantTx, person: &Person) -> Result<Vec<Uuid>, StoreError> {
    let mut documents = Vec::new();
    for (table, _) in DOCUMENTS {
        for mark in &person.marks {
            let sql = format!("SELECT id FROM {table} t WHERE position(lower($1) IN lower(t::text)) > 0");
            let ids: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(mark)
                .fetch_all(tx.conn())
                .await?;
            documents.extend(ids);
        }
    }
    Ok(documents)
}

async fn person_of(
    tx: &mut TenantTx,
    tables: &BTreeMap<String, Table>,
    person: &Person,
    claim: &JobClaim,
    deleted: &mut BTreeMap<String, u64>,
    changed: &mut BTreeMap<String, u64>,
) -> Result<Vec<Uuid>, StoreError> {
    let mentioned = mentions(tx, person).await?;
    forget_terms(tx, &mentioned).await?;
    let activities: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM activities WHERE contact_id = ANY ($1) OR lead_id = ANY ($2)")
            .bind(&person.contacts)
            .bind(&person.leads)
            .fetch_all(tx.conn())
            .await?;
    let runs: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM runs WHERE conversation_id = ANY ($1) OR (actor_kind = 'visitor' AND actor_id = ANY ($2))",
    )
    .bind(&person.conversations)
    .bind(&person.visitors)
    .fetch_all(tx.conn())
    .await?;
    let messages: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM messages WHERE conversation_id = ANY ($1)")
        .bind(&person.conversations)
        .fetch_all(tx.conn())
        .await?;
    forget_terms(tx, &messages).await?;
    forget_terms(tx, &person.cases).await?;
    forget_terms(tx, &person.leads).await?;
    let roots: [(&str, &[Uuid]); 7] = [
        ("contacts", &person.contacts),
        ("leads", &person.leads),
        ("cases", &person.cases),
        ("activities", &activities),
        ("messages", &messages),
        ("conversations", &person.conversations),
        ("runs", &runs),
    ];
    delete::records(tx, tables, &roots, deleted).await?;
    sqlx::query(
        "UPDATE privacy_exports SET state = 'expired', path = NULL, subject = NULL WHERE state <> 'expired'",
    )
    .execute(tx.conn())
    .await?;
    let swept = sweep::sweep(tx, tables, &person.marks, claim.id.uuid()).await?;
    for (place, rows) in swept.deleted {
        count(deleted, &place, rows);
    }
    for (place, rows) in swept.changed {
        count(changed, &place, rows);
    }
    let mut documents = swept.gone;
    for (table, ids) in &swept.touched {
        documents.extend(ids);
        if let Some((_, object)) = DOCUMENTS.iter().find(|(name, _)| name == table) {
            forget_terms(tx, ids).await?;
            let keys: Vec<String> = ids.iter().map(|id| format!("{object}:{id}")).collect();
            tx.jobs().enqueue_all(INDEX_RECORD, &keys).await?;
        }
    }
    if let Some(versions) = swept.touched.get("article_versions") {
        let keys: Vec<String> =
            sqlx::query_scalar("SELECT DISTINCT article_id::text FROM article_versions WHERE id = ANY ($1)")
                .bind(versions)
                .fetch_all(tx.conn())
                .await?;
        tx.jobs().enqueue_all(articles::INDEX_JOB, &keys).await?;
    }
    Ok(documents)
}

/// Takes documents out of the counts of words, which hold the words themselves.
async fn forget_terms(tx: &mut TenantTx, documents: &[Uuid]) -> Result<(), StoreError> {
    let known: Vec<(String, Uuid)> = sqlx::query_as(
        "SELECT DISTINCT kind, document_id FROM indexed_documents WHERE document_id = ANY ($1)",
    )
    .bind(documents)
    .fetch_all(tx.conn())
    .await?;
    let mut kinds: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
    for (kind, id) in known {
        kinds.entry(kind).or_default().push(id);
    }
    for (kind, ids) in kinds {
        let none: Vec<_> = ids.into_iter().map(|id| (id, None)).collect();
        tx.terms().replace_many(&kind, &none).await?;
    }
    Ok(())
}

/// Empties every table of the tenant: those that others refer to when the others are empty.
async fn whole_tenant(
    tx: &mut TenantTx,
    tables: &BTreeMap<String, Table>,
    claim: &JobClaim,
    deleted: &mut BTreeMap<String, u64>,
) -> Result<(), StoreError> {
    let mut left: Vec<&String> = tables
        .keys()
        .filter(|name| KEPT.iter().all(|(kept, _)| kept != name))
        .collect();
    while !left.is_empty() {
        let before = left.len();
        let mut stuck = Vec::new();
        for name in left {
            let own = if name == "jobs" {
                format!(" WHERE id <> '{}'", claim.id)
            } else {
                String::new()
            };
            sqlx::query("SAVEPOINT empty").execute(tx.conn()).await?;
            let gone = sqlx::query(AssertSqlSafe(format!("DELETE FROM {name}{own}")))
                .execute(tx.conn())
                .await;
            match gone.map_err(StoreError::from) {
                Ok(gone) => {
                    sqlx::query("RELEASE SAVEPOINT empty").execute(tx.conn()).await?;
                    count(deleted, name, gone.rows_affected());
                }
                Err(StoreError::Conflict { .. } | StoreError::Invalid { .. }) => {
                    sqlx::query("ROLLBACK TO SAVEPOINT empty")
                        .execute(tx.conn())
                        .await?;
                    stuck.push(name);
                }
                Err(error) => return Err(error),
            }
        }
        if stuck.len() == before {
            let names: Vec<&str> = stuck.iter().map(|name| name.as_str()).collect();
            return Err(StoreError::Corrupt {
                what: format!("rows that refer to each other in {}", names.join(", ")),
            });
        }
        left = stuck;
    }
    // Postgres would set references to null, not delete; what came back in later passes is counted there.
    Ok(())
}

impl Store {
    /// Takes the name off a tenant whose rows are gone, and off people who were its members and nobody else's.
    pub async fn retire_tenant(&self, claim: &JobClaim, members: &[Uuid]) -> Result<(), StoreError> {
        let mut tx = self.system().await?;
        let now = tx.now();
        let tenant = claim.grant.tenant().uuid();
        sqlx::query(
            "UPDATE tenants SET slug = $2, name = 'erased', status = 'suspended', settings = '{}', features = '{}', \
                 business_hours = '{}', version = version + 1, updated_at = $3 WHERE id = $1",
        )
        .bind(tenant)
        .bind(format!("erased-{}", tenant.simple()))
        .bind(now)
        .execute(tx.conn())
        .await?;
        sqlx::query(
            "DELETE FROM credentials c WHERE c.user_id = ANY ($1) \
                 AND NOT EXISTS (SELECT FROM memberships m WHERE m.user_id = c.user_id)",
        )
        .bind(members)
        .execute(tx.conn())
        .await?;
        sqlx::query(
            "UPDATE users u SET email = 'erased-' || u.id || '@invalid', name = 'erased', updated_at = $2 \
             WHERE u.id = ANY ($1) AND NOT EXISTS (SELECT FROM memberships m WHERE m.user_id = u.id)",
        )
        .bind(members)
        .bind(now)
        .execute(tx.conn())
        .await?;
        tx.commit().await
    }
}
