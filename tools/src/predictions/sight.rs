//! What of the records behind a score its reader may see.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crm_store::{
    StoreError, TenantTx,
    access::{Access, FieldRule, Verb},
    catalog::{self, CONVERSATION, Kind, MESSAGE},
    records::Select,
    scores::{ALL_RECORDS, PartEvidence, ScorePart, all_of},
};
use uuid::Uuid;

use super::labels::{Compared, compared};

/// How much of a part of a score a reader may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// What it says.
    Whole,
    /// What people call its feature: it compares the record with others of its kind, not all of which the reader may view.
    Named(&'static str),
    /// Nothing.
    Nothing,
}

/// The records that a reader may see, among those that were asked for, with what names them.
#[derive(Debug, Clone, Default)]
pub struct Sight {
    seen: HashMap<(String, Uuid), Option<String>>,
    /// Objects, and `object.field`s, that the reader's role does not show.
    closed: BTreeSet<String>,
}

impl Sight {
    /// Looks which of the records and objects that these parts rest on the actor of `tx` may see: one statement for each
    /// object.
    pub async fn of<'p>(
        tx: &mut TenantTx,
        parts: impl IntoIterator<Item = &'p ScorePart>,
    ) -> Result<Self, StoreError> {
        let mut sight = Self::default();
        let mut wanted: BTreeMap<&str, BTreeSet<Uuid>> = BTreeMap::new();
        let access = tx.access().await?;
        for part in parts {
            sight.close(&access, part.rests_on.iter().map(String::as_str));
            sight.close(&access, compared(part).map(|compared| compared.with));
            for record in &part.evidence {
                wanted.entry(&record.object).or_default().insert(record.id);
            }
        }
        for (name, ids) in wanted {
            let Some(object) = catalog::object(name).filter(|object| access.can(object, Verb::Read)) else {
                continue;
            };
            if object.name == MESSAGE.name {
                let ids: Vec<Uuid> = ids.into_iter().collect();
                for id in tx.messages_seen(&ids).await? {
                    sight.seen.insert((name.to_owned(), id), None);
                }
                continue;
            }
            if !matches!(object.kind, Kind::Record(_)) {
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
                sight
                    .seen
                    .insert((name.to_owned(), record.id), title.map(str::to_owned));
            }
        }
        Ok(sight)
    }

    /// Notes which of these objects and fields the actor's role does not show.
    pub fn close<'p>(&mut self, access: &Access, places: impl IntoIterator<Item = &'p str>) {
        for place in places {
            if !may_read(access, place) {
                self.closed.insert(place.to_owned());
            }
        }
    }

    /// How much of a part the reader may know.
    pub fn view(&self, part: &ScorePart) -> View {
        let compared = compared(part);
        let is_of_all = |place: &str| compared.is_some_and(|compared| compared.with == place);
        let may_know = part
            .rests_on
            .iter()
            .all(|place| is_of_all(place) || !self.closed.contains(place))
            && part
                .evidence
                .iter()
                .all(|record| self.seen.contains_key(&key(record)));
        match compared {
            _ if !may_know => View::Nothing,
            Some(Compared { label, with }) if self.closed.contains(with) => View::Named(label),
            _ => View::Whole,
        }
    }

    /// Whether the reader may know what a part says, with its figures.
    pub fn shows(&self, part: &ScorePart) -> bool {
        self.view(part) == View::Whole
    }

    /// Whether the reader may know the name of a feature that rests on these: their role shows the objects and fields, of those
    /// that were noted. All records of a kind may be hidden, as a name says nothing of them.
    pub fn opens(&self, places: &[&str]) -> bool {
        places
            .iter()
            .all(|place| all_of(place).is_some() || !self.closed.contains(*place))
    }

    /// What names a record, if the reader may see it and it has a name.
    pub fn title(&self, record: &PartEvidence) -> Option<&str> {
        self.seen.get(&key(record))?.as_deref()
    }
}

fn key(record: &PartEvidence) -> (String, Uuid) {
    (record.object.clone(), record.id)
}

/// Whether a role shows an object, one field of it, or all of its records.
fn may_read(access: &Access, place: &str) -> bool {
    let (name, field) = place
        .split_once('.')
        .map_or((place, None), |(name, field)| (name, Some(field)));
    let Some(object) = catalog::object(name) else {
        return true;
    };
    if !access.can(object, Verb::Read) {
        return false;
    }
    if field == Some(ALL_RECORDS) {
        // Who sees a message is who sees its conversation.
        let seen_by = if object.name == MESSAGE.name {
            &CONVERSATION
        } else {
            object
        };
        return access.can(seen_by, Verb::ViewAll);
    }
    field.is_none_or(|field| {
        !matches!(
            access.field_rule(object, field),
            Some(FieldRule::Hidden | FieldRule::Masked)
        )
    })
}
