//! Typed identifiers: UUID version 7, so that they sort by creation time.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a fresh identifier.
            #[expect(clippy::new_without_default, reason = "a default id would hide that it is new")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The bare UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A customer of the service; the wall that isolation is built on.
    TenantId,
    /// A person who may sign in, perhaps to several tenants.
    UserId,
    /// A tenant's API key.
    ApiKeyId,
    /// A site that shows the chat widget.
    SiteId,
    /// A person in the widget who has not signed in.
    VisitorId,
    /// A unit of background work.
    JobId,
    /// A knowledge article.
    ArticleId,
    /// One immutable version of an article.
    ArticleVersionId,
    /// A conversation.
    ConversationId,
    /// A message in a conversation.
    MessageId,
    /// One run of an agent.
    RunId,
    /// A stored answer of an agent.
    AnswerId,
    /// One attempt to call a model; the key of its hold in the ledger.
    AttemptId,
    /// A spending limit.
    BudgetId,
    /// A verdict of a person on an answer.
    FeedbackId,
}
