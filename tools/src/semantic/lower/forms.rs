//! Answers that are no groups: records, a funnel, a cohort, the length of stages, a bridge.

use chrono::NaiveDate;
use crm_store::analytics::{self, Aggregate, DayRange, Filter, Funnel, Measure, Path, Shape};

use super::{Lowering, grain};
use crate::semantic::{calendar::beyond, model::DimensionDef, query::Grain};

/// How many records are shown when nothing else is said.
const RECORDS: u32 = 100;

impl Lowering<'_> {
    /// Says of each part of the query that means nothing in this form that it does.
    fn only(&mut self, form: &str, allowed: &[&str]) {
        let query = self.query;
        let parts = [
            ("measures", !query.measures.is_empty()),
            ("dimensions", !query.dimensions.is_empty()),
            ("having", !query.having.is_empty()),
            ("compare", query.compare.is_some()),
            ("as_of", query.as_of.is_some()),
            ("order", !query.order.is_empty()),
            ("limit", query.limit.is_some()),
            ("other", query.other),
            ("share", query.share),
        ];
        for (part, there) in parts {
            if there && !allowed.contains(&part) {
                self.say(
                    format!("/{part}"),
                    format!("means nothing in {form}; leave it out"),
                );
            }
        }
    }

    pub(super) fn records(&mut self) -> Shape {
        self.only("a list of records", &["measures", "order", "limit", "as_of"]);
        let (query, entity) = (self.query, self.entity);
        let limit = self.limit(RECORDS);
        let mut order = None;
        for (place, asked) in query.order.iter().enumerate() {
            let pointer = format!("/order/{place}/by");
            if place > 0 {
                self.say(
                    &pointer,
                    "records are sorted by one dimension; leave the others out",
                );
            } else if let Some(dimension) = self.dimension(&pointer, &asked.by) {
                order = Some((dimension.path.clone(), asked.descending));
            }
        }
        let fields: Vec<Path> = std::iter::once(Path::parse(entity.object, "id").ok())
            .chain(
                entity
                    .drill_down
                    .iter()
                    .map(|name| entity.dimension(name).map(|it| it.path.clone())),
            )
            .flatten()
            .collect();
        Shape::Records {
            fields,
            order,
            limit,
            offset: 0,
            as_of: query.as_of,
        }
    }

    /// What holds for the records that the measure of a list counts; nothing for a list without one.
    pub(super) fn counted(&mut self) -> Vec<Filter> {
        let measures = self.measures();
        if measures.len() > 1 {
            self.say(
                "/measures",
                "must be one at most: the records that it counts are listed",
            );
        }
        measures
            .first()
            .map_or_else(Vec::new, |measure| measure.measure.counted())
    }

    /// Whether the entity goes through stages.
    fn staged(&mut self, what: &str) -> bool {
        let staged = self.entity.has_pipeline();
        if !staged {
            let name = &self.entity.name;
            self.say(
                "/form",
                format!("{name} go through no stages; {what} is made of opportunities"),
            );
        }
        staged
    }

    pub(super) fn funnel(&mut self) -> Option<Shape> {
        self.only("a funnel", &[]);
        self.staged("a funnel").then(|| Shape::Funnel(Funnel::default()))
    }

    pub(super) fn stage_durations(&mut self) -> Option<Shape> {
        self.only("the length of stages", &[]);
        self.staged("the length of stages")
            .then_some(Shape::StageDurations)
    }

    pub(super) fn bridge(
        &mut self,
        (from, to): (NaiveDate, NaiveDate),
        time: Option<&DimensionDef>,
        days: Option<DayRange>,
    ) -> Option<Shape> {
        self.only("a bridge", &[]);
        for (pointer, day) in [("/form/from", from), ("/form/to", to)] {
            if let Some(message) = beyond(day) {
                self.say(pointer, message);
            }
        }
        if from >= to {
            self.say("/form/to", format!("must be later than {from}"));
        }
        if to > self.today {
            let today = self.today;
            self.say("/form/to", format!("{to} has not come yet; today is {today}"));
        }
        if let Some(time) =
            time.filter(|time| time.path.field.name != "close_date" || !time.path.steps.is_empty())
        {
            let name = &time.name;
            self.say(
                "/time/dimension",
                format!("must be close_date in a bridge, not {name}"),
            );
        }
        self.staged("a bridge").then(|| Shape::Bridge {
            from,
            to,
            closing: days.unwrap_or(DayRange { from: None, to: None }),
        })
    }

    pub(super) fn cohort(&mut self, by: Grain, stretches: u32) -> Option<Shape> {
        self.only("a cohort", &["measures"]);
        if !(1..=36).contains(&stretches) {
            self.say("/form/stretches", "must be 1 to 36");
        }
        let measures = self.measures();
        let entity = self.entity;
        let Some(cohort) = &entity.cohort else {
            let name = &entity.name;
            self.say(
                "/form",
                format!(
                    "{name} become nothing that could be followed; ask for opportunities, leads or cases"
                ),
            );
            return None;
        };
        if measures.len() > 1 {
            self.say("/measures", "must be one at most in a cohort");
        }
        let (reached, only) = match measures.first() {
            None => (cohort.reached.clone(), cohort.only.clone()),
            Some(measure) => match (&measure.measure, &measure.time) {
                (Measure::Plain(formula), _)
                    if formula.aggregate == Aggregate::Count && formula.only == cohort.only =>
                {
                    (cohort.reached.clone(), cohort.only.clone())
                }
                (Measure::Plain(formula), Some(time))
                    if formula.aggregate == Aggregate::Count
                        && !formula.only.is_empty()
                        && entity
                            .dimension(time)
                            .is_some_and(|time| time.path != cohort.begun) =>
                {
                    (entity.dimension(time)?.path.clone(), formula.only.clone())
                }
                _ => {
                    let name = &measure.name;
                    self.say(
                        "/measures/0",
                        format!("{name} is nothing that records reach; leave it out, or take one that counts what happened to them"),
                    );
                    return None;
                }
            },
        };
        Some(Shape::Cohort(analytics::Cohort {
            begun: cohort.begun.clone(),
            grain: grain(by),
            reached,
            only,
            stretches,
        }))
    }
}
