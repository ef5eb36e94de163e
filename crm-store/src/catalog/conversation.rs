//! The object `conversation`.

use super::{Field, FieldType, Kind, Link, Object, Relation};
use crate::conversations::{Channel, ConversationStatus};

/// A conversation with a person.
pub const CONVERSATION: Object = Object {
    name: "conversation",
    plural: "conversations",
    table: "conversations",
    label: "Conversation",
    help: "What was said with one person about one matter, on any channel.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("channel", FieldType::Enum(Channel::WORDS), "Channel").writable(),
        Field::new("visitor_id", FieldType::Id, "Visitor")
            .optional()
            .indexed(),
        Field::new("subject", FieldType::Text, "Subject")
            .optional()
            .sensitive()
            .searchable()
            .writable(),
        Field::new("status", FieldType::Enum(ConversationStatus::WORDS), "Status")
            .help("Whether it goes on, is with a human, or has ended.")
            .indexed()
            .writable(),
        Field::new("language", FieldType::Text, "Language")
            .help("ISO 639 code.")
            .optional()
            .writable(),
        Field::new("owner_id", FieldType::Id, "Owner")
            .help("Who looks after it.")
            .optional()
            .writable(),
        Field::new("message_count", FieldType::Integer, "Messages"),
        Field::new("last_message_at", FieldType::Time, "Last message").optional(),
        Field::new("version", FieldType::BigInteger, "Revision").help("Counts the changes; the ETag."),
        Field::new("created_at", FieldType::Time, "Begun"),
        Field::new("updated_at", FieldType::Time, "Changed").indexed(),
    ],
    relations: &[
        Relation {
            name: "messages",
            target: "message",
            by: Link::TheirField("conversation_id"),
        },
        Relation {
            name: "runs",
            target: "run",
            by: Link::TheirField("conversation_id"),
        },
        Relation {
            name: "owner",
            target: "user",
            by: Link::Field("owner_id"),
        },
    ],
    internal: &[],
    kind: Kind::Special,
};
