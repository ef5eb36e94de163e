//! The object `queue_member`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// Somebody who works on a queue.
pub const QUEUE_MEMBER: Object = Object {
    name: "queue_member",
    plural: "queue_members",
    table: "queue_members",
    label: "Queue member",
    help: "Somebody who works on a queue.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
        Field::new("queue_id", FieldType::Id, "Queue")
            .indexed()
            .writable(),
        Field::new("user_id", FieldType::Id, "User").indexed().writable(),
        Field::new("skills", FieldType::Json, "Skills")
            .help("A list of words, such as billing or fr.")
            .preset(Preset::EmptyArray)
            .writable(),
        Field::new("capacity", FieldType::Integer, "Capacity")
            .help("How many open cases at once.")
            .preset(Preset::Integer(10))
            .writable()
            .between(0, 1000),
        Field::new("is_active", FieldType::Boolean, "Active")
            .preset(Preset::Boolean(true))
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
            name: "queue",
            target: "queue",
            by: Link::Field("queue_id"),
        },
        Relation {
            name: "user",
            target: "user",
            by: Link::Field("user_id"),
        },
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "id",
        standard: true,
        served: true,
    }),
};
