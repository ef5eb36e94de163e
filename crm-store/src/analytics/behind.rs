//! Which records stand behind a number.

use serde_json::Value as Json;

use super::{Aggregate, Filter, Formula, Measure};
use crate::query::Op;

impl Measure {
    /// The conditions that a record must meet, beside those of the question, to count in the measure: of a share those of the
    /// whole, of two numbers together those of the one or the other. None where every record counts. A record without a
    /// value for the measure counts here, and is told as missing.
    pub fn counted(&self) -> Vec<Filter> {
        match self {
            Self::Plain(formula) | Self::Attainment(formula) => all(formula),
            Self::Ratio { by, .. } => all(by),
            Self::Total { of, and } => match (all(of), all(and)) {
                (of, and) if of.is_empty() || and.is_empty() => Vec::new(),
                (of, and) => vec![Filter::Any(vec![every(of), every(and)])],
            },
        }
    }
}

/// A length of time is that of records that have both its ends.
fn all(formula: &Formula) -> Vec<Filter> {
    let mut only = formula.only.clone();
    if let Aggregate::Between { from, to, .. } = &formula.aggregate {
        only.extend([from, to].map(|path| Filter::Field {
            path: path.clone(),
            op: Op::IsNull,
            value: Json::Bool(false),
        }));
    }
    only
}

/// All of these hold: not one of them does not.
fn every(filters: Vec<Filter>) -> Filter {
    let not = filters.into_iter().map(|filter| Filter::Not(Box::new(filter)));
    Filter::Not(Box::new(Filter::Any(not.collect())))
}
