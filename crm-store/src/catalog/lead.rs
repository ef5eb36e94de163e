//! The object `lead`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// Somebody who may become a customer.
pub const LEAD: Object = Object {
    name: "lead",
    plural: "leads",
    table: "leads",
    label: "Lead",
    help: "Somebody who may become a customer.",
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
            .help("Derived from the names; address, number or company of somebody without one.")
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
        Field::new("company", FieldType::Text, "Company")
            .optional()
            .indexed()
            .searchable()
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
            .writable(),
        Field::new("website", FieldType::Url, "Website")
            .optional()
            .writable(),
        Field::new("industry", FieldType::Text, "Industry")
            .optional()
            .indexed()
            .writable(),
        Field::new("lead_source", FieldType::Text, "Lead source")
            .optional()
            .indexed()
            .writable(),
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
            .at_least(0),
        Field::new("language", FieldType::Language, "Language")
            .optional()
            .writable(),
        Field::new("street", FieldType::Text, "Street")
            .optional()
            .sensitive()
            .writable(),
        Field::new("city", FieldType::Text, "City").optional().writable(),
        Field::new("state", FieldType::Text, "State")
            .optional()
            .writable(),
        Field::new("postal_code", FieldType::Text, "Postal code")
            .optional()
            .writable(),
        Field::new("country", FieldType::Text, "Country")
            .optional()
            .indexed()
            .writable(),
        Field::new("product_interest", FieldType::Text, "Product interest")
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
        Field::new("campaign_id", FieldType::Id, "Campaign")
            .help("Where the lead came from.")
            .optional()
            .indexed()
            .writable(),
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
        Field::new("last_activity_at", FieldType::Time, "Last activity")
            .optional()
            .indexed(),
        Field::new("merged_into_id", FieldType::Id, "Merged into")
            .help("The lead that took its place.")
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
            name: "owner",
            target: "user",
            by: Link::Field("owner_id"),
        },
        Relation {
            name: "campaign",
            target: "campaign",
            by: Link::Field("campaign_id"),
        },
        Relation {
            name: "queue",
            target: "queue",
            by: Link::Field("queue_id"),
        },
        Relation {
            name: "converted_account",
            target: "account",
            by: Link::Field("converted_account_id"),
        },
        Relation {
            name: "converted_contact",
            target: "contact",
            by: Link::Field("converted_contact_id"),
        },
        Relation {
            name: "converted_opportunity",
            target: "opportunity",
            by: Link::Field("converted_opportunity_id"),
        },
        Relation {
            name: "activities",
            target: "activity",
            by: Link::TheirField("lead_id"),
        },
        Relation {
            name: "campaign_members",
            target: "campaign_member",
            by: Link::TheirField("lead_id"),
        },
        Relation {
            name: "engagement_events",
            target: "engagement_event",
            by: Link::TheirField("lead_id"),
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
