//! Conditions on payloads, in words that both engines understand.

use uuid::Uuid;

/// What a caller wants within its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Passages in this language.
    Language(String),
    /// Passages of this kind of document.
    Kind(&'static str),
    /// Passages that say something of this field.
    Field(&'static str),
    /// Passages of this document.
    Document(Uuid),
    /// Passages of one of these documents.
    Documents(Vec<Uuid>),
    /// Passages of this version of a document.
    Version(Uuid),
    /// Passages whose vectors were made by this model and chunker.
    Fingerprint(String),
    /// Every one of these.
    All(Vec<Wanted>),
    /// At least one of these.
    Any(Vec<Wanted>),
    /// Not this.
    Not(Box<Wanted>),
}

impl Wanted {
    /// All but what `self` wants.
    #[must_use]
    pub fn excluded(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// The payload field and the value of a simple condition.
    pub(super) fn field(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Language(code) => Some(("language", code.clone())),
            Self::Kind(kind) => Some(("kind", (*kind).to_owned())),
            // A list matches when one of its elements does.
            Self::Field(field) => Some(("fields", (*field).to_owned())),
            Self::Document(id) => Some(("document", id.to_string())),
            Self::Version(id) => Some(("version", id.to_string())),
            Self::Fingerprint(print) => Some(("fingerprint", print.clone())),
            Self::Documents(_) | Self::All(_) | Self::Any(_) | Self::Not(_) => None,
        }
    }
}

/// The payload fields that are filtered, and so indexed; the tenant comes first.
pub(super) const INDEXED: [&str; 8] = [
    TENANT,
    "kind",
    "fields",
    "audience",
    "language",
    "document",
    "version",
    "fingerprint",
];

/// The payload field that holds the tenant.
pub(super) const TENANT: &str = "tenant_id";
