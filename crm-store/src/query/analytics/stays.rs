//! How long opportunities stayed in the stages that they left: from kept sums of stays (`migrations/0038_stays.sql`), or from
//! the history of the records.
//!
//! The sums are by stretches of lengths: they have the mean, and tell in which stretch the one in the middle lies. The stays
//! of that stretch are looked at for their exact lengths. What is kept of the deals beside is taken away, and what they
//! are by their records comes in its place.

use sea_query::{
    CommonTableExpression, Expr, ExprTrait as _, Func, JoinType, NullOrdering, Order, Query, SelectStatement,
    UnionType, WithClause,
};
use uuid::Uuid;

use super::{
    super::Statement,
    custom,
    scope::{Frame, Scope},
    spells,
    sums::{self, Kept},
};
use crate::{
    StoreError,
    analytics::{Filter, Path},
    catalog::OPPORTUNITY,
};

/// What is kept of how long opportunities stayed in stages.
const STAYS: Kept = Kept {
    object: &OPPORTUNITY,
    sums: "opportunity_stay_sums",
    deltas: "opportunity_touched",
    with_owner: &["owner_id"],
    without_owner: &["type", "lead_source"],
    times: &[],
    by_rights: true,
    numbers: &[],
};

/// The same with all words at once, one row for each length.
const EXACT: Kept = Kept {
    with_owner: &["owner_id", "type", "lead_source"],
    without_owner: &["owner_id", "type", "lead_source"],
    ..STAYS
};

/// How long opportunities stayed in the stages that they left: `stage`, `average`, `median` in days, `stays`, `records`.
pub(crate) fn stays(frame: Frame<'_>, filters: &[Filter]) -> Result<Statement, StoreError> {
    let Some(beside) = frame.beside else {
        return read(frame, filters);
    };
    let which = match sums::of_filters(frame, &STAYS, filters) {
        Some(by_owner) => custom("\"r\".by_owner = $1 AND NOT \"r\".exact", [Expr::val(by_owner)]),
        None if sums::of_filters(frame, &EXACT, filters).is_some() => Expr::cust("\"r\".exact"),
        None => return read(frame, filters),
    };
    kept(frame, beside, filters, which)
}

/// The same from the history of the records.
fn read(frame: Frame<'_>, filters: &[Filter]) -> Result<Statement, StoreError> {
    let mut scope = Scope::new(frame, &OPPORTUNITY, "t")?;
    scope.column(&Path::parse(&OPPORTUNITY, "stage")?)?;
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
        // The mean of the two in the middle, which one sort finds: the second is the first that lies beyond one half.
        .expr_as(
            Expr::cust(
                "round(((percentile_disc(ARRAY[0.5, 0.5000000001]) WITHIN GROUP (ORDER BY \"e\".seconds))[1] \
                 + (percentile_disc(ARRAY[0.5, 0.5000000001]) WITHIN GROUP (ORDER BY \"e\".seconds))[2]) / 172800, 6)",
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

/// The same from what is kept: the mean from the sums that `which` says.
fn kept(frame: Frame<'_>, beside: &[Uuid], filters: &[Filter], which: Expr) -> Result<Statement, StoreError> {
    let mut scope = Scope::new(frame, &OPPORTUNITY, "r")?;
    scope.column(&Path::parse(&OPPORTUNITY, "stage")?)?;
    let condition = scope.conditions(filters)?;
    let sums = |columns: &[&'static str], which: Expr| {
        let mut sums = Query::select();
        for column in columns {
            sums.expr_as(Expr::col(("r", *column)), *column);
        }
        sums.from_as(STAYS.sums, "r")
            .and_where(Expr::col(("r", "tenant_id")).eq(frame.tenant))
            .and_where(which)
            .and_where_option(spells::own(frame))
            .and_where_option(condition.clone());
        sums
    };
    let mut counted = sums(&["stage", "bucket", "stays", "total"], which);
    // The stage is compared too: its hash is what the index has.
    let mut exact = sums(
        &["bucket", "micros", "stays"],
        Expr::cust(
            "\"r\".exact AND md5(\"r\".stage) = md5(\"m\".stage) AND \"r\".stage = \"m\".stage \
             AND \"r\".bucket BETWEEN \"m\".first_bucket AND \"m\".last_bucket",
        ),
    );
    let mut parts = WithClause::new();
    if !beside.is_empty() {
        parts.cte(common("moved", moved(frame, beside, condition.as_ref())));
        let mut more = Query::select();
        more.expr(Expr::cust("stage, bucket, stays, stays * micros::numeric"))
            .from("moved");
        counted.union(UnionType::All, more);
        let mut more = Query::select();
        more.expr(Expr::cust("\"y\".bucket, \"y\".micros, \"y\".stays"))
            .from_as("moved", "y")
            .and_where(Expr::cust(
                "\"y\".stage = \"m\".stage AND \"y\".bucket BETWEEN \"m\".first_bucket AND \"m\".last_bucket",
            ));
        exact.union(UnionType::All, more);
    }
    let mut sums = Query::select();
    sums.expr_as(Expr::cust("\"m\".stage"), "stage")
        .expr_as(
            Expr::cust("round(\"m\".total * 0.000001 / \"m\".stays / 86400, 6)"),
            "average",
        )
        .expr_as(
            Expr::cust("round((\"e\".one * 0.000001 + \"e\".other * 0.000001) / 172800, 6)"),
            "median",
        )
        .expr_as(Expr::cust("\"m\".stays"), "stays")
        .expr_as(
            custom(
                "(SELECT min(p.position) FROM pipeline_stages p WHERE p.tenant_id = $1 AND p.name = \"m\".stage)",
                [Expr::val(frame.tenant)],
            ),
            "place",
        )
        .from_subquery(middles(counted), "m")
        .join_lateral(JoinType::InnerJoin, in_the_middle(exact), "e", Expr::cust("true"))
        .order_by_expr_with_nulls(Expr::cust("place"), Order::Asc, NullOrdering::Last)
        .order_by_expr(Expr::cust("stage"), Order::Asc);
    if !beside.is_empty() {
        sums.with_cte(parts);
    }
    Ok(Statement::select(&sums))
}

fn common(name: &'static str, select: SelectStatement) -> CommonTableExpression {
    let mut common = CommonTableExpression::from_select(select);
    common.table_name(name).materialized(true);
    common
}

/// The stays of the deals beside: what is kept of them counts against, what they are by their records counts.
fn moved(frame: Frame<'_>, beside: &[Uuid], condition: Option<&Expr>) -> SelectStatement {
    let stays = |sign: i8, mut of: SelectStatement| {
        for column in ["stage", "bucket", "micros"] {
            of.expr_as(Expr::col(("y", column)), column);
        }
        let column = |name: &'static str| Expr::col(("r", name));
        let each = Func::cust("opportunity_stays")
            .arg(column("left_stages"))
            .arg(column("left_after"));
        of.expr_as(Expr::cust(format!("({sign})::bigint")), "stays")
            .from_function(each, "y")
            .and_where(Expr::cust("\"r\".to_at IS NULL"))
            .and_where_option(condition.cloned());
        of
    };
    let mut gone = Query::select();
    spells::kept(frame, &mut gone);
    gone.and_where(spells::among(beside));
    let mut come = Query::select();
    spells::made(frame, beside, &mut come);
    let mut moved = stays(-1, gone);
    moved.union(UnionType::All, stays(1, come));
    moved
}

/// Of each stage: how many stays, and in which stretches of lengths the two in the middle lie. The mean of the two is the
/// median; of an odd number they are the same one.
fn middles(counted: SelectStatement) -> SelectStatement {
    let mut buckets = Query::select();
    buckets
        .expr(Expr::cust(
            "stage, bucket, sum(stays) AS stays, sum(total) AS total",
        ))
        .from_subquery(counted, "c")
        .add_group_by([Expr::cust("1"), Expr::cust("2")]);
    let mut ranked = Query::select();
    ranked
        .expr(Expr::cust(
            "stage, bucket, (sum(stays) OVER (PARTITION BY stage ORDER BY bucket))::bigint AS upto, \
             (sum(stays) OVER (PARTITION BY stage))::bigint AS stays, sum(total) OVER (PARTITION BY stage) AS total",
        ))
        .from_subquery(buckets, "b");
    let mut middles = Query::select();
    middles
        .expr(Expr::cust(
            "stage, stays, total, min(bucket) FILTER (WHERE upto >= (stays + 1) / 2) AS first_bucket, \
             min(bucket) FILTER (WHERE upto >= stays / 2 + 1) AS last_bucket, \
             COALESCE(max(upto) FILTER (WHERE upto < (stays + 1) / 2), 0) AS shorter",
        ))
        .from_subquery(ranked, "k")
        .and_where(Expr::cust("stays > 0"))
        .add_group_by(["stage", "stays", "total"].map(Expr::cust));
    middles
}

/// The exact lengths of the two in the middle, among those of their stretches. By stretch and length, which is the order of
/// lengths, the index has them sorted.
fn in_the_middle(exact: SelectStatement) -> SelectStatement {
    let mut ranked = Query::select();
    ranked
        .expr(Expr::cust(
            "\"z\".micros, sum(sum(\"z\".stays)) OVER (ORDER BY \"z\".bucket, \"z\".micros) AS upto",
        ))
        .from_subquery(exact, "z")
        .add_group_by(["bucket", "micros"].map(|column| Expr::col(("z", column))));
    let mut middle = Query::select();
    middle
        .expr(Expr::cust(
            "min(\"x\".micros) FILTER (WHERE \"x\".upto >= (\"m\".stays + 1) / 2 - \"m\".shorter) AS one, \
             min(\"x\".micros) FILTER (WHERE \"x\".upto >= \"m\".stays / 2 + 1 - \"m\".shorter) AS other",
        ))
        .from_subquery(ranked, "x");
    middle
}
