//! The object `activity`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// A task, call, meeting, mail, note or transcript.
pub const ACTIVITY: Object = Object {
    name: "activity",
    plural: "activities",
    table: "activities",
    label: "Activity",
    help: "A task, call, meeting, mail, note or transcript.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
        Field::new("owner_id", FieldType::Id, "Owner")
            .help("Whose record it is; nobody's waits for everyone who may read the object.")
            .optional()
            .indexed()
            .writable(),
        Field::new(
            "type",
            FieldType::Enum(&["task", "call", "meeting", "email", "note", "transcript"]),
            "Type",
        )
        .indexed()
        .writable(),
        Field::new("subject", FieldType::Text, "Subject")
            .optional()
            .sensitive()
            .searchable()
            .writable(),
        Field::new("body", FieldType::LongText, "Text")
            .optional()
            .sensitive()
            .searchable()
            .writable(),
        Field::new(
            "status",
            FieldType::Enum(&["planned", "in_progress", "waiting", "completed", "cancelled"]),
            "Status",
        )
        .preset(Preset::Text("planned"))
        .indexed()
        .writable(),
        Field::new(
            "priority",
            FieldType::Enum(&["low", "normal", "high"]),
            "Priority",
        )
        .preset(Preset::Text("normal"))
        .writable(),
        Field::new(
            "direction",
            FieldType::Enum(&["inbound", "outbound"]),
            "Direction",
        )
        .optional()
        .writable(),
        Field::new("outcome", FieldType::Text, "Outcome")
            .help("Such as connected, no answer, left a message.")
            .optional()
            .indexed()
            .writable(),
        Field::new("due_at", FieldType::Time, "Due")
            .optional()
            .indexed()
            .writable(),
        Field::new("occurred_at", FieldType::Time, "When")
            .help("When it took or takes place; its place in timelines.")
            .indexed()
            .writable(),
        Field::new("ended_at", FieldType::Time, "Ended")
            .optional()
            .writable(),
        Field::new("completed_at", FieldType::Time, "Completed")
            .optional()
            .indexed()
            .writable(),
        Field::new("duration_minutes", FieldType::Integer, "Duration")
            .help("In minutes.")
            .optional()
            .writable()
            .at_least(0),
        Field::new("location", FieldType::Text, "Location")
            .optional()
            .writable(),
        Field::new("language", FieldType::Language, "Language")
            .optional()
            .writable(),
        Field::new("lead_id", FieldType::Id, "Lead")
            .optional()
            .indexed()
            .writable(),
        Field::new("contact_id", FieldType::Id, "Contact")
            .optional()
            .indexed()
            .writable(),
        Field::new("account_id", FieldType::Id, "Account")
            .optional()
            .indexed()
            .writable(),
        Field::new("opportunity_id", FieldType::Id, "Opportunity")
            .optional()
            .indexed()
            .writable(),
        Field::new("case_id", FieldType::Id, "Case")
            .optional()
            .indexed()
            .writable(),
        Field::new("campaign_id", FieldType::Id, "Campaign")
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
    relations: &[
        Relation {
            name: "owner",
            target: "user",
            by: Link::Field("owner_id"),
        },
        Relation {
            name: "lead",
            target: "lead",
            by: Link::Field("lead_id"),
        },
        Relation {
            name: "contact",
            target: "contact",
            by: Link::Field("contact_id"),
        },
        Relation {
            name: "account",
            target: "account",
            by: Link::Field("account_id"),
        },
        Relation {
            name: "opportunity",
            target: "opportunity",
            by: Link::Field("opportunity_id"),
        },
        Relation {
            name: "case",
            target: "case",
            by: Link::Field("case_id"),
        },
        Relation {
            name: "campaign",
            target: "campaign",
            by: Link::Field("campaign_id"),
        },
    ],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Related,
        title: "subject",
        standard: true,
        served: true,
    }),
};
