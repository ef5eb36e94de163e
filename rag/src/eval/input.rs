//! The files of a labelled set.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::RagError;
use crate::lexical::{UNKNOWN, detect};

/// A document of the set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) id: String,
    #[serde(default)]
    pub(super) title: String,
    pub(super) text: String,
    #[serde(default)]
    pub(super) language: Option<String>,
}

/// A question with the documents that answer it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Labelled {
    pub(super) query: String,
    pub(super) relevant_doc_ids: Vec<String>,
}

pub(super) fn documents(path: &Path) -> Result<Vec<Document>, RagError> {
    lines(path)
}

pub(super) fn queries(path: &Path) -> Result<Vec<Labelled>, RagError> {
    lines(path)
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, RagError> {
    let bad = |line: usize, message: String| RagError::Input {
        path: path.to_owned(),
        line,
        message,
    };
    let file = File::open(path).map_err(|source| bad(0, source.to_string()))?;
    let mut rows = Vec::new();
    for (at, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|source| bad(at + 1, source.to_string()))?;
        if !line.trim().is_empty() {
            rows.push(serde_json::from_str(&line).map_err(|source| bad(at + 1, source.to_string()))?);
        }
    }
    if rows.is_empty() {
        return Err(bad(0, "the file has no rows".to_owned()));
    }
    Ok(rows)
}

/// Twelve characters that name a set of documents.
pub(super) fn digest(documents: &[Document]) -> String {
    let mut digest = Sha256::new();
    for document in documents {
        for part in [&document.id, &document.title, &document.text] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
    }
    let digest = digest.finalize();
    hex::encode(digest.get(..6).unwrap_or_default())
}

/// The language of each document: what it says, else what it looks like.
///
/// Short texts look like anything, so a guess counts only when a tenth of the set
/// shares it; the others take the language of most.
pub(super) fn languages(documents: &[Document]) -> Vec<String> {
    let guesses: Vec<Option<String>> = documents
        .iter()
        .map(|document| {
            document
                .language
                .clone()
                .or_else(|| detect(&document.text).map(str::to_owned))
        })
        .collect();
    let count = |language: &str| {
        guesses
            .iter()
            .flatten()
            .filter(|guess| *guess == language)
            .count()
    };
    let most = guesses
        .iter()
        .flatten()
        .max_by_key(|guess| count(guess))
        .cloned()
        .unwrap_or_else(|| UNKNOWN.to_owned());
    documents
        .iter()
        .zip(&guesses)
        .map(|(document, guess)| match guess {
            Some(guess) if document.language.is_some() || count(guess) * 10 >= documents.len() => {
                guess.clone()
            }
            _ => most.clone(),
        })
        .collect()
}
