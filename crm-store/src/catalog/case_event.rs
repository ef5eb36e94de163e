//! The object `case_event`.

use super::{Field, FieldType, Kind, Link, Object, Relation};

/// Something that happened to a case.
pub const CASE_EVENT: Object = Object {
    name: "case_event",
    plural: "case_events",
    table: "case_events",
    label: "Case event",
    help: "Something that happened to a case.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
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
        Field::new(
            "actor_kind",
            FieldType::Enum(&["user", "api_key", "visitor", "job"]),
            "Actor is a",
        ),
        Field::new("actor_id", FieldType::Id, "Actor"),
        Field::new("at", FieldType::Time, "When").indexed(),
    ],
    relations: &[Relation {
        name: "case",
        target: "case",
        by: Link::Field("case_id"),
    }],
    internal: &[],
    kind: Kind::Special,
};
