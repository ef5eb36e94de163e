//! Random questions that make sense.

mod days;
mod forms;
mod wonder;

pub(super) use self::{days::dimension_of, wonder::Wonder};

use crm_store::TenantStore;
use crm_tools::semantic::{
    Dimension, DimensionKind, Entity, FilterOp, Form, Grain, PipelineQuery, QueryFilter, SemanticModel,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Value as Json, json};

use super::rows::{CATEGORIES, INDUSTRIES, Moment, Rows, STAGES, TYPES};

/// Measures that the reference knows too.
const MEASURES: &[&str] = &[
    "count",
    "created_count",
    "created_amount",
    "amount",
    "open_count",
    "open_amount",
    "weighted_amount",
    "won_count",
    "won_amount",
    "lost_count",
    "lost_amount",
    "win_rate",
    "average_amount",
    "average_deal_size",
    "median_deal_size",
    "sales_cycle_days",
    "forecast",
    "commit",
    "best_case",
    "account_count",
];
const DIMENSIONS: &[&str] = &[
    "owner",
    "stage",
    "type",
    "account",
    "account_industry",
    "account_owner",
    "currency",
    "is_closed",
    "is_won",
    "probability",
    "forecast_category",
    "close_date",
    "created_at",
    "closed_at",
];
pub(super) const GRAINS: [Grain; 5] = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Admin,
    Manager,
    Rep,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Groups,
    Past,
    Quotas,
    Cohort,
    Funnel,
    Stays,
    Bridge,
    Records,
}

/// One asker at one moment, and what comes into his mind.
pub(super) struct Asking<'a> {
    rows: &'a Rows,
    entity: &'static Entity,
    random: StdRng,
    pub(super) who: Who,
    pub(super) moment: &'a Moment,
    pub(super) kind: Kind,
}

pub(super) fn empty() -> PipelineQuery {
    PipelineQuery {
        entity: "opportunities".to_owned(),
        form: Form::Groups,
        measures: Vec::new(),
        dimensions: Vec::new(),
        filters: Vec::new(),
        having: Vec::new(),
        time: None,
        compare: None,
        as_of: None,
        order: Vec::new(),
        limit: None,
        other: false,
        share: false,
        currency: None,
        read_as: Vec::new(),
    }
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
    pub(super) fn new(rows: &'a Rows, seed: u64) -> Self {
        let model = SemanticModel::embedded().unwrap();
        let mut random = StdRng::seed_from_u64(seed);
        // Half of the questions are asked on a day like any other.
        let at = if random.random_bool(0.5) {
            0
        } else {
            random.random_range(0..rows.moments.len())
        };
        let kind = match random.random_range(0..100) {
            0..50 => Kind::Groups,
            50..60 => Kind::Past,
            60..69 => Kind::Quotas,
            69..76 => Kind::Cohort,
            76..83 => Kind::Funnel,
            83..89 => Kind::Stays,
            89..94 => Kind::Bridge,
            _ => Kind::Records,
        };
        Self {
            rows,
            entity: model.entity("opportunities").unwrap(),
            who: *[Who::Admin, Who::Manager, Who::Rep, Who::Rep]
                .choose(&mut random)
                .unwrap(),
            moment: &rows.moments[at],
            kind,
            random,
        }
    }

    pub(super) fn store(&self) -> &'a TenantStore {
        self.moment.store(self.who)
    }

    pub(super) fn query(&mut self) -> PipelineQuery {
        match self.kind {
            Kind::Groups => self.groups(),
            Kind::Past => self.past(),
            Kind::Quotas => self.quotas(),
            Kind::Cohort => self.cohort(),
            Kind::Funnel => self.form(Form::Funnel {}),
            Kind::Stays => self.form(Form::StageDurations {}),
            Kind::Bridge => self.bridge(),
            Kind::Records => self.records(),
        }
    }

    fn groups(&mut self) -> PipelineQuery {
        let mut query = empty();
        for _ in 0..self.random.random_range(1..4) {
            let measure = self.one(MEASURES).to_owned();
            if !query.measures.contains(&measure) {
                query.measures.push(measure);
            }
        }
        self.dimensions(&mut query);
        for _ in 0..self.random.random_range(0..3) {
            let filter = self.filter();
            query.filters.push(filter);
        }
        if self.chance(0.6) {
            self.time(&mut query);
        }
        self.compared(&mut query);
        self.shown(&mut query);
        query
    }

    fn dimensions(&mut self, query: &mut PipelineQuery) {
        for _ in 0..self.random.random_range(0..3) {
            let name = self.one(DIMENSIONS).to_owned();
            let senseless = query
                .measures
                .iter()
                .any(|measure| self.entity.measure(measure).unwrap().not_by.contains(&name));
            if senseless || query.dimensions.iter().any(|dimension| dimension.name == name) {
                continue;
            }
            let is_time = self.entity.dimension(&name).unwrap().kind == DimensionKind::Time;
            let grain = is_time.then(|| self.one(&GRAINS));
            query.dimensions.push(Dimension { name, grain });
        }
    }

    fn filter(&mut self) -> QueryFilter {
        // By their amount deals are filtered and not grouped.
        let dimension = if self.chance(0.15) {
            "amount_each".to_owned()
        } else {
            self.one(DIMENSIONS).to_owned()
        };
        let equal = [
            FilterOp::Eq,
            FilterOp::Ne,
            FilterOp::In,
            FilterOp::NotIn,
            FilterOp::IsNull,
        ];
        let ordered = [FilterOp::Lt, FilterOp::Lte, FilterOp::Gt, FilterOp::Gte];
        let op = match dimension.as_str() {
            "close_date" | "created_at" | "closed_at" | "probability" | "amount_each" if self.chance(0.6) => {
                self.one(&ordered)
            }
            "is_closed" | "is_won" => FilterOp::Eq,
            _ => self.one(&equal),
        };
        let value = match op {
            FilterOp::IsNull => json!(self.chance(0.3)),
            FilterOp::In | FilterOp::NotIn => {
                let count = self.random.random_range(1..4);
                Json::Array((0..count).map(|_| self.value(&dimension)).collect())
            }
            _ => self.value(&dimension),
        };
        QueryFilter { dimension, op, value }
    }

    fn value(&mut self, dimension: &str) -> Json {
        match dimension {
            "owner" | "account_owner" => {
                let people: Vec<_> = self.rows.people.keys().copied().collect();
                json!(self.one(&people))
            }
            "stage" => json!(self.one(&STAGES).0),
            "type" => json!(self.one(TYPES)),
            "account" => {
                let ids: Vec<_> = self.rows.accounts.iter().map(|account| account.id).collect();
                json!(self.one(&ids))
            }
            "account_industry" => json!(self.one(INDUSTRIES)),
            "currency" => json!(self.one(&["EUR", "USD", "JPY", "CHF"])),
            "is_closed" | "is_won" => json!(self.chance(0.5)),
            "probability" => json!(self.one(&[0, 10, 35, 50, 75, 100])),
            "forecast_category" => json!(self.one(CATEGORIES)),
            // In euros, or in the currency that it says.
            "amount_each" => self.one(&[
                json!(0),
                json!(2500.5),
                json!("3333.33"),
                json!(9.2),
                json!({"amount": "2500.50", "currency": "USD"}),
                json!({"amount": "333333", "currency": "JPY"}),
                json!({"amount": "1.00", "currency": "CHF"}),
            ]),
            _ => json!(self.day()),
        }
    }
}
