//! The object `lead`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, address, person, standard};

/// Somebody who may become a customer.
pub const LEAD: Object = Object {
    name: "lead",
    plural: "leads",
    table: "leads",
    label: "Lead",
    help: "Somebody who may become a customer.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        standard::OWNER_ID.tracked(),
        person::FIRST_NAME,
        person::LAST_NAME,
        Field::new("name", FieldType::Text, "Name")
            .help("Derived from the names; address, number or company of somebody without one.")
            .indexed()
            .sensitive()
            .searchable(),
        person::SALUTATION,
        person::TITLE,
        Field::new("company", FieldType::Text, "Company")
            .optional()
            .indexed()
            .searchable()
            .writable()
            .tracked(),
        person::EMAIL.tracked(),
        person::PHONE.tracked(),
        Field::new("mobile_phone", FieldType::Phone, "Mobile phone")
            .optional()
            .sensitive()
            .writable(),
        Field::new("website", FieldType::Url, "Website")
            .optional()
            .writable(),
        Field::new("industry", FieldType::Text, "Industry")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("lead_source", FieldType::Text, "Lead source")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new(
            "status",
            FieldType::Enum(&[
                "new",
                "working",
                "nurturing",
                "qualified",
                "unqualified",
                "converted",
            ]),
            "Status",
        )
        .help("Only conversion sets converted.")
        .preset(Preset::Text("new"))
        .indexed()
        .writable()
        .tracked(),
        Field::new("unqualified_reason", FieldType::Text, "Why unqualified")
            .optional()
            .writable(),
        Field::new("rating", FieldType::Enum(&["hot", "warm", "cold"]), "Rating")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("annual_revenue", FieldType::Money("currency"), "Annual revenue")
            .column("annual_revenue_minor")
            .optional()
            .indexed()
            .writable(),
        Field::new("currency", FieldType::Currency, "Currency")
            .optional()
            .writable(),
        Field::new("number_of_employees", FieldType::Integer, "Employees")
            .optional()
            .indexed()
            .writable()
            .at_least(0)
            .tracked(),
        Field::new("language", FieldType::Language, "Language")
            .optional()
            .writable(),
        address::street("street", "Street"),
        address::part("city", "City"),
        address::part("state", "State"),
        address::part("postal_code", "Postal code"),
        address::part("country", "Country").indexed(),
        Field::new("product_interest", FieldType::Text, "Product interest")
            .optional()
            .writable()
            .tracked(),
        person::EMAIL_OPT_OUT,
        person::DO_NOT_CALL,
        Field::new("description", FieldType::LongText, "Description")
            .optional()
            .sensitive()
            .searchable()
            .writable(),
        Field::new("campaign_id", FieldType::Id, "Campaign")
            .help("Where the lead came from.")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("queue_id", FieldType::Id, "Queue")
            .help("Where it waits for an owner.")
            .optional()
            .indexed()
            .writable(),
        Field::new("is_converted", FieldType::Boolean, "Converted").preset(Preset::Boolean(false)),
        Field::new("converted_at", FieldType::Time, "Converted at")
            .optional()
            .indexed(),
        Field::new("converted_account_id", FieldType::Id, "Converted account")
            .optional()
            .indexed(),
        Field::new("converted_contact_id", FieldType::Id, "Converted contact")
            .optional()
            .indexed(),
        Field::new("converted_opportunity_id", FieldType::Id, "Converted opportunity")
            .optional()
            .indexed(),
        standard::LAST_ACTIVITY_AT,
        Field::new("merged_into_id", FieldType::Id, "Merged into")
            .help("The lead that took its place.")
            .optional(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        standard::OWNER,
        Relation::one("campaign", "campaign", "campaign_id"),
        Relation::one("queue", "queue", "queue_id"),
        Relation::one("converted_account", "account", "converted_account_id"),
        Relation::one("converted_contact", "contact", "converted_contact_id"),
        Relation::one("converted_opportunity", "opportunity", "converted_opportunity_id"),
        Relation::many("activities", "activity", "lead_id"),
        Relation::many("campaign_members", "campaign_member", "lead_id"),
        Relation::many("engagement_events", "engagement_event", "lead_id"),
    ],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Owner,
        title: "name",
        standard: true,
        served: true,
    }),
};
