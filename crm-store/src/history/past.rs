//! The changes of a record's tracked fields, and what a field held at a moment.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use super::money::Sum;

/// A change of a field.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) field: String,
    /// From when it was known.
    pub(super) known: DateTime<Utc>,
    pub(super) old: Option<Json>,
    pub(super) new: Option<Json>,
}

/// The changes of a record, in the order in which they became known.
#[derive(Debug, Clone, Default)]
pub(super) struct Past {
    steps: Vec<Step>,
    /// Where the record was before.
    elsewhere: Option<Elsewhere>,
}

/// That a record was in another system.
#[derive(Debug, Clone)]
struct Elsewhere {
    /// Until when.
    arrived: DateTime<Utc>,
    /// From when its fields hold what they held when it arrived: its end, when it had ended by then.
    settled: DateTime<Utc>,
    brought: Arc<Brought>,
}

/// From when until when imports brought histories along, by the fields of one object.
pub(super) type Brought = HashMap<String, Vec<(NaiveDate, NaiveDate)>>;

/// Histories that come within so many days of a record are those of what it came with.
const WITHIN_DAYS: i64 = 7;

impl Elsewhere {
    /// Whether a history of the field came along with the record: of a field that it tells nothing of, nothing changed.
    fn brought(&self, field: &str) -> bool {
        let arrived = self.arrived.date_naive();
        self.brought.get(field).is_some_and(|days| {
            let near = |(first, last): &(NaiveDate, NaiveDate)| {
                (*first - arrived).num_days() <= WITHIN_DAYS && (arrived - *last).num_days() <= WITHIN_DAYS
            };
            days.iter().any(near)
        })
    }
}

/// A record that is so many days older than its id came from another system. Imports take less.
pub(super) const ARRIVAL_DAYS: u64 = 1;

/// When the service made an id: those of version 7 hold the moment.
pub(crate) fn made_at(id: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}

/// When a record came from another system, if it is younger here than it is.
pub(super) fn arrived(id: Uuid, created: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let arrived = made_at(id)?;
    let next = created.checked_add_days(Days::new(ARRIVAL_DAYS))?;
    (next <= arrived).then_some(arrived)
}

impl Past {
    pub(super) fn new(mut steps: Vec<Step>) -> Self {
        steps.sort_by_key(|step| step.known);
        Self {
            steps,
            elsewhere: None,
        }
    }

    /// The same of a record that an import brought along, if it is younger here than it is: `ended` is when it ended, and
    /// `brought` tells when imports brought histories along.
    pub(super) fn brought_along(
        mut self,
        id: Uuid,
        created: DateTime<Utc>,
        ended: Option<DateTime<Utc>>,
        brought: Arc<Brought>,
    ) -> Self {
        self.elsewhere = arrived(id, created).map(|arrived| Elsewhere {
            arrived,
            settled: ended.map_or(arrived, |ended| ended.min(arrived)),
            brought,
        });
        self
    }

    /// The moment at which things that were not brought along are looked at for this record: none of them is known before it
    /// arrived.
    pub(super) fn here(&self, moment: DateTime<Utc>) -> DateTime<Utc> {
        self.elsewhere
            .as_ref()
            .map_or(moment, |elsewhere| elsewhere.arrived.max(moment))
    }

    /// As [`Past::id`], of a link between records. An import gives a link when it has found the other record, which may be
    /// after both came; the other system had it before.
    pub(super) fn link(&self, field: &str, now: Option<Uuid>, moment: DateTime<Utc>) -> Option<Uuid> {
        let linked = self
            .elsewhere
            .as_ref()
            .filter(|elsewhere| !elsewhere.brought(field))
            .and_then(|elsewhere| elsewhere.arrived.checked_add_days(Days::new(ARRIVAL_DAYS)));
        self.id(field, now, linked.map_or(moment, |linked| linked.max(moment)))
    }

    /// The records that a field named at any time.
    pub(super) fn ids(&self, field: &str) -> impl Iterator<Item = Uuid> {
        self.steps
            .iter()
            .filter(move |step| step.field == field)
            .flat_map(|step| [&step.old, &step.new])
            .filter_map(|json| json.as_ref()?.as_str()?.parse().ok())
    }

    /// Whether a field ever changed.
    pub(super) fn changed(&self, field: &str) -> bool {
        self.steps.iter().any(|step| step.field == field)
    }

    /// Whether it is known, of what a field held at a moment before any change, that it held it from the beginning: not of a
    /// record that came along without a history. Once it is here, that of others says nothing of it.
    pub(super) fn begins(&self, field: &str, moment: DateTime<Utc>) -> bool {
        self.elsewhere.as_ref().is_none_or(|elsewhere| {
            let first = self.steps.iter().find(|step| step.field == field);
            first.is_some_and(|first| first.known < elsewhere.arrived)
                || moment < elsewhere.arrived && elsewhere.brought(field)
        })
    }

    /// From when on a field can be told of a record that began at a moment.
    pub(super) fn told_from(&self, field: &str, created: DateTime<Utc>) -> DateTime<Utc> {
        self.elsewhere
            .as_ref()
            .filter(|elsewhere| !elsewhere.brought(field))
            .map_or(created, |elsewhere| elsewhere.settled.max(created))
    }

    /// Whether the record was in another system at a moment, with something to spare for how long an import takes.
    pub(super) fn was_elsewhere(&self, moment: DateTime<Utc>) -> bool {
        self.elsewhere
            .as_ref()
            .is_some_and(|elsewhere| moment < elsewhere.arrived - TimeDelta::hours(1))
    }

    /// Puts other words into the texts that a field held before and after its changes.
    pub(super) fn reword(&mut self, field: &str, other: impl Fn(&str, DateTime<Utc>) -> String) {
        for step in self.steps.iter_mut().filter(|step| step.field == field) {
            let known = step.known;
            for value in [&mut step.old, &mut step.new].into_iter().flatten() {
                if let Json::String(text) = value {
                    *text = other(text, known);
                }
            }
        }
    }

    /// What became known of a field until a moment, oldest first.
    pub(super) fn until<'p>(
        &'p self,
        field: &'p str,
        moment: DateTime<Utc>,
    ) -> impl DoubleEndedIterator<Item = &'p Step> {
        self.steps
            .iter()
            .filter(move |step| step.field == field && step.known <= moment)
    }

    #[expect(
        clippy::option_option,
        reason = "whether a change came after, and whether the field held anything before it"
    )]
    /// What a field held: `None` where no change came after, so that it holds what it holds now.
    fn replaced(&self, field: &str, moment: DateTime<Utc>) -> Option<Option<&Json>> {
        self.steps
            .iter()
            .find(|step| step.field == field && step.known > moment)
            .map(|step| step.old.as_ref())
    }

    pub(super) fn text<'p>(
        &'p self,
        field: &str,
        now: Option<&'p str>,
        moment: DateTime<Utc>,
    ) -> Option<&'p str> {
        self.replaced(field, moment)
            .map_or(now, |old| old.and_then(Json::as_str))
    }

    pub(super) fn whole(&self, field: &str, now: Option<i64>, moment: DateTime<Utc>) -> Option<i64> {
        self.replaced(field, moment).map_or(now, |old| number(old?))
    }

    pub(super) fn decimal(&self, field: &str, now: Option<f64>, moment: DateTime<Utc>) -> Option<f64> {
        self.replaced(field, moment).map_or(now, |old| {
            let old = old?;
            let held: Option<f64> = old.as_f64().or_else(|| old.as_str()?.parse().ok());
            held.filter(|number| number.is_finite())
        })
    }

    pub(super) fn flag(&self, field: &str, now: bool, moment: DateTime<Utc>) -> bool {
        self.replaced(field, moment)
            .map_or(now, |old| old.and_then(Json::as_bool).unwrap_or(false))
    }

    pub(super) fn id(&self, field: &str, now: Option<Uuid>, moment: DateTime<Utc>) -> Option<Uuid> {
        self.replaced(field, moment)
            .map_or(now, |old| old?.as_str()?.parse().ok())
    }

    pub(super) fn day(
        &self,
        field: &str,
        now: Option<NaiveDate>,
        moment: DateTime<Utc>,
    ) -> Option<NaiveDate> {
        self.replaced(field, moment).map_or(now, |old| day(old?))
    }

    pub(super) fn time(
        &self,
        field: &str,
        now: Option<DateTime<Utc>>,
        moment: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        self.replaced(field, moment)
            .map_or(now, |old| old?.as_str()?.parse().ok())
    }

    /// An amount in minor units.
    pub(super) fn minor(&self, field: &str, now: i64, moment: DateTime<Utc>) -> i64 {
        self.replaced(field, moment)
            .map_or(now, |old| old.and_then(Sum::from_json).map_or(0, |sum| sum.minor))
    }

    /// Whether the field's value at a moment can be told. Values that change while things go on, such as the competitor of a
    /// deal or the status of a lead, came along with an import as they were at the end. Before it only the changes that came
    /// along count; where no history of this field came with it, nothing is known.
    pub(super) fn is_told(&self, field: &str, moment: DateTime<Utc>) -> bool {
        self.elsewhere
            .as_ref()
            .is_none_or(|elsewhere| elsewhere.settled <= moment || elsewhere.brought(field))
    }

    #[expect(
        clippy::option_option,
        reason = "whether it holds what it holds now, and whether it held anything"
    )]
    /// As [`Past::replaced`], of a field that changes while things go on.
    fn told_value(&self, field: &str, moment: DateTime<Utc>) -> Option<Option<&Json>> {
        if self.is_told(field, moment) {
            return self.replaced(field, moment);
        }
        let last = self
            .steps
            .iter()
            .rfind(|step| step.field == field && step.known <= moment);
        Some(last.and_then(|step| step.new.as_ref()))
    }

    /// As [`Past::text`], of a field that changes while things go on.
    pub(super) fn told<'p>(
        &'p self,
        field: &str,
        now: Option<&'p str>,
        moment: DateTime<Utc>,
    ) -> Option<&'p str> {
        self.told_value(field, moment)
            .map_or(now, |value| value.and_then(Json::as_str))
    }

    /// As [`Past::flag`], of a field that changes while things go on.
    pub(super) fn told_flag(&self, field: &str, now: bool, moment: DateTime<Utc>) -> bool {
        self.told_value(field, moment)
            .map_or(now, |value| value.and_then(Json::as_bool).unwrap_or(false))
    }

    /// As [`Past::whole`], of a field that changes while things go on.
    pub(super) fn told_whole(&self, field: &str, now: Option<i64>, moment: DateTime<Utc>) -> Option<i64> {
        self.told_value(field, moment).map_or(now, |value| number(value?))
    }

    /// A day, of a field that changes while things go on.
    pub(super) fn told_day(
        &self,
        field: &str,
        now: Option<NaiveDate>,
        moment: DateTime<Utc>,
    ) -> Option<NaiveDate> {
        self.told_value(field, moment).map_or(now, |value| day(value?))
    }

    /// An amount, of a field that changes while things go on.
    pub(super) fn told_sum(&self, field: &str, now: Option<&Sum>, moment: DateTime<Utc>) -> Option<Sum> {
        self.told_value(field, moment)
            .map_or_else(|| now.cloned(), |value| Sum::from_json(value?))
    }
}

/// A number, also one that is kept as text because it is exact.
fn number(json: &Json) -> Option<i64> {
    json.as_i64().or_else(|| json.as_str()?.parse().ok())
}

pub(super) fn day(json: &Json) -> Option<NaiveDate> {
    json.as_str()?.get(..10)?.parse().ok()
}
