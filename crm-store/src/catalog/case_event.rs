//! The object `case_event`.

use super::{Field, FieldType, Kind, Object, Relation, run::ACTOR_KINDS, standard};

/// Something that happened to a case.
pub const CASE_EVENT: Object = Object {
    name: "case_event",
    plural: "case_events",
    table: "case_events",
    label: "Case event",
    help: "Something that happened to a case.",
    fields: &[
        standard::ID,
        Field::new("case_id", FieldType::Id, "Case").indexed(),
        Field::new(
            "kind",
            FieldType::Enum(&[
                "created",
                "status_changed",
                "assigned",
                "priority_changed",
                "first_response",
                "escalated",
                "sla_set",
                "sla_breached",
                "satisfaction",
                "merged",
            ]),
            "Kind",
        ),
        Field::new("old", FieldType::Json, "Before").optional(),
        Field::new("new", FieldType::Json, "After").optional(),
        Field::new("actor_kind", FieldType::Enum(ACTOR_KINDS), "Actor is a"),
        Field::new("actor_id", FieldType::Id, "Actor"),
        Field::new("at", FieldType::Time, "When").indexed(),
    ],
    relations: &[Relation::one("case", "case", "case_id")],
    internal: &[],
    kind: Kind::Special,
};
