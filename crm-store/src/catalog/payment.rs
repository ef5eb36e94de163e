//! The object `payment`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// Money that an account paid or owes.
pub const PAYMENT: Object = Object {
    name: "payment",
    plural: "payments",
    table: "payments",
    label: "Payment",
    help: "Money that an account paid or owes.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
        Field::new("account_id", FieldType::Id, "Account")
            .indexed()
            .writable(),
        Field::new("contract_id", FieldType::Id, "Contract")
            .optional()
            .indexed()
            .writable(),
        Field::new("opportunity_id", FieldType::Id, "Opportunity")
            .optional()
            .indexed()
            .writable(),
        Field::new("quote_id", FieldType::Id, "Quote")
            .optional()
            .writable(),
        Field::new("amount", FieldType::Money("currency"), "Amount")
            .column("amount_minor")
            .indexed()
            .writable(),
        Field::new("currency", FieldType::Currency, "Currency").writable(),
        Field::new(
            "status",
            FieldType::Enum(&["pending", "paid", "overdue", "failed", "refunded", "cancelled"]),
            "Status",
        )
        .preset(Preset::Text("pending"))
        .indexed()
        .writable()
        .tracked(),
        Field::new(
            "method",
            FieldType::Enum(&["card", "bank_transfer", "direct_debit", "cash", "cheque", "other"]),
            "Method",
        )
        .optional()
        .writable(),
        Field::new("invoice_number", FieldType::Text, "Invoice")
            .optional()
            .indexed()
            .writable(),
        Field::new("reference", FieldType::Text, "Reference")
            .optional()
            .writable(),
        Field::new("due_date", FieldType::Date, "Due")
            .optional()
            .indexed()
            .writable(),
        Field::new("paid_at", FieldType::Time, "Paid")
            .optional()
            .indexed()
            .writable(),
        Field::new("description", FieldType::Text, "Description")
            .optional()
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
            name: "contract",
            target: "contract",
            by: Link::Field("contract_id"),
        },
        Relation {
            name: "opportunity",
            target: "opportunity",
            by: Link::Field("opportunity_id"),
        },
        Relation {
            name: "quote",
            target: "quote",
            by: Link::Field("quote_id"),
        },
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Parent("account_id", "account"),
        title: "reference",
        standard: true,
        served: true,
    }),
};
