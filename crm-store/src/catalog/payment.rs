//! The object `payment`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// Money that an account paid or owes.
pub const PAYMENT: Object = Object {
    name: "payment",
    plural: "payments",
    table: "payments",
    label: "Payment",
    help: "Money that an account paid or owes.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        Field::new("account_id", FieldType::Id, "Account")
            .indexed()
            .writable()
            .tracked(),
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
            .writable()
            .tracked(),
        Field::new("paid_at", FieldType::Time, "Paid")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("description", FieldType::Text, "Description")
            .optional()
            .writable(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("account", "account", "account_id"),
        Relation::one("contract", "contract", "contract_id"),
        Relation::one("opportunity", "opportunity", "opportunity_id"),
        Relation::one("quote", "quote", "quote_id"),
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Parent("account_id", "account"),
        title: "reference",
        standard: true,
        served: true,
    }),
};
