//! The object `quote`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// An offer for a deal.
pub const QUOTE: Object = Object {
    name: "quote",
    plural: "quotes",
    table: "quotes",
    label: "Quote",
    help: "An offer for a deal.",
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
        Field::new("quote_number", FieldType::BigInteger, "Number").indexed(),
        Field::new("name", FieldType::Text, "Name")
            .indexed()
            .searchable()
            .writable(),
        Field::new("opportunity_id", FieldType::Id, "Opportunity")
            .indexed()
            .writable(),
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
            .between(0, 100),
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
            name: "opportunity",
            target: "opportunity",
            by: Link::Field("opportunity_id"),
        },
        Relation {
            name: "account",
            target: "account",
            by: Link::Field("account_id"),
        },
        Relation {
            name: "contact",
            target: "contact",
            by: Link::Field("contact_id"),
        },
        Relation {
            name: "owner",
            target: "user",
            by: Link::Field("owner_id"),
        },
        Relation {
            name: "pricebook",
            target: "pricebook",
            by: Link::Field("pricebook_id"),
        },
        Relation {
            name: "lines",
            target: "quote_line",
            by: Link::TheirField("quote_id"),
        },
    ],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Parent("opportunity_id", "opportunity"),
        title: "name",
        standard: true,
        served: true,
    }),
};
