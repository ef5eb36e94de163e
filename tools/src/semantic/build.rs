//! What files of the layer say, over fields of the catalogue.

use crm_store::{
    analytics::{Aggregate, Filter, Formula, Measure, Path, Span, Summary},
    catalog::{self, FieldType, Object},
};
use rust_decimal::Decimal;

use super::{
    model::{CohortDef, DimensionDef, DimensionKind, MeasureDef, ValueSource},
    source::{
        AggregateSource, CohortSource, ConditionSource, DimensionSource, FormulaSource, MeasureSource,
        SpanSource, SummarySource, Way,
    },
};

fn path(object: &'static Object, said: &str) -> Result<Path, String> {
    Path::parse(object, said).map_err(|error| error.to_string())
}

pub(super) fn dimension(object: &'static Object, source: DimensionSource) -> Result<DimensionDef, String> {
    let path = path(object, source.field.as_deref().unwrap_or(&source.name))?;
    let relation = path
        .object
        .relations
        .iter()
        .find(|relation| matches!(relation.by, catalog::Link::Field(by) if by == path.field.name));
    let (kind, values) = match (path.field.kind, relation) {
        _ if path.custom.is_some() => (DimensionKind::Category, ValueSource::Distinct),
        (FieldType::Id, Some(relation)) if relation.target == "user" => {
            (DimensionKind::Person, ValueSource::Members)
        }
        (FieldType::Id, _) => (DimensionKind::Record, ValueSource::Records),
        (FieldType::Enum(_), _) => (DimensionKind::Category, ValueSource::Enum),
        (FieldType::Boolean, _) => (DimensionKind::Boolean, ValueSource::None),
        (FieldType::Time | FieldType::Date, _) => (DimensionKind::Time, ValueSource::None),
        (FieldType::Integer | FieldType::BigInteger | FieldType::Decimal | FieldType::Money(_), _) => {
            (DimensionKind::Number, ValueSource::None)
        }
        (FieldType::Bytes | FieldType::Json, _) => {
            return Err("has values that nobody can ask for".to_owned());
        }
        _ => (DimensionKind::Category, ValueSource::Distinct),
    };
    let kind = source.kind.unwrap_or(kind);
    let values = source.values.unwrap_or(match kind {
        DimensionKind::Text => ValueSource::None,
        _ => values,
    });
    Ok(DimensionDef {
        name: source.name,
        path,
        kind,
        values,
        labels: source.labels,
        synonyms: source.synonyms,
        value_words: source.value_words,
        only_with: source.only_with,
    })
}

pub(super) fn measure(object: &'static Object, source: MeasureSource) -> Result<MeasureDef, String> {
    let measure = match source.measure {
        Way::Plain(of) => Measure::Plain(formula(object, of)?),
        Way::Total { of, and } => Measure::Total {
            of: formula(object, of)?,
            and: formula(object, and)?,
        },
        Way::Ratio { of, by } => Measure::Ratio {
            of: formula(object, of)?,
            by: formula(object, by)?,
        },
        Way::Attainment(of) => Measure::Attainment(formula(object, of)?),
    };
    Ok(MeasureDef {
        name: source.name,
        labels: source.labels,
        synonyms: source.synonyms,
        definition: source.definition,
        unit: source.unit,
        additive: source.additive,
        measure,
        time: source.time,
        not_by: source.not_by,
        only_by: source.only_by,
        by: source.by,
        scale: source.scale.unwrap_or(Decimal::ONE),
    })
}

fn formula(object: &'static Object, source: FormulaSource) -> Result<Formula, String> {
    let path = |said: &str| path(object, said);
    let aggregate = match source.of {
        AggregateSource::Count => Aggregate::Count,
        AggregateSource::Distinct(of) => Aggregate::CountDistinct(path(&of)?),
        AggregateSource::Sum(of) => Aggregate::Of(Summary::Sum, path(&of)?),
        AggregateSource::Average(of) => Aggregate::Of(Summary::Average, path(&of)?),
        AggregateSource::Median(of) => Aggregate::Of(Summary::Median, path(&of)?),
        AggregateSource::Minimum(of) => Aggregate::Of(Summary::Minimum, path(&of)?),
        AggregateSource::Maximum(of) => Aggregate::Of(Summary::Maximum, path(&of)?),
        AggregateSource::Weighted { amount, percent } => Aggregate::Weighted {
            amount: path(&amount)?,
            percent: path(&percent)?,
        },
        AggregateSource::Between {
            from,
            to,
            unit,
            summary,
        } => Aggregate::Between {
            from: path(&from)?,
            to: path(&to)?,
            unit: match unit {
                SpanSource::Hours => Span::Hours,
                SpanSource::Days => Span::Days,
            },
            summary: match summary {
                SummarySource::Average => Summary::Average,
                SummarySource::Median => Summary::Median,
            },
        },
    };
    Ok(Formula {
        aggregate,
        only: conditions(object, source.only)?,
    })
}

fn conditions(object: &'static Object, sources: Vec<ConditionSource>) -> Result<Vec<Filter>, String> {
    sources
        .into_iter()
        .map(|source| condition(object, source))
        .collect()
}

fn condition(object: &'static Object, source: ConditionSource) -> Result<Filter, String> {
    Ok(match source {
        ConditionSource::Any { any } => Filter::Any(conditions(object, any)?),
        ConditionSource::Not { not } => Filter::Not(Box::new(condition(object, *not)?)),
        ConditionSource::Field { field, op, value } => {
            let path = path(object, &field)?;
            if let FieldType::Enum(words) = path.field.kind {
                let said = match &value {
                    serde_json::Value::Array(values) => values.clone(),
                    one => vec![one.clone()],
                };
                let odd = said
                    .iter()
                    .filter_map(serde_json::Value::as_str)
                    .find(|word| !words.contains(word));
                if let Some(odd) = odd {
                    return Err(format!("{odd} is no {field}; there are {}", words.join(", ")));
                }
            }
            Filter::Field { path, op, value }
        }
    })
}

pub(super) fn cohort(object: &'static Object, source: CohortSource) -> Result<CohortDef, String> {
    Ok(CohortDef {
        begun: path(object, &source.begun)?,
        reached: path(object, &source.reached)?,
        only: conditions(object, source.only)?,
        labels: source.labels,
    })
}
