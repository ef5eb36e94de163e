//! How many records stand behind the numbers of groups.

use sea_query::Expr;

use super::{custom, scope::Scope};
use crate::{
    StoreError,
    analytics::{Aggregate, Formula, Measure},
};

impl Scope<'_> {
    /// How many records of a group its first measure counts; all of them where it counts all.
    pub(super) fn behind(&mut self, measures: &[Measure]) -> Result<Expr, StoreError> {
        let Some(measure) = measures.first() else {
            return Ok(self.counted("records"));
        };
        // The kept sums know no ends of a length of time, but how many records have both.
        if self.sums.is_some()
            && let Measure::Plain(formula) | Measure::Ratio { by: formula, .. } = measure
            && let Formula {
                aggregate: Aggregate::Between { .. },
                only,
            } = formula
        {
            let only = self.conditions(only)?;
            return Ok(self.kept_count("cycles", only.as_ref()));
        }
        let only = self.conditions(&measure.counted())?;
        Ok(match only {
            None => self.counted("records"),
            Some(only) if self.sums.is_some() => self.kept_count("records", Some(&only)),
            Some(only) => custom("count(*) FILTER (WHERE $1)", [only]),
        })
    }
}
