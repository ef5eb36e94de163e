//! From what was said to typed queries: one, or several where the words leave it open.

use super::{
    calendar::Calendar,
    conditions::money,
    decline::DeclineReason,
    draft::{Condition, Draft, Group, Status},
    heard::heard,
    measure::{not, status_filters},
    parts::{add_filter, changes, lists, merge, time},
    periods::Period,
    time::days,
};
use crate::semantic::{
    Compare, DimensionDef, DimensionKind, Entity, Form, Grain, Language, PipelineQuery, QueryFilter,
    QueryOrder, Range,
};

/// How many readings of a question are offered at most.
pub(super) const MOST: usize = 6;
/// How many stretches cohorts are followed.
const STRETCHES: u32 = 6;
/// The least number of groups or records that a limit leaves, and the most.
pub(super) const LIMITS: std::ops::RangeInclusive<u32> = 1..=1000;

/// A query with what sets it apart from other readings.
pub(super) type Reading = (PipelineQuery, String);

/// What queries are made with.
#[derive(Clone, Copy)]
pub(super) struct Finisher<'a> {
    pub(super) entity: &'a Entity,
    pub(super) language: Language,
    pub(super) calendar: Calendar,
}

/// A condition's reading, and how it is told apart.
type Chosen = (QueryFilter, String);

impl Finisher<'_> {
    /// The readings of a question that stands alone.
    pub(super) fn readings(&self, draft: &Draft) -> Result<Vec<Reading>, DeclineReason> {
        if draft.periods.contains(&Period::Nowhere) || draft.beside.contains(&Period::Nowhere) {
            return Err(DeclineReason::Days);
        }
        let mut late = draft.clone();
        if draft.overdue {
            if !draft.periods.is_empty() {
                return Err(DeclineReason::Unclear);
            }
            late.periods.push(Period::Range(Range::Between {
                from: None,
                to: self.calendar.today.pred_opt(),
            }));
        }
        let draft = &late;
        let mut readings = Vec::new();
        for (filters, said) in self.conditions(draft) {
            for (mut query, apart) in self.forms(draft)? {
                for filter in &filters {
                    add_filter(&mut query.filters, filter.clone());
                }
                heard(self.entity, draft, &query)?;
                let label = [said.as_str(), apart.as_str()]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>();
                readings.push((query, label.join(", ")));
                if readings.len() == MOST {
                    return Ok(readings);
                }
            }
        }
        Ok(readings)
    }

    /// The ways to read the values in a question: every combination of what is about as likely.
    pub(super) fn conditions(&self, draft: &Draft) -> Vec<(Vec<QueryFilter>, String)> {
        let mut ways: Vec<(Vec<Chosen>, String)> = vec![(Vec::new(), String::new())];
        for condition in &draft.conditions {
            let readings = self.likely(draft, condition);
            let several = readings.len() > 1;
            let mut next = Vec::new();
            for (chosen, said) in &ways {
                for (filter, label) in &readings {
                    let mut chosen = chosen.clone();
                    chosen.push((filter.clone(), label.clone()));
                    let said = if several {
                        [said.as_str(), label.as_str()].join(" ").trim().to_owned()
                    } else {
                        said.clone()
                    };
                    next.push((chosen, said));
                }
            }
            next.truncate(MOST);
            ways = next;
        }
        let merged = ways.into_iter().map(|(chosen, said)| {
            let mut filters = Vec::new();
            for (filter, _) in chosen {
                merge(&mut filters, filter);
            }
            (filters, said)
        });
        merged.collect()
    }

    /// The readings of a condition that the rest of the question leaves open, told apart by dimension and name.
    fn likely(&self, draft: &Draft, condition: &Condition) -> Vec<Chosen> {
        let named = |filter: &QueryFilter| {
            let at = self
                .entity
                .dimensions
                .iter()
                .position(|dimension| dimension.name == filter.dimension);
            at.is_some_and(|at| draft.loose.contains(&at) || draft.groups.contains(&Group::Dimension(at)))
        };
        let best = condition
            .readings
            .first()
            .map_or(0.0, |(.., confidence)| *confidence);
        let mut readings: Vec<_> = condition
            .readings
            .iter()
            .filter(|(.., confidence)| *confidence >= best - 0.2)
            .collect();
        if readings.iter().any(|(filter, ..)| named(filter)) {
            readings.retain(|(filter, ..)| named(filter));
        }
        if condition.sure {
            readings.truncate(1);
        }
        // A campaign is itself before it is the one above another.
        if let Some((first, ..)) = readings.first().copied() {
            let record = |filter: &QueryFilter| {
                let dimension = self.entity.dimension(&filter.dimension);
                dimension.is_some_and(|dimension| dimension.kind == DimensionKind::Record)
            };
            let parent = |filter: &QueryFilter| {
                record(filter) && filter.dimension == "parent" && record(first) && filter.value == first.value
            };
            readings.retain(|(filter, ..)| filter == first || !parent(filter));
        }
        let label = |(filter, said, _): &&(QueryFilter, String, f32)| {
            let dimension = self
                .entity
                .dimension(&filter.dimension)
                .map(|dimension| self.label(dimension));
            (
                filter.clone(),
                format!("{}: {said}", dimension.unwrap_or_default()),
            )
        };
        readings.iter().map(label).collect()
    }

    pub(super) fn label(&self, dimension: &DimensionDef) -> String {
        dimension
            .labels
            .get(&self.language)
            .or_else(|| dimension.labels.get(&Language::En))
            .cloned()
            .unwrap_or_default()
    }

    fn forms(&self, draft: &Draft) -> Result<Vec<Reading>, DeclineReason> {
        if draft.funnel || draft.durations || draft.bridge || changes(draft) || self.stays(draft) {
            return if self.entity.has_pipeline() {
                self.pipeline(draft)
            } else {
                Err(DeclineReason::Unclear)
            };
        }
        if draft.cohort {
            return self.cohort(draft);
        }
        if lists(draft) {
            return self.records(draft);
        }
        self.groups(draft)
    }

    /// How long they stay in their stages, said with the dimension.
    fn stays(&self, draft: &Draft) -> bool {
        let stage = self
            .entity
            .dimensions
            .iter()
            .position(|dimension| dimension.name == "stage");
        draft.how_long
            && draft.measure.is_none()
            && stage
                .is_some_and(|at| draft.groups.contains(&Group::Dimension(at)) || draft.loose.contains(&at))
    }

    fn pipeline(&self, draft: &Draft) -> Result<Vec<Reading>, DeclineReason> {
        let mut query = self.empty();
        if draft.bridge || changes(draft) {
            let (from, to) = self.bridge(draft)?;
            query.form = Form::Bridge { from, to };
        } else {
            query.form = if draft.funnel {
                Form::Funnel {}
            } else {
                Form::StageDurations {}
            };
            let (created, closing) = self.cue(draft);
            query.time = time(draft, created.or(closing))?;
            for status in &draft.status {
                query
                    .filters
                    .extend(status_filters(self.entity, *status).unwrap_or_default());
            }
        }
        Ok(vec![(query, String::new())])
    }

    /// The ends of the two days of a bridge: since a day, between days, over a stretch, or over this quarter.
    fn bridge(&self, draft: &Draft) -> Result<(chrono::NaiveDate, chrono::NaiveDate), DeclineReason> {
        let today = self.calendar.today;
        let quarter = Period::Range(Range::Relative {
            unit: Grain::Quarter,
            offset: 0,
        });
        let period = draft.periods.first().unwrap_or(&quarter);
        let (first, last) = days(self.calendar, period);
        let first = first.ok_or(DeclineReason::Days)?;
        let whole = !matches!(period, Period::Range(Range::Between { .. }) | Period::Day(_));
        let from = if whole {
            first.pred_opt().unwrap_or(first)
        } else {
            first
        };
        let to = if matches!(period, Period::Day(_)) {
            today
        } else {
            last.unwrap_or(today).min(today)
        };
        if from >= to {
            Err(DeclineReason::Days)
        } else {
            Ok((from, to))
        }
    }

    fn cohort(&self, draft: &Draft) -> Result<Vec<Reading>, DeclineReason> {
        if self.entity.cohort.is_none() {
            return Err(DeclineReason::Unclear);
        }
        let grain = draft.groups.iter().find_map(|group| match group {
            Group::Calendar(grain) => Some(*grain),
            Group::Dimension(_) => None,
        });
        let mut query = self.empty();
        query.form = Form::Cohort {
            grain: grain.unwrap_or(Grain::Month),
            stretches: STRETCHES,
        };
        query.time = time(draft, None)?;
        Ok(vec![(query, String::new())])
    }

    fn records(&self, draft: &Draft) -> Result<Vec<Reading>, DeclineReason> {
        let mut query = self.empty();
        query.form = Form::Records {};
        self.status(draft, &mut query)?;
        query.limit = draft.number.filter(|number| LIMITS.contains(number));
        if let Some(most) = draft.most {
            let by = money(self.entity).ok_or(DeclineReason::Unclear)?;
            query.order = vec![QueryOrder {
                by: by.name.clone(),
                descending: most,
            }];
            query.limit = query.limit.or(Some(1));
        }
        let (created, closing) = self.cue(draft);
        let open = draft.status.is_empty() && created.is_none() && closing.is_none();
        let Some((created, close)) = self.two_times().filter(|_| open && !draft.periods.is_empty()) else {
            query.time = time(draft, created.or(closing))?;
            // What closes in days to come is still open.
            if closing.is_some() && draft.status.is_empty() && draft.not_status.is_empty() {
                query
                    .filters
                    .extend(status_filters(self.entity, Status::Open).unwrap_or_default());
            }
            return Ok(vec![(query, String::new())]);
        };
        let mut readings = Vec::new();
        for dimension in [created, close] {
            let mut query = query.clone();
            query.time = time(draft, Some(&dimension.name))?;
            readings.push((query, self.label(dimension)));
        }
        Ok(readings)
    }

    /// The conditions of what is open, won, lost, and of what is not.
    fn status(&self, draft: &Draft, query: &mut PipelineQuery) -> Result<(), DeclineReason> {
        for status in draft.status.iter().filter(|status| **status != Status::New) {
            query
                .filters
                .extend(status_filters(self.entity, *status).ok_or(DeclineReason::Unclear)?);
        }
        for status in &draft.not_status {
            query
                .filters
                .push(not(self.entity, *status).ok_or(DeclineReason::Unclear)?);
        }
        Ok(())
    }

    /// The dimension of time that words say: when records began, or when they are to close.
    pub(super) fn cue(&self, draft: &Draft) -> (Option<&str>, Option<&str>) {
        let own = |field: &str| {
            let found = self
                .entity
                .dimensions
                .iter()
                .find(|dimension| dimension.path.steps.is_empty() && dimension.path.field.name == field);
            found.map(|dimension| dimension.name.as_str())
        };
        let created = draft
            .status
            .contains(&Status::New)
            .then(|| own("created_at"))
            .flatten();
        let closed = draft.conditions.iter().any(|condition| {
            condition
                .readings
                .first()
                .is_some_and(|(filter, ..)| filter.dimension == "is_closed" && filter.value == true)
        });
        (
            created,
            (draft.closing || closed)
                .then(|| {
                    let due = || own("due_at").or_else(|| own("resolution_due_at"));
                    own("close_date").or_else(|| draft.overdue.then(due).flatten())
                })
                .flatten(),
        )
    }

    /// When records begin and when they close, of an entity that is told by the latter: its numbers "of this quarter" can
    /// mean either.
    pub(super) fn two_times(&self) -> Option<(&DimensionDef, &DimensionDef)> {
        let created = self.entity.dimension("created_at")?;
        let close = self.entity.dimension(self.entity.time.as_deref()?)?;
        (created.name != close.name && self.entity.measure("created_count").is_some())
            .then_some((created, close))
    }

    pub(super) fn empty(&self) -> PipelineQuery {
        PipelineQuery {
            entity: self.entity.name.clone(),
            form: Form::Groups,
            measures: Vec::new(),
            dimensions: Vec::new(),
            filters: Vec::new(),
            having: Vec::new(),
            time: None,
            compare: None::<Compare>,
            as_of: None,
            order: Vec::new(),
            limit: None,
            other: false,
            share: false,
            currency: None,
            read_as: Vec::new(),
        }
    }
}
