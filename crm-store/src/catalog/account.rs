//! The object `account`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, address, person, standard};

/// A company or other organisation, perhaps part of a larger one.
pub const ACCOUNT: Object = Object {
    name: "account",
    plural: "accounts",
    table: "accounts",
    label: "Account",
    help: "A company or other organisation, perhaps part of a larger one.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        standard::OWNER_ID.tracked(),
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
            .writable()
            .tracked(),
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
        person::PHONE,
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
            .at_least(0)
            .tracked(),
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
        address::street("billing_street", "Billing street"),
        address::part("billing_city", "Billing city"),
        address::part("billing_state", "Billing state"),
        address::part("billing_postal_code", "Billing postal code"),
        address::part("billing_country", "Billing country").indexed(),
        address::street("shipping_street", "Shipping street"),
        address::part("shipping_city", "Shipping city"),
        address::part("shipping_state", "Shipping state"),
        address::part("shipping_postal_code", "Shipping postal code"),
        address::part("shipping_country", "Shipping country"),
        Field::new("description", FieldType::LongText, "Description")
            .optional()
            .searchable()
            .writable(),
        Field::new("sla_policy_id", FieldType::Id, "SLA policy")
            .help("What its cases are promised; the queue's or the default when there is none.")
            .optional()
            .writable(),
        standard::LAST_ACTIVITY_AT,
        Field::new("merged_into_id", FieldType::Id, "Merged into")
            .help("The account that took its place.")
            .optional(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("parent", "account", "parent_id"),
        standard::OWNER,
        Relation::many("children", "account", "parent_id"),
        Relation::many("contacts", "contact", "account_id"),
        Relation::many("opportunities", "opportunity", "account_id"),
        Relation::many("cases", "case", "account_id"),
        Relation::many("contracts", "contract", "account_id"),
        Relation::many("activities", "activity", "account_id"),
        Relation::one("sla_policy", "sla_policy", "sla_policy_id"),
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
