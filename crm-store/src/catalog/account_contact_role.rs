//! The object `account_contact_role`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// What a contact is to an account, also to one that is not the contact's employer.
pub const ACCOUNT_CONTACT_ROLE: Object = Object {
    name: "account_contact_role",
    plural: "account_contact_roles",
    table: "account_contact_roles",
    label: "Account contact role",
    help: "What a contact is to an account, also to one that is not the contact's employer.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
        Field::new("account_id", FieldType::Id, "Account")
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
                "billing_contact",
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
        Field::new("is_active", FieldType::Boolean, "Active")
            .preset(Preset::Boolean(true))
            .writable(),
        Field::new("start_date", FieldType::Date, "Since")
            .optional()
            .writable(),
        Field::new("end_date", FieldType::Date, "Until")
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
            name: "account",
            target: "account",
            by: Link::Field("account_id"),
        },
        Relation {
            name: "contact",
            target: "contact",
            by: Link::Field("contact_id"),
        },
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Parent("account_id", "account"),
        title: "role",
        standard: true,
        served: true,
    }),
};
