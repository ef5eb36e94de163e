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

/// The columns of something that names a record.
#[derive(Clone, Copy, sqlx::FromRow)]
pub(super) struct Thing {
    pub(super) id: Uuid,
    /// The record that it names now.
    about: Option<Uuid>,
    /// Whether an import brought it along.
    pub(super) imported: bool,
    pub(super) created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
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

    /// A thing with each of the records that it named at any time, made of when it counts for it.
    pub(super) fn with<T>(&self, thing: Thing, make: impl Fn(Presence) -> T) -> Vec<(Uuid, T)> {
        let presences = self.presences(thing).into_iter();
        presences.map(|(to, there)| (to, make(there))).collect()
    }

    fn presences(&self, thing: Thing) -> Vec<(Uuid, Presence)> {
        let life = Life {
            created: thing.created_at,
            deleted: thing.deleted_at,
        };
        let Some(turns) = self.turns.get(&thing.id) else {
            return thing
                .about
                .map(|to| (to, Presence { life, tie: None }))
                .into_iter()
                .collect();
        };
        let mut to: Vec<Uuid> = turns
            .iter()
            .flat_map(|turn| [turn.old, turn.new])
            .flatten()
            .chain(thing.about)
            .filter(|to| self.to.contains(to))
            .collect();
        to.sort_unstable();
        to.dedup();
        to.into_iter()
            .map(|to| {
                let tie = Some(Tie::new(to, turns, thing.id, life.created, thing.imported));
                (to, Presence { life, tie })
            })
            .collect()
    }
}
