//! The object `contract`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// What was agreed with an account, and until when.
pub const CONTRACT: Object = Object {
    name: "contract",
    plural: "contracts",
    table: "contracts",
    label: "Contract",
    help: "What was agreed with an account, and until when.",
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
            .writable(),
        Field::new("contract_number", FieldType::BigInteger, "Number").indexed(),
        Field::new("name", FieldType::Text, "Name")
            .optional()
            .indexed()
            .searchable()
            .writable(),
        Field::new("account_id", FieldType::Id, "Account")
            .indexed()
            .writable(),
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
            .writable(),
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
            .writable(),
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
            name: "opportunity",
            target: "opportunity",
            by: Link::Field("opportunity_id"),
        },
        Relation {
            name: "owner",
            target: "user",
            by: Link::Field("owner_id"),
        },
        Relation {
            name: "quote",
            target: "quote",
            by: Link::Field("quote_id"),
        },
        Relation {
            name: "signed_contact",
            target: "contact",
            by: Link::Field("signed_contact_id"),
        },
        Relation {
            name: "payments",
            target: "payment",
            by: Link::TheirField("contract_id"),
        },
    ],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Parent("account_id", "account"),
        title: "name",
        standard: true,
        served: true,
    }),
};
