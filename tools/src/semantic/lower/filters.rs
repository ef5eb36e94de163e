//! Conditions on records.

use chrono::NaiveDate;
use crm_store::{
    analytics::{DayRange, Filter, Path},
    query::Op,
};
use serde_json::Value as Json;

use crate::semantic::{
    calendar::beyond,
    model::{DimensionDef, DimensionKind},
    query::{FilterOp, QueryFilter},
};

/// A part of a filter and what is wrong with it.
type Wrong = (&'static str, String);

/// A filter over fields of the catalogue.
pub(in crate::semantic) fn filter(dimension: &DimensionDef, filter: &QueryFilter) -> Result<Filter, Wrong> {
    let path = &dimension.path;
    if dimension.kind == DimensionKind::Time && path.custom.is_none() && filter.op != FilterOp::IsNull {
        return days(path, filter);
    }
    let ordered =
        matches!(dimension.kind, DimensionKind::Number | DimensionKind::Time) || path.custom.is_some();
    let compares = matches!(
        filter.op,
        FilterOp::Lt | FilterOp::Lte | FilterOp::Gt | FilterOp::Gte
    );
    if compares && !ordered {
        return Err((
            "op",
            format!(
                "{} has no order; use eq, ne, in, not_in or is_null",
                dimension.name
            ),
        ));
    }
    let field = |op: Op| Filter::Field {
        path: path.clone(),
        op,
        value: filter.value.clone(),
    };
    Ok(match filter.op {
        FilterOp::Eq => field(Op::Eq),
        FilterOp::Ne => field(Op::Ne),
        FilterOp::Lt => field(Op::Lt),
        FilterOp::Lte => field(Op::Lte),
        FilterOp::Gt => field(Op::Gt),
        FilterOp::Gte => field(Op::Gte),
        FilterOp::In => field(Op::In),
        FilterOp::NotIn => Filter::Not(Box::new(field(Op::In))),
        FilterOp::IsNull => field(Op::IsNull),
    })
}

/// A day compared with days, whole days of the tenant's zone.
fn days(path: &Path, filter: &QueryFilter) -> Result<Filter, Wrong> {
    let day = |value: &Json| {
        let day = value
            .as_str()
            .and_then(|text| text.trim().parse::<NaiveDate>().ok())
            .ok_or_else(|| ("value", "must be a day such as 2026-11-21".to_owned()))?;
        match beyond(day) {
            Some(message) => Err(("value", message)),
            None => Ok(day),
        }
    };
    let within =
        |from: Option<NaiveDate>, to: Option<NaiveDate>| Filter::Within(path.clone(), DayRange { from, to });
    let one = |value: &Json| day(value).map(|day| within(Some(day), Some(day)));
    Ok(match filter.op {
        FilterOp::Eq => one(&filter.value)?,
        FilterOp::Ne => Filter::Not(Box::new(one(&filter.value)?)),
        FilterOp::Lt => within(None, day(&filter.value)?.pred_opt()),
        FilterOp::Lte => within(None, Some(day(&filter.value)?)),
        FilterOp::Gt => within(day(&filter.value)?.succ_opt(), None),
        FilterOp::Gte => within(Some(day(&filter.value)?), None),
        FilterOp::In | FilterOp::NotIn => {
            let values = filter.value.as_array().map(Vec::as_slice).unwrap_or_default();
            let any = Filter::Any(values.iter().map(one).collect::<Result<_, _>>()?);
            if filter.op == FilterOp::In {
                any
            } else {
                Filter::Not(Box::new(any))
            }
        }
        FilterOp::IsNull => Filter::Field {
            path: path.clone(),
            op: Op::IsNull,
            value: filter.value.clone(),
        },
    })
}
