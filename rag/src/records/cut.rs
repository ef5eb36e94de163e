//! Records to passages.

use crm_store::ids::{ArticleVersionId, TenantId};
use crm_store::terms::NewIndexed;
use crm_store::texts::Document;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::RecordKind;
use crate::index::Payload;
use crate::ingest::{Prepared, as_uuid, tally};
use crate::knowledge::Knowledge;
use crate::lexical::{bm25, detect, terms};

/// Letters from which the guess of a language is right nearly always; short notes are taken
/// for the tenant's own language.
const ENOUGH: usize = 80;

/// The version of a record's text: its own hash, so that the same text has the same passages.
pub(super) fn version(document: &Document) -> Uuid {
    as_uuid(
        &Sha256::new()
            .chain_update(document.id)
            .chain_update(&document.hash)
            .finalize(),
    )
}

/// The language of a record: what it says, else what it looks like, else the tenant's.
pub(super) fn language(document: &Document, usual: &str) -> String {
    if let Some(said) = &document.language {
        return said.clone();
    }
    let longest = document
        .sections
        .iter()
        .map(|section| section.text.as_str())
        .max_by_key(|text| text.len())
        .unwrap_or_default();
    let letters = longest
        .chars()
        .filter(|char| char.is_alphabetic())
        .take(ENOUGH)
        .count();
    let guess = if letters < ENOUGH { None } else { detect(longest) };
    guess.unwrap_or(usual).to_owned()
}

/// Cuts a record and counts its words. What says something of a field in `closed` is left out.
pub(super) fn passages(
    knowledge: &Knowledge,
    tenant: TenantId,
    kind: RecordKind,
    document: &Document,
    usual: &str,
    closed: &[&'static str],
) -> Vec<Prepared> {
    let language = language(document, usual);
    let version = version(document);
    let mut passages = Vec::new();
    for section in &document.sections {
        if section.fields.iter().any(|field| closed.contains(field)) {
            continue;
        }
        let chunks = knowledge.chunker.chunks(&section.text);
        for chunk in chunks {
            if !chunk.text(&section.text).contains(char::is_alphanumeric) {
                continue;
            }
            let context = if section.titled {
                knowledge.chunker.context(&document.title, &chunk, &section.text)
            } else {
                chunk.text(&section.text).to_owned()
            };
            let terms = terms(&context, &language);
            let point = Sha256::digest(format!(
                "{tenant}/{}/{version}/{}/{}/{}",
                document.id, knowledge.fingerprint, section.name, chunk.start
            ));
            let mut fields: Vec<String> = vec![section.name.to_owned()];
            fields.extend(section.fields.iter().map(|field| (*field).to_owned()));
            fields.dedup();
            passages.push(Prepared {
                id: as_uuid(&point),
                text: bm25::document(&terms, &language),
                terms,
                context,
                payload: Payload {
                    kind: kind.name().to_owned(),
                    document: document.id,
                    version,
                    content_hash: hex::encode(&document.hash),
                    fingerprint: knowledge.fingerprint.clone(),
                    language: language.clone(),
                    audience: "internal".to_owned(),
                    start: chunk.start,
                    end: chunk.end,
                    headings: chunk.headings,
                    fields,
                    passages: 0,
                },
            });
        }
    }
    let all = passages.len();
    for passage in &mut passages {
        passage.payload.passages = all;
    }
    passages
}

/// What the passages add to the counts.
pub(super) fn counts(
    knowledge: &Knowledge,
    document: &Document,
    usual: &str,
    passages: &[Prepared],
) -> NewIndexed {
    let (tokens, terms) = tally(passages);
    NewIndexed {
        version_id: ArticleVersionId::from(version(document)),
        content_hash: document.hash.clone(),
        fingerprint: knowledge.fingerprint.clone(),
        language: language(document, usual),
        chunks: i32::try_from(passages.len()).unwrap_or(i32::MAX),
        tokens,
        terms,
    }
}
