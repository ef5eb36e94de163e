//! The object `quote`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// An offer for a deal.
pub const QUOTE: Object = Object {
    name: "quote",
    plural: "quotes",
    table: "quotes",
    label: "Quote",
    help: "An offer for a deal.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        standard::OWNER_ID,
        Field::new("quote_number", FieldType::BigInteger, "Number").indexed(),
        Field::new("name", FieldType::Text, "Name")
            .indexed()
            .searchable()
            .writable(),
        Field::new("opportunity_id", FieldType::Id, "Opportunity")
            .indexed()
            .writable()
            .tracked(),
        Field::new("account_id", FieldType::Id, "Account")
            .optional()
            .indexed()
            .writable(),
        Field::new("contact_id", FieldType::Id, "Contact")
            .optional()
            .indexed()
            .writable(),
        Field::new("pricebook_id", FieldType::Id, "Price book")
            .optional()
            .writable(),
        Field::new(
            "status",
            FieldType::Enum(&[
                "draft",
                "in_review",
                "approved",
                "presented",
                "accepted",
                "rejected",
                "expired",
            ]),
            "Status",
        )
        .preset(Preset::Text("draft"))
        .indexed()
        .writable()
        .tracked(),
        Field::new("expires_on", FieldType::Date, "Expires")
            .optional()
            .indexed()
            .writable(),
        Field::new("currency", FieldType::Currency, "Currency")
            .help("The opportunity's, when none is given.")
            .optional()
            .writable(),
        Field::new("discount_percent", FieldType::Decimal, "Discount")
            .help("On the sum of the lines, in percent.")
            .optional()
            .writable()
            .between(0, 100)
            .tracked(),
        Field::new("shipping", FieldType::Money("currency"), "Shipping")
            .column("shipping_minor")
            .optional()
            .writable(),
        Field::new("subtotal", FieldType::Money("currency"), "Subtotal")
            .help("Quantities times prices.")
            .column("subtotal_minor")
            .preset(Preset::Integer(0)),
        Field::new("discount_total", FieldType::Money("currency"), "Discounts")
            .column("discount_total_minor")
            .preset(Preset::Integer(0)),
        Field::new("tax_total", FieldType::Money("currency"), "Taxes")
            .column("tax_total_minor")
            .preset(Preset::Integer(0)),
        Field::new("total", FieldType::Money("currency"), "Total")
            .help("What the customer pays.")
            .column("total_minor")
            .preset(Preset::Integer(0))
            .indexed(),
        Field::new("payment_terms", FieldType::Text, "Payment terms")
            .optional()
            .writable(),
        Field::new("terms", FieldType::LongText, "Terms")
            .optional()
            .writable(),
        Field::new("description", FieldType::LongText, "Description")
            .optional()
            .writable(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("opportunity", "opportunity", "opportunity_id"),
        Relation::one("account", "account", "account_id"),
        Relation::one("contact", "contact", "contact_id"),
        standard::OWNER,
        Relation::one("pricebook", "pricebook", "pricebook_id"),
        Relation::many("lines", "quote_line", "quote_id"),
    ],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Parent("opportunity_id", "opportunity"),
        title: "name",
        standard: true,
        served: true,
    }),
};
