//! The object `contact`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// A person at an account.
pub const CONTACT: Object = Object {
    name: "contact",
    plural: "contacts",
    table: "contacts",
    label: "Contact",
    help: "A person at an account.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
        Field::new("owner_id", FieldType::Id, "Owner")
            .help("Whose record it is; nobody's waits for everyone who may read the object.")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("account_id", FieldType::Id, "Account")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("first_name", FieldType::Text, "First name")
            .optional()
            .sensitive()
            .writable()
            .searchable(),
        Field::new("last_name", FieldType::Text, "Last name")
            .optional()
            .indexed()
            .sensitive()
            .writable()
            .searchable(),
        Field::new("name", FieldType::Text, "Name")
            .help("Derived from the names; the address or number of somebody without one.")
            .indexed()
            .sensitive()
            .searchable(),
        Field::new("salutation", FieldType::Text, "Salutation")
            .optional()
            .writable(),
        Field::new("title", FieldType::Text, "Title")
            .help("Of the job.")
            .optional()
            .writable(),
        Field::new("department", FieldType::Text, "Department")
            .optional()
            .writable(),
        Field::new("email", FieldType::Email, "E-mail")
            .help("In lower case.")
            .optional()
            .indexed()
            .sensitive()
            .searchable()
            .writable(),
        Field::new("phone", FieldType::Phone, "Phone")
            .optional()
            .indexed()
            .sensitive()
            .writable()
            .searchable(),
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
        Field::new("mailing_street", FieldType::Text, "Street")
            .optional()
            .sensitive()
            .writable(),
        Field::new("mailing_city", FieldType::Text, "City")
            .optional()
            .writable(),
        Field::new("mailing_state", FieldType::Text, "State")
            .optional()
            .writable(),
        Field::new("mailing_postal_code", FieldType::Text, "Postal code")
            .optional()
            .writable(),
        Field::new("mailing_country", FieldType::Text, "Country")
            .optional()
            .writable(),
        Field::new("email_opt_out", FieldType::Boolean, "No e-mail")
            .help("The person does not want mail.")
            .preset(Preset::Boolean(false))
            .writable(),
        Field::new("do_not_call", FieldType::Boolean, "Do not call")
            .preset(Preset::Boolean(false))
            .writable(),
        Field::new("description", FieldType::LongText, "Description")
            .optional()
            .sensitive()
            .searchable()
            .writable(),
        Field::new("last_activity_at", FieldType::Time, "Last activity")
            .optional()
            .indexed(),
        Field::new("merged_into_id", FieldType::Id, "Merged into")
            .help("The contact that took its place.")
            .optional(),
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
            name: "owner",
            target: "user",
            by: Link::Field("owner_id"),
        },
        Relation {
            name: "reports_to",
            target: "contact",
            by: Link::Field("reports_to_id"),
        },
        Relation {
            name: "account_roles",
            target: "account_contact_role",
            by: Link::TheirField("contact_id"),
        },
        Relation {
            name: "opportunity_roles",
            target: "opportunity_contact_role",
            by: Link::TheirField("contact_id"),
        },
        Relation {
            name: "cases",
            target: "case",
            by: Link::TheirField("contact_id"),
        },
        Relation {
            name: "activities",
            target: "activity",
            by: Link::TheirField("contact_id"),
        },
        Relation {
            name: "campaign_members",
            target: "campaign_member",
            by: Link::TheirField("contact_id"),
        },
    ],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Owner,
        title: "name",
        standard: true,
        served: true,
    }),
};
