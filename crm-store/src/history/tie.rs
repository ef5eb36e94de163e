//! For whom things counted: the record that something names, as it was at a moment.

use chrono::{DateTime, Days, Utc};
use uuid::Uuid;

use super::{
    parts::Life,
    past::{ARRIVAL_DAYS, arrived},
};

/// That a record came to name another one, or ceased to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// From when it was known.
    pub(super) known: DateTime<Utc>,
    pub(super) old: Option<Uuid>,
    pub(super) new: Option<Uuid>,
}

/// When a record named another one, of a record that did not always do so.
#[derive(Debug, Clone)]
pub(super) struct Tie {
    to: Uuid,
    /// All turns to this one and away from it, as they became known.
    turns: Vec<Turn>,
    /// Until when links are still given to a record that came along with an import.
    settled: Option<DateTime<Utc>>,
}

impl Tie {
    /// `imported` says whether an import brought the record along.
    pub(super) fn new(to: Uuid, turns: &[Turn], id: Uuid, created: DateTime<Utc>, imported: bool) -> Self {
        let settled = imported.then(|| arrived(id, created)).flatten();
        Self {
            to,
            turns: turns
                .iter()
                .filter(|turn| turn.old == Some(to) || turn.new == Some(to))
                .copied()
                .collect(),
            settled: settled.and_then(|arrived| arrived.checked_add_days(Days::new(ARRIVAL_DAYS))),
        }
    }

    /// Whether the record named the other one at a moment.
    fn held(&self, moment: DateTime<Utc>) -> bool {
        // An import gives a link when it has found the other record; the other system had it before.
        let moment = self.settled.map_or(moment, |settled| settled.max(moment));
        let next = self.turns.partition_point(|turn| turn.known <= moment);
        match (
            next.checked_sub(1).and_then(|last| self.turns.get(last)),
            self.turns.get(next),
        ) {
            (Some(last), _) => last.new == Some(self.to),
            (None, Some(first)) => first.old == Some(self.to),
            (None, None) => true,
        }
    }
}

/// From when until when something was there, and counted for the record that it is read with.
#[derive(Debug, Clone)]
pub(super) struct Presence {
    pub(super) life: Life,
    /// None of what always named that record.
    pub(super) tie: Option<Tie>,
}

impl Presence {
    pub(super) fn at(&self, moment: DateTime<Utc>) -> bool {
        self.life.at(moment) && self.named(moment)
    }

    /// Whether it named the record at a moment, though it may have been written down later.
    pub(super) fn named(&self, moment: DateTime<Utc>) -> bool {
        self.tie.as_ref().is_none_or(|tie| tie.held(moment))
    }

    /// When it came, if it always named the record.
    pub(super) fn always_since(&self) -> Option<DateTime<Utc>> {
        self.tie.is_none().then_some(self.life.created)
    }
}
