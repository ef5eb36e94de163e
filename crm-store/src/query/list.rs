//! Lists: filtered, sorted, a page at a time.
//!
//! The order is ascending with records without a value last, or descending with them first, ties broken by id in the
//! same direction, so that one index `(tenant_id, field, id)` serves both. A page begins after a position. Where one
//! condition with OR would keep an index from being used (a position among NULLs; the owners that an actor sees), the
//! list is the union of branches that each read their own index and each stop after a page.

use sea_query::{Expr, ExprTrait, NullOrdering, Order, Query, SelectStatement, UnionType};
use uuid::Uuid;

use super::{
    Checked, Columns, Position, Statement, Words,
    read::{ALIAS, alive, column, select, uuids},
    value::stored_value,
};
use crate::{StoreError, catalog::Field, records::Value};

/// Up to so many owners are read one by one.
const FEW_OWNERS: usize = 4;

/// What a list is sorted by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sort {
    pub(crate) field: &'static Field,
    pub(crate) descending: bool,
}

/// Whose records the list can show.
#[derive(Debug, Clone)]
pub(crate) enum Seen {
    /// Whatever the policies show.
    All,
    /// Those of these owners and those that nobody owns, and what is shared.
    Owned { owners: Vec<Uuid>, shared: Shared },
}

/// What sharing rules may open. The policies look at each record again.
#[derive(Debug, Clone)]
pub(crate) enum Shared {
    /// What passes the criteria of one of these rules, which indexes find without looking at all that is shared.
    Rules(Vec<Vec<Checked>>),
    /// What is shared with this role, record by record.
    Role(Uuid),
}

/// A part of a list that one index can serve.
#[derive(Debug, Clone, Default)]
struct Branch {
    conditions: Vec<Expr>,
    /// Whether the order begins with the owner, who is the same in the whole branch: so does the index.
    by_owner: bool,
}

impl Branch {
    fn of(condition: Expr) -> Self {
        Self {
            conditions: vec![condition],
            by_owner: false,
        }
    }

    /// The part of it that begins after a position.
    fn beginning(mut self, start: Option<Expr>) -> Self {
        self.conditions.extend(start);
        self
    }
}

/// A page of a list to be read.
pub(crate) struct ListPlan<'a> {
    pub(crate) columns: &'a Columns,
    pub(crate) tenant: Uuid,
    pub(crate) filters: Vec<Checked>,
    /// Words that the records have.
    pub(crate) words: Vec<Words>,
    /// The tenant's own, in which amounts without one are read.
    pub(crate) currency: String,
    pub(crate) sort: Sort,
    pub(crate) after: Option<Position>,
    pub(crate) limit: u64,
    pub(crate) deleted: bool,
    pub(crate) seen: Seen,
}

impl ListPlan<'_> {
    /// The statement.
    pub(crate) fn statement(&self) -> Result<Statement, StoreError> {
        let mut filters = self
            .filters
            .iter()
            .filter(|filter| filter.words().is_none())
            .map(|filter| filter.expr(self.columns.object, &self.currency))
            .collect::<Result<Vec<_>, _>>()?;
        filters.extend(self.words.iter().map(Words::expr));
        let mut branches = Vec::new();
        for start in self.starts() {
            for owned in self.owned()? {
                branches.push(owned.beginning(start.clone()));
            }
        }
        let mut whole = select(self.columns);
        if let [only] = branches.as_slice() {
            self.narrow(&mut whole, &filters, only);
        } else {
            let mut pages = branches.iter().map(|branch| {
                let mut page = Query::select();
                page.column((ALIAS, "id"))
                    .from_as(self.columns.object.table, ALIAS);
                self.narrow(&mut page, &filters, branch);
                // Each branch is sorted and cut by itself.
                Query::select().column("id").from_subquery(page, "page").take()
            });
            let mut ids = pages.next().unwrap_or_default();
            ids.unions(pages.map(|page| (UnionType::Distinct, page)));
            // As an array the ids are looked up one by one; as a table they may be joined to a walk of everything.
            whole.and_where(Expr::cust_with_expr(
                "\"t\".\"id\" = ANY(ARRAY $1)",
                Expr::SubQuery(None, Box::new(ids.into())),
            ));
            self.order(&mut whole);
        }
        Ok(Statement::select(&whole))
    }

    /// Where the page begins, by the index of the sorted field; more than one when it goes on into the NULLs.
    fn starts(&self) -> Vec<Option<Expr>> {
        let Some(Position { key, id }) = &self.after else {
            return vec![None];
        };
        let Sort { field, descending } = self.sort;
        let beyond = |near: Expr, far: Expr| if descending { near.lt(far) } else { near.gt(far) };
        let later_id = beyond(column_id(), Expr::val(*id));
        if field.name == "id" {
            return vec![Some(later_id)];
        }
        let near = || column(field);
        match stored_value(field, key) {
            Some(key) => {
                let after = beyond(
                    Expr::tuple([near(), column_id()]),
                    Expr::tuple([Expr::val(key), Expr::val(*id)]),
                );
                if field.required || descending {
                    vec![Some(after)]
                } else {
                    vec![Some(after), Some(near().is_null())]
                }
            }
            None if descending => vec![Some(near().is_null().and(later_id)), Some(near().is_not_null())],
            None => vec![Some(near().is_null().and(later_id))],
        }
    }

    fn owned(&self) -> Result<Vec<Branch>, StoreError> {
        match &self.seen {
            Seen::All => Ok(vec![Branch::default()]),
            Seen::Owned { owners, shared } => {
                let owner = || Expr::col((ALIAS, "owner_id"));
                let mut branches = vec![Branch {
                    conditions: vec![owner().is_null()],
                    // Postgres does not take a column that is NULL for one that is the same in all rows.
                    by_owner: self.sort.field.name == "created_at",
                }];
                if owners.len() <= FEW_OWNERS {
                    // Each reads its own stretch of an index that is sorted already.
                    branches.extend(owners.iter().map(|one| Branch::of(owner().eq(*one))));
                } else {
                    let any = Expr::cust_with_values("\"t\".\"owner_id\" = ANY($1)", [uuids(owners)]);
                    branches.push(Branch::of(any));
                }
                match shared {
                    Shared::Rules(rules) => {
                        for rule in rules {
                            let criteria = rule.iter().map(|one| one.expr(self.columns.object, &self.currency));
                            branches.push(Branch {
                                conditions: criteria.collect::<Result<_, _>>()?,
                                by_owner: false,
                            });
                        }
                    }
                    Shared::Role(role) => branches.push(Branch::of(Expr::cust_with_values(
                        "\"t\".\"id\" IN (SELECT s.record_id FROM record_shares s WHERE s.tenant_id = $1 AND s.object = $2 \
                         AND s.role_id = $3)",
                        [
                            sea_query::Value::from(self.tenant),
                            sea_query::Value::from(self.columns.object.name),
                            sea_query::Value::from(*role),
                        ],
                    ))),
                }
                Ok(branches)
            }
        }
    }

    fn narrow(&self, select: &mut SelectStatement, filters: &[Expr], branch: &Branch) {
        // Row-level security says the same; here the planner sees which tenant it plans for.
        select.and_where(Expr::col((ALIAS, "tenant_id")).eq(self.tenant));
        if !self.deleted {
            select.and_where_option(alive(self.columns));
        }
        for condition in filters.iter().chain(&branch.conditions) {
            select.and_where(condition.clone());
        }
        if branch.by_owner {
            let (order, nulls) = self.direction();
            select.order_by_with_nulls((ALIAS, "owner_id"), order, nulls);
        }
        self.order(select);
    }

    fn direction(&self) -> (Order, NullOrdering) {
        if self.sort.descending {
            (Order::Desc, NullOrdering::First)
        } else {
            (Order::Asc, NullOrdering::Last)
        }
    }

    fn order(&self, select: &mut SelectStatement) {
        let (order, nulls) = self.direction();
        if self.sort.field.name != "id" {
            select.order_by_with_nulls((ALIAS, self.sort.field.column), order.clone(), nulls);
        }
        select.order_by((ALIAS, "id"), order);
        select.limit(self.limit);
    }
}

fn column_id() -> Expr {
    Expr::col((ALIAS, "id"))
}

/// The place of a record in a list.
pub(crate) fn position(record: &crate::records::Record, sort: Sort) -> Position {
    let key: Value = record.get(sort.field.name).clone();
    Position { key, id: record.id }
}
