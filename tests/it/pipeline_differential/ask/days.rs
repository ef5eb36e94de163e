//! Random days.

use crm_tools::semantic::{Entity, Form, PipelineQuery, Range, Time};

use super::{Asking, Wonder as _};

/// Whether days have a first and a last one, so that they can be compared.
pub(super) fn is_bounded(time: &Time) -> bool {
    !matches!(
        time.range,
        Range::Between { from: None, .. } | Range::Between { to: None, .. }
    )
}

/// The dimension that the days of a query are of: the one that it says, else the one of its measures when they agree, else the
/// entity's; none when they do not agree.
pub(in super::super) fn dimension_of<'a>(entity: &'a Entity, query: &'a PipelineQuery) -> Option<&'a str> {
    if let Some(said) = query.time.as_ref().and_then(|time| time.dimension.as_deref()) {
        return Some(said);
    }
    if matches!(query.form, Form::Cohort { .. }) {
        return Some("created_at");
    }
    let mut own: Vec<&str> = query
        .measures
        .iter()
        .filter_map(|name| entity.measure(name)?.time.as_deref())
        .collect();
    own.sort_unstable();
    own.dedup();
    match own.as_slice() {
        [] => entity.time.as_deref(),
        [one] => Some(one),
        _ => None,
    }
}

impl Asking<'_> {
    pub(super) fn time(&mut self, query: &mut PipelineQuery) {
        self.time_of(
            query,
            &[
                "close_date",
                "close_date",
                "created_at",
                "created_at",
                "closed_at",
            ],
        );
    }
}
