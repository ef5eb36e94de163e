//! The object `pipeline_stage`.

use super::{Field, FieldType, Kind, Object, Preset, Rules, SeenBy};

/// A step on the way to a closed opportunity.
pub const PIPELINE_STAGE: Object = Object {
    name: "pipeline_stage",
    plural: "pipeline_stages",
    table: "pipeline_stages",
    label: "Pipeline stage",
    help: "A step on the way to a closed opportunity.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
        Field::new("name", FieldType::Text, "Name")
            .help("The word that opportunities carry.")
            .indexed()
            .writable(),
        Field::new("position", FieldType::Integer, "Order")
            .indexed()
            .writable(),
        Field::new("kind", FieldType::Enum(&["open", "won", "lost"]), "Kind")
            .preset(Preset::Text("open"))
            .writable(),
        Field::new("probability", FieldType::Integer, "Probability")
            .help("Of winning, in percent.")
            .writable()
            .between(0, 100),
        Field::new(
            "forecast_category",
            FieldType::Enum(&["omitted", "pipeline", "best_case", "commit", "closed"]),
            "Forecast category",
        )
        .preset(Preset::Text("pipeline"))
        .writable(),
        Field::new("is_active", FieldType::Boolean, "Active")
            .help("Whether opportunities can still be moved here.")
            .preset(Preset::Boolean(true))
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
    relations: &[],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "name",
        standard: true,
        served: true,
    }),
};
