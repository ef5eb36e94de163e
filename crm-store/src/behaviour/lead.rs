//! Leads: only conversion converts them.

use crate::records::{Action, Value, Write};

/// Refuses what only conversion does.
pub(super) fn before(writes: &mut [Write]) {
    for write in writes {
        let converted = write.will_be("status").as_text() == Some("converted");
        let was = write
            .before
            .as_ref()
            .is_some_and(|before| before.get("is_converted") == &Value::Boolean(true));
        // Conversion itself, and imports of history, say when.
        let says_when = matches!(write.draft.get("converted_at"), Some(Value::Time(_)));
        if converted && !was && !says_when {
            write.draft.refuse(
                "status",
                "is set to converted by POST /v1/leads/{id}/convert alone, which makes the account and the contact",
            );
        } else if was && !converted && write.action == Action::Update {
            write
                .draft
                .refuse("status", "cannot change any more: the lead was converted");
        } else if converted && says_when {
            write.draft.set("is_converted", true);
        }
    }
}
