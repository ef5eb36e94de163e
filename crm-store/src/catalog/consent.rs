//! The object `consent`.

use super::{Field, FieldType, Kind, Object, Relation, Rules, SeenBy, standard};

/// What a person allowed or forbade, with where that was said.
pub const CONSENT: Object = Object {
    name: "consent",
    plural: "consents",
    table: "consents",
    label: "Consent",
    help: "What a person allowed or forbade, with where that was said.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
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
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("lead", "lead", "lead_id"),
        Relation::one("contact", "contact", "contact_id"),
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Related,
        title: "purpose",
        standard: true,
        served: true,
    }),
};
