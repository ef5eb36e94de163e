//! The records behind numbers.

use chrono::NaiveDate;
use sea_query::{Expr, NullOrdering, Order};

use super::{
    super::Statement,
    keys::Kind,
    order,
    scope::{Frame, Scope},
};
use crate::{
    StoreError,
    analytics::{Filter, Path},
    catalog::{FieldType, Object},
};

/// A question for records.
pub(crate) struct RecordsPlan<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) object: &'static Object,
    pub(crate) filters: &'a [Filter],
    pub(crate) fields: &'a [Path],
    pub(crate) order: Option<&'a (Path, bool)>,
    pub(crate) limit: u64,
    pub(crate) as_of: Option<NaiveDate>,
}

impl RecordsPlan<'_> {
    /// The records, each field in a column `k0`, `k1`, ….
    pub(crate) fn compile(&self) -> Result<(Statement, Vec<Kind>), StoreError> {
        let mut scope = Scope::at(self.frame, self.object, "t", self.as_of)?;
        let shown = self
            .fields
            .iter()
            .map(|path| scope.shown(path))
            .collect::<Result<Vec<_>, _>>()?;
        let condition = scope.conditions(self.filters)?;
        let order = if let Some((path, descending)) = self.order {
            let (by, kind) = scope.shown(path)?;
            let rank = order::rank(path, by.clone(), self.frame.tenant);
            let by = order::sortable(by, kind, self.frame.access);
            vec![(rank, *descending), (Some(by), *descending)]
        } else {
            let made = self.object.field("created_at");
            vec![(made.map(|field| Expr::col(("t", field.column))), true)]
        };
        let mut select = scope.select()?;
        for (place, (value, _)) in shown.iter().enumerate() {
            select.expr_as(value.clone(), format!("k{place}"));
        }
        if let Some(condition) = condition {
            select.and_where(condition);
        }
        for (by, descending) in order {
            let Some(by) = by else { continue };
            let direction = if descending { Order::Desc } else { Order::Asc };
            select.order_by_expr_with_nulls(by, direction, NullOrdering::Last);
        }
        select.order_by(("t", "id"), Order::Desc).limit(self.limit);
        Ok((
            Statement::select(&select),
            shown.into_iter().map(|(_, kind)| kind).collect(),
        ))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> Result<Statement, StoreError> {
        let mut scope = Scope::at(self.frame, self.object, "t", self.as_of)?;
        let condition = scope.conditions(self.filters)?;
        let mut select = scope.select()?;
        select.expr(Expr::cust("count(*)"));
        if let Some(condition) = condition {
            select.and_where(condition);
        }
        Ok(Statement::select(&select))
    }

    /// Statements that count the records by the currencies of the amounts that are shown.
    pub(crate) fn currencies(&self) -> Result<Vec<Statement>, StoreError> {
        let mut statements = Vec::new();
        for path in self.fields {
            if matches!(path.field.kind, FieldType::Money(_)) {
                let mut scope = Scope::at(self.frame, self.object, "t", self.as_of)?;
                let conditions = scope.conditions(self.filters)?;
                statements.extend(scope.by_currency(path, conditions.into_iter().collect())?);
            }
        }
        Ok(statements)
    }
}
