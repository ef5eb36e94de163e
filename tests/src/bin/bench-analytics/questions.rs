//! What people ask of their numbers.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use crm_store::{
    StoreError, TenantStore,
    analytics::{
        Aggregate, DayRange, Filter, Formula, Grain, Groups, Key, Measure, Path, Plan, Shape, Summary,
    },
    catalog::{ACTIVITY, OPPORTUNITY, Object},
    query::Op,
};
use serde_json::Value as Json;

/// Each with its name.
#[expect(clippy::too_many_lines, reason = "a list of questions")]
pub(crate) async fn questions(tenant: &TenantStore) -> Result<Vec<(&'static str, Plan)>, StoreError> {
    let mut tx = tenant.begin().await?;
    let reporting = tx.reporting().await?;
    tx.commit().await?;
    let today = reporting.on;
    let first = today.with_day(1).unwrap_or(today);
    let back = |months: u32| first.checked_sub_months(Months::new(months)).unwrap_or(first);
    let days = |from: NaiveDate, to: NaiveDate| DayRange {
        from: Some(from),
        to: Some(to),
    };
    let before = |day: NaiveDate| day.checked_sub_days(Days::new(1)).unwrap_or(day);
    let quarter = days(back(3), before(first));
    let year = days(back(12), before(first));
    let deal = |said: &str| Path::parse(&OPPORTUNITY, said);
    let act = |said: &str| Path::parse(&ACTIVITY, said);
    let is = |path: Path, value: Json| Filter::Field {
        path,
        op: Op::Eq,
        value,
    };
    let amount = |only: Vec<Filter>| -> Result<Measure, StoreError> {
        Ok(Measure::Plain(Formula {
            aggregate: Aggregate::Of(Summary::Sum, deal("amount")?),
            only,
        }))
    };
    let count = || Formula {
        aggregate: Aggregate::Count,
        only: Vec::new(),
    };
    let open = || Ok::<_, StoreError>(is(deal("is_closed")?, false.into()));
    let won = || Ok::<_, StoreError>(is(deal("is_won")?, true.into()));
    let plan = |object: &'static Object, filters: Vec<Filter>, keys: Vec<Key>, measures: Vec<Measure>| Plan {
        object,
        filters,
        shape: Shape::Groups(Groups {
            keys,
            measures,
            limit: 50,
            ..Groups::default()
        }),
        reporting: reporting.clone(),
    };
    let deals = |filters, keys, measures| plan(&OPPORTUNITY, filters, keys, measures);
    let acts = |filters, keys| plan(&ACTIVITY, filters, keys, vec![Measure::Plain(count())]);
    let closed_in = |range| Ok::<_, StoreError>(Filter::Within(deal("close_date")?, range));
    let win_rate = Measure::Ratio {
        of: Formula {
            aggregate: Aggregate::Count,
            only: vec![won()?],
        },
        by: Formula {
            aggregate: Aggregate::Count,
            only: vec![is(deal("is_closed")?, true.into())],
        },
    };
    let weighted = Measure::Plain(Formula {
        aggregate: Aggregate::Weighted {
            amount: deal("amount")?,
            percent: deal("probability")?,
        },
        only: Vec::new(),
    });
    let compared = {
        let mut plan = deals(
            vec![closed_in(quarter)?, won()?],
            vec![Key::Value(deal("owner_id")?)],
            vec![amount(vec![])?],
        );
        if let Shape::Groups(groups) = &mut plan.shape {
            groups.compare = Some((deal("close_date")?, days(back(15), before(back(12)))));
        }
        plan
    };
    Ok(vec![
        (
            "open pipeline by stage",
            deals(
                vec![open()?],
                vec![Key::Value(deal("stage")?)],
                vec![amount(vec![])?, Measure::Plain(count())],
            ),
        ),
        (
            "open pipeline by owner",
            deals(
                vec![open()?],
                vec![Key::Value(deal("owner_id")?)],
                vec![amount(vec![])?],
            ),
        ),
        (
            "weighted pipeline by forecast category",
            deals(
                vec![open()?],
                vec![Key::Value(deal("forecast_category")?)],
                vec![weighted],
            ),
        ),
        (
            "won last quarter by owner",
            deals(
                vec![closed_in(quarter)?, won()?],
                vec![Key::Value(deal("owner_id")?)],
                vec![amount(vec![])?],
            ),
        ),
        ("won last quarter by owner against a year before", compared),
        (
            "won in a year by month",
            deals(
                vec![closed_in(year)?, won()?],
                vec![Key::Calendar(deal("close_date")?, Grain::Month)],
                vec![amount(vec![])?],
            ),
        ),
        (
            "win rate in a year by type",
            deals(
                vec![closed_in(year)?],
                vec![Key::Value(deal("type")?)],
                vec![win_rate.clone()],
            ),
        ),
        (
            "created in a year by month",
            deals(
                vec![Filter::Within(deal("created_at")?, year)],
                vec![Key::Calendar(deal("created_at")?, Grain::Month)],
                vec![Measure::Plain(count()), amount(vec![])?],
            ),
        ),
        (
            "created last week by day",
            deals(
                vec![Filter::Within(
                    deal("created_at")?,
                    days(today - Days::new(7), today),
                )],
                vec![Key::Calendar(deal("created_at")?, Grain::Day)],
                vec![Measure::Plain(count())],
            ),
        ),
        (
            "win rate of all time by owner",
            deals(vec![], vec![Key::Value(deal("owner_id")?)], vec![win_rate]),
        ),
        (
            "everything by stage",
            deals(
                vec![],
                vec![Key::Value(deal("stage")?)],
                vec![amount(vec![])?, Measure::Plain(count())],
            ),
        ),
        (
            "activities of a month by type",
            acts(
                vec![Filter::Within(act("occurred_at")?, days(back(1), before(first)))],
                vec![Key::Value(act("type")?)],
            ),
        ),
        (
            "activities of a quarter by owner",
            acts(
                vec![Filter::Within(act("occurred_at")?, quarter)],
                vec![Key::Value(act("owner_id")?)],
            ),
        ),
        (
            "meetings of a year by month",
            acts(
                vec![
                    Filter::Within(act("occurred_at")?, year),
                    is(act("type")?, "meeting".into()),
                ],
                vec![Key::Calendar(act("occurred_at")?, Grain::Month)],
            ),
        ),
        (
            "all activities by type",
            acts(vec![], vec![Key::Value(act("type")?)]),
        ),
    ])
}
