//! The object `contact`.

use super::{Field, FieldType, Kind, Object, Relation, Rules, SeenBy, address, person, standard};

/// A person at an account.
pub const CONTACT: Object = Object {
    name: "contact",
    plural: "contacts",
    table: "contacts",
    label: "Contact",
    help: "A person at an account.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        standard::OWNER_ID.tracked(),
        Field::new("account_id", FieldType::Id, "Account")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        person::FIRST_NAME,
        person::LAST_NAME,
        Field::new("name", FieldType::Text, "Name")
            .help("Derived from the names; the address or number of somebody without one.")
            .indexed()
            .sensitive()
            .searchable(),
        person::SALUTATION,
        person::TITLE,
        Field::new("department", FieldType::Text, "Department")
            .optional()
            .writable(),
        person::EMAIL,
        person::PHONE,
        Field::new("mobile_phone", FieldType::Phone, "Mobile phone")
            .optional()
            .sensitive()
            .writable()
            .searchable(),
        Field::new("reports_to_id", FieldType::Id, "Reports to")
            .optional()
            .writable(),
        Field::new("lead_source", FieldType::Text, "Lead source")
            .optional()
            .indexed()
            .writable(),
        Field::new("language", FieldType::Language, "Language")
            .optional()
            .writable(),
        Field::new("birthdate", FieldType::Date, "Birthdate")
            .optional()
            .sensitive()
            .writable(),
        address::street("mailing_street", "Street"),
        address::part("mailing_city", "City"),
        address::part("mailing_state", "State"),
        address::part("mailing_postal_code", "Postal code"),
        address::part("mailing_country", "Country"),
        person::EMAIL_OPT_OUT,
        person::DO_NOT_CALL,
        Field::new("description", FieldType::LongText, "Description")
            .optional()
            .sensitive()
            .searchable()
            .writable(),
        standard::LAST_ACTIVITY_AT,
        Field::new("merged_into_id", FieldType::Id, "Merged into")
            .help("The contact that took its place.")
            .optional(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("account", "account", "account_id"),
        standard::OWNER,
        Relation::one("reports_to", "contact", "reports_to_id"),
        Relation::many("account_roles", "account_contact_role", "contact_id"),
        Relation::many("opportunity_roles", "opportunity_contact_role", "contact_id"),
        Relation::many("cases", "case", "contact_id"),
        Relation::many("activities", "activity", "contact_id"),
        Relation::many("campaign_members", "campaign_member", "contact_id"),
    ],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Owner,
        title: "name",
        standard: true,
        served: true,
    }),
};
