//! What was found about a lead, as clients see it.

use chrono::{DateTime, Utc};
use crm_store::{
    TenantStore, TenantTx,
    access::FieldRule,
    catalog::LEAD,
    leads::{FieldSource, Suggestion, SuggestionState},
    records::Record,
};
use crm_tools::enrichment::{DomainKind, MailDomain, mail_domain};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Problem;

/// What was found about a lead.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrichmentView {
    /// The lead.
    lead_id: Uuid,
    /// Whose mail server it writes from; null without an address that you may see.
    domain: Option<DomainView>,
    /// What was found, by field: open, accepted and declined.
    suggestions: Vec<SuggestionView>,
    /// Where the value of each field that holds one comes from.
    fields: Vec<FieldSourceView>,
}

/// Where the value of a field comes from.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FieldSourceView {
    /// The field.
    #[schema(example = "number_of_employees")]
    field: String,
    /// `human`, `program` (an API key), `visitor` (the lead itself), `import`, `enrichment` (found, and accepted by somebody),
    /// `rule` (the service), or `unknown` where the log does not say.
    #[schema(example = "enrichment")]
    source: &'static str,
    /// Since when.
    at: Option<DateTime<Utc>>,
    /// What was accepted, among the suggestions.
    suggestion_id: Option<Uuid>,
    /// The words that said so; null when you may not see where they are from.
    quote: Option<String>,
}

/// The domain of a mail address.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DomainView {
    /// As it was registered.
    #[schema(example = "example.co.uk")]
    name: String,
    /// `company`, `free` (everybody has addresses there), `education` or `government`.
    #[schema(example = "company")]
    kind: &'static str,
}

/// Something that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SuggestionView {
    id: Uuid,
    /// The field of the lead, or `account` for one of yours that it seems to belong to.
    #[schema(example = "number_of_employees")]
    field: String,
    /// What was found; of an account its id.
    #[schema(example = "120")]
    value: String,
    /// What the lead holds now. It is replaced only by accepting with `replace`.
    #[schema(value_type = Object)]
    current: Value,
    /// `mail_domain`, `message` or `account`.
    source: &'static str,
    /// The words that say so; null when you may not see where they are from.
    #[schema(example = "We are 120 people in three offices.")]
    quote: Option<String>,
    /// Where it was said.
    message_id: Option<Uuid>,
    /// Which account.
    account_id: Option<Uuid>,
    account_name: Option<String>,
    /// `open`, `accepted` or `declined`.
    state: &'static str,
    /// Who decided.
    decided_by: Option<DeciderView>,
    decided_at: Option<DateTime<Utc>>,
    found_at: DateTime<Utc>,
}

/// Who decided.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeciderView {
    /// `user`, `api_key` or `job`.
    kind: String,
    id: Uuid,
    name: Option<String>,
}

impl From<MailDomain> for DomainView {
    fn from(domain: MailDomain) -> Self {
        Self {
            name: domain.domain,
            kind: match domain.kind {
                DomainKind::Company => "company",
                DomainKind::Free => "free",
                DomainKind::Education => "education",
                DomainKind::Government => "government",
            },
        }
    }
}

impl SuggestionView {
    fn of(found: Suggestion, current: Value) -> Self {
        let decided_by = found
            .actor_kind
            .zip(found.actor_id)
            .map(|(kind, id)| DeciderView {
                kind,
                id,
                name: found.actor_name,
            });
        Self {
            id: found.id,
            field: found.field,
            value: found.value,
            current,
            source: found.source.as_str(),
            quote: found.quote,
            message_id: found.message_id,
            account_id: found.account_id,
            account_name: found.account_name,
            state: SuggestionState::as_str(found.state),
            decided_by,
            decided_at: found.decided_at,
            found_at: found.created_at,
        }
    }
}

impl EnrichmentView {
    /// What was found about a lead, for its reader: of fields that the role hides or masks, nothing.
    pub(super) async fn read(store: &TenantStore, lead: Uuid) -> Result<Self, Problem> {
        let found = store.lead_sources(lead).await?;
        let (record, sources) = found.ok_or_else(|| Problem::not_found("lead"))?;
        let mut tx = store.begin().await?;
        let view = Self::of(&mut tx, &record, sources).await?;
        tx.commit().await?;
        Ok(view)
    }

    async fn of(tx: &mut TenantTx, record: &Record, sources: Vec<FieldSource>) -> Result<Self, Problem> {
        let (access, lead) = (tx.access().await?, record.id);
        let hides = |field: &str| {
            matches!(
                access.field_rule(&LEAD, field),
                Some(FieldRule::Hidden | FieldRule::Masked)
            )
        };
        let domain = record
            .text("email")
            .filter(|_| !hides("email"))
            .and_then(mail_domain)
            .map(Into::into);
        let shown = record.to_json(&access);
        let suggestions = tx.leads().suggestions(lead).await?;
        let quote = |id: Uuid| suggestions.iter().find(|found| found.id == id)?.quote.clone();
        let fields = sources
            .into_iter()
            .filter(|field| !hides(&field.field))
            .map(|field| FieldSourceView {
                field: field.field,
                source: field.source.as_str(),
                at: field.at,
                suggestion_id: field.suggestion,
                quote: field.suggestion.and_then(quote),
            })
            .collect();
        let suggestions = suggestions
            .into_iter()
            .filter(|found| !hides(&found.field))
            .map(|found| {
                let current = shown.get(&found.field).cloned().unwrap_or_default();
                SuggestionView::of(found, current)
            })
            .collect();
        Ok(Self {
            lead_id: lead,
            domain,
            suggestions,
            fields,
        })
    }
}
