//! The object `feedback`.

use super::{Field, FieldType, Kind, Object, Relation, run::ACTOR_KINDS, standard};

/// A verdict of a person on an answer or a card.
pub const FEEDBACK: Object = Object {
    name: "feedback",
    plural: "feedback",
    table: "feedback",
    label: "Feedback",
    help: "What somebody thought of an answer; one verdict each.",
    fields: &[
        standard::ID,
        Field::new("answer_id", FieldType::Id, "Answer")
            .optional()
            .indexed()
            .writable(),
        Field::new("card_id", FieldType::Id, "Card")
            .optional()
            .indexed()
            .writable()
            .help("Of a question about the numbers that was asked without a run."),
        Field::new("verdict", FieldType::Enum(&["good", "bad"]), "Verdict").writable(),
        Field::new("comment", FieldType::LongText, "Comment")
            .optional()
            .sensitive()
            .writable(),
        Field::new("actor_kind", FieldType::Enum(ACTOR_KINDS), "Given by a"),
        Field::new("actor_id", FieldType::Id, "Given by"),
        Field::new("created_at", FieldType::Time, "Given"),
        Field::new("updated_at", FieldType::Time, "Changed"),
    ],
    relations: &[Relation::one("answer", "answer", "answer_id")],
    internal: &[],
    kind: Kind::Special,
};
