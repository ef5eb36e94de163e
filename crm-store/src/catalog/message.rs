//! The object `message`.

use super::{Field, FieldType, Kind, Object, Relation, standard};
use crate::{
    conversations::Channel,
    messages::{DeliveryStatus, Direction, MessageKind},
};

/// A message of a conversation.
pub const MESSAGE: Object = Object {
    name: "message",
    plural: "messages",
    table: "messages",
    label: "Message",
    help: "One thing that was said in a conversation.",
    fields: &[
        standard::ID,
        Field::new("conversation_id", FieldType::Id, "Conversation").indexed(),
        Field::new("direction", FieldType::Enum(Direction::WORDS), "Direction").writable(),
        Field::new("kind", FieldType::Enum(MessageKind::WORDS), "Kind").writable(),
        Field::new(
            "author_kind",
            FieldType::Enum(&["user", "api_key", "visitor", "job", "agent"]),
            "Author is a",
        ),
        Field::new("author_id", FieldType::Id, "Author")
            .help("The user, key or visitor; the run, for words of an agent.")
            .optional(),
        Field::new("body", FieldType::LongText, "Text")
            .sensitive()
            .searchable()
            .writable(),
        Field::new("language", FieldType::Text, "Language")
            .help("ISO 639 code.")
            .optional()
            .writable(),
        Field::new("channel", FieldType::Enum(Channel::WORDS), "Channel").optional(),
        Field::new("subject", FieldType::Text, "Subject")
            .optional()
            .sensitive()
            .writable(),
        Field::new("sender_address", FieldType::Text, "From")
            .optional()
            .sensitive(),
        Field::new("recipient_address", FieldType::Text, "To")
            .optional()
            .sensitive(),
        Field::new("provider_message_id", FieldType::Text, "Provider's id")
            .help("The id in the channel that it came or went through, once per channel.")
            .optional(),
        Field::new("in_reply_to", FieldType::Text, "Reply to")
            .help("The provider's id of the message that it answers.")
            .optional(),
        Field::new(
            "delivery_status",
            FieldType::Enum(DeliveryStatus::WORDS),
            "Delivery",
        )
        .optional(),
        Field::new("delivered_at", FieldType::Time, "Delivered").optional(),
        Field::new("lead_id", FieldType::Id, "Lead")
            .optional()
            .indexed()
            .writable(),
        Field::new("contact_id", FieldType::Id, "Contact")
            .optional()
            .indexed()
            .writable(),
        Field::new("case_id", FieldType::Id, "Case")
            .optional()
            .indexed()
            .writable(),
        Field::new("sentiment", FieldType::Decimal, "Sentiment")
            .help("-1 (very bad) to 1 (very good).")
            .optional()
            .between(-1, 1),
        Field::new("sentiment_confidence", FieldType::Decimal, "Confidence")
            .help("How sure the sentiment is, 0 to 1; low for languages that the lexicon does not know.")
            .optional()
            .between(0, 1),
        Field::new(
            "sentiment_label",
            FieldType::Enum(&["negative", "neutral", "positive"]),
            "Mood",
        )
        .optional(),
        Field::new("urgency", FieldType::Integer, "Urgency")
            .help("0 to 100.")
            .optional()
            .indexed()
            .between(0, 100),
        Field::new("summary", FieldType::LongText, "Summary")
            .optional()
            .sensitive(),
        Field::new("processed_at", FieldType::Time, "Analysed").optional(),
        Field::new("created_at", FieldType::Time, "Sent").indexed(),
    ],
    relations: &[
        Relation::one("conversation", "conversation", "conversation_id"),
        Relation::one("lead", "lead", "lead_id"),
        Relation::one("contact", "contact", "contact_id"),
        Relation::one("case", "case", "case_id"),
    ],
    internal: &[],
    kind: Kind::Special,
};
