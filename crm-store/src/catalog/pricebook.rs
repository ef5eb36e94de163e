//! The object `pricebook`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// Prices in one currency, for a region or a channel.
pub const PRICEBOOK: Object = Object {
    name: "pricebook",
    plural: "pricebooks",
    table: "pricebooks",
    label: "Price book",
    help: "Prices in one currency, for a region or a channel.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        Field::new("name", FieldType::Text, "Name").indexed().writable(),
        Field::new("currency", FieldType::Currency, "Currency")
            .indexed()
            .writable(),
        Field::new("region", FieldType::Text, "Region")
            .optional()
            .indexed()
            .writable(),
        Field::new("channel", FieldType::Text, "Channel")
            .help("Such as direct, partner, online.")
            .optional()
            .indexed()
            .writable(),
        Field::new("is_standard", FieldType::Boolean, "Standard")
            .help("The one that is used when none is chosen.")
            .preset(Preset::Boolean(false))
            .writable(),
        Field::new("is_active", FieldType::Boolean, "Active")
            .preset(Preset::Boolean(true))
            .writable(),
        Field::new("valid_from", FieldType::Date, "Valid from")
            .optional()
            .writable(),
        Field::new("valid_to", FieldType::Date, "Valid to")
            .optional()
            .writable(),
        Field::new("description", FieldType::Text, "Description")
            .optional()
            .writable(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[Relation::many("entries", "pricebook_entry", "pricebook_id")],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "name",
        standard: true,
        served: true,
    }),
};
