//! Where the values of a lead come from.
//!
//! The log of acts knows who wrote each field last, and a suggestion knows when it was accepted: nothing else is kept.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::SuggestionState;
use crate::{
    StoreError, TenantStore,
    catalog::LEAD,
    import::IMPORT_REQUEST,
    records::{Record, Select},
    text_enum::text_enum,
};

text_enum! {
    /// Whose value it is.
    pub enum Origin {
        /// A person entered it.
        Human = "human",
        /// A program did, with an API key.
        Program = "program",
        /// The lead did, through a form or a chat.
        Visitor = "visitor",
        /// It came with a file.
        Import = "import",
        /// It was found about the lead, and somebody accepted it.
        Enrichment = "enrichment",
        /// The service's own rules wrote it.
        Rule = "rule",
        /// The log does not say.
        Unknown = "unknown",
    }
}

/// Where the value of a field comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldSource {
    /// The field.
    pub field: String,
    /// Whose value it is.
    pub source: Origin,
    /// Since when.
    pub at: Option<DateTime<Utc>>,
    /// What was found and accepted, of an enriched field.
    pub suggestion: Option<Uuid>,
}

#[derive(sqlx::FromRow)]
struct Act {
    field: String,
    actor_kind: String,
    request_id: Option<String>,
    at: DateTime<Utc>,
    suggestion: Option<Uuid>,
}

impl Act {
    fn origin(&self) -> Origin {
        if self.suggestion.is_some() {
            return Origin::Enrichment;
        }
        let request = self.request_id.as_deref().unwrap_or_default();
        if request.starts_with(IMPORT_REQUEST) {
            return Origin::Import;
        }
        match self.actor_kind.as_str() {
            "user" => Origin::Human,
            "api_key" => Origin::Program,
            "visitor" => Origin::Visitor,
            "job" => Origin::Rule,
            _ => Origin::Unknown,
        }
    }
}

impl TenantStore {
    /// A lead, and where the value of each of its fields comes from that holds one and may be written, in the order of the
    /// catalogue. `None` for a lead that the actor may not see. Which of the fields they may see, the caller says.
    ///
    /// The log is for those who look after it, so it is read as the service; what is told of it is what kind of actor
    /// wrote a field, and when.
    pub async fn lead_sources(&self, lead: Uuid) -> Result<Option<(Record, Vec<FieldSource>)>, StoreError> {
        let mut tx = self.begin().await?;
        let record = tx.records(&LEAD).get(lead, &Select::default()).await?;
        tx.commit().await?;
        let Some(record) = record else { return Ok(None) };
        let filled: Vec<&str> = LEAD
            .fields
            .iter()
            .filter(|field| field.writable && !record.get(field.name).is_null())
            .map(|field| field.name)
            .collect();
        let mut tx = self.predicting().begin().await?;
        let acts: Vec<Act> = sqlx::query_as(
            "SELECT a.field, a.actor_kind, a.request_id, a.at, s.id AS suggestion FROM (\
                 SELECT DISTINCT ON (f.field) f.field, l.actor_kind, l.request_id, l.at \
                 FROM audit_log l CROSS JOIN LATERAL unnest(l.fields) AS f (field) \
                 WHERE l.object = $1 AND l.object_id = $2 AND f.field = ANY ($3) AND l.action IN ('create', 'update') \
                 ORDER BY f.field, l.at DESC, l.id DESC) a \
             LEFT JOIN lead_suggestions s ON s.lead_id = $2 AND s.field = a.field AND s.state = $4 AND s.decided_at = a.at",
        )
        .bind(LEAD.name)
        .bind(lead)
        .bind(&filled)
        .bind(SuggestionState::Accepted)
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        let sources = filled.into_iter().map(|field| {
            let act = acts.iter().find(|act| act.field == field);
            FieldSource {
                field: field.to_owned(),
                source: act.map_or(Origin::Unknown, Act::origin),
                at: act.map(|act| act.at),
                suggestion: act.and_then(|act| act.suggestion),
            }
        });
        let sources = sources.collect();
        Ok(Some((record, sources)))
    }
}
