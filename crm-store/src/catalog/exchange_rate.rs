//! The object `exchange_rate`.

use super::{Field, FieldType, Kind, Object, Rules, SeenBy, standard};

/// What one unit of a currency is worth in the tenant's currency from a day on.
pub const EXCHANGE_RATE: Object = Object {
    name: "exchange_rate",
    plural: "exchange_rates",
    table: "exchange_rates",
    label: "Exchange rate",
    help: "What one unit of a currency is worth in the tenant's currency from a day on.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
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
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
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
