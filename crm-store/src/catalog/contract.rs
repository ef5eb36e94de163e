//! The object `contract`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// What was agreed with an account, and until when.
pub const CONTRACT: Object = Object {
    name: "contract",
    plural: "contracts",
    table: "contracts",
    label: "Contract",
    help: "What was agreed with an account, and until when.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        standard::OWNER_ID,
        Field::new("contract_number", FieldType::BigInteger, "Number").indexed(),
        Field::new("name", FieldType::Text, "Name")
            .optional()
            .indexed()
            .searchable()
            .writable(),
        Field::new("account_id", FieldType::Id, "Account")
            .indexed()
            .writable()
            .tracked(),
        Field::new("opportunity_id", FieldType::Id, "Opportunity")
            .optional()
            .indexed()
            .writable(),
        Field::new("quote_id", FieldType::Id, "Quote")
            .optional()
            .writable(),
        Field::new("signed_contact_id", FieldType::Id, "Signed by")
            .optional()
            .writable(),
        Field::new(
            "status",
            FieldType::Enum(&["draft", "in_approval", "activated", "expired", "terminated"]),
            "Status",
        )
        .preset(Preset::Text("draft"))
        .indexed()
        .writable()
        .tracked(),
        Field::new("start_date", FieldType::Date, "Starts")
            .optional()
            .indexed()
            .writable(),
        Field::new("end_date", FieldType::Date, "Ends")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("term_months", FieldType::Integer, "Term")
            .help("In months.")
            .optional()
            .writable()
            .at_least(0),
        Field::new("value", FieldType::Money("currency"), "Value")
            .column("value_minor")
            .optional()
            .indexed()
            .writable(),
        Field::new("currency", FieldType::Currency, "Currency")
            .optional()
            .writable(),
        Field::new(
            "billing_period",
            FieldType::Enum(&["once", "monthly", "quarterly", "yearly"]),
            "Billing period",
        )
        .optional()
        .writable(),
        Field::new("auto_renew", FieldType::Boolean, "Renews by itself")
            .preset(Preset::Boolean(false))
            .writable()
            .tracked(),
        Field::new("renewal_notice_days", FieldType::Integer, "Notice")
            .help("In days before the end.")
            .optional()
            .writable()
            .at_least(0),
        Field::new("signed_at", FieldType::Time, "Signed")
            .optional()
            .writable(),
        Field::new("activated_at", FieldType::Time, "Activated")
            .optional()
            .writable(),
        Field::new("terminated_at", FieldType::Time, "Terminated")
            .optional()
            .writable(),
        Field::new("termination_reason", FieldType::Text, "Why terminated")
            .optional()
            .writable(),
        Field::new("terms", FieldType::LongText, "Terms")
            .optional()
            .writable(),
        Field::new("description", FieldType::LongText, "Description")
            .optional()
            .searchable()
            .writable(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("account", "account", "account_id"),
        Relation::one("opportunity", "opportunity", "opportunity_id"),
        standard::OWNER,
        Relation::one("quote", "quote", "quote_id"),
        Relation::one("signed_contact", "contact", "signed_contact_id"),
        Relation::many("payments", "payment", "contract_id"),
    ],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Parent("account_id", "account"),
        title: "name",
        standard: true,
        served: true,
    }),
};
