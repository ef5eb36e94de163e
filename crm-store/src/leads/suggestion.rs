//! What was found about a lead in its mail address and its own words, as suggestions.
//!
//! Nothing is written into the lead before somebody accepts; so what a person entered is never lost.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::Leads;
use crate::{
    StoreError, TenantTx,
    catalog::LEAD,
    records::{Draft, Record, Select},
    text_enum::text_enum,
};

/// The kind of job that looks for what a lead's address and words say; its key is the lead.
pub const ENRICH_JOB: &str = "enrich_lead";

/// Messages that are read of a lead, the latest.
const MESSAGES: i64 = 50;
/// Bytes that are read of each.
const BYTES: i32 = 20_000;
/// Products whose names are looked for.
const PRODUCTS: i64 = 2_000;

text_enum! {
    /// Where something was found.
    pub enum SuggestionSource {
        /// The domain of the lead's mail address.
        MailDomain = "mail_domain",
        /// What the lead wrote.
        Message = "message",
        /// An account of ours.
        Account = "account",
    }
}

text_enum! {
    /// What became of a suggestion.
    pub enum SuggestionState {
        /// Nobody decided.
        Open = "open",
        /// It was taken over.
        Accepted = "accepted",
        /// It was turned down and does not come back.
        Declined = "declined",
    }
}

/// A suggestion to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSuggestion {
    /// The field of the lead, or `account`.
    pub field: &'static str,
    /// What it should hold, as text; of an account its id.
    pub value: String,
    /// Where it was found.
    pub source: SuggestionSource,
    /// In which message.
    pub message: Option<Uuid>,
    /// Which account.
    pub account: Option<Uuid>,
    /// The words that say so.
    pub quote: Option<String>,
}

/// A suggestion as its reader may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Suggestion {
    /// The suggestion.
    pub id: Uuid,
    /// The field of the lead, or `account`.
    pub field: String,
    /// What it should hold.
    pub value: String,
    /// Where it was found.
    pub source: SuggestionSource,
    /// In which message, if the reader may see it.
    pub message_id: Option<Uuid>,
    /// Which account, if the reader may see it.
    pub account_id: Option<Uuid>,
    /// Its name.
    pub account_name: Option<String>,
    /// The words that say so, if the reader may see the message.
    pub quote: Option<String>,
    /// What became of it.
    pub state: SuggestionState,
    /// The kind of actor that decided.
    pub actor_kind: Option<String>,
    /// Who decided.
    pub actor_id: Option<Uuid>,
    /// Their name, if it was a member.
    pub actor_name: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// When it was found.
    pub created_at: DateTime<Utc>,
}

/// Something that a lead wrote.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LeadText {
    /// The message.
    pub id: Uuid,
    /// Its words.
    pub body: String,
    /// Its language, if it is known.
    pub language: Option<String>,
}

/// A product of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TenantProduct {
    /// Its name.
    pub name: String,
}

/// What is known of a lead that can be looked through.
#[derive(Debug, Clone, PartialEq)]
pub struct Material {
    /// Its mail address.
    pub email: Option<String>,
    /// The country that it is from, ISO 3166.
    pub country: Option<String>,
    /// What it wrote, latest first.
    pub texts: Vec<LeadText>,
    /// What the tenant sells.
    pub products: Vec<TenantProduct>,
}

impl Leads<'_> {
    /// What can be looked through for a lead; none for one that is gone or was converted. For the service.
    pub async fn material(&mut self, lead: Uuid) -> Result<Option<Material>, StoreError> {
        let row: Option<(Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT email, country FROM leads WHERE id = $1 AND deleted_at IS NULL AND NOT is_converted",
        )
        .bind(lead)
        .fetch_optional(self.0.conn())
        .await?;
        let Some((email, country)) = row else {
            return Ok(None);
        };
        let texts = sqlx::query_as(
            "SELECT id, left(body, $2) AS body, language FROM messages WHERE lead_id = $1 AND direction = 'inbound' \
             ORDER BY created_at DESC, id DESC LIMIT $3",
        )
        .bind(lead)
        .bind(BYTES)
        .bind(MESSAGES)
        .fetch_all(self.0.conn())
        .await?;
        let products = sqlx::query_as(
            "SELECT name FROM products WHERE deleted_at IS NULL AND is_active ORDER BY name, id LIMIT $1",
        )
        .bind(PRODUCTS)
        .fetch_all(self.0.conn())
        .await?;
        Ok(Some(Material {
            email,
            country,
            texts,
            products,
        }))
    }

    /// The accounts with this domain, the oldest first. For the service.
    pub async fn accounts_at(&mut self, domain: &str) -> Result<Vec<(Uuid, String)>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, name FROM accounts WHERE domain = $1 AND deleted_at IS NULL ORDER BY created_at, id LIMIT 3",
        )
        .bind(domain)
        .fetch_all(self.0.conn())
        .await?)
    }

    /// Keeps what was found about a lead, and how much of it is new. What was declined stays declined; what nobody decided
    /// and is not found any more goes; what the lead holds already is no suggestion. For the service.
    pub async fn suggest(&mut self, lead: Uuid, found: &[NewSuggestion]) -> Result<u64, StoreError> {
        let Some(record) = self.0.records(&LEAD).get(lead, &Select::default()).await? else {
            return Ok(0);
        };
        // A domain says less than what somebody entered.
        let says_more = |new: &NewSuggestion| {
            new.source != SuggestionSource::MailDomain || record.get(new.field).is_null()
        };
        let found: Vec<&NewSuggestion> = found
            .iter()
            .filter(|new| !holds(&record, new) && says_more(new))
            .collect();
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        let fields: Vec<&str> = found.iter().map(|new| new.field).collect();
        let values: Vec<&str> = found.iter().map(|new| new.value.as_str()).collect();
        sqlx::query(
            "DELETE FROM lead_suggestions s WHERE s.lead_id = $1 AND s.state = 'open' AND NOT EXISTS (\
                 SELECT FROM unnest($2::text[], $3::text[]) AS f (field, value) WHERE f.field = s.field AND f.value = s.value)",
        )
        .bind(lead)
        .bind(&fields)
        .bind(&values)
        .execute(self.0.conn())
        .await?;
        let new = sqlx::query(
            "INSERT INTO lead_suggestions (tenant_id, id, lead_id, field, value, source, message_id, account_id, quote, created_at) \
             SELECT $1, n.id, $2, n.field, n.value, n.source, n.message_id, n.account_id, n.quote, $10 \
             FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::uuid[], $9::text[]) \
                 AS n (id, field, value, source, message_id, account_id, quote) \
             ON CONFLICT (tenant_id, lead_id, field, value) DO NOTHING",
        )
        .bind(tenant)
        .bind(lead)
        .bind(found.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
        .bind(&fields)
        .bind(&values)
        .bind(found.iter().map(|new| new.source.as_str()).collect::<Vec<_>>())
        .bind(found.iter().map(|new| new.message).collect::<Vec<_>>())
        .bind(found.iter().map(|new| new.account).collect::<Vec<_>>())
        .bind(found.iter().map(|new| new.quote.as_deref()).collect::<Vec<_>>())
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(new.rows_affected())
    }

    /// What was found about a lead, by field. Of a message that the actor may not see nothing is told but what somebody took
    /// over, without its words: that stands in the lead. An account that they may not see is left out.
    pub async fn suggestions(&mut self, lead: Uuid) -> Result<Vec<Suggestion>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT s.id, s.field, CASE WHEN s.account_id IS NULL THEN s.value ELSE a.id::text END AS value, s.source, \
                 m.id AS message_id, a.id AS account_id, a.name AS account_name, \
                 CASE WHEN s.message_id IS NULL OR m.id IS NOT NULL THEN s.quote END AS quote, s.state, \
                 s.actor_kind, s.actor_id, u.name AS actor_name, s.decided_at, s.created_at \
             FROM lead_suggestions s \
             LEFT JOIN messages m ON m.tenant_id = s.tenant_id AND m.id = s.message_id \
             LEFT JOIN accounts a ON a.tenant_id = s.tenant_id AND a.id = s.account_id AND a.deleted_at IS NULL \
             LEFT JOIN users u ON s.actor_kind = 'user' AND u.id = s.actor_id \
             WHERE s.lead_id = $1 AND (s.account_id IS NULL OR a.id IS NOT NULL) \
                 AND (s.message_id IS NULL OR m.id IS NOT NULL OR s.state = $2) ORDER BY s.field, s.created_at, s.id",
        )
        .bind(lead)
        .bind(SuggestionState::Accepted)
        .fetch_all(self.0.conn())
        .await?)
    }

    /// Takes a suggestion over: writes its value into the lead's field, as the actor, and keeps that it came from there.
    /// A field that holds another value already is only replaced when that is said. An account is only noted.
    pub async fn accept(&mut self, lead: Uuid, suggestion: Uuid, replace: bool) -> Result<(), StoreError> {
        self.hold(lead).await?;
        let found = self.open(lead, suggestion).await?;
        if found.field != "account" {
            let record = self
                .0
                .records(&LEAD)
                .get(lead, &Select::default())
                .await?
                .ok_or(StoreError::NotFound { what: "lead" })?;
            let is_empty = record.get(&found.field).is_null();
            if !is_empty && !replace {
                return Err(StoreError::Conflict {
                    what: format!(
                        "the lead's {} holds another value already; say replace to change it",
                        found.field
                    ),
                    constraint: "lead_suggestions_field".to_owned(),
                });
            }
            let mut draft = Draft::new(&LEAD);
            match found.value.parse::<i64>() {
                Ok(number) if found.field == "number_of_employees" => {
                    draft.set("number_of_employees", number)
                }
                _ => draft.set(&found.field, found.value.as_str()),
            };
            self.0.records(&LEAD).update(lead, draft, None).await?;
        }
        self.decide(lead, suggestion, SuggestionState::Accepted).await
    }

    /// Turns a suggestion down: it does not come back.
    pub async fn decline(&mut self, lead: Uuid, suggestion: Uuid) -> Result<(), StoreError> {
        self.hold(lead).await?;
        self.open(lead, suggestion).await?;
        self.decide(lead, suggestion, SuggestionState::Declined).await
    }

    /// A suggestion that the actor sees and about which nobody has decided.
    async fn open(&mut self, lead: Uuid, suggestion: Uuid) -> Result<Suggestion, StoreError> {
        let found = self
            .suggestions(lead)
            .await?
            .into_iter()
            .find(|known| known.id == suggestion)
            .ok_or(StoreError::NotFound { what: "suggestion" })?;
        if found.state == SuggestionState::Open {
            return Ok(found);
        }
        Err(StoreError::Conflict {
            what: format!("the suggestion was {} already", found.state),
            constraint: "lead_suggestions_state".to_owned(),
        })
    }

    async fn decide(
        &mut self,
        lead: Uuid,
        suggestion: Uuid,
        state: SuggestionState,
    ) -> Result<(), StoreError> {
        let (grant, now) = (*self.0.grant(), self.0.now());
        sqlx::query(
            "UPDATE lead_suggestions SET state = $3, actor_kind = $4, actor_id = $5, decided_at = $6 \
             WHERE lead_id = $1 AND id = $2",
        )
        .bind(lead)
        .bind(suggestion)
        .bind(state)
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(now)
        .execute(self.0.conn())
        .await?;
        self.0
            .audit()
            .record("decide", "lead", Some(lead), &["enrichment"])
            .await
    }
}

/// Whether the lead says so itself.
fn holds(record: &Record, new: &NewSuggestion) -> bool {
    let held = record.get(new.field);
    match held.as_text() {
        Some(text) => text.trim().eq_ignore_ascii_case(new.value.trim()),
        None if held.is_null() => false,
        None => {
            let said = held.to_json().to_string();
            said == new.value
        }
    }
}

/// Has these leads looked through soon.
pub(crate) async fn look(tx: &mut TenantTx, leads: &[Uuid]) -> Result<(), StoreError> {
    if leads.is_empty() {
        return Ok(());
    }
    let keys: Vec<String> = leads.iter().map(Uuid::to_string).collect();
    tx.jobs().enqueue_all(ENRICH_JOB, &keys).await
}
