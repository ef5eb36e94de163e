//! Which records things named before, or came to name later.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
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
}

#[derive(sqlx::FromRow)]
struct Row {
    record_id: Uuid,
    old: Option<Json>,
    new: Option<Json>,
    known: DateTime<Utc>,
}

macro_rules! turns {
    ($field:literal) => {
        concat!(
            "SELECT record_id, old, new, greatest(effective_at, recorded_at) AS known FROM (\
                 SELECT id, record_id, old, new, effective_at, recorded_at FROM field_changes WHERE field = '",
            $field,
            "' AND object = ANY ($1) AND old = ANY ($2) UNION \
                 SELECT id, record_id, old, new, effective_at, recorded_at FROM field_changes WHERE field = '",
            $field,
            "' AND object = ANY ($1) AND new = ANY ($2)) turn ORDER BY known, id"
        )
    };
}

/// What names deals, and in which objects.
pub(super) const TO_DEALS: (&str, &[&str]) = (turns!("opportunity_id"), &["activity", "quote"]);
/// What names leads.
pub(super) const TO_LEADS: (&str, &[&str]) = (turns!("lead_id"), &["activity", "engagement_event"]);
/// What names accounts and has its own moment; deals and contacts keep the account in their pasts.
pub(super) const TO_ACCOUNTS: (&str, &[&str]) =
    (turns!("account_id"), &["activity", "case", "contract", "payment"]);

impl Ties {
    /// Those to any of these records; `what` is one of the above.
    pub(super) async fn of(
        tx: &mut TenantTx,
        (sql, objects): (&'static str, &[&str]),
        records: &[Uuid],
    ) -> Result<Self, StoreError> {
        let named: Vec<Json> = records.iter().map(|record| json!(record)).collect();
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(objects)
            .bind(named)
            .fetch_all(tx.conn())
            .await?;
        let id = |json: Option<Json>| json?.as_str()?.parse().ok();
        let mut turns: HashMap<Uuid, Vec<Turn>> = HashMap::new();
        for row in rows {
            turns.entry(row.record_id).or_default().push(Turn {
                known: row.known,
                old: id(row.old),
                new: id(row.new),
            });
        }
        Ok(Self {
            to: records.iter().copied().collect(),
            turns,
        })
    }

    /// What named one of the records at some time, apart from what was read already.
    pub(super) fn others(&self, read: impl IntoIterator<Item = Uuid>) -> Vec<Uuid> {
        let mut others: HashSet<Uuid> = self.turns.keys().copied().collect();
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
