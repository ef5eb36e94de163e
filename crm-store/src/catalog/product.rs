//! The object `product`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// Something that is sold.
pub const PRODUCT: Object = Object {
    name: "product",
    plural: "products",
    table: "products",
    label: "Product",
    help: "Something that is sold.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
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
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[Relation::many("entries", "pricebook_entry", "product_id")],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "name",
        standard: true,
        served: true,
    }),
};
