//! The object `activity`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// A task, call, meeting, mail, note or transcript.
pub const ACTIVITY: Object = Object {
    name: "activity",
    plural: "activities",
    table: "activities",
    label: "Activity",
    help: "A task, call, meeting, mail, note or transcript.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        standard::OWNER_ID,
        Field::new(
            "type",
            FieldType::Enum(&["task", "call", "meeting", "email", "note", "transcript"]),
            "Type",
        )
        .indexed()
        .writable()
        .tracked(),
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
        .writable()
        .tracked(),
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
        .writable()
        .tracked(),
        Field::new("outcome", FieldType::Text, "Outcome")
            .help("Such as connected, no answer, left a message.")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("due_at", FieldType::Time, "Due")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("occurred_at", FieldType::Time, "When")
            .help("When it took or takes place; its place in timelines.")
            .indexed()
            .writable()
            .tracked(),
        Field::new("ended_at", FieldType::Time, "Ended")
            .optional()
            .writable(),
        Field::new("completed_at", FieldType::Time, "Completed")
            .optional()
            .indexed()
            .writable()
            .tracked(),
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
            .writable()
            .tracked(),
        Field::new("contact_id", FieldType::Id, "Contact")
            .optional()
            .indexed()
            .writable(),
        Field::new("account_id", FieldType::Id, "Account")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("opportunity_id", FieldType::Id, "Opportunity")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("case_id", FieldType::Id, "Case")
            .optional()
            .indexed()
            .writable(),
        Field::new("campaign_id", FieldType::Id, "Campaign")
            .optional()
            .writable(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        standard::OWNER,
        Relation::one("lead", "lead", "lead_id"),
        Relation::one("contact", "contact", "contact_id"),
        Relation::one("account", "account", "account_id"),
        Relation::one("opportunity", "opportunity", "opportunity_id"),
        Relation::one("case", "case", "case_id"),
        Relation::one("campaign", "campaign", "campaign_id"),
    ],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Related,
        title: "subject",
        standard: true,
        served: true,
    }),
};
