//! The object `quote_line`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// One product of a quote.
pub const QUOTE_LINE: Object = Object {
    name: "quote_line",
    plural: "quote_lines",
    table: "quote_lines",
    label: "Quote line",
    help: "One product of a quote.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        Field::new("quote_id", FieldType::Id, "Quote")
            .indexed()
            .writable(),
        Field::new("position", FieldType::Integer, "Order")
            .preset(Preset::Integer(1))
            .indexed()
            .writable(),
        Field::new("product_id", FieldType::Id, "Product")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("pricebook_entry_id", FieldType::Id, "Price")
            .optional()
            .writable(),
        Field::new("description", FieldType::Text, "Description")
            .optional()
            .writable(),
        Field::new("quantity", FieldType::Decimal, "Quantity")
            .preset(Preset::Integer(1))
            .writable(),
        Field::new("unit_price", FieldType::Money("currency"), "Unit price")
            .help("The price book's, when none is given.")
            .column("unit_price_minor")
            .optional()
            .writable(),
        Field::new("currency", FieldType::Currency, "Currency")
            .help("That of the quote.")
            .optional(),
        Field::new("discount_percent", FieldType::Decimal, "Discount")
            .help("In percent.")
            .optional()
            .writable()
            .between(0, 100),
        Field::new("tax_percent", FieldType::Decimal, "Tax")
            .help("In percent.")
            .optional()
            .writable()
            .between(0, 100),
        Field::new("subtotal", FieldType::Money("currency"), "Subtotal")
            .column("subtotal_minor")
            .preset(Preset::Integer(0))
            .tracked(),
        Field::new("discount_total", FieldType::Money("currency"), "Discount amount")
            .column("discount_total_minor")
            .preset(Preset::Integer(0))
            .tracked(),
        Field::new("tax_total", FieldType::Money("currency"), "Tax amount")
            .column("tax_total_minor")
            .preset(Preset::Integer(0)),
        Field::new("total", FieldType::Money("currency"), "Total")
            .column("total_minor")
            .preset(Preset::Integer(0)),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("quote", "quote", "quote_id"),
        Relation::one("product", "product", "product_id"),
        Relation::one("pricebook_entry", "pricebook_entry", "pricebook_entry_id"),
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Parent("quote_id", "quote"),
        title: "description",
        standard: true,
        served: true,
    }),
};
