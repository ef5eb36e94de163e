//! What customers said, and did with mails, pages and forms.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{past::Past, tie::Presence};

/// Somebody at an account.
#[derive(Debug, Clone)]
pub(super) struct Contact {
    pub(super) created: DateTime<Utc>,
    pub(super) account: Option<Uuid>,
    pub(super) past: Past,
}

impl Contact {
    fn was_with(&self, account: Uuid, moment: DateTime<Utc>) -> bool {
        self.created <= moment && self.past.link("account_id", self.account, moment) == Some(account)
    }
}

/// Something that was said.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) id: Uuid,
    pub(super) at: DateTime<Utc>,
    /// Since when it counts for a contact, where it was a lead's before.
    pub(super) linked: Option<DateTime<Utc>>,
    pub(super) inbound: bool,
    pub(super) sentiment: Option<f64>,
    /// When the sentiment was found.
    pub(super) processed: Option<DateTime<Utc>>,
    /// Whose it is, where it counts for an account: this one's while they are there.
    pub(super) with: Option<(Arc<Contact>, Uuid)>,
}

impl Message {
    pub(super) fn at(&self, moment: DateTime<Utc>) -> Option<MessageAt> {
        let counts = self.at <= moment
            && self.linked.is_none_or(|linked| linked <= moment)
            && self
                .with
                .as_ref()
                .is_none_or(|(contact, account)| contact.was_with(*account, moment));
        counts.then(|| MessageAt {
            id: self.id,
            at: self.at,
            is_inbound: self.inbound,
            sentiment: self
                .sentiment
                .filter(|_| self.processed.is_some_and(|processed| processed <= moment)),
        })
    }
}

/// Something that was said, as far as it was understood at a moment.
#[derive(Debug, Clone, Copy)]
pub struct MessageAt {
    /// Which message.
    pub id: Uuid,
    /// When it was said.
    pub at: DateTime<Utc>,
    /// Whether the customer said it.
    pub is_inbound: bool,
    /// How it felt, -1 to 1.
    pub sentiment: Option<f64>,
}

/// What somebody did with mails, pages and forms.
#[derive(Debug, Clone)]
pub(super) struct Engagement {
    pub(super) id: Uuid,
    pub(super) there: Presence,
    pub(super) kind: String,
    pub(super) occurred: DateTime<Utc>,
}

impl Engagement {
    pub(super) fn at(&self, moment: DateTime<Utc>) -> Option<EngagementAt<'_>> {
        (self.there.at(moment) && self.occurred <= moment).then_some(EngagementAt {
            id: self.id,
            kind: &self.kind,
            at: self.occurred,
        })
    }
}

/// What somebody did with mails, pages and forms.
#[derive(Debug, Clone, Copy)]
pub struct EngagementAt<'h> {
    /// Which event.
    pub id: Uuid,
    /// A word of the catalogue, such as `email_clicked`.
    pub kind: &'h str,
    /// When.
    pub at: DateTime<Utc>,
}
