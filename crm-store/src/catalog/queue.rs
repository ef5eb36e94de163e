//! The object `queue`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// Where cases and leads wait for a member of a team.
pub const QUEUE: Object = Object {
    name: "queue",
    plural: "queues",
    table: "queues",
    label: "Queue",
    help: "Where cases and leads wait for a member of a team.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        Field::new("name", FieldType::Text, "Name").indexed().writable(),
        Field::new("description", FieldType::Text, "Description")
            .help("What belongs here, for people and for the router.")
            .optional()
            .writable(),
        Field::new("email", FieldType::Email, "E-mail")
            .optional()
            .writable(),
        Field::new("language", FieldType::Language, "Language")
            .optional()
            .writable(),
        Field::new("sla_policy_id", FieldType::Id, "SLA policy")
            .optional()
            .writable(),
        Field::new("is_default", FieldType::Boolean, "Default")
            .help("Where goes what nothing else fits.")
            .preset(Preset::Boolean(false))
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
    relations: &[
        Relation::one("sla_policy", "sla_policy", "sla_policy_id"),
        Relation::many("members", "queue_member", "queue_id"),
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "name",
        standard: true,
        served: true,
    }),
};
