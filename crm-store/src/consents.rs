//! Whether a person may be written to or called.
//!
//! Consents are records like others (`/v1/consents`), each with its source. None is ever overwritten by a later one: a
//! withdrawal is a record of its own, so what held when stays known. What holds now is the latest.

use uuid::Uuid;

use crate::{StoreError, TenantTx};

/// A person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// A contact.
    Contact(Uuid),
    /// A lead.
    Lead(Uuid),
}

/// Whether a person may be contacted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MayContact {
    /// Whether.
    pub allowed: bool,
    /// Why, in a word: `granted`, `denied`, `withdrawn`, `pending` (a double opt-in that was not confirmed), `expired`,
    /// `opted_out`, `service` (an answer in a matter of the person's own needs no consent), `none`.
    pub reason: &'static str,
    /// The consent that decides.
    pub consent: Option<Uuid>,
}

impl TenantTx {
    /// Whether a person may be contacted through a channel (`email`, `phone`, `sms`, `whatsapp`, `post`) for a purpose
    /// (`marketing`, `sales`, `service`, …). `None` when there is no such person, or the actor may not see it.
    ///
    /// The latest consent for the channel, or for any, decides. Where there is none, only service is allowed, and the
    /// person's own opt-out stands above every consent but for service.
    pub async fn may_contact(
        &mut self,
        person: Person,
        channel: &str,
        purpose: &str,
    ) -> Result<Option<MayContact>, StoreError> {
        let now = self.now();
        let flags = match person {
            Person::Contact(id) => {
                sqlx::query_as("SELECT email_opt_out, do_not_call FROM contacts WHERE id = $1").bind(id)
            }
            Person::Lead(id) => {
                sqlx::query_as("SELECT email_opt_out, do_not_call FROM leads WHERE id = $1").bind(id)
            }
        };
        let flags: Option<(bool, bool)> = flags.fetch_optional(self.conn()).await?;
        let Some((email_opt_out, do_not_call)) = flags else {
            return Ok(None);
        };
        let (contact, lead) = match person {
            Person::Contact(id) => (Some(id), None),
            Person::Lead(id) => (None, Some(id)),
        };
        let latest: Option<(Uuid, String, bool)> = sqlx::query_as(
            "SELECT id, status, COALESCE(expires_at <= $5, false) FROM consents \
             WHERE (contact_id = $1 OR lead_id = $2) AND channel IN ($3, 'any') AND purpose = $4 AND deleted_at IS NULL \
               AND given_at <= $5 \
             ORDER BY given_at DESC, id DESC LIMIT 1",
        )
        .bind(contact)
        .bind(lead)
        .bind(channel)
        .bind(purpose)
        .bind(now)
        .fetch_optional(self.conn())
        .await?;
        let opted_out = match channel {
            "email" => email_opt_out,
            "phone" | "sms" | "whatsapp" => do_not_call,
            _ => false,
        };
        Ok(Some(decide(latest, opted_out, purpose)))
    }
}

fn decide(latest: Option<(Uuid, String, bool)>, opted_out: bool, purpose: &str) -> MayContact {
    let is_service = purpose == "service";
    let (allowed, reason, consent) = match latest {
        _ if opted_out && !is_service => (false, "opted_out", None),
        Some((id, status, expired)) => match status.as_str() {
            "granted" if expired => (false, "expired", Some(id)),
            "granted" => (true, "granted", Some(id)),
            "withdrawn" => (false, "withdrawn", Some(id)),
            "pending" => (false, "pending", Some(id)),
            _ => (false, "denied", Some(id)),
        },
        None if is_service => (true, "service", None),
        None => (false, "none", None),
    };
    MayContact {
        allowed,
        reason,
        consent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_consent_decides_and_an_opt_out_stands_above_it() {
        let consent = |status: &str, expired| Some((Uuid::nil(), status.to_owned(), expired));
        let reason = |latest, opted_out, purpose| {
            let decision = decide(latest, opted_out, purpose);
            (decision.allowed, decision.reason)
        };
        assert_eq!(
            reason(consent("granted", false), false, "marketing"),
            (true, "granted")
        );
        assert_eq!(
            reason(consent("granted", true), false, "marketing"),
            (false, "expired")
        );
        assert_eq!(
            reason(consent("granted", false), true, "marketing"),
            (false, "opted_out")
        );
        assert_eq!(
            reason(consent("pending", false), false, "marketing"),
            (false, "pending")
        );
        assert_eq!(
            reason(consent("withdrawn", false), false, "service"),
            (false, "withdrawn")
        );
        assert_eq!(reason(None, false, "marketing"), (false, "none"));
        assert_eq!(reason(None, true, "service"), (true, "service"));
    }
}
