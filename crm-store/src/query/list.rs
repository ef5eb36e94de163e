//! Lists: filtered, sorted, a page at a time.
//!
//! The order is ascending with records without a value last, or descending with them first, ties broken by id in the
//! same direction, so that one index `(tenant_id, field, id)` serves both. A page begins after a position. Where one
//! condition with OR would keep an index from being used (a position among NULLs; the owners that an actor sees), the
//! list is the union of parts that have no record in common, each read by its own index and cut after a page.
//!
//! What sharing rules open has no index of its own. So the page of what the actor sees anyway is found first
//! ([`ListPlan::first`]), and of what is shared only that is looked at which sorts before the end of that page.

use sea_query::{Asterisk, Expr, ExprTrait, NullOrdering, Order, Query, SelectStatement, UnionType};
use uuid::Uuid;

use super::{
    Checked, Columns, Op, Position, Statement, Words,
    read::{ALIAS, alive, column, select, uuids},
    value::stored_value,
};
use crate::{
    StoreError,
    catalog::Field,
    records::{Record, Value},
};

/// Up to so many owners are read one by one.
const FEW_OWNERS: usize = 4;

/// Fields that tell records apart.
const KEYS: &[&str] = &["id", "external_id"];

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

/// The page of what the actor sees without any sharing rule.
#[derive(Debug, Clone, Default)]
pub(crate) struct First {
    ids: Vec<Uuid>,
    /// Where the page ends; what is shared counts up to here alone. None when the page is not full.
    end: Option<Position>,
}

/// A page of a list to be read.
pub(crate) struct ListPlan {
    pub(crate) columns: Columns,
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

/// Conditions that one index can serve.
type Part = Vec<Expr>;

impl ListPlan {
    /// The statement that finds the first page of what the actor sees anyway, for a list that shows what is shared too.
    /// Its rows have these columns.
    pub(crate) fn first(&self) -> Result<Option<(Columns, Statement)>, StoreError> {
        if self.shared()?.is_none() {
            return Ok(None);
        }
        let columns = Columns::of(self.columns.object, &[self.sort.field]);
        let statement = self.union(&columns, self.begun(self.owned()))?;
        Ok(statement.map(|statement| (columns, statement)))
    }

    /// What the rows of [`Self::first`] say.
    pub(crate) fn found(&self, records: &[Record]) -> First {
        let full = u64::try_from(records.len()).is_ok_and(|found| found >= self.limit);
        First {
            ids: records.iter().map(|record| record.id).collect(),
            end: records
                .last()
                .filter(|_| full)
                .map(|last| position(last, self.sort)),
        }
    }

    /// The statement, after the one of [`Self::first`] if there was one.
    pub(crate) fn statement(&self, first: Option<&First>) -> Result<Statement, StoreError> {
        let mut parts = match first {
            Some(First { ids, .. }) if ids.is_empty() => Vec::new(),
            Some(First { ids, .. }) => vec![vec![one_of(ids)]],
            None => self.begun(self.owned()),
        };
        if let Some(shared) = self.shared()? {
            for end in self.ends(first.and_then(|first| first.end.as_ref())) {
                let part = shared.iter().cloned().chain(end).collect();
                parts.extend(self.begun(vec![part]));
            }
        }
        let statement = self.union(&self.columns, parts)?;
        statement.map_or_else(
            || {
                let mut nothing = select(&self.columns);
                nothing.and_where(Expr::val(false));
                Ok(Statement::select(&nothing))
            },
            Ok,
        )
    }

    /// The parts, each cut after a page, put in order.
    fn union(&self, columns: &Columns, parts: Vec<Part>) -> Result<Option<Statement>, StoreError> {
        let mut filters = self
            .filters
            .iter()
            .filter(|filter| filter.words().is_none())
            .map(|filter| filter.expr(columns.object, &self.currency))
            .collect::<Result<Vec<_>, _>>()?;
        filters.extend(self.words.iter().map(Words::expr));
        let mut pages: Vec<SelectStatement> = parts
            .into_iter()
            .map(|part| {
                let mut page = select(columns);
                // Row-level security says the same; here the planner sees which tenant it plans for.
                page.and_where(Expr::col((ALIAS, "tenant_id")).eq(self.tenant));
                if !self.deleted {
                    page.and_where_option(alive(columns));
                }
                for condition in filters.iter().cloned().chain(part) {
                    page.and_where(condition);
                }
                self.order(&mut page);
                page
            })
            .collect();
        if pages.len() <= 1 {
            return Ok(pages.pop().map(|page| Statement::select(&page)));
        }
        // Each part is sorted and cut by itself.
        let mut cut = pages.into_iter().map(|page| {
            Query::select()
                .column(Asterisk)
                .from_subquery(page, "page")
                .take()
        });
        let mut all = cut.next().unwrap_or_default();
        all.unions(cut.map(|page| (UnionType::All, page)));
        let mut whole = Query::select();
        for field in &columns.fields {
            whole.column((ALIAS, field.column));
        }
        whole.from_subquery(all, ALIAS);
        self.order(&mut whole);
        Ok(Some(Statement::select(&whole)))
    }

    /// What the actor sees without any sharing rule.
    fn owned(&self) -> Vec<Part> {
        let Seen::Owned { owners, .. } = &self.seen else {
            return vec![Vec::new()];
        };
        if self.is_narrow() {
            return vec![Vec::new()];
        }
        let owner = || Expr::col((ALIAS, "owner_id"));
        let asked = self.asked_owners();
        let nobodys = asked.is_none().then(|| owner().is_null());
        let mine: Vec<Uuid> = owners
            .iter()
            .filter(|one| asked.as_ref().is_none_or(|asked| asked.contains(one)))
            .copied()
            .collect();
        if mine.len() <= FEW_OWNERS {
            // Each passes over what others own inside the index.
            let each = mine.iter().map(|one| owner().eq(*one));
            return nobodys.into_iter().chain(each).map(|part| vec![part]).collect();
        }
        // With many owners a good part of what is there is seen, and walking it costs less than as many parts.
        let any = Expr::cust_with_values("\"t\".\"owner_id\" = ANY($1)", [uuids(&mine)]);
        vec![vec![match nobodys {
            Some(nobodys) => nobodys.or(any),
            None => any,
        }]]
    }

    /// What sharing rules may open beyond that, if there are any that matter.
    fn shared(&self) -> Result<Option<Part>, StoreError> {
        let Seen::Owned { owners, shared } = &self.seen else {
            return Ok(None);
        };
        if self.is_narrow() {
            return Ok(None);
        }
        let opened = match shared {
            Shared::Rules(rules) => {
                let mut any: Option<Expr> = None;
                for rule in rules {
                    let mut all: Option<Expr> = None;
                    for one in rule {
                        let one = one.expr(self.columns.object, &self.currency)?;
                        all = Some(all.map_or_else(|| one.clone(), |all| all.and(one.clone())));
                    }
                    let all = all.unwrap_or_else(|| Expr::val(true));
                    any = Some(any.map_or_else(|| all.clone(), |any| any.or(all.clone())));
                }
                any
            }
            Shared::Role(role) => Some(Expr::cust_with_values(
                "\"t\".\"id\" IN (SELECT s.record_id FROM record_shares s WHERE s.tenant_id = $1 AND s.object = $2 \
                 AND s.role_id = $3)",
                [
                    sea_query::Value::from(self.tenant),
                    sea_query::Value::from(self.columns.object.name),
                    sea_query::Value::from(*role),
                ],
            )),
        };
        // Those of the actor's own are in the other parts.
        let others = Expr::cust_with_values("\"t\".\"owner_id\" <> ALL($1)", [uuids(owners)]);
        Ok(opened.map(|opened| vec![opened, others]))
    }

    /// Whether few records are left by their ids already: to read them all under the policies is cheapest.
    fn is_narrow(&self) -> bool {
        self.words.iter().any(Words::is_narrow)
            || self
                .filters
                .iter()
                .any(|filter| KEYS.contains(&filter.field.name) && matches!(filter.op, Op::Eq | Op::In))
    }

    /// The owners that the filters ask for, if they do.
    fn asked_owners(&self) -> Option<Vec<Uuid>> {
        self.filters
            .iter()
            .filter(|filter| filter.field.name == "owner_id" && matches!(filter.op, Op::Eq | Op::In))
            .map(Checked::ids)
            .reduce(|all, more| all.into_iter().filter(|one| more.contains(one)).collect())
    }

    /// These parts, from where the page begins on.
    fn begun(&self, parts: Vec<Part>) -> Vec<Part> {
        let starts = self.starts();
        parts
            .into_iter()
            .flat_map(|part| {
                starts
                    .iter()
                    .map(move |start| part.iter().cloned().chain(start.clone()).collect())
            })
            .collect()
    }

    /// Where the page begins, by the index of the sorted field; more than one when it goes on into the NULLs.
    fn starts(&self) -> Vec<Option<Expr>> {
        match &self.after {
            Some(after) => self.beyond(after, false).into_iter().map(Some).collect(),
            None => vec![None],
        }
    }

    /// Where the page ends at the latest.
    fn ends(&self, end: Option<&Position>) -> Vec<Option<Expr>> {
        match end {
            Some(end) => self.beyond(end, true).into_iter().map(Some).collect(),
            None => vec![None],
        }
    }

    /// The stretches of the order after a position, or from the beginning to it, the record there included.
    fn beyond(&self, Position { key, id }: &Position, before: bool) -> Vec<Expr> {
        let Sort { field, descending } = self.sort;
        let compared = |near: Expr, far: Expr| match (descending, before) {
            (true, false) => near.lt(far),
            (false, false) => near.gt(far),
            (true, true) => near.gte(far),
            (false, true) => near.lte(far),
        };
        let by_id = compared(column_id(), Expr::val(*id));
        if field.name == "id" {
            return vec![by_id];
        }
        let near = || column(field);
        // NULLs stand at the end of the ascending order and at the beginning of the descending one.
        let nulls_beyond = descending == before;
        match stored_value(field, key) {
            Some(key) => {
                let stretch = compared(
                    Expr::tuple([near(), column_id()]),
                    Expr::tuple([Expr::val(key), Expr::val(*id)]),
                );
                if field.required || !nulls_beyond {
                    vec![stretch]
                } else {
                    vec![stretch, near().is_null()]
                }
            }
            None if nulls_beyond => vec![near().is_null().and(by_id)],
            None => vec![near().is_null().and(by_id), near().is_not_null()],
        }
    }

    fn order(&self, select: &mut SelectStatement) {
        let (order, nulls) = if self.sort.descending {
            (Order::Desc, NullOrdering::First)
        } else {
            (Order::Asc, NullOrdering::Last)
        };
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

fn one_of(ids: &[Uuid]) -> Expr {
    Expr::cust_with_values("\"t\".\"id\" = ANY($1)", [uuids(ids)])
}

/// The place of a record in a list.
pub(crate) fn position(record: &Record, sort: Sort) -> Position {
    let key: Value = record.get(sort.field.name).clone();
    Position { key, id: record.id }
}
