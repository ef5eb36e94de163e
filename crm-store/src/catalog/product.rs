//! The object `product`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// Something that is sold.
pub const PRODUCT: Object = Object {
    name: "product",
    plural: "products",
    table: "products",
    label: "Product",
    help: "Something that is sold.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
        Field::new("name", FieldType::Text, "Name")
            .indexed()
            .searchable()
            .writable(),
        Field::new("code", FieldType::Text, "Code")
            .help("The number in catalogues and systems of stock.")
            .optional()
            .indexed()
            .writable()
            .searchable(),
        Field::new("description", FieldType::LongText, "Description")
            .optional()
            .searchable()
            .writable(),
        Field::new("family", FieldType::Text, "Family")
            .optional()
            .indexed()
            .writable(),
        Field::new("unit", FieldType::Text, "Unit")
            .help("What one of it is, such as seat or hour.")
            .optional()
            .writable(),
        Field::new("is_recurring", FieldType::Boolean, "Recurring")
            .preset(Preset::Boolean(false))
            .writable(),
        Field::new(
            "billing_period",
            FieldType::Enum(&["once", "monthly", "quarterly", "yearly"]),
            "Billing period",
        )
        .optional()
        .writable(),
        Field::new("is_active", FieldType::Boolean, "Active")
            .preset(Preset::Boolean(true))
            .indexed()
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
    relations: &[Relation {
        name: "entries",
        target: "pricebook_entry",
        by: Link::TheirField("product_id"),
    }],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "name",
        standard: true,
        served: true,
    }),
};
