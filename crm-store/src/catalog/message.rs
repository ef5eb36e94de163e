//! The object `message`.

use super::{Field, FieldType, Kind, Link, Object, Relation};
use crate::messages::{Direction, MessageKind};

/// A message of a conversation.
pub const MESSAGE: Object = Object {
    name: "message",
    plural: "messages",
    table: "messages",
    label: "Message",
    help: "One thing that was said in a conversation.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
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
        Field::new("created_at", FieldType::Time, "Sent"),
    ],
    relations: &[Relation {
        name: "conversation",
        target: "conversation",
        by: Link::Field("conversation_id"),
    }],
    internal: &[],
    kind: Kind::Special,
};
