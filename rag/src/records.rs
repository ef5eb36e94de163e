//! Records in the index: cases, leads, messages and opportunities, found by what they say.
//!
//! They go through the same chunker, embedder and engine as articles, under a kind of their own, and their words are
//! counted by kind, so neither moves the other's ranking. What is read of a record is declared in
//! [`crm_store::texts`].

mod cut;
mod find;
mod ingest;
mod reconcile;
mod work;

use crm_store::catalog::{self, Object};
use crm_store::texts::{self, Texts};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use ingest::Todo;
pub use reconcile::{RecordCounts, RecordsReconciled, Repair};
pub use work::TURN;

/// A kind of record that is indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// Matters that customers needed help with.
    Case,
    /// People or companies that may buy.
    Lead,
    /// What was said in conversations.
    Message,
    /// Deals.
    Opportunity,
}

impl RecordKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Case, Self::Lead, Self::Message, Self::Opportunity];

    /// The object whose records these are.
    pub const fn object(self) -> &'static Object {
        match self {
            Self::Case => &catalog::CASE,
            Self::Lead => &catalog::LEAD,
            Self::Message => &catalog::MESSAGE,
            Self::Opportunity => &catalog::OPPORTUNITY,
        }
    }

    /// Its name in the API, in payloads and in counts.
    pub const fn name(self) -> &'static str {
        self.object().name
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn texts(self) -> Option<&'static Texts> {
        texts::of(self.name())
    }
}

/// What the records that are looked for are like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Like {
    /// These words.
    Text(String),
    /// This record of the same kind.
    Record(Uuid),
}

/// A question for records of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordQuery {
    /// Which records.
    pub kind: RecordKind,
    /// What they are like.
    pub like: Like,
    /// How many at the most.
    pub limit: usize,
    /// Of cases: only those that were resolved or closed. Other kinds know no such thing.
    pub settled: bool,
    /// Only passages in this language (ISO 639-1); any when `None`.
    pub language: Option<String>,
}

/// A record that was found, read from Postgres as the asking actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordHit {
    /// What it is.
    pub kind: RecordKind,
    /// Which one.
    pub id: Uuid,
    /// What names it for people; `None` where it has no name or the actor may not see it.
    pub title: Option<String>,
    /// The fields that the passage says something of; the actor may see all of them.
    pub fields: Vec<String>,
    /// The passage that fits best.
    pub text: String,
    /// ISO 639-1 code, or `und`.
    pub language: String,
    /// The fused score that ranks it, 0..1. It compares records of one answer, and promises no more.
    pub score: f32,
    /// The record as the API shows it to the actor.
    pub record: Map<String, Value>,
}
