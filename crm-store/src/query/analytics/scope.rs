//! The records that a question is about, and the tables that its paths lead to.

use chrono::NaiveDate;
use sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement};
use uuid::Uuid;

use super::{super::Subject, accounts::ByAccount, custom, history, money::Rates, summed, sums::Chosen};
use crate::{
    StoreError,
    access::{Access, Verb},
    analytics::{Path, Reporting},
    catalog::{self, FieldType, Link, Object, SeenBy},
};

/// For whom, and in what money and calendar, a question is asked.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) access: &'a Access,
    pub(crate) rates: &'a Rates,
    pub(crate) reporting: &'a Reporting,
    pub(crate) tenant: Uuid,
    /// Whether the kept sums may answer: they are of the zone that is reported in.
    pub(crate) sums: bool,
    /// What questions by account read.
    pub(crate) accounts: ByAccount,
    /// The deals that are read from the records beside the kept spells; none when spells may not answer.
    pub(crate) beside: Option<&'a [Uuid]>,
}

/// A table that a reference leads to.
#[derive(Debug, Clone)]
struct Join {
    alias: String,
    from: String,
    column: &'static str,
    target: &'static Object,
}

/// The records of an object under a name, and what they refer to.
pub(crate) struct Scope<'a> {
    pub(super) frame: Frame<'a>,
    pub(super) object: &'static Object,
    /// The name that the records go by.
    pub(super) root: String,
    joins: Vec<Join>,
    /// The records as they were at the end of this day.
    as_of: Option<NaiveDate>,
    /// The kept sums that stand for the records.
    pub(super) sums: Option<Chosen>,
    /// Rows that stand for the records: one for each record that they refer to.
    folded: Option<SelectStatement>,
}

impl<'a> Scope<'a> {
    /// The records as they are.
    pub(crate) fn new(frame: Frame<'a>, object: &'static Object, root: &str) -> Result<Self, StoreError> {
        Self::at(frame, object, root, None)
    }

    /// The records as they were at the end of a day, or as they are.
    pub(super) fn at(
        frame: Frame<'a>,
        object: &'static Object,
        root: &str,
        as_of: Option<NaiveDate>,
    ) -> Result<Self, StoreError> {
        require(frame.access, object)?;
        Ok(Self {
            frame,
            object,
            root: root.to_owned(),
            joins: Vec::new(),
            as_of,
            sums: None,
            folded: None,
        })
    }

    /// The same, over kept sums if there are some that answer.
    #[must_use]
    pub(super) fn over(mut self, sums: Option<Chosen>) -> Self {
        self.sums = sums;
        self
    }

    /// The same, over rows that stand for the records.
    #[must_use]
    pub(super) fn over_folded(mut self, rows: SelectStatement) -> Self {
        self.folded = Some(rows);
        self
    }

    /// Refuses a path that the actor may not see.
    pub(super) fn visible(&mut self, path: &Path) -> Result<(), StoreError> {
        self.column(path).map(|_| ())
    }

    /// The column of a path; its tables are joined when the statement is made.
    pub(super) fn column(&mut self, path: &Path) -> Result<Expr, StoreError> {
        let (alias, owner) = self.walk(path)?;
        let subject = Subject {
            object: owner,
            access: Some(self.frame.access),
        };
        subject.visible(&said(path), path.field.name)?;
        let column = Expr::col((alias, path.field.column));
        Ok(match &path.custom {
            Some(key) => {
                let keys: Vec<String> = key.split('.').map(str::to_owned).collect();
                custom("($1 #> $2)", [column, Expr::val(keys)])
            }
            None => column,
        })
    }

    /// The name under which the object of a path is joined, and the object.
    pub(super) fn walk(&mut self, path: &Path) -> Result<(String, &'static Object), StoreError> {
        let (mut alias, mut object) = (self.root.clone(), self.object);
        for step in &path.steps {
            let Link::Field(name) = step.by else {
                return Err(StoreError::invalid(
                    said(path),
                    format!("{} leads to many records", step.name),
                ));
            };
            let subject = Subject {
                object,
                access: Some(self.frame.access),
            };
            let field = subject.visible(&said(path), name)?;
            let target = target_of(step.target)
                .ok_or_else(|| StoreError::invalid(said(path), format!("{} leads nowhere", step.name)))?;
            require(self.frame.access, target)?;
            let next = format!("{alias}_{}", step.name);
            if !self.joins.iter().any(|join| join.alias == next) {
                self.joins.push(Join {
                    alias: next.clone(),
                    from: alias,
                    column: field.column,
                    target,
                });
            }
            (alias, object) = (next, target);
        }
        if object.name != path.object.name {
            return Err(StoreError::invalid(
                said(path),
                format!("is no path from {}", self.object.plural),
            ));
        }
        Ok((alias, object))
    }

    /// The currency of an amount.
    pub(super) fn currency(&mut self, path: &Path) -> Result<Option<Expr>, StoreError> {
        let FieldType::Money(name) = path.field.kind else {
            return Ok(None);
        };
        let (alias, object) = self.walk(path)?;
        Ok(object.field(name).map(|field| Expr::col((alias, field.column))))
    }

    /// Joins what the paths lead to. What the actor may not see is not there.
    pub(super) fn join(&self, select: &mut SelectStatement) {
        for join in &self.joins {
            let near = |column: &'static str| Expr::col((join.alias.clone(), column));
            let mut on = near("id").eq(Expr::col((join.from.clone(), join.column)));
            if join.target.name != catalog::USER.name {
                on = on.and(near("tenant_id").eq(Expr::val(self.frame.tenant)));
            }
            if join.target.field("deleted_at").is_some() {
                on = on.and(near("deleted_at").is_null());
            }
            select.join_as(JoinType::LeftJoin, join.target.table, join.alias.clone(), on);
        }
    }

    /// Reads from the records themselves: those of the tenant that are not deleted.
    fn from(&self, select: &mut SelectStatement) -> Result<(), StoreError> {
        if let Some(sums) = &self.sums {
            select.from_subquery(summed::source(self.frame, self.object, sums)?, self.root.clone());
            return Ok(());
        }
        if let Some(rows) = &self.folded {
            select.from_subquery(rows.clone(), self.root.clone());
            self.join(select);
            return Ok(());
        }
        if let Some(day) = self.as_of {
            select.from_subquery(history::source(self.frame, self.object, day)?, self.root.clone());
            self.join(select);
            select.and_where(Expr::col((self.root.clone(), "known")));
            return Ok(());
        }
        select.from_as(self.object.table, self.root.clone());
        self.join(select);
        if self.object.name != catalog::USER.name {
            // Row-level security says the same; here the planner sees which tenant it plans for.
            select.and_where(Expr::col((self.root.clone(), "tenant_id")).eq(self.frame.tenant));
        }
        if self.object.field("deleted_at").is_some() {
            select.and_where(Expr::col((self.root.clone(), "deleted_at")).is_null());
        }
        if let Some(own) = seen(self.frame, self.object, &self.root) {
            select.and_where(own);
        }
        Ok(())
    }

    /// A statement that begins at the records.
    pub(super) fn select(&self) -> Result<SelectStatement, StoreError> {
        let mut select = Query::select();
        self.from(&mut select)?;
        Ok(select)
    }
}

/// Whose records an actor sees who may not view all. The policies say the same and look at each record again; said this
/// way, indexes find the few that are his among those of everybody.
pub(super) fn seen(frame: Frame<'_>, object: &Object, alias: &str) -> Option<Expr> {
    let owned = object.rules().is_some_and(|rules| rules.seen_by == SeenBy::Owner);
    if !owned || frame.access.can(object, Verb::ViewAll) {
        return None;
    }
    let column = |name: &'static str| Expr::col((alias.to_owned(), name));
    let own = custom(
        "($1 IS NULL OR $2 = ANY($3))",
        [
            column("owner_id"),
            column("owner_id"),
            Expr::val(frame.access.owners().to_vec()),
        ],
    );
    let Some(role) = frame.access.role() else {
        return Some(own);
    };
    // As an array the ids are looked up in the index of the records.
    Some(custom(
        "($1 OR $2 = ANY(ARRAY(SELECT s.record_id FROM record_shares s WHERE s.tenant_id = $3 AND s.object = $4 \
         AND s.role_id = $5)))",
        [
            own,
            column("id"),
            Expr::val(frame.tenant),
            Expr::val(object.name),
            Expr::val(role),
        ],
    ))
}

/// What a path is called in an error.
pub(super) fn said(path: &Path) -> String {
    let mut words: Vec<&str> = path.steps.iter().map(|step| step.name).collect();
    words.push(path.field.name);
    words.extend(path.custom.as_deref());
    words.join(".")
}

/// The object that a relation leads to.
fn target_of(name: &str) -> Option<&'static Object> {
    if name == catalog::USER.name {
        return Some(&catalog::USER);
    }
    catalog::object(name)
}

/// The names of people have no rules; what else is asked about must be open to the asker.
fn require(access: &Access, object: &Object) -> Result<(), StoreError> {
    if object.name == catalog::USER.name {
        return Ok(());
    }
    access.require_asking(object)
}
