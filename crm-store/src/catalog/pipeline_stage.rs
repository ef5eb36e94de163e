//! The object `pipeline_stage`.

use super::{Field, FieldType, Kind, Object, Preset, Rules, SeenBy, standard};

/// A step on the way to a closed opportunity.
pub const PIPELINE_STAGE: Object = Object {
    name: "pipeline_stage",
    plural: "pipeline_stages",
    table: "pipeline_stages",
    label: "Pipeline stage",
    help: "A step on the way to a closed opportunity.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        Field::new("name", FieldType::Text, "Name")
            .help("The word that opportunities carry.")
            .indexed()
            .writable()
            .tracked(),
        Field::new("position", FieldType::Integer, "Order")
            .indexed()
            .writable()
            .tracked(),
        Field::new("kind", FieldType::Enum(&["open", "won", "lost"]), "Kind")
            .preset(Preset::Text("open"))
            .writable(),
        Field::new("probability", FieldType::Integer, "Probability")
            .help("Of winning, in percent.")
            .writable()
            .tracked()
            .between(0, 100),
        Field::new(
            "forecast_category",
            FieldType::Enum(&["omitted", "pipeline", "best_case", "commit", "closed"]),
            "Forecast category",
        )
        .preset(Preset::Text("pipeline"))
        .writable()
        .tracked(),
        Field::new("is_active", FieldType::Boolean, "Active")
            .help("Whether opportunities can still be moved here.")
            .preset(Preset::Boolean(true))
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
    relations: &[],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "name",
        standard: true,
        served: true,
    }),
};
