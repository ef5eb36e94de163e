//! Questions that go on from the one before: they change its query.

use serde_json::Value as Json;

use super::{
    conditions::money,
    decline::DeclineReason,
    draft::{Draft, Group, Quantity, Status},
    finish::{Finisher, Reading},
    heard::heard,
    measure::{measure_filters, pick, status_filters},
    parts::{add_filter, merge},
    periods::Period,
    time::{beside, days, range},
};
use crate::semantic::{
    Dimension, FilterOp, Form, PipelineQuery, QueryFilter, QueryHaving, QueryOrder, Time, Unit,
};

/// Whether a question changes the one before: it names nothing that could be asked about, or says that it goes on.
pub(super) fn goes_on(draft: &Draft) -> bool {
    let forms = draft.funnel || draft.durations || draft.bridge || draft.cohort;
    let whole = draft.noun || draft.measure.is_some() || draft.quantity.is_some() || forms;
    !whole || !forms && (draft.also || draft.only) && !(draft.noun && draft.quantity.is_some())
}

impl Finisher<'_> {
    /// The readings of a question that goes on from another.
    pub(super) fn edited(
        &self,
        previous: &PipelineQuery,
        draft: &Draft,
    ) -> Result<Vec<Reading>, DeclineReason> {
        let mut readings: Vec<Reading> = Vec::new();
        for (filters, said) in self.conditions(draft) {
            for (mut query, apart) in self.statuses(previous, draft)? {
                for filter in &filters {
                    if draft.add {
                        merge(&mut query.filters, filter.clone());
                    } else {
                        narrow(&mut query.filters, filter.clone());
                    }
                }
                self.groups_of(&mut query, draft)?;
                self.times_of(&mut query, draft)?;
                self.order_of(&mut query, draft);
                if draft.list {
                    self.open_up(&mut query);
                }
                query.share |= draft.share;
                query.currency = draft.currency.map(str::to_owned).or(query.currency);
                if query.share && query.dimensions.is_empty() {
                    return Err(DeclineReason::Unclear);
                }
                heard(self.entity, draft, &query)?;
                readings.push((query, if said.is_empty() { apart } else { said.clone() }));
            }
        }
        // Nothing that was said changed anything.
        if readings.iter().all(|(query, _)| query == previous) && !draft.only {
            return Err(DeclineReason::Unclear);
        }
        Ok(readings)
    }

    /// Another measure, or the same of what is open, won, lost.
    fn statuses(&self, previous: &PipelineQuery, draft: &Draft) -> Result<Vec<Reading>, DeclineReason> {
        let mut query = previous.clone();
        if draft.measure.is_some() {
            let picked = pick(self.entity, draft, self.language)?;
            let [picked] = picked.as_slice() else {
                return Err(DeclineReason::Unclear);
            };
            measured(&mut query, &picked.measure);
            query.filters.extend(picked.filters.clone());
            return Ok(vec![(query, String::new())]);
        }
        let not: Vec<Status> = draft.not_status.clone();
        let status: Vec<Status> = draft
            .status
            .iter()
            .copied()
            .filter(|status| *status != Status::New)
            .collect();
        if status.is_empty() && not.is_empty() {
            return Ok(vec![(query, String::new())]);
        }
        if !query.form.is_groups() {
            for status in status {
                for filter in status_filters(self.entity, status).ok_or(DeclineReason::Unclear)? {
                    narrow(&mut query.filters, filter);
                }
            }
            for status in not {
                add_filter(
                    &mut query.filters,
                    super::measure::not(self.entity, status).ok_or(DeclineReason::Unclear)?,
                );
            }
            return Ok(vec![(query, String::new())]);
        }
        let current = previous
            .measures
            .first()
            .and_then(|name| self.entity.measure(name))
            .ok_or(DeclineReason::Unclear)?;
        let quantity = if current.unit == Unit::Money {
            Quantity::Money
        } else {
            Quantity::Count
        };
        // Without the lost ones: what is open, or what was won.
        let rest = |without: Status| {
            [Status::Open, Status::Won, Status::Lost]
                .into_iter()
                .filter(move |status| *status != without)
        };
        let wanted: Vec<Status> = match not.first() {
            Some(without) if current.name == "count" || current.name == "amount" => rest(*without).collect(),
            Some(without) if !current.name.starts_with(without.prefix()) => {
                return Ok(vec![(query, String::new())]);
            }
            Some(_) => return Err(DeclineReason::Unclear),
            None => status,
        };
        let family = ["count", "amount"].iter().any(|end| current.name.ends_with(end));
        let mut readings = Vec::new();
        for status in wanted.into_iter().filter(|_| family) {
            let draft = Draft {
                status: vec![status],
                quantity: Some(quantity),
                ..Draft::default()
            };
            for picked in pick(self.entity, &draft, self.language)? {
                let mut query = query.clone();
                measured(&mut query, &picked.measure);
                query.filters.extend(picked.filters);
                readings.push((query, picked.label));
            }
        }
        if readings.is_empty() {
            Err(DeclineReason::Unclear)
        } else {
            Ok(readings)
        }
    }

    fn groups_of(&self, query: &mut PipelineQuery, draft: &Draft) -> Result<(), DeclineReason> {
        let mut groups = draft.groups.clone();
        if groups.is_empty() {
            groups.extend(draft.loose.iter().map(|loose| Group::Dimension(*loose)));
        }
        if draft.trend && groups.is_empty() {
            groups.push(Group::Calendar(crate::semantic::Grain::Month));
        }
        if groups.is_empty() {
            return Ok(());
        }
        match query.form {
            Form::Groups => {}
            Form::Records {} => {
                query.form = Form::Groups;
                query.measures = vec!["count".to_owned()];
            }
            _ => return Err(DeclineReason::Unclear),
        }
        let when = self.when(query);
        query.dimensions = Vec::new();
        for group in groups {
            let dimension = match group {
                Group::Calendar(grain) => Dimension {
                    name: when.clone().ok_or(DeclineReason::Unclear)?,
                    grain: Some(grain),
                },
                Group::Dimension(at) => {
                    let dimension = self
                        .entity
                        .dimensions
                        .get(at)
                        .filter(|dimension| dimension.groups());
                    let name = dimension.ok_or(DeclineReason::Unclear)?.name.clone();
                    Dimension { name, grain: None }
                }
            };
            query.dimensions.push(dimension);
        }
        (query.order, query.limit, query.other) = (Vec::new(), None, false);
        Ok(())
    }

    /// The dimension of time that a query goes by.
    fn when(&self, query: &PipelineQuery) -> Option<String> {
        let said = query.time.as_ref().and_then(|time| time.dimension.clone());
        let own = query
            .measures
            .first()
            .and_then(|name| self.entity.measure(name))
            .and_then(|measure| measure.time.clone());
        said.or(own).or_else(|| self.entity.time.clone())
    }

    fn times_of(&self, query: &mut PipelineQuery, draft: &Draft) -> Result<(), DeclineReason> {
        if draft.versus {
            let said = if draft.beside.is_empty() {
                &draft.periods
            } else {
                &draft.beside
            };
            let (range, compare) = beside(self.calendar, query.time.as_ref().map(|time| &time.range), said)?;
            let dimension = query.time.take().and_then(|time| time.dimension);
            (query.time, query.compare) = (Some(Time { dimension, range }), Some(compare));
            return Ok(());
        }
        let period = match draft.periods.as_slice() {
            [] => return Ok(()),
            [period] => period,
            _ => {
                return Err(DeclineReason::Senseless {
                    what: "days".to_owned(),
                });
            }
        };
        let (first, last) = days(self.calendar, period);
        if let Form::Bridge { from, to } = &mut query.form {
            *from = first.ok_or(DeclineReason::Days)?;
            *to = last
                .filter(|_| !matches!(period, Period::Day(_)))
                .unwrap_or(self.calendar.today)
                .min(self.calendar.today);
            return if from < to {
                Ok(())
            } else {
                Err(DeclineReason::Days)
            };
        }
        let day = matches!(period, Period::Day(_)) && draft.as_of;
        if query.as_of.is_some() || day && query.measures.iter().any(|measure| measure.starts_with("open_")) {
            query.as_of = Some(
                last.filter(|last| *last <= self.calendar.today)
                    .ok_or(DeclineReason::Days)?,
            );
            return Ok(());
        }
        let (created, closing) = self.cue(draft);
        let dimension = created
            .or(closing)
            .map(str::to_owned)
            .or_else(|| query.time.as_ref().and_then(|time| time.dimension.clone()));
        query.time = Some(Time {
            dimension,
            range: range(period)?,
        });
        Ok(())
    }

    fn order_of(&self, query: &mut PipelineQuery, draft: &Draft) {
        let by = match query.form {
            Form::Records {} => money(self.entity).map(|money| money.name.clone()),
            _ => query.measures.first().cloned(),
        };
        if let Some((op, value)) = draft.having
            && let Some(measure) = query.measures.first().cloned()
        {
            query.having.retain(|having| having.op != op);
            query.having.push(QueryHaving { measure, op, value });
        }
        if let (Some(most), Some(by)) = (draft.most, by) {
            query.order = vec![QueryOrder { by, descending: most }];
            query.limit = draft
                .number
                .filter(|number| (1..=1000).contains(number))
                .or(query.limit);
        }
        query.other |= draft.other && query.limit.is_some();
    }

    /// The records behind the numbers.
    fn open_up(&self, query: &mut PipelineQuery) {
        let measure = query.measures.first().and_then(|name| self.entity.measure(name));
        for filter in measure
            .and_then(|measure| measure_filters(self.entity, measure))
            .unwrap_or_default()
        {
            add_filter(&mut query.filters, filter);
        }
        let when = self.when(query);
        if let Some(time) = &mut query.time {
            time.dimension = when;
        }
        if query.form.is_groups() {
            query.form = Form::Records {};
            (query.order, query.limit) = (Vec::new(), None);
        }
        (query.measures, query.dimensions, query.having) = (Vec::new(), Vec::new(), Vec::new());
        (query.compare, query.share, query.other) = (None, false, false);
    }
}

fn measured(query: &mut PipelineQuery, measure: &str) {
    let before = std::mem::replace(&mut query.measures, vec![measure.to_owned()]);
    for order in query.order.iter_mut().filter(|order| before.contains(&order.by)) {
        measure.clone_into(&mut order.by);
    }
    query.having.clear();
}

/// A new value takes the place of the one before.
fn narrow(filters: &mut Vec<QueryFilter>, filter: QueryFilter) {
    let values = [FilterOp::Eq, FilterOp::In, FilterOp::Ne, FilterOp::NotIn];
    if filter.value == Json::Null {
        return;
    }
    // "Without Victor", and then "without Nele": neither of them.
    let leaves_out = |op: FilterOp| matches!(op, FilterOp::Ne | FilterOp::NotIn);
    let same = |known: &QueryFilter| known.dimension == filter.dimension;
    if filter.op == FilterOp::Ne && filters.iter().any(|known| same(known) && leaves_out(known.op)) {
        return merge(filters, filter);
    }
    // One of several: the others stay.
    let several = filters
        .iter_mut()
        .find(|known| same(known) && known.op == FilterOp::In);
    if let (FilterOp::Ne, Some(Json::Array(values))) = (filter.op, several.map(|known| &mut known.value))
        && values.len() > 1
        && values.contains(&filter.value)
    {
        values.retain(|value| *value != filter.value);
        return;
    }
    filters.retain(|known| {
        known.dimension != filter.dimension
            || known.op != filter.op && !(values.contains(&known.op) && values.contains(&filter.op))
    });
    filters.push(filter);
}
