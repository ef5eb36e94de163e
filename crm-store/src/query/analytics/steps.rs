//! The way of opportunities through the stages: how many came how far, and how long they stayed.

use sea_query::{Expr, JoinType, NullOrdering, Order, Query};

use super::{
    super::Statement,
    custom,
    scope::{Frame, Scope},
};
use crate::{
    StoreError,
    analytics::{Filter, Path},
    catalog::OPPORTUNITY,
};

/// A stage and its place in the pipeline; winning is the last place.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) rank: i32,
}

/// A question for how far opportunities came.
pub(crate) struct FunnelPlan<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) filters: &'a [Filter],
    /// Every stage but the lost ones.
    pub(crate) known: &'a [Step],
    /// The steps that are asked for.
    pub(crate) steps: &'a [Step],
}

fn path(name: &str) -> Result<Path, StoreError> {
    Path::parse(&OPPORTUNITY, name)
}

impl FunnelPlan<'_> {
    /// The statement: one row with `n0` and `m0`, the records and their amount, for each step, and `records`.
    pub(crate) fn compile(&self) -> Result<Statement, StoreError> {
        let mut scope = Scope::new(self.frame, &OPPORTUNITY, "t")?;
        let stage = scope.column(&path("stage")?)?;
        let amount = path("amount")?;
        let minor = scope.column(&amount)?;
        let currency = scope.currency(&amount)?.unwrap_or_else(|| Expr::cust("NULL"));
        let condition = scope.conditions(self.filters)?;
        let mut each = scope.select()?;
        if let Some(condition) = condition {
            each.and_where(condition);
        }
        let names: Vec<String> = self.known.iter().map(|step| step.name.clone()).collect();
        let ranks: Vec<i32> = self.known.iter().map(|step| step.rank).collect();
        // The furthest stage that it is in or ever was in. Asked for each record: joined, a tenant without statistics made
        // Postgres go through the whole history for each.
        each.expr_as(
            custom(
                "(SELECT max(s.rank) FROM unnest($1, $2) AS s (name, rank) WHERE s.name = $3 OR s.name IN ( \
                 SELECT unnest(ARRAY[c.old #>> '{}', c.new #>> '{}']) FROM field_changes c \
                 WHERE c.tenant_id = \"t\".tenant_id AND c.record_id = \"t\".id AND c.field = 'stage' \
                 AND c.object = 'opportunity'))",
                [Expr::val(names), Expr::val(ranks), stage],
            ),
            "rank",
        )
        .expr_as(self.frame.rates.converted(&minor, &currency), "amount");
        let mut sums = Query::select();
        let digits = self.frame.rates.digits;
        for (place, step) in self.steps.iter().enumerate() {
            let rank = step.rank;
            sums.expr_as(
                Expr::cust(format!("count(*) FILTER (WHERE rank >= {rank})")),
                format!("n{place}"),
            )
            .expr_as(
                Expr::cust(format!(
                    "round(COALESCE(sum(amount) FILTER (WHERE rank >= {rank}), 0), {digits})"
                )),
                format!("m{place}"),
            );
        }
        sums.expr_as(Expr::cust("count(*)"), "records")
            .from_subquery(each, "e");
        Ok(Statement::select(&sums))
    }

    /// A statement that counts the records by the currencies of their amounts.
    pub(crate) fn currencies(&self) -> Result<Option<Statement>, StoreError> {
        let mut scope = Scope::new(self.frame, &OPPORTUNITY, "t")?;
        let condition = scope.conditions(self.filters)?;
        scope.by_currency(&path("amount")?, condition.into_iter().collect())
    }
}

/// How long opportunities stayed in the stages that they left: `stage`, `average`, `median` in days, `stays`, `records`.
pub(crate) fn stays(frame: Frame<'_>, filters: &[Filter]) -> Result<Statement, StoreError> {
    let mut scope = Scope::new(frame, &OPPORTUNITY, "t")?;
    scope.column(&path("stage")?)?;
    let condition = scope.conditions(filters)?;
    let mut each = scope.select()?;
    if let Some(condition) = condition {
        each.and_where(condition);
    }
    each.join_as(
        JoinType::InnerJoin,
        "field_changes",
        "c",
        Expr::cust(
            "\"c\".tenant_id = \"t\".tenant_id AND \"c\".record_id = \"t\".id AND \"c\".field = 'stage' \
             AND \"c\".object = 'opportunity'",
        ),
    )
    .expr_as(Expr::cust("\"t\".id"), "id")
    .expr_as(Expr::cust("(\"c\".old #>> '{}')"), "stage")
    .expr_as(
        Expr::cust(
            "extract(epoch FROM \"c\".effective_at - COALESCE(lag(\"c\".effective_at) OVER (PARTITION BY \"c\".record_id \
             ORDER BY \"c\".effective_at, \"c\".id), \"t\".created_at))",
        ),
        "seconds",
    );
    let mut sums = Query::select();
    sums.expr_as(Expr::cust("\"e\".stage"), "stage")
        .expr_as(Expr::cust("round(avg(\"e\".seconds) / 86400, 6)"), "average")
        .expr_as(
            Expr::cust(
                "round((percentile_disc(0.5) WITHIN GROUP (ORDER BY \"e\".seconds) \
                 + percentile_disc(0.5) WITHIN GROUP (ORDER BY \"e\".seconds DESC)) / 172800, 6)",
            ),
            "median",
        )
        .expr_as(Expr::cust("count(*)"), "stays")
        .expr_as(Expr::cust("min(\"p\".position)"), "place")
        .from_subquery(each, "e")
        .join_as(
            JoinType::LeftJoin,
            "pipeline_stages",
            "p",
            custom(
                "\"p\".tenant_id = $1 AND \"p\".name = \"e\".stage",
                [Expr::val(frame.tenant)],
            ),
        )
        // A history that begins before the record was made does not tell how long the first stage lasted.
        .and_where(Expr::cust("\"e\".stage IS NOT NULL AND \"e\".seconds >= 0"))
        .add_group_by([Expr::cust("1")])
        .order_by_expr_with_nulls(Expr::cust("place"), Order::Asc, NullOrdering::Last)
        .order_by_expr(Expr::cust("stage"), Order::Asc);
    Ok(Statement::select(&sums))
}
