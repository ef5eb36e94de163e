//! The object `queue`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// Where cases and leads wait for a member of a team.
pub const QUEUE: Object = Object {
    name: "queue",
    plural: "queues",
    table: "queues",
    label: "Queue",
    help: "Where cases and leads wait for a member of a team.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
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
    relations: &[
        Relation {
            name: "sla_policy",
            target: "sla_policy",
            by: Link::Field("sla_policy_id"),
        },
        Relation {
            name: "members",
            target: "queue_member",
            by: Link::TheirField("queue_id"),
        },
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "name",
        standard: true,
        served: true,
    }),
};
