//! Groups and their numbers.

use crm_store::analytics::{DayRange, Groups, Having, Key, Order, OrderBy, Shape, Test};
use rust_decimal::Decimal;

use super::{super::nearest::listed, Lowering, grain};
use crate::semantic::{
    model::{DimensionDef, DimensionKind, Labels, Language, MeasureDef, ValueSource},
    query::{Dimension, FilterOp},
};

/// The most groups or records of an answer.
const MOST: u32 = 1_000;
/// The most groups that can be shown with the rest as one more.
const MOST_BEFORE_OTHER: u32 = 500;

fn english(labels: &Labels) -> &str {
    labels.get(&Language::En).map_or("", String::as_str)
}

impl<'a> Lowering<'a> {
    pub(super) fn groups(&mut self, time: Option<&'a DimensionDef>, earlier: Option<DayRange>) -> Shape {
        let query = self.query;
        let measures = self.measures();
        if query.measures.is_empty() {
            let names = self.entity.measures.iter().map(|measure| measure.name.as_str());
            let message = format!("must name one at least; there are {}", listed(names));
            self.say("/measures", message);
        }
        let keys = self.keys(&measures);
        self.sense(&measures);
        self.narrowed(&measures, time);
        let limit = self.limit(MOST);
        if query.other && query.dimensions.is_empty() {
            self.say("/other", "needs a dimension to group by");
        }
        if query.other && query.limit.is_none_or(|limit| limit > MOST_BEFORE_OTHER) {
            self.say(
                "/limit",
                format!("must be 1 to {MOST_BEFORE_OTHER} where the rest is one group more"),
            );
        }
        if query.share {
            self.share(&measures);
        }
        if query.compare.is_some() && query.as_of.is_some() {
            self.say(
                "/compare",
                "cannot stand beside as_of; ask for a bridge between two days",
            );
        }
        let having = self.having(&measures);
        let order = self.order(&measures);
        Shape::Groups(Groups {
            keys,
            measures: measures.iter().map(|measure| measure.measure.clone()).collect(),
            having,
            order,
            limit,
            other: query.other,
            share: query.share,
            compare: time.zip(earlier).map(|(time, days)| (time.path.clone(), days)),
            as_of: query.as_of,
        })
    }

    fn keys(&mut self, measures: &[&MeasureDef]) -> Vec<Key> {
        let query = self.query;
        if query.dimensions.len() > 4 {
            self.say("/dimensions", "must be at most 4");
        }
        let mut keys = Vec::new();
        for (place, asked) in query.dimensions.iter().enumerate() {
            let pointer = format!("/dimensions/{place}");
            let twice = query.dimensions.iter().take(place).any(|other| other == asked);
            if twice {
                self.say(&pointer, format!("{} is there twice", asked.name));
            }
            let Some(dimension) = self.dimension(&format!("{pointer}/name"), &asked.name) else {
                continue;
            };
            for measure in measures {
                self.fits(&pointer, measure, dimension);
            }
            if let Some(key) = self.key(&pointer, asked, dimension) {
                keys.push(key);
            }
        }
        keys
    }

    fn key(&mut self, pointer: &str, asked: &Dimension, dimension: &DimensionDef) -> Option<Key> {
        let is_time = dimension.kind == DimensionKind::Time && dimension.path.custom.is_none();
        match asked.grain {
            Some(of) if is_time => return Some(Key::Calendar(dimension.path.clone(), grain(of))),
            Some(_) => self.say(
                format!("{pointer}/grain"),
                format!("{} is no dimension of time; leave the grain out", asked.name),
            ),
            None if is_time => self.say(
                format!("{pointer}/grain"),
                format!("{} needs day, week, month, quarter or year", asked.name),
            ),
            None if dimension.groups() => return Some(Key::Value(dimension.path.clone())),
            None => {
                let names = self
                    .entity
                    .dimensions
                    .iter()
                    .filter(|dimension| dimension.groups())
                    .map(|dimension| dimension.name.as_str());
                let message = format!(
                    "{} is different for each record and makes no groups; there are {}",
                    asked.name,
                    listed(names)
                );
                self.say(format!("{pointer}/name"), message);
            }
        }
        None
    }

    /// Whether the measures make sense of the records that the filters and the days leave: what is divided by something
    /// that has few dimensions, such as quotas, is narrowed by those alone, else all quotas would stand beside few deals.
    fn narrowed(&mut self, measures: &[&MeasureDef], time: Option<&'a DimensionDef>) {
        let query = self.query;
        let mut narrowing: Vec<(String, &'a DimensionDef)> = Vec::new();
        for (place, filter) in query.filters.iter().enumerate() {
            let dimension = self.entity.dimension(&filter.dimension);
            narrowing.extend(dimension.map(|dimension| (format!("/filters/{place}/dimension"), dimension)));
        }
        narrowing.extend(time.map(|time| ("/time/dimension".to_owned(), time)));
        for measure in measures.iter().filter(|measure| !measure.by.is_empty()) {
            for (pointer, dimension) in &narrowing {
                self.fits(pointer, measure, dimension);
            }
        }
    }

    /// Whether a measure makes sense by a dimension.
    fn fits(&mut self, pointer: &str, measure: &MeasureDef, dimension: &DimensionDef) {
        let by = &measure.by;
        let senseless =
            measure.not_by.contains(&dimension.name) || (!by.is_empty() && !by.contains(&dimension.name));
        if !senseless {
            return;
        }
        let instead = if by.is_empty() {
            String::new()
        } else {
            format!("; it does by {}", by.join(" and "))
        };
        self.say(
            pointer,
            format!(
                "{} ({}) makes no sense by {} ({}){instead}",
                measure.name,
                english(&measure.labels).to_lowercase(),
                dimension.name,
                english(&dimension.labels).to_lowercase()
            ),
        );
    }

    /// Whether measures that make sense only by some dimension have it.
    fn sense(&mut self, measures: &[&MeasureDef]) {
        for (place, measure) in measures.iter().enumerate() {
            let has = |name: &String| self.query.dimensions.iter().any(|asked| asked.name == *name);
            if !measure.only_by.is_empty() && !measure.only_by.iter().any(has) {
                self.say(
                    format!("/measures/{place}"),
                    format!(
                        "{} makes sense only by {}",
                        measure.name,
                        measure.only_by.join(" or ")
                    ),
                );
            }
        }
    }

    fn share(&mut self, measures: &[&MeasureDef]) {
        if self.query.dimensions.is_empty() {
            self.say("/share", "needs a dimension to group by");
        }
        if !measures.is_empty() && !measures.iter().any(|measure| measure.additive) {
            let names: Vec<&str> = measures.iter().map(|measure| measure.name.as_str()).collect();
            self.say(
                "/share",
                format!(
                    "{} cannot be added up, so there is no whole to have a share of",
                    names.join(", ")
                ),
            );
        }
    }

    pub(super) fn limit(&mut self, usual: u32) -> u32 {
        match self.query.limit {
            Some(limit) if !(1..=MOST).contains(&limit) => {
                self.say("/limit", format!("must be 1 to {MOST}"));
                usual
            }
            Some(limit) => limit,
            None => usual,
        }
    }

    fn having(&mut self, measures: &[&MeasureDef]) -> Vec<Having> {
        let query = self.query;
        let mut having = Vec::new();
        for (place, condition) in query.having.iter().enumerate() {
            let pointer = format!("/having/{place}");
            let found = measures
                .iter()
                .enumerate()
                .find(|(_, measure)| measure.name == condition.measure);
            let Some((at, measure)) = found else {
                self.say(
                    format!("{pointer}/measure"),
                    format!(
                        "{} is not asked for; add it to the measures, or use one of {}",
                        crate::semantic::resolve::shown(&condition.measure),
                        query.measures.join(", ")
                    ),
                );
                continue;
            };
            let test = match condition.op {
                FilterOp::Gt => Some(Test::Above),
                FilterOp::Gte => Some(Test::AtLeast),
                FilterOp::Lt => Some(Test::Below),
                FilterOp::Lte => Some(Test::AtMost),
                FilterOp::Eq => Some(Test::Equal),
                FilterOp::Ne | FilterOp::In | FilterOp::NotIn | FilterOp::IsNull => None,
            };
            let Some(test) = test else {
                self.say(format!("{pointer}/op"), "must be eq, lt, lte, gt or gte");
                continue;
            };
            match condition.value.checked_div(measure.scale) {
                Some(value)
                    if value.abs() <= Decimal::from(1_000_000_000_000_000_i64)
                        || measure.scale != Decimal::ONE =>
                {
                    having.push(Having {
                        measure: at,
                        test,
                        value,
                    });
                }
                _ => self.say(format!("{pointer}/value"), "is too large"),
            }
        }
        having
    }

    fn order(&mut self, measures: &[&MeasureDef]) -> Vec<Order> {
        let query = self.query;
        let mut orders = Vec::new();
        // Stages come in the order of the pipeline, unless the first so many are asked for.
        let by_stage = query.dimensions.first().is_some_and(|first| {
            let dimension = self.entity.dimension(&first.name);
            dimension.is_some_and(|dimension| dimension.values == ValueSource::Stages)
        });
        let calendar = query.dimensions.iter().any(|dimension| dimension.grain.is_some());
        if query.order.is_empty() && query.limit.is_none() && by_stage && !calendar {
            orders.push(Order {
                by: OrderBy::Key(0),
                descending: false,
            });
        }
        for (place, order) in query.order.iter().enumerate() {
            let measure = measures.iter().position(|measure| measure.name == order.by);
            let key = query
                .dimensions
                .iter()
                .position(|dimension| dimension.name == order.by);
            let by = measure.map(OrderBy::Measure).or(key.map(OrderBy::Key));
            let Some(by) = by else {
                let names = query
                    .measures
                    .iter()
                    .chain(query.dimensions.iter().map(|dimension| &dimension.name));
                let message = format!(
                    "{} is not asked for; order by one of {}",
                    crate::semantic::resolve::shown(&order.by),
                    listed(names.map(String::as_str))
                );
                self.say(format!("/order/{place}/by"), message);
                continue;
            };
            orders.push(Order {
                by,
                descending: order.descending,
            });
        }
        orders
    }
}
