//! The object `sla_policy`.

use super::{Field, FieldType, Kind, Object, Preset, Rules, SeenBy, standard};

/// How soon cases are answered and resolved.
pub const SLA_POLICY: Object = Object {
    name: "sla_policy",
    plural: "sla_policies",
    table: "sla_policies",
    label: "SLA policy",
    help: "How soon cases are answered and resolved.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        Field::new("name", FieldType::Text, "Name").indexed().writable(),
        Field::new("description", FieldType::Text, "Description")
            .optional()
            .writable(),
        Field::new("targets", FieldType::Json, "Targets")
            .help("Minutes per priority: {\"urgent\": {\"first_response\": 30, \"resolution\": 240}, ...}.")
            .writable(),
        Field::new("business_hours_only", FieldType::Boolean, "Business hours only")
            .help("Whether the clocks stand still outside the tenant's business hours.")
            .preset(Preset::Boolean(true))
            .writable(),
        Field::new("is_default", FieldType::Boolean, "Default")
            .help("For cases of which neither the account nor the queue says another.")
            .preset(Preset::Boolean(false))
            .writable(),
        Field::new("is_active", FieldType::Boolean, "Active")
            .preset(Preset::Boolean(true))
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
