//! The object `conversation`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, standard};
use crate::conversations::{Channel, ConversationOutcome, ConversationStatus};

/// A conversation with a person.
pub const CONVERSATION: Object = Object {
    name: "conversation",
    plural: "conversations",
    table: "conversations",
    label: "Conversation",
    help: "What was said with one person about one matter, on any channel.",
    fields: &[
        standard::ID,
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
            .indexed()
            .writable(),
        Field::new("contact_id", FieldType::Id, "Contact")
            .optional()
            .indexed()
            .writable(),
        Field::new("lead_id", FieldType::Id, "Lead")
            .optional()
            .indexed()
            .writable(),
        Field::new("case_id", FieldType::Id, "Case")
            .optional()
            .indexed()
            .writable(),
        Field::new("queue_id", FieldType::Id, "Queue")
            .help("Where it waits for a human.")
            .optional()
            .writable(),
        Field::new("site_id", FieldType::Id, "Site")
            .help("The site that it began on.")
            .optional(),
        Field::new("address", FieldType::Text, "Address")
            .help("The number or address that the person writes from.")
            .optional()
            .indexed()
            .sensitive(),
        Field::new("context_summary", FieldType::LongText, "Summary")
            .help("What was said so far, for whoever takes over.")
            .optional()
            .sensitive(),
        Field::new("tokens", FieldType::BigInteger, "Tokens")
            .help("What models read and wrote in it.")
            .preset(Preset::Integer(0))
            .at_least(0),
        Field::new("outcome", FieldType::Enum(ConversationOutcome::WORDS), "Outcome")
            .optional()
            .writable(),
        Field::new("handoff_reason", FieldType::Text, "Why handed off").optional(),
        Field::new("handoff_requested_at", FieldType::Time, "Human asked for").optional(),
        Field::new("handoff_accepted_at", FieldType::Time, "Human took over").optional(),
        Field::new("handoff_returned_at", FieldType::Time, "Given back").optional(),
        Field::new("closed_at", FieldType::Time, "Ended").optional(),
        Field::new("message_count", FieldType::Integer, "Messages"),
        Field::new("last_message_at", FieldType::Time, "Last message").optional(),
        Field::new("version", FieldType::BigInteger, "Revision").help("Counts the changes; the ETag."),
        Field::new("created_at", FieldType::Time, "Begun"),
        standard::UPDATED_AT,
    ],
    relations: &[
        Relation::many("messages", "message", "conversation_id"),
        Relation::many("runs", "run", "conversation_id"),
        Relation::one("contact", "contact", "contact_id"),
        Relation::one("lead", "lead", "lead_id"),
        Relation::one("case", "case", "case_id"),
        Relation::one("queue", "queue", "queue_id"),
        standard::OWNER,
    ],
    internal: &[],
    kind: Kind::Special,
};
