//! The object `run`.

use super::{Field, FieldType, Kind, Object, Relation, standard};

/// Who can act.
pub(super) const ACTOR_KINDS: &[&str] = &["user", "api_key", "visitor", "job"];

/// One run of an agent.
pub const RUN: Object = Object {
    name: "run",
    plural: "runs",
    table: "runs",
    label: "Run",
    help: "One piece of work of an agent, from its input to its outcome.",
    fields: &[
        standard::ID,
        Field::new("agent", FieldType::Text, "Agent"),
        Field::new(
            "state",
            FieldType::Enum(&["queued", "running", "awaiting_approval", "finished"]),
            "State",
        ),
        Field::new("outcome", FieldType::Text, "Outcome")
            .help("How it ended.")
            .optional(),
        Field::new("input", FieldType::Json, "Input")
            .sensitive()
            .writable(),
        Field::new("actor_kind", FieldType::Enum(ACTOR_KINDS), "Started by a"),
        Field::new("actor_id", FieldType::Id, "Started by"),
        Field::new("conversation_id", FieldType::Id, "Conversation")
            .optional()
            .indexed()
            .writable(),
        Field::new("degraded", FieldType::Boolean, "Degraded")
            .help("Whether the offline model stood in for a language model."),
        Field::new("degraded_reason", FieldType::Text, "Why degraded").optional(),
        Field::new("usage", FieldType::Json, "Usage").help("Tokens and money."),
        Field::new("created_at", FieldType::Time, "Started").indexed(),
        Field::new("updated_at", FieldType::Time, "Changed"),
        Field::new("finished_at", FieldType::Time, "Finished").optional(),
    ],
    relations: &[
        Relation::one("conversation", "conversation", "conversation_id"),
        Relation::many("answers", "answer", "run_id"),
    ],
    internal: &[
        (
            "transcript",
            "the typed transcript that a parked run goes on from; the event log is what the API shows",
        ),
        ("parked", "what a parked run needs beyond its transcript"),
        ("last_seq", "where the event log has come to"),
        ("leased_by", "the process that drives the run"),
        ("lease_until", "until when that process counts as alive"),
        (
            "cancel_requested_at",
            "a wish that the driving process has not seen yet",
        ),
    ],
    kind: Kind::Special,
};
