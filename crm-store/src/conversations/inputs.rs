//! What callers say of conversations: new ones, changes, which to list.

use uuid::Uuid;

use super::{Channel, ConversationOutcome, ConversationStatus};
use crate::ids::UserId;

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversationPatch {
    /// What it is about.
    pub subject: Option<String>,
    /// Where it stands.
    pub status: Option<ConversationStatus>,
    /// ISO 639 code.
    pub language: Option<String>,
    /// Who looks after it; `Some(None)` takes it away.
    pub owner_id: Option<Option<UserId>>,
    /// The contact that it is with.
    pub contact_id: Option<Option<Uuid>>,
    /// The lead that it is with.
    pub lead_id: Option<Option<Uuid>>,
    /// The case that it is about.
    pub case_id: Option<Option<Uuid>>,
    /// The queue in which it waits for a human.
    pub queue_id: Option<Option<Uuid>>,
    /// What came of it.
    pub outcome: Option<ConversationOutcome>,
}

impl ConversationPatch {
    /// The names of the fields that it sets.
    pub fn fields(&self) -> Vec<&'static str> {
        [
            ("subject", self.subject.is_some()),
            ("status", self.status.is_some()),
            ("language", self.language.is_some()),
            ("owner_id", self.owner_id.is_some()),
            ("contact_id", self.contact_id.is_some()),
            ("lead_id", self.lead_id.is_some()),
            ("case_id", self.case_id.is_some()),
            ("queue_id", self.queue_id.is_some()),
            ("outcome", self.outcome.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, set)| set.then_some(name))
        .collect()
    }
}

/// A conversation to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConversation {
    /// Where it takes place.
    pub channel: Channel,
    /// What it is about.
    pub subject: Option<String>,
    /// ISO 639 code.
    pub language: Option<String>,
    /// Who looks after it.
    pub owner_id: Option<UserId>,
    /// The contact that it is with.
    pub contact_id: Option<Uuid>,
    /// The lead that it is with.
    pub lead_id: Option<Uuid>,
    /// The case that it is about.
    pub case_id: Option<Uuid>,
    /// The queue in which it waits for a human.
    pub queue_id: Option<Uuid>,
    /// The number or address that the person writes from.
    pub address: Option<String>,
}

impl NewConversation {
    /// A conversation of which nothing is known but where it takes place.
    pub fn on(channel: Channel) -> Self {
        Self {
            channel,
            subject: None,
            language: None,
            owner_id: None,
            contact_id: None,
            lead_id: None,
            case_id: None,
            queue_id: None,
            address: None,
        }
    }
}

/// Which conversations to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// Where they stand.
    pub status: Option<ConversationStatus>,
    /// Who looks after them.
    pub owner_id: Option<UserId>,
    /// Whom they are with.
    pub contact_id: Option<Uuid>,
    /// Whom they are with.
    pub lead_id: Option<Uuid>,
    /// What they are about.
    pub case_id: Option<Uuid>,
}
