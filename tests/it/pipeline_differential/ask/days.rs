//! Random days.

use chrono::{Datelike as _, TimeDelta};
use crm_tools::semantic::{Entity, Form, Grain, PipelineQuery, Range, Time};
use rand::Rng as _;

use super::Asking;

const UNITS: [Grain; 4] = [Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];

/// Whether days have a first and a last one, so that they can be compared.
pub(super) fn is_bounded(time: &Time) -> bool {
    !matches!(
        time.range,
        Range::Between { from: None, .. } | Range::Between { to: None, .. }
    )
}

/// The dimension that the days of a query are of: the one that it says, else the one of its measures when they agree, else the
/// entity's; none when they do not agree.
pub(in super::super) fn dimension_of<'a>(entity: &'a Entity, query: &'a PipelineQuery) -> Option<&'a str> {
    if let Some(said) = query.time.as_ref().and_then(|time| time.dimension.as_deref()) {
        return Some(said);
    }
    if matches!(query.form, Form::Cohort { .. }) {
        return Some("created_at");
    }
    let mut own: Vec<&str> = query
        .measures
        .iter()
        .filter_map(|name| entity.measure(name)?.time.as_deref())
        .collect();
    own.sort_unstable();
    own.dedup();
    match own.as_slice() {
        [] => Some("close_date"),
        [one] => Some(one),
        _ => None,
    }
}

impl Asking<'_> {
    fn range(&mut self) -> Range {
        let unit = self.one(&UNITS);
        let from = self.day();
        match self.random.random_range(0..12) {
            0..4 => Range::Between {
                from: Some(from),
                to: Some(from + TimeDelta::days(self.random.random_range(0..200))),
            },
            4 if self.chance(0.5) => Range::Between {
                from: Some(from),
                to: None,
            },
            4 => Range::Between {
                from: None,
                to: Some(from),
            },
            5 | 6 => Range::Relative {
                unit: if self.chance(0.1) { Grain::Day } else { unit },
                offset: self.random.random_range(-3..2),
            },
            7 | 8 => Range::ToDate {
                unit,
                offset: self.random.random_range(-2..2),
            },
            9 | 10 => {
                let count = self.random.random_range(1..8);
                Range::Rolling {
                    unit: if self.chance(0.3) { Grain::Day } else { unit },
                    count: if self.chance(0.3) { -count } else { count * 3 },
                }
            }
            _ => {
                let unit = self.one(&[Grain::Month, Grain::Quarter, Grain::Year]);
                let most = match unit {
                    Grain::Month => 12,
                    Grain::Quarter => 4,
                    _ => 0,
                };
                Range::Named {
                    unit,
                    year: from.year(),
                    number: (most > 0).then(|| self.random.random_range(1..=most)),
                }
            }
        }
    }

    /// Asks for days of one of some dimensions, or of the one that goes without saying.
    pub(super) fn time_of(&mut self, query: &mut PipelineQuery, dimensions: &[&str]) {
        let range = self.range();
        let dimension = Some(self.one(dimensions).to_owned()).filter(|_| self.chance(0.7));
        query.time = Some(Time { dimension, range });
        if dimension_of(self.entity, query).is_none()
            && let Some(time) = &mut query.time
        {
            time.dimension = Some(dimensions[0].to_owned());
        }
    }

    pub(super) fn time(&mut self, query: &mut PipelineQuery) {
        self.time_of(
            query,
            &[
                "close_date",
                "close_date",
                "created_at",
                "created_at",
                "closed_at",
            ],
        );
    }
}
