//! The object `pricebook`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// Prices in one currency, for a region or a channel.
pub const PRICEBOOK: Object = Object {
    name: "pricebook",
    plural: "pricebooks",
    table: "pricebooks",
    label: "Price book",
    help: "Prices in one currency, for a region or a channel.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
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
        by: Link::TheirField("pricebook_id"),
    }],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "name",
        standard: true,
        served: true,
    }),
};
