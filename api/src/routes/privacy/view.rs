//! Requests about persons, as the API takes and shows them.

use chrono::{DateTime, Utc};
use crm_store::privacy::{Erasure, PrivacyExport, Subject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Problem;

/// Whom it is about: exactly one of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AboutWhom {
    /// A contact, and whoever else has its address.
    contact_id: Option<Uuid>,
    /// A lead, and whoever else has its address.
    lead_id: Option<Uuid>,
    /// A visitor of the widget.
    visitor_id: Option<Uuid>,
    /// Everybody with this address of mail.
    #[schema(example = "ada@example.com", max_length = 320)]
    email: Option<String>,
    /// The slug of the organisation, when all of it is meant.
    #[schema(max_length = 63)]
    tenant: Option<String>,
}

impl AboutWhom {
    /// The one that was named. The organisation must be named by its own slug.
    pub fn subject(self, slug: &str) -> Result<Subject, Problem> {
        let mut named: Vec<Subject> = Vec::new();
        named.extend(self.contact_id.map(Subject::Contact));
        named.extend(self.lead_id.map(Subject::Lead));
        named.extend(self.visitor_id.map(Subject::Visitor));
        named.extend(self.email.map(Subject::Email));
        if let Some(tenant) = self.tenant {
            if tenant != slug {
                return Err(Problem::field("/tenant", "must be the slug of this organisation"));
            }
            named.push(Subject::Tenant(true));
        }
        match (named.pop(), named.is_empty()) {
            (Some(subject), true) => Ok(subject),
            _ => Err(Problem::field(
                "/email",
                "name exactly one of contact_id, lead_id, visitor_id, email, tenant",
            )),
        }
    }
}

/// An erasure.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureView {
    /// The erasure.
    id: Uuid,
    /// `person` or `tenant`.
    scope: String,
    /// `waiting`, `done` or `failed`.
    state: String,
    /// What was done, once it is done: JSON as text, because the signature is over these very bytes.
    receipt: Option<String>,
    /// The signature in hexadecimal; `crm-ai privacy verify` checks it.
    signature: Option<String>,
    /// Why it failed.
    problem: Option<String>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
}

impl From<Erasure> for ErasureView {
    fn from(erasure: Erasure) -> Self {
        Self {
            id: erasure.id,
            scope: erasure.scope,
            state: erasure.state,
            receipt: erasure.receipt,
            signature: erasure.signature.map(hex::encode),
            problem: erasure.problem,
            created_at: erasure.created_at,
        }
    }
}

/// An export about a person or of the organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportView {
    /// The export.
    id: Uuid,
    /// `waiting`, `done`, `failed` or `expired`.
    state: String,
    /// The size of the file.
    bytes: Option<i64>,
    /// The SHA-256 of the file in hexadecimal.
    sha256: Option<String>,
    /// How many rows it has.
    rows: Option<i64>,
    /// Where the file is, when it is done.
    url: Option<String>,
    /// Why it failed.
    problem: Option<String>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// Until when the file can be fetched.
    expires_at: Option<DateTime<Utc>>,
}

impl From<PrivacyExport> for ExportView {
    fn from(export: PrivacyExport) -> Self {
        Self {
            url: (export.state == "done").then(|| format!("/v1/privacy/exports/{}/file", export.id)),
            id: export.id,
            state: export.state,
            bytes: export.bytes,
            sha256: export.sha256.map(hex::encode),
            rows: export.rows,
            problem: export.problem,
            created_at: export.created_at,
            expires_at: export.expires_at,
        }
    }
}
