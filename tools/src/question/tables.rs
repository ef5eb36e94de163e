//! Queries for numbers: measures, groups, order, comparison, past days.

use super::{
    decline::DeclineReason,
    draft::{Draft, Group},
    finish::{Finisher, LIMITS, Reading},
    measure::{Picked, not, pick},
    parts::time,
    periods::Period,
    time::{beside, days},
};
use crate::semantic::{Dimension, DimensionKind, Grain, PipelineQuery, QueryHaving, QueryOrder, Time};

impl Finisher<'_> {
    pub(super) fn groups(&self, draft: &Draft) -> Result<Vec<Reading>, DeclineReason> {
        let mut readings = Vec::new();
        for picked in pick(self.entity, draft, self.language)? {
            readings.extend(self.loosely(draft, &picked)?);
        }
        Ok(readings)
    }

    /// A dimension that was only named, as in "satisfaction of the customers", may make groups or not.
    fn loosely(&self, draft: &Draft, picked: &Picked) -> Result<Vec<Reading>, DeclineReason> {
        let grouped = self.with_measure(draft, picked);
        let only_named = draft.groups.is_empty()
            && !(draft.which || draft.most.is_some() || draft.having.is_some() || draft.best || draft.versus)
            && !draft.loose.is_empty();
        if !only_named {
            return grouped;
        }
        // "What percentage of urgent tickets breached their SLA": a rate, and no shares of SLAs.
        if draft.share && !draft.conditions.is_empty() {
            return Err(DeclineReason::Unclear);
        }
        let alone = Draft {
            loose: Vec::new(),
            ..draft.clone()
        };
        let names: Vec<String> = draft
            .loose
            .iter()
            .filter_map(|at| self.entity.dimensions.get(*at))
            .map(|dimension| self.label(dimension))
            .collect();
        let both = match (self.with_measure(&alone, picked), grouped) {
            (Ok(alone), Ok(grouped)) => {
                let by = grouped
                    .into_iter()
                    .map(|(query, said)| (query, format!("{said} / {}", names.join(", "))));
                alone.into_iter().chain(by).collect()
            }
            (Ok(one), Err(_)) | (Err(_), Ok(one)) => one,
            (Err(_), Err(reason)) => return Err(reason),
        };
        Ok(both)
    }

    fn with_measure(&self, draft: &Draft, picked: &Picked) -> Result<Vec<Reading>, DeclineReason> {
        let (created, closing) = self.cue(draft);
        let cue = if picked.own_time {
            None
        } else {
            created.or(closing)
        };
        let counts_all = picked.measure == "count" && picked.filters.is_empty() && cue.is_none();
        let ended = draft
            .periods
            .first()
            .and_then(|period| days(self.calendar, period).1)
            .is_some_and(|last| last < self.calendar.today);
        if draft.closing
            && ended
            && picked.measure == "count"
            && picked.filters.is_empty()
            && draft.status.is_empty()
        {
            // "How many did we close last month": those that were won, or those that were lost as well.
            let mut readings = Vec::new();
            for measure in ["won_count", "lost_count"]
                .into_iter()
                .filter_map(|name| self.entity.measure(name))
            {
                let label = measure.labels.get(&self.language).cloned().unwrap_or_default();
                let picked = Picked {
                    measure: measure.name.clone(),
                    own_time: true,
                    ..picked.clone()
                };
                readings.push((self.query(draft, &picked, None)?, label));
            }
            return Ok(readings);
        }
        let calendar = draft.trend
            || draft
                .groups
                .iter()
                .any(|group| matches!(group, Group::Calendar(_)));
        let timed = calendar || !draft.periods.is_empty();
        if let Some((created, close)) = self.two_times().filter(|_| counts_all && timed) {
            // "Deals this quarter": begun in it, or to be closed in it.
            let first = Picked {
                measure: "created_count".to_owned(),
                own_time: true,
                ..picked.clone()
            };
            let first = (self.query(draft, &first, None)?, self.label(created));
            let second = (self.query(draft, picked, Some(&close.name))?, self.label(close));
            return Ok(vec![first, second]);
        }
        Ok(vec![(self.query(draft, picked, cue)?, picked.label.clone())])
    }

    /// One query of numbers.
    fn query(
        &self,
        draft: &Draft,
        picked: &Picked,
        cue: Option<&str>,
    ) -> Result<PipelineQuery, DeclineReason> {
        let measure = self
            .entity
            .measure(&picked.measure)
            .ok_or(DeclineReason::Unclear)?;
        let mut query = self.empty();
        query.measures = vec![measure.name.clone()];
        query.filters.clone_from(&picked.filters);
        for status in &draft.not_status {
            query
                .filters
                .push(not(self.entity, *status).ok_or(DeclineReason::Unclear)?);
        }
        let when = cue.or(measure.time.as_deref()).or(self.entity.time.as_deref());
        query.dimensions = self.dimensions(draft, when)?;
        if let Some(senseless) = query.dimensions.iter().find(|dimension| {
            let by = &measure.by;
            measure.not_by.contains(&dimension.name) || !by.is_empty() && !by.contains(&dimension.name)
        }) {
            let label = measure.labels.get(&self.language).cloned().unwrap_or_default();
            let by = self
                .entity
                .dimension(&senseless.name)
                .map(|dimension| self.label(dimension))
                .unwrap_or_default();
            return Err(DeclineReason::Senseless {
                what: format!("{label} / {by}"),
            });
        }
        if self.as_of(draft, picked) {
            let period = draft.periods.first().ok_or(DeclineReason::Unclear)?;
            let day = days(self.calendar, period)
                .1
                .filter(|day| *day <= self.calendar.today);
            query.as_of = Some(day.ok_or(DeclineReason::Days)?);
        } else {
            query.time = time(draft, cue)?;
        }
        if draft.versus {
            let (range, compare) = beside(
                self.calendar,
                query.time.as_ref().map(|time| &time.range),
                &draft.beside,
            )?;
            query.compare = Some(compare);
            query.time = Some(Time {
                dimension: cue.map(str::to_owned),
                range,
            });
        }
        if let Some((op, value)) = draft.having {
            query.having = vec![QueryHaving {
                measure: measure.name.clone(),
                op,
                value,
            }];
        }
        order(draft, &mut query);
        query.share = draft.share;
        query.other = draft.other && query.limit.is_some();
        query.currency = draft.currency.map(str::to_owned);
        let ungrouped = query.dimensions.is_empty();
        if ungrouped
            && (query.share || draft.best || !query.having.is_empty() || draft.most.is_some() && draft.which)
        {
            return Err(DeclineReason::Unclear);
        }
        Ok(query)
    }

    /// Whether the open pipeline of a day is meant, as it stood then.
    fn as_of(&self, draft: &Draft, picked: &Picked) -> bool {
        let day = matches!(draft.periods.as_slice(), [Period::Day(_)]);
        let open = picked.measure.starts_with("open_") || picked.measure == "weighted_amount";
        self.entity.has_pipeline()
            && open
            && !draft.versus
            && (day && !draft.closing
                || (draft.end_of || draft.as_of) && !draft.periods.is_empty() && self.past(draft))
    }

    /// As-of words are small words in some languages; only stretches that have ended are days of the past.
    fn past(&self, draft: &Draft) -> bool {
        let last = draft
            .periods
            .first()
            .and_then(|period| days(self.calendar, period).1);
        draft.end_of || last.is_some_and(|last| last < self.calendar.today)
    }

    /// The groups: those after "by", else the dimensions that were named at all.
    fn dimensions(&self, draft: &Draft, when: Option<&str>) -> Result<Vec<Dimension>, DeclineReason> {
        let mut groups: Vec<Group> = Vec::new();
        let add = |groups: &mut Vec<Group>, group: Group| {
            if !groups.contains(&group) {
                groups.push(group);
            }
        };
        if draft.groups.is_empty() || draft.which || draft.most.is_some() || draft.having.is_some() {
            for loose in &draft.loose {
                add(&mut groups, Group::Dimension(*loose));
            }
        }
        for group in &draft.groups {
            add(&mut groups, *group);
        }
        if draft.trend && !groups.iter().any(|group| matches!(group, Group::Calendar(_))) {
            groups.push(Group::Calendar(Grain::Month));
        }
        let mut dimensions = Vec::new();
        for group in groups {
            dimensions.push(match group {
                Group::Calendar(grain) => Dimension {
                    name: when.ok_or(DeclineReason::Unclear)?.to_owned(),
                    grain: Some(grain),
                },
                Group::Dimension(at) => {
                    let dimension = self.entity.dimensions.get(at).ok_or(DeclineReason::Unclear)?;
                    if !dimension.groups() {
                        return Err(DeclineReason::Senseless {
                            what: self.label(dimension),
                        });
                    }
                    let grain = (dimension.kind == DimensionKind::Time).then_some(Grain::Month);
                    Dimension {
                        name: dimension.name.clone(),
                        grain,
                    }
                }
            });
        }
        Ok(dimensions)
    }
}

fn order(draft: &Draft, query: &mut PipelineQuery) {
    if query.dimensions.is_empty() {
        return;
    }
    let measure = query.measures.first().cloned().unwrap_or_default();
    if let Some(most) = draft.most {
        query.order = vec![QueryOrder {
            by: measure,
            descending: most,
        }];
        let one = draft.which.then_some(1);
        query.limit = draft.number.filter(|number| LIMITS.contains(number)).or(one);
    }
}
