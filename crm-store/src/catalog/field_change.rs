//! The object `field_change`.

use super::{Field, FieldType, Kind, Object, Preset, run::ACTOR_KINDS, standard};

/// That a field had one value until a moment and another one since.
pub const FIELD_CHANGE: Object = Object {
    name: "field_change",
    plural: "field_changes",
    table: "field_changes",
    label: "Field change",
    help: "That a field had one value until a moment and another one since.",
    fields: &[
        standard::ID,
        Field::new(
            "object",
            FieldType::Enum(&[
                "lead",
                "contact",
                "account",
                "opportunity",
                "case",
                "quote",
                "contract",
                "payment",
                "activity",
                "opportunity_contact_role",
                "quote_line",
                "pipeline_stage",
                "engagement_event",
            ]),
            "Object",
        )
        .indexed(),
        Field::new("record_id", FieldType::Id, "Record").indexed(),
        Field::new("field", FieldType::Text, "Field"),
        Field::new("old", FieldType::Json, "Before")
            .optional()
            .sensitive(),
        Field::new("new", FieldType::Json, "After").optional().sensitive(),
        Field::new("effective_at", FieldType::Time, "Held from")
            .help("When it became true.")
            .indexed(),
        Field::new("recorded_at", FieldType::Time, "Recorded").help("When it was written down."),
        Field::new("actor_kind", FieldType::Enum(ACTOR_KINDS), "Actor is a").optional(),
        Field::new("actor_id", FieldType::Id, "Actor").optional(),
        Field::new("source", FieldType::Enum(&["service", "import"]), "Source")
            .help("Whether the service saw the change or an import brought it.")
            .preset(Preset::Text("service")),
    ],
    relations: &[],
    internal: &[
        ("old_id", "finds what named a record before"),
        ("new_id", "finds what came to name a record"),
    ],
    kind: Kind::Special,
};
