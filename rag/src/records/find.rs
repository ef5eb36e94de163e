//! Records that are like a text or another record.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crm_store::StoreError;
use crm_store::access::{Access, FieldRule, Verb};
use crm_store::query::{Condition, Op};
use crm_store::records::{ListQuery, MAX_LIMIT, Record, Select};
use crm_store::texts::{Document, Texts};
use crm_store::{Actor, TenantTx};
use uuid::Uuid;

use super::{Like, RecordHit, RecordKind, RecordQuery, cut, ingest::usual_language};
use crate::fuse::{Asked, Ranked};
use crate::index::Wanted;
use crate::{RagError, TenantRetriever};

/// Passages that are asked for for each record that is wanted: some are of one record, some are
/// gone, changed or not for this actor by the time Postgres is asked.
const FOR_EACH: usize = 8;

/// Passages that are asked for at the least and at the most.
const CANDIDATES: (usize, usize) = (64, 400);

/// Records that Postgres is asked for at the most.
const CONFIRMED: usize = 200;

/// Pages of the latest records that the actor may see, when those that were near are not among them.
const SEEN_PAGES: usize = 5;

/// Bytes of a record that another one is compared with: what a model reads of it, about.
const LIKE_BYTES: usize = 1_500;

/// Records that were edited and not indexed yet, and passages of them, that are embedded for one question.
const FRESH: (usize, usize) = (3, 24);

/// Where a case is settled.
const SETTLED: [&str; 2] = ["resolved", "closed"];

/// A question as its actor asks it.
struct Question<'a> {
    query: &'a RecordQuery,
    texts: &'static Texts,
    access: Arc<Access>,
    /// The fields that the actor may not see: no passage that says something of one is even looked at.
    closed: Vec<&'static str>,
    text: String,
    /// The record that is compared with, and its conversation.
    source: Option<(Uuid, Option<Uuid>)>,
    usual: String,
}

impl TenantRetriever {
    /// Finds records; the index proposes, the record engine confirms as the actor.
    pub(crate) async fn find_records(&self, query: &RecordQuery) -> Result<Vec<RecordHit>, RagError> {
        let Some(question) = self.question(query).await? else {
            return Ok(Vec::new());
        };
        let asked = self.ask(&question.text, query.kind.name()).await?;
        let most = query
            .limit
            .saturating_mul(FOR_EACH)
            .clamp(CANDIDATES.0, CANDIDATES.1);
        let near = self.candidates(&asked, question.wanted(None), most).await?;
        let full = near.len() >= most;
        let mut hits = self.confirm_records(&question, &asked, near).await?;
        if hits.len() < query.limit && full {
            // What is near is mostly not for this actor: look among what is.
            let seen = self.seen(&question).await?;
            if !seen.is_empty() {
                let wanted = question.wanted(Some(seen));
                let near = self.candidates(&asked, wanted, most).await?;
                let more = self.confirm_records(&question, &asked, near).await?;
                let known: HashSet<Uuid> = hits.iter().map(|hit| hit.id).collect();
                hits.extend(more.into_iter().filter(|hit| !known.contains(&hit.id)));
            }
        }
        hits.sort_by(|left, right| right.score.total_cmp(&left.score).then(left.id.cmp(&right.id)));
        hits.truncate(query.limit);
        Ok(hits)
    }

    /// What is asked; `None` when that is nothing.
    async fn question<'a>(&self, query: &'a RecordQuery) -> Result<Option<Question<'a>>, RagError> {
        let object = query.kind.object();
        if matches!(self.store().grant().actor(), Actor::Visitor(_)) {
            return Err(refused(format!("visitors are not told of {}", object.plural)).into());
        }
        let Some(texts) = query.kind.texts().filter(|_| query.limit > 0) else {
            return Ok(None);
        };
        let mut tx = self.store().begin().await?;
        let access = tx.access().await?;
        access.require(object, Verb::Read)?;
        if query.settled && query.kind == RecordKind::Case && is_closed(&access, query.kind, "status") {
            return Err(refused("your role may not see status of cases".to_owned()).into());
        }
        let closed: Vec<&'static str> = texts
            .fields()
            .filter(|field| is_closed(&access, query.kind, field))
            .collect();
        let (text, source) = match &query.like {
            Like::Text(text) => (text.clone(), None),
            Like::Record(id) => {
                let record = one(&mut tx, query.kind, *id).await?;
                let text = visible_text(&texts.document(&record), &closed);
                (text, Some((*id, record.reference("conversation_id"))))
            }
        };
        let usual = usual_language(&tx.tenant().await?.locale);
        tx.commit().await?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        Ok(Some(Question {
            query,
            texts,
            access,
            closed,
            text,
            source,
            usual,
        }))
    }

    /// The latest records that the actor may see, by id.
    async fn seen(&self, question: &Question<'_>) -> Result<Vec<Uuid>, RagError> {
        let mut list = ListQuery {
            limit: Some(MAX_LIMIT),
            select: Select {
                fields: Some(vec!["id".to_owned()]),
                ..Select::default()
            },
            ..ListQuery::default()
        };
        if question.only_settled() {
            list.filters = vec![Condition::new("status", Op::In, SETTLED.as_slice())];
        }
        let mut ids = Vec::new();
        let mut tx = self.store().begin().await?;
        for _ in 0..SEEN_PAGES {
            let page = tx.records(question.query.kind.object()).list(&list).await?;
            ids.extend(page.records.iter().map(|record| record.id));
            list.cursor = page.next_cursor;
            if list.cursor.is_none() {
                break;
            }
        }
        tx.commit().await?;
        Ok(ids)
    }

    /// The records of the candidates as they are now and as the actor may see them, each with its best passage.
    async fn confirm_records(
        &self,
        question: &Question<'_>,
        asked: &Asked,
        ranked: Vec<Ranked>,
    ) -> Result<Vec<RecordHit>, RagError> {
        let mut ids: Vec<Uuid> = Vec::new();
        let mut known = HashSet::new();
        for ranked in &ranked {
            let id = ranked.candidate.payload.document;
            if ids.len() < CONFIRMED && known.insert(id) {
                ids.push(id);
            }
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.store().begin().await?;
        let records = tx
            .records(question.query.kind.object())
            .get_many(&ids, &Select::default())
            .await?;
        tx.commit().await?;
        let found: HashMap<Uuid, (Record, Document)> = records
            .into_iter()
            .filter(|record| question.takes(record))
            .map(|record| (record.id, (question.texts.document(&record), record)))
            .map(|(id, (document, record))| (id, (record, document)))
            .collect();
        let ranked = self.with_fresh(question, asked, ranked, &found).await?;
        let mut hits = Vec::new();
        let mut taken = HashSet::new();
        for ranked in ranked {
            let payload = &ranked.candidate.payload;
            let Some((record, document)) = found.get(&payload.document) else {
                continue;
            };
            if taken.contains(&record.id) {
                continue;
            }
            if let Some(hit) = question.hit(&ranked, record, document) {
                taken.insert(record.id);
                hits.push(hit);
            }
        }
        Ok(hits)
    }

    /// Puts passages of what was edited and not indexed yet beside the others, best first.
    async fn with_fresh(
        &self,
        question: &Question<'_>,
        asked: &Asked,
        ranked: Vec<Ranked>,
        found: &HashMap<Uuid, (Record, Document)>,
    ) -> Result<Vec<Ranked>, RagError> {
        let mut fresh = Vec::new();
        let mut edited = HashSet::new();
        let mut points = Vec::new();
        let knowledge = self.knowledge();
        for passage in ranked {
            let payload = &passage.candidate.payload;
            let Some((_, document)) = found.get(&payload.document) else {
                continue;
            };
            if payload.version == cut::version(document) {
                fresh.push(passage);
            } else if edited.len() < FRESH.0 && edited.insert(document.id) {
                let (tenant, kind) = (self.store().grant().tenant(), question.query.kind);
                let cut = cut::passages(
                    knowledge,
                    tenant,
                    kind,
                    document,
                    &question.usual,
                    &question.closed,
                );
                let room = FRESH.1.saturating_sub(points.len());
                points.extend(cut.into_iter().take(room));
            }
        }
        if points.is_empty() {
            return Ok(fresh);
        }
        let texts = points.iter().map(|passage| passage.context.clone()).collect();
        let vectors = knowledge.embedder.documents(texts).await?;
        let candidates = points
            .into_iter()
            .zip(vectors)
            .map(|(passage, dense)| passage.candidate(dense))
            .collect();
        fresh.extend(knowledge.fusion.rank(asked, candidates));
        fresh.sort_by(|left, right| {
            right
                .score
                .total_cmp(&left.score)
                .then(left.candidate.id.cmp(&right.candidate.id))
        });
        Ok(fresh)
    }
}

impl Question<'_> {
    fn only_settled(&self) -> bool {
        self.query.settled && self.query.kind == RecordKind::Case
    }

    /// What the index is asked for, inside the tenant's walls.
    fn wanted(&self, documents: Option<Vec<Uuid>>) -> Wanted {
        let mut all = vec![Wanted::Kind(self.query.kind.name())];
        all.extend(self.query.language.clone().map(Wanted::Language));
        all.extend(documents.map(Wanted::Documents));
        if let Some((source, _)) = self.source {
            all.push(Wanted::Document(source).excluded());
        }
        if !self.closed.is_empty() {
            let closed = self.closed.iter().map(|field| Wanted::Field(field)).collect();
            all.push(Wanted::Any(closed).excluded());
        }
        Wanted::All(all)
    }

    /// Whether a record that the actor may see is one that is asked for.
    fn takes(&self, record: &Record) -> bool {
        let settled = !self.only_settled()
            || record
                .text("status")
                .is_some_and(|status| SETTLED.contains(&status));
        // The next line of the same conversation is no news.
        let elsewhere = self.source.is_none_or(|(id, conversation)| {
            record.id != id
                && (self.query.kind != RecordKind::Message
                    || conversation.is_none()
                    || record.reference("conversation_id") != conversation)
        });
        settled && elsewhere
    }

    /// The passage as it stands in Postgres; `None` when the text there is another, or not for this actor.
    fn hit(&self, ranked: &Ranked, record: &Record, document: &Document) -> Option<RecordHit> {
        let payload = &ranked.candidate.payload;
        if payload.version != cut::version(document) {
            return None;
        }
        let name = payload.fields.first()?;
        let section = document
            .sections
            .iter()
            .find(|section| section.name == name.as_str())?;
        if section.fields.iter().any(|field| self.closed.contains(field)) {
            return None;
        }
        let shown = record.to_json(&self.access);
        let title = record.object.rules().map_or("subject", |rules| rules.title);
        let title = shown.get(title).and_then(|title| title.as_str());
        Some(RecordHit {
            kind: self.query.kind,
            id: record.id,
            title: title.filter(|title| !title.is_empty()).map(str::to_owned),
            fields: section.fields.iter().map(|field| (*field).to_owned()).collect(),
            text: section.text.get(payload.start..payload.end)?.to_owned(),
            language: payload.language.clone(),
            score: ranked.score,
            record: shown,
        })
    }
}

/// The record that others are compared with.
async fn one(tx: &mut TenantTx, kind: RecordKind, id: Uuid) -> Result<Record, StoreError> {
    tx.records(kind.object())
        .get(id, &Select::default())
        .await?
        .ok_or(StoreError::NotFound {
            what: kind.object().name,
        })
}

/// What the actor may see of a record's text, from the top.
fn visible_text(document: &Document, closed: &[&'static str]) -> String {
    let mut text = String::new();
    for section in &document.sections {
        if section.fields.iter().any(|field| closed.contains(field)) {
            continue;
        }
        if section.titled && text.is_empty() {
            text.push_str(&document.title);
            text.push('\n');
        }
        text.push_str(&section.text);
        text.push('\n');
        if text.len() > LIKE_BYTES {
            break;
        }
    }
    text.truncate(text.floor_char_boundary(LIKE_BYTES));
    text
}

fn is_closed(access: &Access, kind: RecordKind, field: &str) -> bool {
    matches!(
        access.field_rule(kind.object(), field),
        Some(FieldRule::Hidden | FieldRule::Masked)
    )
}

fn refused(what: String) -> StoreError {
    StoreError::Refused {
        what,
        fields: Vec::new(),
    }
}
