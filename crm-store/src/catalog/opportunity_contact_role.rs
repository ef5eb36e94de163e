//! The object `opportunity_contact_role`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// What part a contact plays in a deal.
pub const OPPORTUNITY_CONTACT_ROLE: Object = Object {
    name: "opportunity_contact_role",
    plural: "opportunity_contact_roles",
    table: "opportunity_contact_roles",
    label: "Opportunity contact role",
    help: "What part a contact plays in a deal.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
        Field::new("opportunity_id", FieldType::Id, "Opportunity")
            .indexed()
            .writable(),
        Field::new("contact_id", FieldType::Id, "Contact")
            .indexed()
            .writable(),
        Field::new(
            "role",
            FieldType::Enum(&[
                "business_user",
                "decision_maker",
                "economic_buyer",
                "economic_decision_maker",
                "evaluator",
                "executive_sponsor",
                "influencer",
                "technical_buyer",
                "champion",
                "other",
            ]),
            "Role",
        )
        .preset(Preset::Text("other"))
        .indexed()
        .writable(),
        Field::new("is_primary", FieldType::Boolean, "Primary")
            .preset(Preset::Boolean(false))
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
            name: "opportunity",
            target: "opportunity",
            by: Link::Field("opportunity_id"),
        },
        Relation {
            name: "contact",
            target: "contact",
            by: Link::Field("contact_id"),
        },
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Parent("opportunity_id", "opportunity"),
        title: "role",
        standard: true,
        served: true,
    }),
};
