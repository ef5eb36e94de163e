//! Which records things named before, or came to name later.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    history::{
        parts::Life,
        tie::{Presence, Tie, Turn},
    },
};

/// The turns of things to some records and away from them.
#[derive(Default)]
pub(super) struct Ties {
    to: HashSet<Uuid>,
    turns: HashMap<Uuid, Vec<Turn>>,
    /// The things, by their object.
    things: HashMap<String, HashSet<Uuid>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    object: String,
    record_id: Uuid,
    old_id: Option<Uuid>,
    new_id: Option<Uuid>,
    known: DateTime<Utc>,
}

macro_rules! turns {
    ($field:literal) => {
        concat!(
            "SELECT object, record_id, old_id, new_id, greatest(effective_at, recorded_at) AS known FROM (\
                 SELECT * FROM field_changes WHERE old_id = ANY ($2) AND field = '",
            $field,
            "' UNION ALL SELECT * FROM field_changes WHERE new_id = ANY ($2) AND field = '",
            $field,
            "' AND (old_id IS NULL OR old_id <> ALL ($2))) turn WHERE object = ANY ($1) ORDER BY known, id"
        )
    };
}

/// What names deals.
pub(super) const TO_DEALS: &str = turns!("opportunity_id");
/// What names leads.
pub(super) const TO_LEADS: &str = turns!("lead_id");
/// What names accounts; deals and contacts keep the account in their pasts.
pub(super) const TO_ACCOUNTS: &str = turns!("account_id");

impl Ties {
    /// Those of things of some objects to any of these records; `sql` is one of the above.
    pub(super) async fn of(
        tx: &mut TenantTx,
        sql: &'static str,
        objects: &[&str],
        records: &[Uuid],
    ) -> Result<Self, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(objects)
            .bind(records)
            .fetch_all(tx.conn())
            .await?;
        let mut ties = Self {
            to: records.iter().copied().collect(),
            ..Self::default()
        };
        for row in rows {
            ties.things.entry(row.object).or_default().insert(row.record_id);
            ties.turns.entry(row.record_id).or_default().push(Turn {
                known: row.known,
                old: row.old_id,
                new: row.new_id,
            });
        }
        Ok(ties)
    }

    /// What of an object named one of the records at some time, apart from what was read already.
    pub(super) fn others(&self, object: &str, read: impl IntoIterator<Item = Uuid>) -> Vec<Uuid> {
        let mut others = self.things.get(object).cloned().unwrap_or_default();
        for id in read {
            others.remove(&id);
        }
        others.into_iter().collect()
    }

    /// The records that a thing named at any time, each with when it counts for it. `now` is the one that it names now.
    pub(super) fn presences(
        &self,
        id: Uuid,
        life: Life,
        imported: bool,
        now: Option<Uuid>,
    ) -> Vec<(Uuid, Presence)> {
        let Some(turns) = self.turns.get(&id) else {
            return now
                .map(|to| (to, Presence { life, tie: None }))
                .into_iter()
                .collect();
        };
        let mut to: Vec<Uuid> = turns
            .iter()
            .flat_map(|turn| [turn.old, turn.new])
            .flatten()
            .chain(now)
            .filter(|to| self.to.contains(to))
            .collect();
        to.sort_unstable();
        to.dedup();
        to.into_iter()
            .map(|to| {
                let tie = Some(Tie::new(to, turns, id, life.created, imported));
                (to, Presence { life, tie })
            })
            .collect()
    }
}
