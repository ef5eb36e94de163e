//! Random questions about an entity, with values that its records have.

use crm_tools::semantic::{
    Dimension, DimensionKind, Entity, FilterOp, Form, MeasureDef, PipelineQuery, QueryFilter, QueryOrder,
    SemanticModel,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    facts::Facts,
    kinds::{Kept, Kind},
    tenant::{Record, Tenant},
};
use crate::pipeline_differential::{
    ask::{GRAINS, Who, Wonder, empty},
    reference::{truth::Truth as _, values::Value},
    rows::Moment,
};

/// One asker at one moment, and what comes into his mind about an entity.
pub(super) struct Asking<'a> {
    tenant: &'a Tenant,
    kind: &'static Kind,
    entity: &'static Entity,
    random: StdRng,
    pub(super) who: Who,
    pub(super) moment: &'a Moment,
}

impl Wonder for Asking<'_> {
    fn random(&mut self) -> &mut StdRng {
        &mut self.random
    }

    fn entity(&self) -> &'static Entity {
        self.entity
    }
}

impl<'a> Asking<'a> {
    pub(super) fn new(tenant: &'a Tenant, kind: &'static Kind, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let askers = if kind.entity == "usage" {
            &[Who::Admin][..]
        } else {
            &[Who::Admin, Who::Manager, Who::Rep, Who::Rep]
        };
        // Half of the questions are asked on a day like any other.
        let at = if random.random_bool(0.5) {
            0
        } else {
            random.random_range(0..tenant.moments.len())
        };
        Self {
            tenant,
            kind,
            entity: SemanticModel::embedded().unwrap().entity(kind.entity).unwrap(),
            who: *askers.choose(&mut random).unwrap(),
            moment: &tenant.moments[at],
            random,
        }
    }

    pub(super) fn query(&mut self) -> PipelineQuery {
        let mut query = PipelineQuery {
            entity: self.entity.name.clone(),
            ..empty()
        };
        match self.random.random_range(0..10) {
            0 if self.kind.reached.is_some() => self.cohort(&mut query),
            1 | 2 => self.records(&mut query),
            _ => self.groups(&mut query),
        }
        query
    }

    fn cohort(&mut self, query: &mut PipelineQuery) {
        query.form = Form::Cohort {
            grain: self.one(&GRAINS),
            stretches: self.random.random_range(1..9),
        };
        self.filters(query);
        if self.chance(0.4) {
            self.time_of(query, &["created_at"]);
        }
    }

    fn records(&mut self, query: &mut PipelineQuery) {
        query.form = Form::Records {};
        self.filters(query);
        if self.chance(0.4) {
            self.time(query);
        }
        if self.chance(0.7) {
            let names: Vec<&str> = self.kind.dimensions.iter().map(|(name, _)| *name).collect();
            query.order.push(QueryOrder {
                by: self.one(&names).to_owned(),
                descending: self.chance(0.5),
            });
        }
        if self.chance(0.6) {
            query.limit = Some(self.one(&[1, 3, 10, 1_000]));
        }
    }

    fn groups(&mut self, query: &mut PipelineQuery) {
        let mut measures: Vec<&MeasureDef> = Vec::new();
        let all: Vec<&MeasureDef> = self.entity.measures.iter().collect();
        for _ in 0..self.random.random_range(1..4) {
            let measure = self.one(&all);
            if !measures.iter().any(|other| other.name == measure.name) {
                measures.push(measure);
            }
        }
        query.measures = measures.iter().map(|measure| measure.name.clone()).collect();
        let grouping = self
            .entity
            .dimensions
            .iter()
            .filter(|dimension| dimension.groups());
        let mut names: Vec<String> = grouping.map(|dimension| dimension.name.clone()).collect();
        names.retain(|name| measures.iter().all(|measure| !measure.not_by.contains(name)));
        // Some measures make sense only by some dimensions.
        let needed = measures.iter().filter_map(|measure| measure.only_by.first());
        let mut chosen: Vec<String> = needed.take(1).cloned().collect();
        for _ in 0..self.random.random_range(0..3) {
            let name = self.one(&names);
            if !chosen.contains(&name) {
                chosen.push(name);
            }
        }
        for name in chosen {
            let is_time = self.entity.dimension(&name).unwrap().kind == DimensionKind::Time;
            let grain = is_time.then(|| self.one(&GRAINS));
            query.dimensions.push(Dimension { name, grain });
        }
        self.filters(query);
        if self.chance(0.6) {
            self.time(query);
        }
        self.compared(query);
        self.shown(query);
    }

    fn time(&mut self, query: &mut PipelineQuery) {
        let days = self.kind.dimensions.iter();
        let mut days: Vec<&str> = days
            .filter(|(_, kept)| matches!(kept, Kept::Day(_) | Kept::Moment(_)))
            .map(|(name, _)| *name)
            .collect();
        // Most ask about the usual days.
        days.extend([self.entity.time.as_deref().unwrap(); 3]);
        self.time_of(query, &days);
    }

    fn filters(&mut self, query: &mut PipelineQuery) {
        for _ in 0..self.random.random_range(0..3) {
            let (name, kept) = self.one(self.kind.dimensions);
            if self.entity.dimension(name).unwrap().kind != DimensionKind::Text {
                let filter = self.filter(name, kept);
                query.filters.push(filter);
            }
        }
    }

    fn filter(&mut self, name: &str, kept: Kept) -> QueryFilter {
        let has_order = matches!(
            kept,
            Kept::Day(_) | Kept::Moment(_) | Kept::Number(_) | Kept::Money(_)
        );
        let op = match kept {
            Kept::Flag(_) => FilterOp::Eq,
            _ if has_order && self.chance(0.6) => {
                self.one(&[FilterOp::Lt, FilterOp::Lte, FilterOp::Gt, FilterOp::Gte])
            }
            _ => self.one(&[
                FilterOp::Eq,
                FilterOp::Eq,
                FilterOp::Ne,
                FilterOp::In,
                FilterOp::NotIn,
                FilterOp::IsNull,
            ]),
        };
        let value = match op {
            FilterOp::IsNull => json!(self.chance(0.3)),
            FilterOp::In | FilterOp::NotIn => {
                let count = self.random.random_range(1..4);
                Json::Array((0..count).map(|_| self.value(name, kept)).collect())
            }
            _ => self.value(name, kept),
        };
        QueryFilter {
            dimension: name.to_owned(),
            op,
            value,
        }
    }

    /// A value that some record has, whether or not the asker sees it.
    fn value(&mut self, name: &str, kept: Kept) -> Json {
        if let Kept::Money(_) = kept {
            return self.one(&[json!(0), json!(1), json!(2_500), json!(12)]);
        }
        let all: Vec<&Record> = self.tenant.all(self.kind.table).collect();
        let facts = Facts::new(self.tenant, self.kind, Who::Admin, self.moment);
        for _ in 0..100 {
            let record = self.one(&all);
            return match facts.value(&record, name) {
                Value::None => continue,
                Value::Named(id, _) => json!(id),
                Value::Number(number) => json!(i64::try_from(number).unwrap()),
                Value::Text(word) | Value::Ranked(_, word) => json!(word),
                Value::Flag(flag) => json!(flag),
                Value::Day(day) if self.chance(0.5) => json!(day),
                Value::Day(_) | Value::Moment(_) => json!(self.day()),
            };
        }
        // None of them has one.
        json!(Uuid::nil())
    }
}
