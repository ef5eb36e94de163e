//! The statements of timelines. Each takes the ids of the record, the cursor's time and id, the limit and the object.

use super::EntryKind;
use crate::{
    access::{Access, Verb},
    catalog::{self, Object},
};

/// `$2` and `$3` are the cursor; `$5`, the object's name, is used by one of them alone.
macro_rules! page {
    ($from:literal, $at:literal) => {
        concat!(
            "SELECT t.id, t.",
            $at,
            " AS at FROM ",
            $from,
            " AND ($2::timestamptz IS NULL OR (t.",
            $at,
            ", t.id) < ($2, $3)) AND $5::text IS NOT NULL ",
            "ORDER BY t.",
            $at,
            " DESC, t.id DESC LIMIT $4"
        )
    };
}

/// What is looked at for an object, as far as the role may read it.
pub(super) fn of(object: &'static Object, access: &Access) -> Vec<(EntryKind, &'static str)> {
    let mut sources = Vec::new();
    let may = |source: &'static Object| access.can(source, Verb::Read);
    if may(&catalog::ACTIVITY)
        && let Some(sql) = activities(object)
    {
        sources.push((EntryKind::Activity, sql));
    }
    if may(&catalog::MESSAGE)
        && let Some(sql) = messages(object)
    {
        sources.push((EntryKind::Message, sql));
    }
    if may(&catalog::ENGAGEMENT_EVENT)
        && let Some(sql) = engagements(object)
    {
        sources.push((EntryKind::Engagement, sql));
    }
    if object.name == catalog::CASE.name {
        let sql = page!("case_events t WHERE t.case_id = ANY ($1)", "at");
        sources.push((EntryKind::CaseEvent, sql));
    }
    let sql = page!(
        "field_changes t WHERE t.object = $5 AND t.record_id = ANY ($1)",
        "effective_at"
    );
    sources.push((EntryKind::FieldChange, sql));
    sources
}

fn activities(object: &'static Object) -> Option<&'static str> {
    Some(match object.name {
        "lead" => page!(
            "activities t WHERE t.lead_id = ANY ($1) AND t.deleted_at IS NULL",
            "occurred_at"
        ),
        "contact" => page!(
            "activities t WHERE t.contact_id = ANY ($1) AND t.deleted_at IS NULL",
            "occurred_at"
        ),
        "account" => page!(
            "activities t WHERE t.account_id = ANY ($1) AND t.deleted_at IS NULL",
            "occurred_at"
        ),
        "opportunity" => page!(
            "activities t WHERE t.opportunity_id = ANY ($1) AND t.deleted_at IS NULL",
            "occurred_at"
        ),
        "case" => page!(
            "activities t WHERE t.case_id = ANY ($1) AND t.deleted_at IS NULL",
            "occurred_at"
        ),
        _ => return None,
    })
}

fn messages(object: &'static Object) -> Option<&'static str> {
    Some(match object.name {
        "lead" => page!("messages t WHERE t.lead_id = ANY ($1)", "created_at"),
        "contact" => page!("messages t WHERE t.contact_id = ANY ($1)", "created_at"),
        "case" => page!("messages t WHERE t.case_id = ANY ($1)", "created_at"),
        "account" => page!(
            "messages t WHERE t.contact_id IN (SELECT c.id FROM contacts c WHERE c.account_id = ANY ($1))",
            "created_at"
        ),
        _ => return None,
    })
}

fn engagements(object: &'static Object) -> Option<&'static str> {
    Some(match object.name {
        "lead" => page!(
            "engagement_events t WHERE t.lead_id = ANY ($1) AND t.deleted_at IS NULL",
            "occurred_at"
        ),
        "contact" => page!(
            "engagement_events t WHERE t.contact_id = ANY ($1) AND t.deleted_at IS NULL",
            "occurred_at"
        ),
        "account" => page!(
            "engagement_events t WHERE t.account_id = ANY ($1) AND t.deleted_at IS NULL",
            "occurred_at"
        ),
        _ => return None,
    })
}

/// Messages as a timeline shows them.
pub(super) const MESSAGES: &str = "SELECT id, jsonb_build_object('id', id, 'conversation_id', conversation_id, \
    'direction', direction, 'kind', kind, 'author_kind', author_kind, 'author_id', author_id, 'channel', channel, \
    'subject', subject, 'body', body, 'language', language, 'sentiment', sentiment::text, 'sentiment_label', sentiment_label, \
    'urgency', urgency, 'created_at', created_at) FROM messages WHERE id = ANY ($1)";

/// Events of cases as a timeline shows them.
pub(super) const CASE_EVENTS: &str = "SELECT id, jsonb_build_object('id', id, 'kind', kind, 'old', old, 'new', new, \
    'actor_kind', actor_kind, 'actor_id', actor_id, 'at', at) FROM case_events WHERE id = ANY ($1)";

/// Changes of fields as a timeline shows them.
pub(super) const FIELD_CHANGES: &str = "SELECT id, jsonb_build_object('id', id, 'object', object, 'record_id', record_id, \
    'field', field, 'old', old, 'new', new, 'effective_at', effective_at, 'recorded_at', recorded_at, \
    'actor_kind', actor_kind, 'actor_id', actor_id, 'source', source) FROM field_changes WHERE id = ANY ($1)";
