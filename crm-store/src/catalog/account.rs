//! The object `account`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// A company or other organisation, perhaps part of a larger one.
pub const ACCOUNT: Object = Object {
    name: "account",
    plural: "accounts",
    table: "accounts",
    label: "Account",
    help: "A company or other organisation, perhaps part of a larger one.",
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
        Field::new("name", FieldType::Text, "Name")
            .indexed()
            .searchable()
            .writable(),
        Field::new("parent_id", FieldType::Id, "Parent account")
            .help("The organisation that it belongs to.")
            .optional()
            .indexed()
            .writable(),
        Field::new(
            "type",
            FieldType::Enum(&[
                "prospect",
                "customer",
                "partner",
                "reseller",
                "competitor",
                "investor",
                "vendor",
                "former_customer",
                "other",
            ]),
            "Type",
        )
        .optional()
        .indexed()
        .writable()
        .tracked(),
        Field::new("status", FieldType::Enum(&["active", "inactive"]), "Status")
            .preset(Preset::Text("active"))
            .indexed()
            .writable(),
        Field::new("industry", FieldType::Text, "Industry")
            .optional()
            .indexed()
            .writable(),
        Field::new("website", FieldType::Url, "Website")
            .optional()
            .writable(),
        Field::new("domain", FieldType::Text, "Domain")
            .help(
                "Of website and addresses, such as example.com; read from the website when it is not given.",
            )
            .optional()
            .indexed()
            .writable()
            .searchable(),
        Field::new("phone", FieldType::Phone, "Phone")
            .optional()
            .indexed()
            .sensitive()
            .writable()
            .searchable(),
        Field::new("email", FieldType::Email, "E-mail")
            .optional()
            .indexed()
            .sensitive()
            .writable()
            .searchable(),
        Field::new("number_of_employees", FieldType::Integer, "Employees")
            .optional()
            .indexed()
            .writable()
            .at_least(0),
        Field::new("annual_revenue", FieldType::Money("currency"), "Annual revenue")
            .column("annual_revenue_minor")
            .optional()
            .indexed()
            .writable(),
        Field::new("currency", FieldType::Currency, "Currency")
            .optional()
            .writable(),
        Field::new("rating", FieldType::Enum(&["hot", "warm", "cold"]), "Rating")
            .optional()
            .indexed()
            .writable(),
        Field::new("account_source", FieldType::Text, "Source")
            .optional()
            .writable(),
        Field::new("ticker_symbol", FieldType::Text, "Ticker symbol")
            .optional()
            .writable(),
        Field::new("tax_number", FieldType::Text, "Tax number")
            .optional()
            .writable(),
        Field::new("billing_street", FieldType::Text, "Billing street")
            .optional()
            .sensitive()
            .writable(),
        Field::new("billing_city", FieldType::Text, "Billing city")
            .optional()
            .writable(),
        Field::new("billing_state", FieldType::Text, "Billing state")
            .optional()
            .writable(),
        Field::new("billing_postal_code", FieldType::Text, "Billing postal code")
            .optional()
            .writable(),
        Field::new("billing_country", FieldType::Text, "Billing country")
            .optional()
            .indexed()
            .writable(),
        Field::new("shipping_street", FieldType::Text, "Shipping street")
            .optional()
            .sensitive()
            .writable(),
        Field::new("shipping_city", FieldType::Text, "Shipping city")
            .optional()
            .writable(),
        Field::new("shipping_state", FieldType::Text, "Shipping state")
            .optional()
            .writable(),
        Field::new("shipping_postal_code", FieldType::Text, "Shipping postal code")
            .optional()
            .writable(),
        Field::new("shipping_country", FieldType::Text, "Shipping country")
            .optional()
            .writable(),
        Field::new("description", FieldType::LongText, "Description")
            .optional()
            .searchable()
            .writable(),
        Field::new("sla_policy_id", FieldType::Id, "SLA policy")
            .help("What its cases are promised; the queue's or the default when there is none.")
            .optional()
            .writable(),
        Field::new("last_activity_at", FieldType::Time, "Last activity")
            .optional()
            .indexed(),
        Field::new("merged_into_id", FieldType::Id, "Merged into")
            .help("The account that took its place.")
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
            name: "parent",
            target: "account",
            by: Link::Field("parent_id"),
        },
        Relation {
            name: "owner",
            target: "user",
            by: Link::Field("owner_id"),
        },
        Relation {
            name: "children",
            target: "account",
            by: Link::TheirField("parent_id"),
        },
        Relation {
            name: "contacts",
            target: "contact",
            by: Link::TheirField("account_id"),
        },
        Relation {
            name: "opportunities",
            target: "opportunity",
            by: Link::TheirField("account_id"),
        },
        Relation {
            name: "cases",
            target: "case",
            by: Link::TheirField("account_id"),
        },
        Relation {
            name: "contracts",
            target: "contract",
            by: Link::TheirField("account_id"),
        },
        Relation {
            name: "activities",
            target: "activity",
            by: Link::TheirField("account_id"),
        },
        Relation {
            name: "sla_policy",
            target: "sla_policy",
            by: Link::Field("sla_policy_id"),
        },
    ],
    internal: &[
        ("search", "the words that searching finds it by"),
        ("name_key", "the name in small letters, for finding duplicates"),
    ],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Owner,
        title: "name",
        standard: true,
        served: true,
    }),
};
