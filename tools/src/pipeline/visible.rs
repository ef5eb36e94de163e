//! What of the layer an asker may ask about.

use crm_store::{
    access::Access,
    analytics::{Aggregate, Filter, Formula, Measure, Path},
    catalog::{Object, QUOTA},
};

use crate::semantic::{PipelineQuery, SemanticModel, is_seen};

/// JSON Schema of a typed query.
pub fn query_schema() -> serde_json::Value {
    schemars::schema_for!(PipelineQuery).to_value()
}

/// The layer without what the asker's role hides or the scopes of a key do not reach: entities, dimensions and measures that would be refused. What is left
/// is what can be told; what is asked is checked again when it is asked.
pub fn visible(model: &SemanticModel, access: &Access) -> SemanticModel {
    let mut model = model.clone();
    model.key = None;
    model.entities.retain(|entity| access.asks(entity.object));
    for entity in &mut model.entities {
        let root = entity.object;
        entity
            .dimensions
            .retain(|dimension| is_seen(access, root, &dimension.path));
        entity
            .measures
            .retain(|measure| is_told(access, root, &measure.measure));
        let known: Vec<String> = entity
            .dimensions
            .iter()
            .map(|dimension| dimension.name.clone())
            .collect();
        entity.drill_down.retain(|name| known.contains(name));
    }
    model
}

/// Whether everything that a measure is made of is shown, the quotas that it is divided by among it.
fn is_told(access: &Access, root: &'static Object, measure: &Measure) -> bool {
    let divides = !matches!(measure, Measure::Attainment(_)) || access.asks(&QUOTA);
    divides && paths(measure).all(|path| is_seen(access, root, path))
}

fn paths(measure: &Measure) -> Box<dyn Iterator<Item = &Path> + '_> {
    match measure {
        Measure::Plain(formula) | Measure::Attainment(formula) => Box::new(of_formula(formula)),
        Measure::Ratio { of, by } | Measure::Total { of, and: by } => {
            Box::new(of_formula(of).chain(of_formula(by)))
        }
    }
}

fn of_formula(formula: &Formula) -> impl Iterator<Item = &Path> {
    let own: Vec<&Path> = match &formula.aggregate {
        Aggregate::Count => Vec::new(),
        Aggregate::CountDistinct(path) | Aggregate::Of(_, path) => vec![path],
        Aggregate::Weighted { amount, percent } => vec![amount, percent],
        Aggregate::Between { from, to, .. } => vec![from, to],
    };
    own.into_iter().chain(formula.only.iter().flat_map(of_filter))
}

fn of_filter(filter: &Filter) -> Vec<&Path> {
    match filter {
        Filter::Field { path, .. } | Filter::Within(path, _) => vec![path],
        Filter::Any(filters) => filters.iter().flat_map(of_filter).collect(),
        Filter::Not(filter) => of_filter(filter),
    }
}
