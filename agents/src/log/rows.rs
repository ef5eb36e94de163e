//! Events as the store keeps them, and back.

use crm_store::{
    ids::RunId,
    run_events::{NewRunEvents, RunEventRow},
};
use serde_json::{Value, json};

use super::live::Segment;
use crate::event::AgentEvent;

const TEXT: &str = "text_delta";

pub(super) fn of_segment(run: RunId, segment: &Segment) -> NewRunEvents {
    match segment {
        Segment::Event { seq, event } => row_of(run, *seq, event),
        Segment::Text {
            first, text, splits, ..
        } => NewRunEvents {
            run,
            seq: *first,
            seq_end: segment.last(),
            kind: TEXT,
            payload: json!({ "text": text }),
            splits: splits.clone(),
        },
    }
}

/// One event as a row.
pub(crate) fn row_of(run: RunId, seq: u64, event: &AgentEvent) -> NewRunEvents {
    let mut payload = serde_json::to_value(event).unwrap_or_default();
    if let Some(fields) = payload.as_object_mut() {
        fields.remove("type");
    }
    NewRunEvents {
        run,
        seq,
        seq_end: seq,
        kind: event.kind(),
        payload,
        splits: Vec::new(),
    }
}

/// The events of a row after `cursor`. A row that a later version wrote and this
/// one does not know is passed over.
pub(crate) fn events_of(row: RunEventRow, cursor: u64) -> Vec<(u64, AgentEvent)> {
    let first = row.seq.unsigned_abs();
    if row.kind == TEXT {
        let text = row
            .payload
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let splits: Vec<u32> = row.splits.iter().map(|split| split.unsigned_abs()).collect();
        let mut events = Vec::with_capacity(splits.len() + 1);
        deltas(first, text, &splits, cursor, &mut events);
        return events;
    }
    if first <= cursor {
        return Vec::new();
    }
    let mut payload = row.payload;
    if let Some(fields) = payload.as_object_mut() {
        fields.insert("type".to_owned(), Value::String(row.kind.clone()));
    }
    match serde_json::from_value(payload) {
        Ok(event) => vec![(first, event)],
        Err(error) => {
            tracing::warn!(kind = row.kind, seq = first, %error, "a stored event cannot be read");
            Vec::new()
        }
    }
}

/// The deltas of a text after `cursor`.
pub(super) fn deltas(first: u64, text: &str, splits: &[u32], cursor: u64, into: &mut Vec<(u64, AgentEvent)>) {
    let skip = usize::try_from((cursor + 1).saturating_sub(first)).unwrap_or(usize::MAX);
    let border = |at: usize| match at {
        0 => 0,
        at => splits.get(at - 1).map_or(text.len(), |split| *split as usize),
    };
    for at in skip..=splits.len() {
        let delta = text.get(border(at)..border(at + 1)).unwrap_or_default();
        into.push((
            first + at as u64,
            AgentEvent::TextDelta {
                text: delta.to_owned(),
            },
        ));
    }
}
