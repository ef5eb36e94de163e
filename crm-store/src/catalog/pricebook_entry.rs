//! The object `pricebook_entry`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// What a product costs in a price book.
pub const PRICEBOOK_ENTRY: Object = Object {
    name: "pricebook_entry",
    plural: "pricebook_entries",
    table: "pricebook_entries",
    label: "Price",
    help: "What a product costs in a price book.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
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
            name: "pricebook",
            target: "pricebook",
            by: Link::Field("pricebook_id"),
        },
        Relation {
            name: "product",
            target: "product",
            by: Link::Field("product_id"),
        },
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "id",
        standard: true,
        served: true,
    }),
};
