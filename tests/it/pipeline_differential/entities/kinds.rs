//! What the reference knows of each entity: where its dimensions are kept.

/// Where the value of a dimension is kept: in which column, or in which one of the record that a column names.
#[derive(Clone, Copy)]
pub(super) enum Kept {
    Text(&'static str),
    /// One of these words, which have this order.
    Word(&'static str, &'static [&'static str]),
    Flag(&'static str),
    Number(&'static str),
    /// An amount beside its currency.
    Money(&'static str),
    Day(&'static str),
    Moment(&'static str),
    Person(&'static str),
    /// A record of this table.
    Record(&'static str, &'static str),
    /// What is kept of a record of this table.
    Of(&'static str, &'static str, &'static Kept),
}

use Kept::{Day, Flag, Moment, Money, Number, Of, Person, Record, Text, Word};

/// An entity.
pub(super) struct Kind {
    pub(super) entity: &'static str,
    pub(super) table: &'static str,
    pub(super) dimensions: &'static [(&'static str, Kept)],
    /// What a list shows beside the record itself.
    pub(super) shown: &'static [&'static str],
    /// When a record reached what cohorts count.
    pub(super) reached: Option<&'static str>,
}

pub(super) const LEVELS: &[&str] = &["hot", "warm", "cold"];
pub(super) const LEAD_STATES: &[&str] = &[
    "new",
    "working",
    "nurturing",
    "qualified",
    "unqualified",
    "converted",
];
pub(super) const ACCOUNT_TYPES: &[&str] = &[
    "prospect",
    "customer",
    "partner",
    "reseller",
    "competitor",
    "investor",
    "vendor",
    "former_customer",
    "other",
];
pub(super) const ACTIVITY_TYPES: &[&str] = &["task", "call", "meeting", "email", "note", "transcript"];
pub(super) const ACTIVITY_STATES: &[&str] = &["planned", "in_progress", "waiting", "completed", "cancelled"];
pub(super) const CASE_STATES: &[&str] = &["new", "open", "pending", "resolved", "closed", "reopened"];
pub(super) const CASE_PRIORITIES: &[&str] = &["low", "normal", "high", "urgent"];
pub(super) const ORIGINS: &[&str] = &[
    "email", "phone", "web", "chat", "whatsapp", "sms", "social", "api", "other",
];
pub(super) const CAMPAIGN_STATES: &[&str] = &["planned", "in_progress", "completed", "aborted"];
pub(super) const MEMBER_STATES: &[&str] = &[
    "planned",
    "sent",
    "opened",
    "clicked",
    "responded",
    "registered",
    "attended",
    "no_show",
    "bounced",
    "unsubscribed",
];
pub(super) const CHANNELS: &[&str] = &[
    "widget", "console", "api", "email", "phone", "chat", "whatsapp", "sms", "social",
];
pub(super) const TALK_STATES: &[&str] = &["open", "handed_off", "closed"];
pub(super) const TALK_ENDS: &[&str] = &[
    "resolved",
    "handed_off",
    "qualified",
    "unqualified",
    "booked",
    "abandoned",
];
pub(super) const RUN_STATES: &[&str] = &["queued", "running", "awaiting_approval", "finished"];
pub(super) const ACTORS: &[&str] = &["user", "api_key", "visitor", "job"];
const STAGES: &[&str] = &[
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Id. Decision Makers",
    "Perception Analysis",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
];

pub(super) static KINDS: &[Kind] = &[
    Kind {
        entity: "leads",
        table: "leads",
        dimensions: &[
            ("name", Text("name")),
            ("company", Text("company")),
            ("owner", Person("owner_id")),
            ("status", Word("status", LEAD_STATES)),
            ("lead_source", Text("lead_source")),
            ("rating", Word("rating", LEVELS)),
            ("industry", Text("industry")),
            ("country", Text("country")),
            ("city", Text("city")),
            ("language", Text("language")),
            ("campaign", Record("campaign_id", "campaigns")),
            ("queue", Record("queue_id", "queues")),
            ("unqualified_reason", Text("unqualified_reason")),
            ("product_interest", Text("product_interest")),
            ("number_of_employees", Number("number_of_employees")),
            ("is_converted", Flag("is_converted")),
            ("created_at", Moment("created_at")),
            ("converted_at", Moment("converted_at")),
            ("last_activity_at", Moment("last_activity_at")),
        ],
        shown: &["company", "owner", "status", "lead_source", "created_at"],
        reached: Some("converted_at"),
    },
    Kind {
        entity: "accounts",
        table: "accounts",
        dimensions: &[
            ("name", Text("name")),
            ("owner", Person("owner_id")),
            ("type", Word("type", ACCOUNT_TYPES)),
            ("status", Word("status", &["active", "inactive"])),
            ("industry", Text("industry")),
            ("rating", Word("rating", LEVELS)),
            ("country", Text("billing_country")),
            ("city", Text("billing_city")),
            ("source", Text("account_source")),
            ("parent", Record("parent_id", "accounts")),
            ("number_of_employees", Number("number_of_employees")),
            ("revenue_each", Money("annual_revenue_minor")),
            ("created_at", Moment("created_at")),
            ("last_activity_at", Moment("last_activity_at")),
        ],
        shown: &["owner", "type", "industry", "country", "created_at"],
        reached: None,
    },
    Kind {
        entity: "activities",
        table: "activities",
        dimensions: &[
            ("subject", Text("subject")),
            ("owner", Person("owner_id")),
            ("type", Word("type", ACTIVITY_TYPES)),
            ("status", Word("status", ACTIVITY_STATES)),
            ("priority", Word("priority", &["low", "normal", "high"])),
            ("direction", Word("direction", &["inbound", "outbound"])),
            ("outcome", Text("outcome")),
            ("account", Record("account_id", "accounts")),
            (
                "account_industry",
                Of("account_id", "accounts", &Text("industry")),
            ),
            ("opportunity", Record("opportunity_id", "opportunities")),
            (
                "opportunity_stage",
                Of("opportunity_id", "opportunities", &Word("stage", STAGES)),
            ),
            ("lead", Record("lead_id", "leads")),
            ("contact", Record("contact_id", "contacts")),
            ("case", Record("case_id", "cases")),
            ("duration_minutes", Number("duration_minutes")),
            ("occurred_at", Moment("occurred_at")),
            ("due_at", Moment("due_at")),
            ("completed_at", Moment("completed_at")),
            ("created_at", Moment("created_at")),
        ],
        shown: &["type", "status", "owner", "account", "occurred_at"],
        reached: None,
    },
    Kind {
        entity: "cases",
        table: "cases",
        dimensions: &[
            ("number", Number("case_number")),
            ("subject", Text("subject")),
            ("owner", Person("owner_id")),
            ("status", Word("status", CASE_STATES)),
            ("priority", Word("priority", CASE_PRIORITIES)),
            ("origin", Word("origin", ORIGINS)),
            ("type", Text("type")),
            ("reason", Text("reason")),
            ("queue", Record("queue_id", "queues")),
            ("account", Record("account_id", "accounts")),
            (
                "account_industry",
                Of("account_id", "accounts", &Text("industry")),
            ),
            (
                "account_country",
                Of("account_id", "accounts", &Text("billing_country")),
            ),
            ("contact", Record("contact_id", "contacts")),
            ("product", Record("product_id", "products")),
            ("language", Text("language")),
            ("sla_policy", Record("sla_policy_id", "sla_policies")),
            ("is_escalated", Flag("is_escalated")),
            ("first_response_breached", Flag("first_response_breached")),
            ("resolution_breached", Flag("resolution_breached")),
            ("satisfaction_score", Number("satisfaction")),
            ("created_at", Moment("created_at")),
            ("resolved_at", Moment("resolved_at")),
            ("closed_at", Moment("closed_at")),
            ("first_responded_at", Moment("first_responded_at")),
            ("resolution_due_at", Moment("resolution_due_at")),
        ],
        shown: &["number", "status", "priority", "owner", "account", "created_at"],
        reached: Some("resolved_at"),
    },
    Kind {
        entity: "campaigns",
        table: "campaigns",
        dimensions: &[
            ("name", Text("name")),
            ("campaign", Record("id", "campaigns")),
            ("owner", Person("owner_id")),
            ("type", Text("type")),
            ("status", Word("status", CAMPAIGN_STATES)),
            ("is_active", Flag("is_active")),
            ("parent", Record("parent_id", "campaigns")),
            ("budgeted_cost_each", Money("budgeted_cost_minor")),
            ("start_date", Day("start_date")),
            ("end_date", Day("end_date")),
            ("created_at", Moment("created_at")),
        ],
        shown: &["type", "status", "owner", "start_date", "budgeted_cost_each"],
        reached: None,
    },
    Kind {
        entity: "campaign_members",
        table: "campaign_members",
        dimensions: &[
            ("campaign", Record("campaign_id", "campaigns")),
            ("campaign_type", Of("campaign_id", "campaigns", &Text("type"))),
            (
                "campaign_owner",
                Of("campaign_id", "campaigns", &Person("owner_id")),
            ),
            ("status", Word("status", MEMBER_STATES)),
            ("has_responded", Flag("has_responded")),
            ("lead", Record("lead_id", "leads")),
            ("contact", Record("contact_id", "contacts")),
            ("created_at", Moment("created_at")),
            ("first_responded_at", Moment("first_responded_at")),
        ],
        shown: &[
            "campaign",
            "lead",
            "contact",
            "status",
            "has_responded",
            "created_at",
        ],
        reached: None,
    },
    Kind {
        entity: "conversations",
        table: "conversations",
        dimensions: &[
            ("subject", Text("subject")),
            ("channel", Word("channel", CHANNELS)),
            ("status", Word("status", TALK_STATES)),
            ("outcome", Word("outcome", TALK_ENDS)),
            ("language", Text("language")),
            ("owner", Person("owner_id")),
            ("queue", Record("queue_id", "queues")),
            ("contact", Record("contact_id", "contacts")),
            ("handoff_reason", Text("handoff_reason")),
            ("message_count", Number("message_count")),
            ("created_at", Moment("created_at")),
            ("closed_at", Moment("closed_at")),
            ("handoff_requested_at", Moment("handoff_requested_at")),
        ],
        shown: &["channel", "status", "owner", "outcome", "created_at"],
        reached: None,
    },
    Kind {
        entity: "usage",
        table: "ledger_entries",
        dimensions: &[
            ("agent", Text("agent")),
            ("provider", Text("provider")),
            ("model", Text("model")),
            ("kind", Word("kind", &["hold", "settle", "release", "overrun"])),
            ("account", Text("to_account")),
            ("estimated", Flag("estimated")),
            ("input_tokens_each", Number("input_tokens")),
            ("output_tokens_each", Number("output_tokens")),
            ("created_at", Moment("created_at")),
        ],
        shown: &[
            "created_at",
            "agent",
            "provider",
            "model",
            "input_tokens_each",
            "output_tokens_each",
        ],
        reached: None,
    },
    Kind {
        entity: "runs",
        table: "runs",
        dimensions: &[
            ("agent", Text("agent")),
            ("state", Word("state", RUN_STATES)),
            ("outcome", Text("outcome")),
            ("actor_kind", Word("actor_kind", ACTORS)),
            ("degraded", Flag("degraded")),
            ("degraded_reason", Text("degraded_reason")),
            ("created_at", Moment("created_at")),
            ("finished_at", Moment("finished_at")),
        ],
        shown: &[
            "agent",
            "state",
            "outcome",
            "degraded",
            "created_at",
            "finished_at",
        ],
        reached: Some("finished_at"),
    },
];
