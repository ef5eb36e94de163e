//! Who or what a request is about, and all that identifies that person.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{StoreError, TenantTx};

/// The shortest text that is looked for: shorter ones stand in innocent words.
const SHORTEST: usize = 5;

/// Who or what a request is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A contact, and whoever else has its addresses.
    Contact(Uuid),
    /// A lead, and whoever else has its addresses.
    Lead(Uuid),
    /// A visitor of the widget.
    Visitor(Uuid),
    /// Everybody with this address of mail.
    Email(String),
    /// The whole tenant.
    Tenant(bool),
}

/// A person, as the tenant's records know them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) contacts: Vec<Uuid>,
    pub(super) leads: Vec<Uuid>,
    pub(super) visitors: Vec<Uuid>,
    pub(super) conversations: Vec<Uuid>,
    pub(super) cases: Vec<Uuid>,
    /// Texts that identify the person wherever they stand, longest first.
    pub(super) marks: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct Known {
    contact: bool,
    id: Uuid,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    mobile_phone: Option<String>,
}

impl Subject {
    /// `person` or `tenant`.
    pub const fn scope(&self) -> &'static str {
        match self {
            Self::Tenant(_) => "tenant",
            _ => "person",
        }
    }

    pub(super) fn to_json(&self) -> Json {
        serde_json::to_value(self).unwrap_or(Json::Null)
    }

    /// Tells that a receipt is about this subject, without naming it.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.to_json().to_string()))
    }

    /// Refuses what nothing is known of.
    pub(super) async fn check(&self, tx: &mut TenantTx) -> Result<(), StoreError> {
        let known = match self {
            Self::Tenant(sure) => *sure,
            Self::Visitor(_) => true,
            Self::Email(email) => email.contains('@') && email.len() >= SHORTEST,
            Self::Contact(_) | Self::Lead(_) => !self.known(tx).await?.is_empty(),
        };
        if known {
            return Ok(());
        }
        match self {
            Self::Email(_) => Err(StoreError::invalid("email", "must be an e-mail address")),
            Self::Tenant(_) => Err(StoreError::invalid(
                "tenant",
                "must be true: the whole tenant is erased",
            )),
            _ => Err(StoreError::NotFound { what: "person" }),
        }
    }

    /// Contacts and leads that are this person.
    async fn known(&self, tx: &mut TenantTx) -> Result<Vec<Known>, StoreError> {
        let (id, email) = match self {
            Self::Contact(id) | Self::Lead(id) => (Some(*id), None),
            Self::Email(email) => (None, Some(email.to_lowercase())),
            Self::Visitor(_) | Self::Tenant(_) => return Ok(Vec::new()),
        };
        // Addresses are kept in small letters, so that plain equality finds them by their indexes.
        let mut emails: Vec<String> = sqlx::query_scalar(
            "SELECT email FROM contacts WHERE id = $1 AND email IS NOT NULL \
             UNION SELECT email FROM leads WHERE id = $1 AND email IS NOT NULL",
        )
        .bind(id)
        .fetch_all(tx.conn())
        .await?;
        emails.extend(email);
        // A lead and the contact that it became are one person.
        Ok(sqlx::query_as(
            "WITH contact AS (SELECT id FROM contacts WHERE id = $1 OR email = ANY ($2)), \
             lead AS (SELECT id, converted_contact_id FROM leads WHERE id = $1 OR email = ANY ($2)), \
             contact_too AS (SELECT id FROM contact UNION SELECT converted_contact_id FROM lead WHERE converted_contact_id IS NOT NULL), \
             lead_too AS (SELECT id FROM lead UNION SELECT l.id FROM contact_too c JOIN leads l ON l.converted_contact_id = c.id) \
             SELECT true AS contact, c.id, first_name, last_name, email, phone, mobile_phone \
             FROM contact_too t JOIN contacts c ON c.id = t.id \
             UNION ALL \
             SELECT false, l.id, first_name, last_name, email, phone, mobile_phone \
             FROM lead_too t JOIN leads l ON l.id = t.id",
        )
        .bind(id)
        .bind(emails)
        .fetch_all(tx.conn())
        .await?)
    }

    /// The person behind the subject.
    pub(super) async fn person(&self, tx: &mut TenantTx) -> Result<Person, StoreError> {
        let mut person = Person::default();
        let mut marks = BTreeSet::new();
        if let Self::Email(email) = self {
            marks.insert(email.to_lowercase());
        }
        if let Self::Visitor(id) = self {
            person.visitors.push(*id);
        }
        for known in self.known(tx).await? {
            if known.contact {
                person.contacts.push(known.id);
            } else {
                person.leads.push(known.id);
            }
            let name = match (&known.first_name, &known.last_name) {
                (Some(first), Some(last)) => Some(format!("{first} {last}")),
                _ => None,
            };
            for mark in [known.email, known.phone, known.mobile_phone, name]
                .into_iter()
                .flatten()
            {
                marks.insert(mark.trim().to_owned());
            }
        }
        let (mails, others): (Vec<String>, Vec<String>) =
            marks.iter().cloned().partition(|mark| mark.contains('@'));
        // A number may be shared: a conversation with somebody else whom it names is theirs.
        person.conversations = sqlx::query_scalar(
            "SELECT id FROM conversations WHERE contact_id = ANY ($1) OR lead_id = ANY ($2) OR visitor_id = ANY ($3) \
                 OR address = ANY ($4) OR (address = ANY ($5) AND contact_id IS NULL AND lead_id IS NULL)",
        )
        .bind(&person.contacts)
        .bind(&person.leads)
        .bind(&person.visitors)
        .bind(&mails)
        .bind(&others)
        .fetch_all(tx.conn())
        .await?;
        person.cases = sqlx::query_scalar(
            "SELECT id FROM cases WHERE contact_id = ANY ($1) OR supplied_email = ANY ($2) OR conversation_id = ANY ($3)",
        )
        .bind(&person.contacts)
        .bind(&mails)
        .bind(&person.conversations)
        .fetch_all(tx.conn())
        .await?;
        person.marks = marks
            .into_iter()
            .filter(|mark| mark.chars().count() >= SHORTEST)
            .collect();
        person.marks.sort_by_key(|mark| std::cmp::Reverse(mark.len()));
        Ok(person)
    }
}
