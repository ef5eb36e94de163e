//! Which questions the kept sums answer, and from which of them.
//!
//! The sums (`migrations/0029_sums.sql`, and those of spells in `0037_spells.sql`) are by month. A question may use them
//! when all that it names is among their words and numbers, and it names one time at the most. Months that a range of days
//! cuts are read from the records.

use std::collections::BTreeSet;

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::{groups::GroupsPlan, scope::Frame};
use crate::{
    access::Verb,
    analytics::{Aggregate, DayRange, Filter, Formula, Grain, Key, Measure, Path, Summary},
    catalog::{ACTIVITY, OPPORTUNITY, Object},
    query::Op,
};

/// More months than this are not put together from records.
const MOST_CUT: usize = 6;

/// What is kept of an object.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) object: &'static Object,
    /// The table of the sums.
    pub(crate) sums: &'static str,
    /// The table of what is not in the sums yet.
    pub(crate) deltas: &'static str,
    /// The words of the sums by owner, by the names of fields.
    pub(super) with_owner: &'static [&'static str],
    /// The words of the sums without owners.
    pub(super) without_owner: &'static [&'static str],
    /// The times that there are sums by.
    pub(crate) times: &'static [&'static str],
    /// Whether somebody who may not view all may read the sums of the owners that they see.
    pub(super) by_rights: bool,
    /// What is summed: the column, and what it is of one record `r`.
    pub(crate) numbers: &'static [(&'static str, &'static str)],
}

/// What is kept.
pub(crate) static KEPT: &[Kept] = &[
    Kept {
        object: &OPPORTUNITY,
        sums: "opportunity_sums",
        deltas: "opportunity_deltas",
        with_owner: &[
            "owner_id",
            "stage",
            "forecast_category",
            "currency",
            "is_closed",
            "is_won",
        ],
        without_owner: &[
            "stage",
            "forecast_category",
            "currency",
            "type",
            "lead_source",
            "closed_reason",
            "is_closed",
            "is_won",
        ],
        times: &["close_date", "created_at"],
        by_rights: true,
        numbers: &[
            ("amounts", "(r.amount_minor IS NOT NULL)::int"),
            ("amount_minor", "COALESCE(r.amount_minor, 0)::numeric"),
            (
                "weighings",
                "(r.amount_minor IS NOT NULL AND r.probability IS NOT NULL)::int",
            ),
            ("weighted", "COALESCE(r.amount_minor::numeric * r.probability, 0)"),
            ("cycles", "(r.closed_at IS NOT NULL)::int"),
            (
                "cycle_seconds",
                "COALESCE(extract(epoch FROM r.closed_at - r.created_at), 0)",
            ),
        ],
    },
    Kept {
        object: &ACTIVITY,
        sums: "activity_sums",
        deltas: "activity_deltas",
        with_owner: &["owner_id", "type", "status"],
        without_owner: &["type", "status", "priority", "direction", "outcome"],
        times: &["occurred_at"],
        by_rights: false,
        numbers: &[
            ("timed", "(r.duration_minutes IS NOT NULL)::int"),
            ("duration_minutes", "COALESCE(r.duration_minutes, 0)::numeric"),
        ],
    },
];

/// What is kept of opportunities as they were.
static PAST: Kept = Kept {
    object: &OPPORTUNITY,
    sums: "opportunity_spell_sums",
    deltas: "opportunity_touched",
    with_owner: &[
        "owner_id",
        "stage",
        "forecast_category",
        "currency",
        "is_closed",
        "is_won",
    ],
    without_owner: &["stage", "forecast_category", "currency", "is_closed", "is_won"],
    times: &[],
    by_rights: true,
    numbers: &[],
};

/// What is kept of opportunities and all stages that they were in.
static STAGES: Kept = Kept {
    object: &OPPORTUNITY,
    sums: "opportunity_spell_sums",
    deltas: "opportunity_touched",
    with_owner: &["owner_id", "currency"],
    without_owner: &["currency", "type", "lead_source"],
    times: &["close_date", "created_at"],
    by_rights: true,
    numbers: &[],
};

impl Kept {
    /// The words of one way of keeping the sums.
    pub(crate) fn words(&self, by_owner: bool) -> &'static [&'static str] {
        if by_owner {
            self.with_owner
        } else {
            self.without_owner
        }
    }

    /// Every word that there are sums by.
    pub(crate) fn all_words(&self) -> BTreeSet<&'static str> {
        self.with_owner
            .iter()
            .chain(self.without_owner)
            .copied()
            .collect()
    }
}

/// What of the records is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// What they are.
    Now,
    /// What they were at the end of a day.
    Past(NaiveDate),
    /// What those were that were the same at the ends of two days.
    Unchanged(NaiveDate, NaiveDate),
    /// Which stages they were in.
    Stages,
    /// The same, deal by deal.
    EachStages,
}

/// The sums that answer a question.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) kept: &'static Kept,
    pub(super) way: Way,
    pub(super) by_owner: bool,
    pub(super) time: &'static str,
    /// The first days of the months that are read from the records.
    pub(super) cut: Vec<NaiveDate>,
}

/// What a question names.
#[derive(Default)]
struct Named {
    words: BTreeSet<&'static str>,
    times: BTreeSet<&'static str>,
    cut: BTreeSet<NaiveDate>,
}

/// The sums for a question, if they have the same answer as the records.
pub(super) fn choose(question: &GroupsPlan<'_>, filters: &[Filter], measures: &[Measure]) -> Option<Chosen> {
    let (frame, groups) = (question.frame, question.groups);
    let (kept, way) = kept_of(frame, question.object, groups.as_of)?;
    let mut named = Named::default();
    for key in &groups.keys {
        match key {
            Key::Value(path) => named.word(kept, path)?,
            Key::Calendar(path, Grain::Month | Grain::Quarter | Grain::Year) => named.time(kept, path)?,
            Key::Calendar(..) => return None,
        }
    }
    named.filters(kept, filters)?;
    for measure in measures {
        match measure {
            Measure::Plain(formula) | Measure::Attainment(formula) => named.formula(kept, formula)?,
            Measure::Ratio { of, by } | Measure::Total { of, and: by } => {
                named.formula(kept, of)?;
                named.formula(kept, by)?;
            }
        }
    }
    named.chosen(frame, kept, way, filters)
}

/// The sums for one number of all records that pass, if they have the same answer as the records.
pub(super) fn of_all(
    frame: Frame<'_>,
    object: &Object,
    as_of: Option<NaiveDate>,
    filters: &[Filter],
    formula: &Formula,
) -> Option<Chosen> {
    let (kept, way) = kept_of(frame, object, as_of)?;
    let mut named = Named::default();
    named.filters(kept, filters)?;
    named.formula(kept, formula)?;
    named.chosen(frame, kept, way, filters)
}

/// What is kept of an object as it is, or as it was at the end of a day.
fn kept_of(frame: Frame<'_>, object: &Object, as_of: Option<NaiveDate>) -> Option<(&'static Kept, Way)> {
    let of_object = |kept: &&Kept| kept.object.name == object.name;
    if let Some(day) = as_of {
        frame.beside?;
        return Some((Some(&PAST).filter(of_object)?, Way::Past(day)));
    }
    if !frame.sums {
        return None;
    }
    Some((KEPT.iter().find(of_object)?, Way::Now))
}

/// The kept spells for a question about the deals of two days, if they have the same answer as the records.
pub(super) fn of_past(frame: Frame<'_>, filters: &[Filter], way: Way) -> Option<Chosen> {
    frame.beside?;
    let mut named = Named::default();
    named.filters(&PAST, filters)?;
    named.chosen(frame, &PAST, way, filters)
}

/// The kept spells for a question about stages, if they have the same answer as the records.
pub(super) fn of_stages(frame: Frame<'_>, filters: &[Filter]) -> Option<Chosen> {
    frame.beside?;
    let mut named = Named::default();
    named.filters(&STAGES, filters)?;
    let summed = named.chosen(frame, &STAGES, Way::Stages, filters);
    // Each deal has all the words, and both times.
    Some(summed.unwrap_or(Chosen {
        kept: &STAGES,
        way: Way::EachStages,
        by_owner: true,
        time: "",
        cut: Vec::new(),
    }))
}

/// Whether sums by owner, or the others, have all that filters name.
pub(super) fn of_filters(frame: Frame<'_>, kept: &Kept, filters: &[Filter]) -> Option<bool> {
    let mut named = Named::default();
    named.filters(kept, filters)?;
    by_owner(frame, kept, &named.words)
}

/// Which way of keeping has the words, if the actor may read it.
fn by_owner(frame: Frame<'_>, kept: &Kept, words: &BTreeSet<&'static str>) -> Option<bool> {
    let views_all = frame.access.can(kept.object, Verb::ViewAll);
    let has = |of: &[&'static str]| words.iter().all(|word| of.contains(word));
    if views_all && has(kept.without_owner) {
        return Some(false);
    }
    ((views_all || kept.by_rights) && has(kept.with_owner)).then_some(true)
}

/// Whether more than months that are cut is asked for.
fn has_whole_months(filters: &[Filter], cut: &BTreeSet<NaiveDate>) -> bool {
    filters.iter().all(|filter| match filter {
        Filter::Within(
            _,
            DayRange {
                from: Some(from),
                to: Some(to),
            },
        ) => {
            let mut month = first_of(*from);
            while month <= *to {
                if !cut.contains(&month) {
                    return true;
                }
                let Some(next) = month.checked_add_months(Months::new(1)) else {
                    return false;
                };
                month = next;
            }
            false
        }
        _ => true,
    })
}

fn first_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// A field of the object itself, as the sums call it.
pub(super) fn own(path: &Path) -> Option<&'static str> {
    (path.steps.is_empty() && path.custom.is_none()).then_some(path.field.name)
}

impl Named {
    /// The sums that have all that was named, if the actor may read them.
    fn chosen(self, frame: Frame<'_>, kept: &'static Kept, way: Way, filters: &[Filter]) -> Option<Chosen> {
        let by_owner = by_owner(frame, kept, &self.words)?;
        if self.times.len() > 1 || self.cut.len() > MOST_CUT || !has_whole_months(filters, &self.cut) {
            return None;
        }
        Some(Chosen {
            kept,
            way,
            by_owner,
            time: self
                .times
                .first()
                .or(kept.times.first())
                .copied()
                .unwrap_or_default(),
            cut: self.cut.into_iter().collect(),
        })
    }

    fn word(&mut self, kept: &Kept, path: &Path) -> Option<()> {
        let name = own(path)?;
        let known = kept.with_owner.contains(&name) || kept.without_owner.contains(&name);
        known.then(|| {
            self.words.insert(name);
        })
    }

    fn time(&mut self, kept: &Kept, path: &Path) -> Option<()> {
        let name = own(path)?;
        kept.times.contains(&name).then(|| {
            self.times.insert(name);
        })
    }

    fn filters(&mut self, kept: &Kept, filters: &[Filter]) -> Option<()> {
        filters.iter().try_for_each(|filter| self.filter(kept, filter))
    }

    fn filter(&mut self, kept: &Kept, filter: &Filter) -> Option<()> {
        match filter {
            // Words are searched among those of the records.
            Filter::Field { op: Op::Contains, .. } => None,
            Filter::Field {
                path, op: Op::IsNull, ..
            } => self.word(kept, path).or_else(|| self.time(kept, path)),
            Filter::Field { path, .. } => self.word(kept, path),
            Filter::Within(path, days) => {
                self.time(kept, path)?;
                self.cut
                    .extend(days.from.filter(|day| day.day() != 1).map(first_of));
                let next = |day: &NaiveDate| {
                    day.checked_add_days(Days::new(1))
                        .is_none_or(|next| next.day() != 1)
                };
                self.cut.extend(days.to.filter(next).map(first_of));
                Some(())
            }
            Filter::Any(filters) => self.filters(kept, filters),
            Filter::Not(filter) => self.filter(kept, filter),
        }
    }

    fn formula(&mut self, kept: &Kept, formula: &Formula) -> Option<()> {
        self.filters(kept, &formula.only)?;
        let known = match &formula.aggregate {
            Aggregate::Count => true,
            Aggregate::Of(Summary::Sum | Summary::Average, path) => {
                matches!(own(path), Some("amount" | "duration_minutes"))
            }
            Aggregate::Weighted { amount, percent } => {
                own(amount) == Some("amount") && own(percent) == Some("probability")
            }
            Aggregate::Between {
                from,
                to,
                summary: Summary::Sum | Summary::Average,
                ..
            } => {
                kept.numbers.iter().any(|(name, _)| *name == "cycles")
                    && own(from) == Some("created_at")
                    && own(to) == Some("closed_at")
            }
            Aggregate::Of(..) | Aggregate::CountDistinct(_) | Aggregate::Between { .. } => false,
        };
        known.then_some(())
    }
}
