//! The changes of a record's tracked fields, and what a field held at a moment.

use chrono::{DateTime, NaiveDate, Utc};
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
    /// Before this moment the record was in another system; see [`Past::told`].
    arrived: Option<DateTime<Utc>>,
}

/// A record that is this much older than its id came from another system.
const ARRIVAL_DAYS: i64 = 1;

impl Past {
    pub(super) fn new(id: Uuid, created: DateTime<Utc>, mut steps: Vec<Step>) -> Self {
        steps.sort_by_key(|step| step.known);
        // Ids of version 7 hold the moment in which the service made them.
        let arrived = id
            .get_timestamp()
            .and_then(|stamp| {
                let (seconds, nanos) = stamp.to_unix();
                DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
            })
            .filter(|arrived| (*arrived - created).num_days() >= ARRIVAL_DAYS);
        Self { steps, arrived }
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

    pub(super) fn sum(&self, field: &str, now: Option<&Sum>, moment: DateTime<Utc>) -> Option<Sum> {
        self.replaced(field, moment)
            .map_or_else(|| now.cloned(), |old| Sum::from_json(old?))
    }

    /// Whether the field's value at a moment can be told. Values that people add while a deal runs, such as its competitor,
    /// came along with an import as they were at the end; before it only the changes that came along count.
    fn is_told(&self, moment: DateTime<Utc>) -> bool {
        self.arrived.is_none_or(|arrived| arrived <= moment)
    }

    /// As [`Past::text`], of a field that is filled in while things go on.
    pub(super) fn told<'p>(
        &'p self,
        field: &'p str,
        now: Option<&'p str>,
        moment: DateTime<Utc>,
    ) -> Option<&'p str> {
        if self.is_told(moment) {
            return self.text(field, now, moment);
        }
        self.until(field, moment).next_back()?.new.as_ref()?.as_str()
    }

    /// As [`Past::flag`], of a field that is filled in while things go on.
    pub(super) fn told_flag(&self, field: &str, now: bool, moment: DateTime<Utc>) -> bool {
        if self.is_told(moment) {
            return self.flag(field, now, moment);
        }
        let last = self.until_owned(field, moment);
        last.and_then(Json::as_bool).unwrap_or(false)
    }

    fn until_owned(&self, field: &str, moment: DateTime<Utc>) -> Option<&Json> {
        self.steps
            .iter()
            .rfind(|step| step.field == field && step.known <= moment)?
            .new
            .as_ref()
    }
}

/// A number, also one that is kept as text because it is exact.
fn number(json: &Json) -> Option<i64> {
    json.as_i64().or_else(|| json.as_str()?.parse().ok())
}

pub(super) fn day(json: &Json) -> Option<NaiveDate> {
    json.as_str()?.get(..10)?.parse().ok()
}
