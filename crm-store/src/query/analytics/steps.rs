//! The way of opportunities through the stages: how many came how far.

use sea_query::{Expr, Query, SelectStatement};

use super::{
    super::Statement,
    custom,
    scope::{Frame, Scope},
    sums,
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
        let mut scope =
            Scope::new(self.frame, &OPPORTUNITY, "t")?.over(sums::of_stages(self.frame, self.filters));
        let stage = scope.column(&path("stage")?)?;
        let amount = path("amount")?;
        let minor = scope.column(&amount)?;
        let currency = scope.currency(&amount)?.unwrap_or_else(|| Expr::cust("NULL"));
        let condition = scope.conditions(self.filters)?;
        let mut each = scope.select()?;
        if let Some(condition) = condition {
            each.and_where(condition);
        }
        let each = if scope.sums.is_some() {
            self.of_ways(&scope, each, &minor, currency)
        } else {
            self.of_deals(each, stage, &minor, &currency)
        };
        let mut sums = Query::select();
        let digits = self.frame.rates.digits;
        for (place, step) in self.steps.iter().enumerate() {
            let rank = step.rank;
            sums.expr_as(
                Expr::cust(format!(
                    "COALESCE(sum(records) FILTER (WHERE rank >= {rank}), 0)::bigint"
                )),
                format!("n{place}"),
            )
            .expr_as(
                Expr::cust(format!(
                    "round(COALESCE(sum(amount) FILTER (WHERE rank >= {rank}), 0), {digits})"
                )),
                format!("m{place}"),
            );
        }
        sums.expr_as(Expr::cust("COALESCE(sum(records), 0)::bigint"), "records")
            .from_subquery(each, "e");
        Ok(Statement::select(&sums))
    }

    fn names_and_ranks(&self) -> [Expr; 2] {
        let names: Vec<String> = self.known.iter().map(|step| step.name.clone()).collect();
        let ranks: Vec<i32> = self.known.iter().map(|step| step.rank).collect();
        [Expr::val(names), Expr::val(ranks)]
    }

    /// Kept ways through the stages: the few different ones first, then how far each came.
    fn of_ways(
        &self,
        scope: &Scope<'_>,
        mut ways: SelectStatement,
        minor: &Expr,
        currency: Expr,
    ) -> SelectStatement {
        ways.expr_as(Expr::cust("\"t\".seen"), "seen")
            .expr_as(currency, "currency")
            .expr_as(scope.counted("records"), "records")
            .expr_as(custom("sum($1)", [minor.clone()]), "minor")
            .add_group_by([Expr::cust("1"), Expr::cust("2")]);
        let column = |name: &'static str| Expr::col(("w", name));
        let [names, ranks] = self.names_and_ranks();
        let mut each = Query::select();
        each.expr_as(
            custom(
                "(SELECT max(s.rank) FROM unnest($1, $2) AS s (name, rank) WHERE s.name = ANY (\"w\".seen))",
                [names, ranks],
            ),
            "rank",
        )
        .expr_as(
            self.frame.rates.converted(&column("minor"), &column("currency")),
            "amount",
        )
        .expr_as(column("records"), "records")
        .from_subquery(ways, "w");
        each
    }

    fn of_deals(
        &self,
        mut each: SelectStatement,
        stage: Expr,
        minor: &Expr,
        currency: &Expr,
    ) -> SelectStatement {
        let [names, ranks] = self.names_and_ranks();
        // The furthest stage that it is in or ever was in. Asked for each record: joined, a tenant without statistics made
        // Postgres go through the whole history for each.
        each.expr_as(
            custom(
                "(SELECT max(s.rank) FROM unnest($1, $2) AS s (name, rank) WHERE s.name = $3 OR s.name IN ( \
                 SELECT unnest(ARRAY[c.old #>> '{}', c.new #>> '{}']) FROM field_changes c \
                 WHERE c.tenant_id = \"t\".tenant_id AND c.record_id = \"t\".id AND c.field = 'stage' \
                 AND c.object = 'opportunity'))",
                [names, ranks, stage],
            ),
            "rank",
        )
        .expr_as(self.frame.rates.converted(minor, currency), "amount")
        .expr_as(Expr::cust("1::bigint"), "records");
        each
    }

    /// A statement that counts the records by the currencies of their amounts.
    pub(crate) fn currencies(&self) -> Result<Option<Statement>, StoreError> {
        let mut scope =
            Scope::new(self.frame, &OPPORTUNITY, "t")?.over(sums::of_stages(self.frame, self.filters));
        let condition = scope.conditions(self.filters)?;
        scope.by_currency(&path("amount")?, condition.into_iter().collect())
    }
}
