//! A typed query as a plan over the catalogue, or what would be right instead.

mod filters;
mod forms;
mod groups;

use chrono::NaiveDate;
use crm_store::{
    FieldError,
    analytics::{self, DayRange, Filter, Plan, Reporting, Shape},
};
use iso_currency::Currency;

pub(super) use self::filters::filter;
use super::{
    calendar::{Calendar, beyond},
    model::{DimensionDef, DimensionKind, Entity, MeasureDef, SemanticModel},
    nearest::{listed, nearest},
    query::{Form, Grain, PipelineQuery},
    resolve::{ResolvedNames, wrong},
};

/// A query that can be asked, and what its words came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Lowered {
    /// What the store is asked.
    pub plan: Plan,
    /// The dimension of time that the days are of, if days were asked for.
    pub time: Option<String>,
    /// The days.
    pub days: Option<DayRange>,
    /// The days that are compared with.
    pub earlier: Option<DayRange>,
}

/// Everything that is needed to understand one query.
pub(super) struct Lowering<'a> {
    pub(super) entity: &'a Entity,
    pub(super) query: &'a PipelineQuery,
    pub(super) calendar: Calendar<'a>,
    pub(super) today: NaiveDate,
    pub(super) problems: Vec<FieldError>,
}

/// Lowers a query whose names are resolved. Errors point into the query and say what would be right.
pub fn lower(
    model: &SemanticModel,
    query: &PipelineQuery,
    reporting: &Reporting,
    today: NaiveDate,
    resolved: &ResolvedNames,
) -> Result<Lowered, Vec<FieldError>> {
    let entity = entity_of(model, query).map_err(|problem| vec![problem])?;
    let mut lowering = Lowering {
        entity,
        query,
        calendar: Calendar::new(reporting, today),
        today,
        problems: Vec::new(),
    };
    let currency = lowering.currency();
    let mut filters = lowering.filters(resolved);
    if matches!(query.form, Form::Records {}) {
        filters.extend(lowering.counted());
    }
    let (time, days, earlier) = lowering.days();
    if let (Some(time), Some(days)) = (time, days)
        && !matches!(query.form, Form::Bridge { .. })
    {
        filters.push(Filter::Within(time.path.clone(), days));
    }
    let shape = lowering.shape(time, days, earlier);
    let problems = std::mem::take(&mut lowering.problems);
    match shape {
        Some(shape) if problems.is_empty() => {
            let mut reporting = reporting.clone();
            if let Some(currency) = currency {
                reporting.currency = currency;
            }
            Ok(Lowered {
                plan: Plan {
                    object: entity.object,
                    filters,
                    shape,
                    reporting,
                },
                time: time.filter(|_| days.is_some()).map(|time| time.name.clone()),
                days,
                earlier,
            })
        }
        _ => Err(problems),
    }
}

/// The entity of a query.
pub(super) fn entity_of<'a>(
    model: &'a SemanticModel,
    query: &PipelineQuery,
) -> Result<&'a Entity, FieldError> {
    let names = || model.entities.iter().map(|entity| entity.name.as_str());
    model.entity(&query.entity).ok_or_else(|| {
        wrong(
            "/entity",
            format!(
                "{} is nothing that can be asked about{}; there are {}",
                super::resolve::shown(&query.entity),
                nearest(names(), &query.entity),
                listed(names())
            ),
        )
    })
}

impl<'a> Lowering<'a> {
    pub(super) fn say(&mut self, pointer: impl std::fmt::Display, message: impl Into<String>) {
        self.problems.push(wrong(pointer, message));
    }

    /// The dimension with a name; none, and a problem, when there is none.
    pub(super) fn dimension(&mut self, pointer: &str, name: &str) -> Option<&'a DimensionDef> {
        let entity = self.entity;
        let found = entity.dimension(name);
        if found.is_none() {
            let names = || entity.dimensions.iter().map(|dimension| dimension.name.as_str());
            let is_measure = if entity.measure(name).is_some() {
                " (it is a measure)"
            } else {
                ""
            };
            self.say(
                pointer,
                format!(
                    "{} is no dimension of {}{is_measure}{}; there are {}",
                    super::resolve::shown(name),
                    entity.name,
                    nearest(names(), name),
                    listed(names())
                ),
            );
        }
        found
    }

    /// The measures of the query; a problem for each that there is not.
    pub(super) fn measures(&mut self) -> Vec<&'a MeasureDef> {
        let (entity, query) = (self.entity, self.query);
        let mut found: Vec<&MeasureDef> = Vec::new();
        for (place, name) in query.measures.iter().enumerate() {
            let pointer = format!("/measures/{place}");
            let Some(measure) = entity.measure(name) else {
                let message = self.no_measure(name);
                self.say(pointer, message);
                continue;
            };
            if found.iter().any(|other| other.name == measure.name) {
                self.say(pointer, format!("{name} is there twice"));
            }
            found.push(measure);
        }
        if found.len() > 12 {
            self.say("/measures", "must be at most 12");
        }
        found
    }

    fn no_measure(&self, name: &str) -> String {
        let entity = self.entity;
        let names = || entity.measures.iter().map(|measure| measure.name.as_str());
        format!(
            "{} is no measure of {}{}; there are {}",
            super::resolve::shown(name),
            entity.name,
            nearest(names(), name),
            listed(names())
        )
    }

    fn currency(&mut self) -> Option<String> {
        let code = self.query.currency.as_deref()?;
        let upper = code.to_uppercase();
        if Currency::from_code(&upper).is_none() {
            let shown = super::resolve::shown(code);
            self.say(
                "/currency",
                format!("{shown} is no ISO 4217 currency; say one such as EUR"),
            );
        }
        Some(upper)
    }

    fn filters(&mut self, resolved: &ResolvedNames) -> Vec<Filter> {
        let mut filters = Vec::new();
        for found in &resolved.filters {
            let pointer = format!("/filters/{}", found.place.unwrap_or_default());
            let name = &found.filter.dimension;
            let Some(dimension) = self.dimension(&format!("{pointer}/dimension"), name) else {
                continue;
            };
            match filter(dimension, &found.filter) {
                Ok(filter) => filters.push(filter),
                Err((part, message)) => self.say(format!("{pointer}/{part}"), message),
            }
        }
        filters
    }

    /// The dimension of time, the days and those compared with.
    fn days(&mut self) -> (Option<&'a DimensionDef>, Option<DayRange>, Option<DayRange>) {
        let (query, entity) = (self.query, self.entity);
        let Some(asked) = &query.time else {
            if query.compare.is_some() {
                self.say("/compare", "needs days to compare; say which in time");
            }
            return (None, None, None);
        };
        let name = match &asked.dimension {
            Some(name) => Some(name.clone()),
            None => self.usual_time(),
        };
        let Some(name) = name else {
            return (None, None, None);
        };
        let Some(time) = self.dimension("/time/dimension", &name) else {
            return (None, None, None);
        };
        if time.kind != DimensionKind::Time || time.path.custom.is_some() {
            let names = entity
                .dimensions
                .iter()
                .filter(|dimension| dimension.kind == DimensionKind::Time && dimension.path.custom.is_none())
                .map(|dimension| dimension.name.as_str());
            let message = format!("{name} is no dimension of time; there are {}", listed(names));
            self.say("/time/dimension", message);
            return (None, None, None);
        }
        let days = match self.calendar.days(&asked.range) {
            Ok(days) => days,
            Err(message) => {
                self.say("/time/range", message);
                return (Some(time), None, None);
            }
        };
        let earlier = query.compare.and_then(|compare| {
            self.calendar
                .earlier(&asked.range, compare)
                .map_err(|message| self.problems.push(wrong("/compare", message)))
                .ok()
        });
        (Some(time), Some(days), earlier)
    }

    /// The dimension of time that is meant when none is said: that of the measures, else the entity's.
    fn usual_time(&mut self) -> Option<String> {
        let (query, entity) = (self.query, self.entity);
        if matches!(query.form, Form::Cohort { .. })
            && let Some(cohort) = &entity.cohort
        {
            let begun = entity
                .dimensions
                .iter()
                .find(|dimension| dimension.path == cohort.begun);
            return begun.map(|dimension| dimension.name.clone());
        }
        let measures = query.measures.iter().filter_map(|name| entity.measure(name));
        let mut own: Vec<&str> = Vec::new();
        for time in measures.filter_map(|measure| measure.time.as_deref()) {
            if !own.contains(&time) {
                own.push(time);
            }
        }
        if own.len() > 1 {
            self.say(
                "/time/dimension",
                format!(
                    "these measures count by different days; say one of {}",
                    own.join(", ")
                ),
            );
            return None;
        }
        let usual = own
            .first()
            .map(|time| (*time).to_owned())
            .or_else(|| entity.time.clone());
        if usual.is_none() {
            self.say(
                "/time/dimension",
                format!("{} have no days of their own; name some", entity.name),
            );
        }
        usual
    }

    fn shape(
        &mut self,
        time: Option<&'a DimensionDef>,
        days: Option<DayRange>,
        earlier: Option<DayRange>,
    ) -> Option<Shape> {
        if let Some(day) = self.query.as_of {
            if let Some(message) = beyond(day) {
                self.say("/as_of", message);
            }
            if day > self.today {
                self.say(
                    "/as_of",
                    format!("{day} has not come yet; today is {}", self.today),
                );
            }
            if !self.entity.has_pipeline() {
                let name = &self.entity.name;
                self.say(
                    "/as_of",
                    format!("of {name} no past days are kept; ask for opportunities"),
                );
            }
        }
        match &self.query.form {
            Form::Groups => Some(self.groups(time, earlier)),
            Form::Records {} => Some(self.records()),
            Form::Funnel {} => self.funnel(),
            Form::Cohort { grain, stretches } => self.cohort(*grain, *stretches),
            Form::StageDurations {} => self.stage_durations(),
            Form::Bridge { from, to } => self.bridge((*from, *to), time, days),
        }
    }
}

/// A stretch of the calendar as the store knows it.
pub(super) const fn grain(grain: Grain) -> analytics::Grain {
    match grain {
        Grain::Day => analytics::Grain::Day,
        Grain::Week => analytics::Grain::Week,
        Grain::Month => analytics::Grain::Month,
        Grain::Quarter => analytics::Grain::Quarter,
        Grain::Year => analytics::Grain::Year,
    }
}
