//! The object `case`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// A matter that a customer needs help with.
pub const CASE: Object = Object {
    name: "case",
    plural: "cases",
    table: "cases",
    label: "Case",
    help: "A matter that a customer needs help with.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        standard::OWNER_ID.tracked(),
        Field::new("case_number", FieldType::BigInteger, "Number").indexed(),
        Field::new("subject", FieldType::Text, "Subject")
            .indexed()
            .searchable()
            .writable(),
        Field::new("description", FieldType::LongText, "Description")
            .optional()
            .sensitive()
            .searchable()
            .writable(),
        Field::new(
            "status",
            FieldType::Enum(&["new", "open", "pending", "resolved", "closed", "reopened"]),
            "Status",
        )
        .preset(Preset::Text("new"))
        .indexed()
        .writable()
        .tracked(),
        Field::new(
            "priority",
            FieldType::Enum(&["low", "normal", "high", "urgent"]),
            "Priority",
        )
        .preset(Preset::Text("normal"))
        .indexed()
        .writable()
        .tracked(),
        Field::new(
            "origin",
            FieldType::Enum(&[
                "email", "phone", "web", "chat", "whatsapp", "sms", "social", "api", "other",
            ]),
            "Origin",
        )
        .optional()
        .indexed()
        .writable(),
        Field::new("type", FieldType::Text, "Type")
            .help("Such as question, problem, request.")
            .optional()
            .indexed()
            .writable(),
        Field::new("reason", FieldType::Text, "Reason")
            .optional()
            .indexed()
            .writable(),
        Field::new("language", FieldType::Language, "Language")
            .optional()
            .writable(),
        Field::new("account_id", FieldType::Id, "Account")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("contact_id", FieldType::Id, "Contact")
            .optional()
            .indexed()
            .writable(),
        Field::new("parent_id", FieldType::Id, "Parent case")
            .optional()
            .indexed()
            .writable(),
        Field::new("product_id", FieldType::Id, "Product")
            .optional()
            .writable(),
        Field::new("conversation_id", FieldType::Id, "Conversation")
            .optional()
            .indexed()
            .writable(),
        Field::new("queue_id", FieldType::Id, "Queue")
            .optional()
            .indexed()
            .writable()
            .tracked(),
        Field::new("sla_policy_id", FieldType::Id, "SLA policy")
            .optional()
            .writable(),
        Field::new("supplied_name", FieldType::Text, "Name given")
            .help("Of a person who is no contact yet.")
            .optional()
            .sensitive()
            .writable()
            .searchable(),
        Field::new("supplied_email", FieldType::Email, "E-mail given")
            .optional()
            .indexed()
            .sensitive()
            .writable()
            .searchable(),
        Field::new("supplied_phone", FieldType::Phone, "Phone given")
            .optional()
            .sensitive()
            .writable(),
        Field::new("is_escalated", FieldType::Boolean, "Escalated")
            .preset(Preset::Boolean(false))
            .writable()
            .tracked(),
        Field::new("first_response_due_at", FieldType::Time, "First response due")
            .optional()
            .indexed(),
        Field::new("first_responded_at", FieldType::Time, "First response")
            .optional()
            .indexed(),
        Field::new(
            "first_response_breached",
            FieldType::Boolean,
            "First response late",
        )
        .preset(Preset::Boolean(false))
        .indexed(),
        Field::new("resolution_due_at", FieldType::Time, "Resolution due")
            .optional()
            .indexed(),
        Field::new("pending_since", FieldType::Time, "Pending since")
            .help("The clock of the resolution stands still since.")
            .optional(),
        Field::new("paused_minutes", FieldType::Integer, "Minutes paused")
            .help("How long the clock of the resolution stood still, in minutes that count.")
            .preset(Preset::Integer(0)),
        Field::new("resolved_at", FieldType::Time, "Resolved")
            .optional()
            .indexed(),
        Field::new("resolution_breached", FieldType::Boolean, "Resolution late")
            .preset(Preset::Boolean(false))
            .indexed(),
        Field::new("closed_at", FieldType::Time, "Closed")
            .optional()
            .indexed(),
        Field::new("reopened_count", FieldType::Integer, "Times reopened").preset(Preset::Integer(0)),
        Field::new("resolution", FieldType::LongText, "Resolution")
            .help("What helped.")
            .optional()
            .searchable()
            .writable(),
        Field::new("satisfaction", FieldType::Integer, "Satisfaction")
            .help("1 to 5, as the customer says.")
            .optional()
            .indexed()
            .writable()
            .between(1, 5),
        Field::new(
            "satisfaction_comment",
            FieldType::LongText,
            "Comment on satisfaction",
        )
        .optional()
        .sensitive()
        .writable(),
        Field::new("sentiment", FieldType::Decimal, "Sentiment")
            .help("-1 to 1, of what the customer wrote last.")
            .optional()
            .between(-1, 1),
        Field::new("urgency", FieldType::Integer, "Urgency")
            .help("0 to 100, of what the customer wrote last.")
            .optional()
            .indexed()
            .between(0, 100),
        standard::LAST_ACTIVITY_AT,
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        standard::OWNER,
        Relation::one("account", "account", "account_id"),
        Relation::one("contact", "contact", "contact_id"),
        Relation::one("queue", "queue", "queue_id"),
        Relation::one("sla_policy", "sla_policy", "sla_policy_id"),
        Relation::one("parent", "case", "parent_id"),
        Relation::one("product", "product", "product_id"),
        Relation::one("conversation", "conversation", "conversation_id"),
        Relation::many("events", "case_event", "case_id"),
        Relation::many("activities", "activity", "case_id"),
    ],
    internal: &[("search", "the words that searching finds it by")],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Owner,
        title: "subject",
        standard: true,
        served: true,
    }),
};
