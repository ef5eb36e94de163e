//! The way of a case: new → open → pending → resolved → closed → reopened.

use chrono::{DateTime, Utc};

use super::status_of;
use crate::{
    behaviour::mood::mood,
    records::{Action, Value, Write},
    text_enum::text_enum,
};

text_enum! {
    /// Where a case stands.
    pub enum CaseStatus {
        /// Nobody has looked at it.
        New = "new",
        /// Somebody works on it.
        Open = "open",
        /// It waits for the customer; the clock of the resolution stands still.
        Pending = "pending",
        /// The matter is settled, as far as the team can tell.
        Resolved = "resolved",
        /// It is done with.
        Closed = "closed",
        /// The customer came back.
        Reopened = "reopened",
    }
}

impl CaseStatus {
    /// Where a case may go from here.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::New | Self::Reopened => &[Self::Open, Self::Pending, Self::Resolved],
            Self::Open => &[Self::Pending, Self::Resolved],
            Self::Pending => &[Self::Open, Self::Resolved],
            Self::Resolved => &[Self::Closed, Self::Reopened],
            Self::Closed => &[Self::Reopened],
        }
    }

    /// Whether the clock of the resolution stands still here.
    pub const fn is_paused(self) -> bool {
        matches!(self, Self::Pending | Self::Resolved | Self::Closed)
    }

    /// Whether the matter is settled.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }
}

/// Refuses moves that are none, and notes when the others happened.
pub(super) fn step(write: &mut Write, now: DateTime<Utc>) {
    let from = write
        .before
        .as_ref()
        .and_then(|before| status_of(before.get("status")));
    let Some(to) = status_of(write.will_be("status")) else {
        return;
    };
    if from == Some(to) {
        return;
    }
    if let Some(from) = from
        && !from.next().contains(&to)
    {
        let allowed: Vec<&str> = from.next().iter().map(|status| status.as_str()).collect();
        write.draft.refuse(
            "status",
            format!(
                "cannot go from {from} to {to}; from {from} it can go to {}",
                allowed.join(" or ")
            ),
        );
        return;
    }
    let since = |write: &Write, field: &str| matches!(write.draft.get(field), Some(Value::Time(_)));
    if to.is_settled() {
        if write.will_be("resolved_at").is_null() && !since(write, "resolved_at") {
            write.draft.set("resolved_at", now);
        }
        if to == CaseStatus::Closed && !since(write, "closed_at") {
            write.draft.set("closed_at", now);
        }
    } else {
        write.draft.set("resolved_at", Value::Null);
        write.draft.set("closed_at", Value::Null);
    }
    if to == CaseStatus::Reopened && write.action == Action::Update {
        let times = write.will_be("reopened_count").as_integer().unwrap_or_default();
        write.draft.set("reopened_count", times + 1);
    }
    // Whoever waits for the customer, or has settled the matter, has answered.
    let answered = to == CaseStatus::Pending || to.is_settled();
    if answered && from.is_some() && write.will_be("first_responded_at").is_null() {
        write.draft.set("first_responded_at", now);
    }
}

/// How a new case reads.
pub(super) fn mood_of(write: &mut Write) {
    let text = |field: &str| {
        write
            .draft
            .get(field)
            .and_then(Value::as_text)
            .unwrap_or_default()
    };
    let words = format!("{}\n{}", text("subject"), text("description"));
    let felt = mood(&words, write.draft.get("language").and_then(Value::as_text));
    write.draft.set("sentiment", felt.sentiment);
    write.draft.set("urgency", i64::from(felt.urgency));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_leads_on_and_none_to_itself() {
        let all = CaseStatus::WORDS
            .iter()
            .map(|word| word.parse::<CaseStatus>().unwrap());
        for status in all {
            assert!(
                !status.next().is_empty() && !status.next().contains(&status),
                "{status}"
            );
            assert!(!status.next().contains(&CaseStatus::New), "{status}");
        }
        assert!(!CaseStatus::Closed.next().contains(&CaseStatus::Open));
        assert!(!CaseStatus::New.next().contains(&CaseStatus::Closed));
    }
}
