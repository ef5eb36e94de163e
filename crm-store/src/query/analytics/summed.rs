//! Questions over the kept sums: rows of sums, of differences that are not in them yet, and of records in months that a
//! range cuts, under the names that the records have. So keys and conditions are those of questions over records; only
//! what is counted differs.

use sea_query::{Expr, ExprTrait as _, Query, SelectStatement, UnionType};

use super::{
    calendar, custom,
    measures::{DECIMALS, Number, over},
    scope::{self, Frame, Scope},
    spells,
    sums::{Chosen, Way},
};
use crate::{
    StoreError,
    access::Verb,
    analytics::{Aggregate, DayRange, Formula, Span, Summary},
    catalog::{FieldType, Object},
};

/// The rows that a question reads.
pub(super) fn source(
    frame: Frame<'_>,
    object: &'static Object,
    chosen: &Chosen,
) -> Result<SelectStatement, StoreError> {
    if chosen.way != Way::Now {
        return spells::source(frame, chosen).ok_or_else(|| StoreError::Corrupt {
            what: "a question that spells do not answer".to_owned(),
        });
    }
    let mut all = of_sums(frame, object, chosen)?;
    all.union(UnionType::All, of_deltas(frame, object, chosen)?);
    if let Some(cut) = in_cut_months(frame, object, chosen, "r")? {
        let mut records = of_records(frame, object, chosen);
        records
            .and_where_option(scope::seen(frame, object, "r"))
            .and_where(cut);
        all.union(UnionType::All, records);
    }
    if let Some(shared) = shared(frame, object) {
        let mut records = of_records(frame, object, chosen);
        records.and_where(shared);
        if let Some(cut) = in_cut_months(frame, object, chosen, "r")? {
            records.and_where(custom("(($1) IS NOT TRUE)", [cut]));
        }
        all.union(UnionType::All, records);
    }
    Ok(all)
}

fn column(alias: &'static str, name: &str) -> Expr {
    Expr::col((alias, name.to_owned()))
}

/// The kind of the time that the sums are by.
fn kind(object: &Object, chosen: &Chosen) -> Result<FieldType, StoreError> {
    let field = object.field(chosen.time).ok_or_else(|| StoreError::Corrupt {
        what: format!("the sums by {}", chosen.time),
    })?;
    Ok(field.kind)
}

fn of_sums(frame: Frame<'_>, object: &Object, chosen: &Chosen) -> Result<SelectStatement, StoreError> {
    let mut select = Query::select();
    for word in chosen.kept.words(chosen.by_owner) {
        select.expr_as(column("r", word), *word);
    }
    let month = column("r", "month");
    // The moment in which a month begins lies in it, whatever it is compared with: months that are cut are not read here.
    let time = if kind(object, chosen)? == FieldType::Time {
        let zone = Expr::val(frame.reporting.timezone.name());
        custom("($1::timestamp AT TIME ZONE $2)", [month.clone(), zone])
    } else {
        month.clone()
    };
    select
        .expr_as(time, chosen.time)
        .expr_as(column("r", "records"), "records");
    for (name, _) in chosen.kept.numbers {
        select.expr_as(column("r", name), *name);
    }
    select
        .from_as(chosen.kept.sums, "r")
        .and_where(column("r", "tenant_id").eq(frame.tenant))
        .and_where(column("r", "by_owner").eq(chosen.by_owner))
        .and_where(column("r", "by_time").eq(chosen.time))
        .and_where_option(own(frame, object));
    if !chosen.cut.is_empty() {
        let cut = Expr::val(chosen.cut.clone());
        select.and_where(custom("(($1 = ANY($2)) IS NOT TRUE)", [month, cut]));
    }
    Ok(select)
}

fn of_deltas(
    frame: Frame<'_>,
    object: &'static Object,
    chosen: &Chosen,
) -> Result<SelectStatement, StoreError> {
    let mut select = rows(chosen, true);
    select
        .from_as(chosen.kept.deltas, "r")
        .and_where(column("r", "tenant_id").eq(frame.tenant))
        .and_where_option(own(frame, object));
    if let Some(cut) = in_cut_months(frame, object, chosen, "r")? {
        select.and_where(custom("(($1) IS NOT TRUE)", [cut]));
    }
    Ok(select)
}

/// Records of the tenant that are not deleted.
fn of_records(frame: Frame<'_>, object: &'static Object, chosen: &Chosen) -> SelectStatement {
    let mut select = rows(chosen, false);
    select
        .from_as(object.table, "r")
        .and_where(column("r", "tenant_id").eq(frame.tenant))
        .and_where(column("r", "deleted_at").is_null());
    select
}

/// Single records as rows of sums.
fn rows(chosen: &Chosen, counted: bool) -> SelectStatement {
    let mut select = Query::select();
    for word in chosen.kept.words(chosen.by_owner) {
        select.expr_as(column("r", word), *word);
    }
    let records = if counted { "\"r\".records" } else { "1::bigint" };
    select
        .expr_as(column("r", chosen.time), chosen.time)
        .expr_as(Expr::cust(records), "records");
    for (name, of_one) in chosen.kept.numbers {
        let number = if counted {
            format!("({of_one}) * r.records")
        } else {
            format!("({of_one})")
        };
        select.expr_as(Expr::cust(number), *name);
    }
    select
}

/// Whether the time of a row lies in one of the months that are read from the records.
fn in_cut_months(
    frame: Frame<'_>,
    object: &Object,
    chosen: &Chosen,
    alias: &'static str,
) -> Result<Option<Expr>, StoreError> {
    let kind = kind(object, chosen)?;
    let time = column(alias, chosen.time);
    let months = chosen.cut.iter().map(|first| {
        let next = first.checked_add_months(chrono::Months::new(1));
        let days = DayRange {
            from: Some(*first),
            to: next.and_then(|next| next.pred_opt()),
        };
        calendar::within(&time, kind, days, frame.reporting.timezone)
    });
    Ok(months.reduce(|one, other| custom("($1) OR ($2)", [one, other])))
}

/// The owners whose sums an actor reads who may not view all: as the policies say it.
fn own(frame: Frame<'_>, object: &Object) -> Option<Expr> {
    (!frame.access.can(object, Verb::ViewAll)).then(|| {
        custom(
            "($1 IS NULL OR $2 = ANY($3))",
            [
                column("r", "owner_id"),
                column("r", "owner_id"),
                Expr::val(frame.access.owners().to_vec()),
            ],
        )
    })
}

/// Records that the actor sees although their owners' sums are closed to them.
fn shared(frame: Frame<'_>, object: &Object) -> Option<Expr> {
    let own = own(frame, object)?;
    let role = frame.access.role()?;
    Some(custom(
        "(($1) IS NOT TRUE AND $2 = ANY(ARRAY(SELECT s.record_id FROM record_shares s WHERE s.tenant_id = $3 \
         AND s.object = $4 AND s.role_id = $5)))",
        [
            own,
            column("r", "id"),
            Expr::val(frame.tenant),
            Expr::val(object.name),
            Expr::val(role),
        ],
    ))
}

impl Scope<'_> {
    /// The sum of a number of the kept sums, over all rows or over some; a numeric, 0 of none.
    fn kept(&self, number: &str, only: Option<&Expr>) -> Expr {
        let column = Expr::col((self.root.clone(), number.to_owned()));
        custom("COALESCE($1, 0)::numeric", [over("sum($1)", &column, only)])
    }

    /// How many records are counted under a number of the kept sums, of all rows or of some.
    pub(super) fn kept_count(&self, number: &str, only: Option<&Expr>) -> Expr {
        custom("($1)::bigint", [self.kept(number, only)])
    }

    /// How many records are counted under a number of the kept sums, or of the records themselves.
    pub(super) fn counted(&self, number: &str) -> Expr {
        if self.sums.is_some() {
            custom("($1)::bigint", [self.kept(number, None)])
        } else {
            Expr::cust("count(*)")
        }
    }

    /// Whether a group has records. Differences that cancel out leave groups without any.
    pub(super) fn is_there(&self, number: &str) -> Option<Expr> {
        self.sums
            .is_some()
            .then(|| custom("$1 <> 0", [self.kept(number, None)]))
    }

    /// A number of a group, of kept sums. What there are none for was not let here.
    pub(super) fn summed_formula(&mut self, formula: &Formula) -> Result<Number, StoreError> {
        let only = self.conditions(&formula.only)?;
        let only = only.as_ref();
        let bigint = |value: Expr| custom("($1)::bigint", [value]);
        let beyond = |this: &Self, known: &str| {
            bigint(custom(
                "($1 - $2)",
                [this.kept("records", only), this.kept(known, only)],
            ))
        };
        match &formula.aggregate {
            Aggregate::Count => Ok(Number {
                value: self.kept("records", only),
                digits: 0,
                additive: true,
                missing: None,
                foreign: None,
            }),
            Aggregate::Of(summary, path) => {
                let column = self.column(path)?;
                let additive = *summary == Summary::Sum;
                let Some(currency) = self.currency(path)? else {
                    let sum = self.kept("duration_minutes", only);
                    return Ok(Number {
                        value: sum_or_mean(additive, sum, self.kept("timed", only)),
                        digits: DECIMALS,
                        additive,
                        missing: Some(beyond(self, "timed")),
                        foreign: None,
                    });
                };
                let rates = self.frame.rates;
                let codes: Vec<String> = rates.factors.keys().cloned().collect();
                let known = custom("$1 = ANY($2)", [currency.clone(), Expr::val(codes)]);
                let convertible = both(only, known);
                Ok(Number {
                    value: sum_or_mean(
                        additive,
                        rates.sum(&column, &currency, only),
                        self.kept("amounts", Some(&convertible)),
                    ),
                    digits: rates.digits,
                    additive,
                    missing: Some(beyond(self, "amounts")),
                    foreign: Some(self.abroad(&currency, only)),
                })
            }
            Aggregate::Weighted { amount, percent } => {
                self.visible(percent)?;
                self.column(amount)?;
                let currency = self.currency(amount)?.unwrap_or_else(|| Expr::cust("NULL"));
                let weighted = Expr::col((self.root.clone(), "weighted"));
                let rates = self.frame.rates;
                Ok(Number {
                    value: custom("($1 / 100)", [rates.sum(&weighted, &currency, only)]),
                    digits: rates.digits,
                    additive: true,
                    missing: Some(beyond(self, "weighings")),
                    foreign: Some(self.abroad(&currency, only)),
                })
            }
            Aggregate::Between {
                from,
                to,
                unit,
                summary,
            } => {
                self.visible(from)?;
                self.visible(to)?;
                let seconds = match unit {
                    Span::Hours => 3_600,
                    Span::Days => 86_400,
                };
                let additive = *summary == Summary::Sum;
                let sum = self.kept("cycle_seconds", only);
                let value = sum_or_mean(additive, sum, self.kept("cycles", only));
                Ok(Number {
                    value: Expr::cust_with_exprs(format!("($1 / {seconds})"), [value]),
                    digits: DECIMALS,
                    additive,
                    missing: Some(beyond(self, "cycles")),
                    foreign: None,
                })
            }
            Aggregate::CountDistinct(_) => Err(StoreError::Corrupt {
                what: "a question that sums do not answer".to_owned(),
            }),
        }
    }

    /// How many records have an amount in another currency than the reporting one.
    fn abroad(&self, currency: &Expr, only: Option<&Expr>) -> Expr {
        let reporting = Expr::val(self.frame.rates.currency.clone());
        let other = both(only, custom("$1 <> $2", [currency.clone(), reporting]));
        custom("($1)::bigint", [self.kept("amounts", Some(&other))])
    }
}

fn both(only: Option<&Expr>, other: Expr) -> Expr {
    match only {
        Some(only) => custom("($1) AND ($2)", [only.clone(), other]),
        None => other,
    }
}

/// A sum, or the mean of so many.
fn sum_or_mean(additive: bool, sum: Expr, of: Expr) -> Expr {
    if additive {
        sum
    } else {
        custom("($1 / NULLIF($2, 0))", [sum, of])
    }
}
