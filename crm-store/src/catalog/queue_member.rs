//! The object `queue_member`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// Somebody who works on a queue.
pub const QUEUE_MEMBER: Object = Object {
    name: "queue_member",
    plural: "queue_members",
    table: "queue_members",
    label: "Queue member",
    help: "Somebody who works on a queue.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
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
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("queue", "queue", "queue_id"),
        Relation::one("user", "user", "user_id"),
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "id",
        standard: true,
        served: true,
    }),
};
