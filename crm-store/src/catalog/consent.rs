//! The object `consent`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// What a person allowed or forbade, with where that was said.
pub const CONSENT: Object = Object {
    name: "consent",
    plural: "consents",
    table: "consents",
    label: "Consent",
    help: "What a person allowed or forbade, with where that was said.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
        Field::new("lead_id", FieldType::Id, "Lead")
            .optional()
            .indexed()
            .writable(),
        Field::new("contact_id", FieldType::Id, "Contact")
            .optional()
            .indexed()
            .writable(),
        Field::new(
            "channel",
            FieldType::Enum(&["email", "phone", "sms", "whatsapp", "post", "web", "any"]),
            "Channel",
        )
        .indexed()
        .writable(),
        Field::new(
            "purpose",
            FieldType::Enum(&[
                "marketing",
                "sales",
                "service",
                "research",
                "profiling",
                "data_processing",
            ]),
            "Purpose",
        )
        .indexed()
        .writable(),
        Field::new(
            "status",
            FieldType::Enum(&["granted", "denied", "withdrawn", "pending"]),
            "Status",
        )
        .indexed()
        .writable(),
        Field::new(
            "legal_basis",
            FieldType::Enum(&[
                "consent",
                "contract",
                "legitimate_interest",
                "legal_obligation",
                "vital_interest",
                "public_task",
            ]),
            "Legal basis",
        )
        .optional()
        .writable(),
        Field::new("source", FieldType::Text, "Source")
            .help("Where it was said, such as the name of a form.")
            .writable(),
        Field::new("evidence", FieldType::LongText, "Evidence")
            .help("What proves it, such as the words that were agreed to.")
            .optional()
            .sensitive()
            .writable(),
        Field::new("given_at", FieldType::Time, "Given")
            .help("When the person said so; the latest word of a channel and purpose holds.")
            .indexed()
            .writable(),
        Field::new("expires_at", FieldType::Time, "Expires")
            .optional()
            .writable(),
        Field::new("custom", FieldType::Json, "Custom fields")
            .help("The fields that the tenant added.")
            .preset(Preset::EmptyObject)
            .writable(),
        Field::new("version", FieldType::BigInteger, "Revision")
            .help("Counts the changes; the ETag.")
            .preset(Preset::Integer(1)),
        Field::new("created_at", FieldType::Time, "Created").indexed(),
        Field::new("updated_at", FieldType::Time, "Changed").indexed(),
        Field::new("deleted_at", FieldType::Time, "Deleted")
            .help("A deleted record can be restored.")
            .optional()
            .indexed(),
    ],
    relations: &[
        Relation {
            name: "lead",
            target: "lead",
            by: Link::Field("lead_id"),
        },
        Relation {
            name: "contact",
            target: "contact",
            by: Link::Field("contact_id"),
        },
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Related,
        title: "purpose",
        standard: true,
        served: true,
    }),
};
