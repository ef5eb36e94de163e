//! The object `pricebook_entry`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// What a product costs in a price book.
pub const PRICEBOOK_ENTRY: Object = Object {
    name: "pricebook_entry",
    plural: "pricebook_entries",
    table: "pricebook_entries",
    label: "Price",
    help: "What a product costs in a price book.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        Field::new("pricebook_id", FieldType::Id, "Price book")
            .indexed()
            .writable(),
        Field::new("product_id", FieldType::Id, "Product")
            .indexed()
            .writable(),
        Field::new("unit_price", FieldType::Money("currency"), "Unit price")
            .column("unit_price_minor")
            .writable(),
        Field::new("currency", FieldType::Currency, "Currency")
            .help("That of the price book.")
            .writable(),
        Field::new("minimum_quantity", FieldType::Integer, "From quantity")
            .help("The price holds from this quantity on.")
            .preset(Preset::Integer(1))
            .writable()
            .at_least(1),
        Field::new("is_active", FieldType::Boolean, "Active")
            .preset(Preset::Boolean(true))
            .writable(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("pricebook", "pricebook", "pricebook_id"),
        Relation::one("product", "product", "product_id"),
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "id",
        standard: true,
        served: true,
    }),
};
