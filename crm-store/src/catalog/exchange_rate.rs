//! The object `exchange_rate`.

use super::{Field, FieldType, Kind, Object, Preset, Rules, SeenBy};

/// What one unit of a currency is worth in the tenant's currency from a day on.
pub const EXCHANGE_RATE: Object = Object {
    name: "exchange_rate",
    plural: "exchange_rates",
    table: "exchange_rates",
    label: "Exchange rate",
    help: "What one unit of a currency is worth in the tenant's currency from a day on.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
        Field::new("currency", FieldType::Currency, "Currency")
            .indexed()
            .writable(),
        Field::new("rate", FieldType::Decimal, "Rate")
            .help("Units of the tenant's currency for one unit of this one.")
            .writable(),
        Field::new("valid_from", FieldType::Date, "Valid from")
            .indexed()
            .writable(),
        Field::new("source", FieldType::Text, "Source")
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
    relations: &[],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "currency",
        standard: true,
        served: true,
    }),
};
