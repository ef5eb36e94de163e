//! The object `quota`.

use super::{Field, FieldType, Kind, Object, Rules, SeenBy, standard};

/// The amount that somebody is to win in a stretch of days.
pub const QUOTA: Object = Object {
    name: "quota",
    plural: "quotas",
    table: "quotas",
    label: "Quota",
    help: "The amount that somebody is to win in a stretch of days.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        standard::OWNER_ID,
        Field::new("name", FieldType::Text, "Name")
            .help("What the stretch is called, such as Q3 2026.")
            .optional()
            .writable(),
        Field::new("starts_on", FieldType::Date, "First day")
            .indexed()
            .writable(),
        Field::new("ends_on", FieldType::Date, "Last day")
            .help("It counts as well.")
            .indexed()
            .writable(),
        Field::new("amount", FieldType::Money("currency"), "Amount")
            .column("amount_minor")
            .indexed()
            .writable()
            .at_least(0),
        Field::new("currency", FieldType::Currency, "Currency").writable(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[standard::OWNER],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Owner,
        title: "name",
        standard: true,
        served: true,
    }),
};
