//! What of the records behind a score its reader may see.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crm_store::{
    StoreError, TenantTx,
    access::{Access, FieldRule, Verb},
    catalog::{self, Kind},
    records::Select,
};
use uuid::Uuid;

use super::terms::Evidence;

/// The records that a reader may see, among those that were asked for, with what names them.
#[derive(Debug, Clone, Default)]
pub struct Sight {
    seen: HashMap<Evidence, Option<String>>,
    /// Objects, and `object.field`s, that the reader's role does not show.
    closed: BTreeSet<String>,
}

impl Sight {
    /// Looks which of these records and objects the actor of `tx` may see: one statement for each object.
    pub async fn of(
        tx: &mut TenantTx,
        evidence: impl IntoIterator<Item = &Evidence>,
        rests_on: impl IntoIterator<Item = &str>,
    ) -> Result<Self, StoreError> {
        let access = tx.access().await?;
        let mut wanted: BTreeMap<&str, BTreeSet<Uuid>> = BTreeMap::new();
        for record in evidence {
            wanted.entry(&record.object).or_default().insert(record.id);
        }
        let mut sight = Self::default();
        for place in rests_on {
            if !may_read(&access, place) {
                sight.closed.insert(place.to_owned());
            }
        }
        for (name, ids) in wanted {
            let Some(object) = catalog::object(name).filter(|object| matches!(object.kind, Kind::Record(_)))
            else {
                continue;
            };
            if !access.can(object, Verb::Read) {
                continue;
            }
            let title = object.rules().map(|rules| rules.title);
            let shown = title.filter(|field| {
                !matches!(
                    access.field_rule(object, field),
                    Some(FieldRule::Hidden | FieldRule::Masked)
                )
            });
            let select = Select {
                fields: Some(shown.into_iter().map(str::to_owned).collect()),
                ..Select::default()
            };
            let ids: Vec<Uuid> = ids.into_iter().collect();
            for record in tx.records(object).get_many(&ids, &select).await? {
                let title = Some(record.title()).filter(|title| shown.is_some() && !title.is_empty());
                let place = Evidence {
                    object: name.to_owned(),
                    id: record.id,
                };
                sight.seen.insert(place, title.map(str::to_owned));
            }
        }
        Ok(sight)
    }

    /// Whether the reader may know what rests on these objects and records.
    pub fn shows(&self, rests_on: &[String], evidence: &[Evidence]) -> bool {
        rests_on.iter().all(|place| !self.closed.contains(place))
            && evidence.iter().all(|record| self.seen.contains_key(record))
    }

    /// What names a record, if the reader may see it and it has a name.
    pub fn title(&self, record: &Evidence) -> Option<&str> {
        self.seen.get(record)?.as_deref()
    }
}

/// Whether a role shows an object, or one field of it.
fn may_read(access: &Access, place: &str) -> bool {
    let (name, field) = place
        .split_once('.')
        .map_or((place, None), |(name, field)| (name, Some(field)));
    let Some(object) = catalog::object(name) else {
        return true;
    };
    if matches!(object.kind, Kind::Record(_)) && !access.can(object, Verb::Read) {
        return false;
    }
    field.is_none_or(|field| {
        !matches!(
            access.field_rule(object, field),
            Some(FieldRule::Hidden | FieldRule::Masked)
        )
    })
}
