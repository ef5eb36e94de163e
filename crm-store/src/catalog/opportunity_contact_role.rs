//! The object `opportunity_contact_role`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// What part a contact plays in a deal.
pub const OPPORTUNITY_CONTACT_ROLE: Object = Object {
    name: "opportunity_contact_role",
    plural: "opportunity_contact_roles",
    table: "opportunity_contact_roles",
    label: "Opportunity contact role",
    help: "What part a contact plays in a deal.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        Field::new("opportunity_id", FieldType::Id, "Opportunity")
            .indexed()
            .writable(),
        Field::new("contact_id", FieldType::Id, "Contact")
            .indexed()
            .writable()
            .tracked(),
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
        .writable()
        .tracked(),
        Field::new("is_primary", FieldType::Boolean, "Primary")
            .preset(Preset::Boolean(false))
            .writable(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("opportunity", "opportunity", "opportunity_id"),
        Relation::one("contact", "contact", "contact_id"),
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Parent("opportunity_id", "opportunity"),
        title: "role",
        standard: true,
        served: true,
    }),
};
