//! The object `account_contact_role`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// What a contact is to an account, also to one that is not the contact's employer.
pub const ACCOUNT_CONTACT_ROLE: Object = Object {
    name: "account_contact_role",
    plural: "account_contact_roles",
    table: "account_contact_roles",
    label: "Account contact role",
    help: "What a contact is to an account, also to one that is not the contact's employer.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
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
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("account", "account", "account_id"),
        Relation::one("contact", "contact", "contact_id"),
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Parent("account_id", "account"),
        title: "role",
        standard: true,
        served: true,
    }),
};
