//! The object `answer`.

use super::{Field, FieldType, Kind, Object, Relation, standard};

/// An answer of an agent.
pub const ANSWER: Object = Object {
    name: "answer",
    plural: "answers",
    table: "answers",
    label: "Answer",
    help: "What an agent answered to a question, with the passages that it quoted.",
    fields: &[
        standard::ID,
        Field::new("run_id", FieldType::Id, "Run").indexed(),
        Field::new("question", FieldType::LongText, "Question")
            .sensitive()
            .searchable(),
        Field::new("text", FieldType::LongText, "Answer")
            .sensitive()
            .searchable(),
        Field::new("outcome", FieldType::Text, "Outcome").help("Whether it was answered or honestly not."),
        Field::new("created_at", FieldType::Time, "Answered").indexed(),
        Field::new("updated_at", FieldType::Time, "Changed"),
    ],
    relations: &[
        Relation::one("run", "run", "run_id"),
        Relation::many("feedback", "feedback", "answer_id"),
    ],
    internal: &[],
    kind: Kind::Special,
};
