//! Forecasts: what they add up to, whose deals they are made of, and that past ones know nothing of later days.

mod parts;
mod reads;

use chrono::{Datelike as _, Days, Months, NaiveDate};
use crm_store::{
    StoreError, TenantStore,
    auth::MemberToBe,
    catalog::OPPORTUNITY,
    forecast_snapshots::{Snapshot, SnapshotScope},
    models::ModelKind,
    records::{Draft, Value},
};
use crm_tools::{
    forecast::{
        By, ForecastAnswer, ForecastError, ForecastLine, ForecastQuery, Forecaster, Said, keep, keep_before,
        told_before,
    },
    predictions::{Predictor, Why, score_all},
    semantic::Range,
};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::win_support::{LOST, Past, SECOND, WON};

/// Two years in which two of three deals are won, for half of what was expected.
async fn year() -> Past {
    let past = Past::new().await;
    for n in 0..60 {
        let deal = past.deal(&format!("Past {n}"), 1_000).await;
        past.days(14);
        // Sums halve on the way.
        if n % 3 != 0 {
            let mut tx = past.tenant.begin().await.unwrap();
            let half = Value::Money(crm_store::records::Money::new(Decimal::from(500), "EUR"));
            let draft = Draft::new(&OPPORTUNITY).with("amount", half);
            tx.records(&OPPORTUNITY).update(deal, draft, None).await.unwrap();
            tx.commit().await.unwrap();
        }
        past.stage(deal, if n % 3 == 0 { LOST } else { WON }).await;
    }
    past
}

fn quarter(on: NaiveDate) -> ForecastQuery {
    let first = on
        .with_day(1)
        .unwrap()
        .checked_sub_months(Months::new(on.month0() % 3))
        .unwrap();
    let next = first.checked_add_months(Months::new(3)).unwrap();
    ForecastQuery {
        period: Range::Between {
            from: Some(first),
            to: Some(next - Days::new(1)),
        },
        by: By::Owner,
    }
}

async fn forecast(store: &TenantStore) -> ForecastAnswer {
    forecast_by(store, By::Owner).await
}

async fn forecast_by(store: &TenantStore, by: By) -> ForecastAnswer {
    let today = store.clock().now().date_naive();
    let query = ForecastQuery { by, ..quarter(today) };
    Forecaster::default().forecast(store, query).await.unwrap()
}

/// What was said of a period, of all deals, teams or owners.
fn said_of(made: &ForecastAnswer, from: NaiveDate, scope: SnapshotScope) -> Vec<&Said> {
    let all = made.said.iter();
    all.filter(|said| (said.from, said.scope) == (from, scope))
        .collect()
}

async fn member(past: &Past, email: &str) -> (Uuid, TenantStore) {
    let member = MemberToBe {
        email,
        name: email,
        role: "sales",
        password: None,
    };
    past.store.ensure_member("acme", &member).await.unwrap();
    let grant = past
        .store
        .operate("acme", Some(member.email))
        .await
        .unwrap()
        .unwrap();
    (grant.actor().id(), past.store.open(&grant))
}

async fn open(past: &Past, owner: Option<Uuid>, amount: i64) -> Uuid {
    let deal = past.deal("Open", amount).await;
    past.stage(deal, SECOND).await;
    if let Some(owner) = owner {
        let mut tx = past.tenant.begin().await.unwrap();
        let draft = Draft::new(&OPPORTUNITY).with("owner_id", Value::Id(owner));
        tx.records(&OPPORTUNITY).update(deal, draft, None).await.unwrap();
        tx.commit().await.unwrap();
    }
    deal
}

#[tokio::test]
async fn of_too_many_closed_deals_the_latest_are_looked_back_at() {
    let past = year().await;
    let today = past.tenant.clock().now().date_naive();
    let made = Forecaster::of_latest(20)
        .forecast(&past.tenant, quarter(today))
        .await
        .unwrap();
    assert_eq!(made.basis.left_out, 40);
    // The oldest say nothing of the last months: then nothing new would be to come.
    assert!(made.total.new > Decimal::ZERO, "{:?}", made.total);
    assert_eq!(forecast(&past.tenant).await.basis.left_out, 0);
}

#[tokio::test]
async fn what_is_shown_adds_up_and_is_of_the_asker_s_deals() {
    let past = year().await;
    let rep = member(&past, "rep@acme.test").await;
    let boss = member(&past, "boss@acme.test").await;
    for _ in 0..10 {
        open(&past, Some(boss.0), 8_000).await;
    }
    for _ in 0..4 {
        open(&past, Some(rep.0), 2_000).await;
    }
    let all = forecast(&past.tenant).await;
    let total = &all.total;
    assert_eq!(total.expected, total.closed + total.open + total.new);
    assert!(total.low <= total.median && total.median <= total.high);
    assert_eq!((total.open_deals, all.basis.without_amount), (14, 0));
    assert!(total.open > Decimal::ZERO && all.basis.slips > 10, "{all:?}");
    let parts: Decimal = all.groups.iter().map(|group| group.line.open).sum();
    assert!((parts - total.open).abs() < Decimal::ONE, "{parts} {total:?}");
    assert!(total.new > Decimal::ZERO, "{total:?}");
    for by in [By::Owner, By::Team] {
        let split = forecast_by(&past.tenant, by).await;
        assert_eq!(&split.total, total, "{by:?}");
        for line in [
            |line: &ForecastLine| line.new,
            |line: &ForecastLine| line.expected,
        ] {
            let parts: Decimal = split.groups.iter().map(|group| line(&group.line)).sum();
            assert!(
                (parts - line(total)).abs() < Decimal::ONE,
                "{by:?} {parts} {total:?}"
            );
        }
    }

    // What nobody owns, everybody sees: the deals of the past.
    let own = forecast(&rep.1).await;
    assert_eq!(own.total.open_deals, 4);
    assert!(
        own.total.open < total.open && own.total.open <= Decimal::from(4 * 2_000 * 5),
        "{own:?}"
    );
    let owners: Vec<_> = own.groups.iter().filter_map(|group| group.owner_id).collect();
    assert_eq!(owners, [rep.0]);
    let owners: Vec<_> = all.groups.iter().filter_map(|group| group.owner_id).collect();
    assert_eq!(owners.len(), 2, "{all:?}");
}

#[tokio::test]
async fn a_past_forecast_stays_what_it_was() {
    let past = year().await;
    open(&past, None, 9_000).await;
    let before = forecast(&past.tenant).await;
    assert!(before.past.len() >= 3, "{before:?}");
    assert!(before.accuracy.coverage.is_some());
    // What comes later is large, and is won at once.
    for _ in 0..12 {
        let deal = open(&past, None, 900_000).await;
        past.days(9);
        past.stage(deal, WON).await;
    }
    let after = forecast(&past.tenant).await;
    let mut compared = 0;
    for old in &before.past {
        if let Some(new) = after.past.iter().find(|new| new.from == old.from) {
            assert_eq!(new, old);
            compared += 1;
        }
    }
    assert!(compared >= 3, "{compared}");
    assert!(after.total.closed > before.total.closed);
}

#[tokio::test]
async fn a_period_that_makes_no_sense_is_refused() {
    let past = Past::new().await;
    let today = past.tenant.clock().now().date_naive();
    let ask = |from, to| ForecastQuery {
        period: Range::Between {
            from: Some(from),
            to: Some(to),
        },
        by: By::Nothing,
    };
    let forecaster = Forecaster::default();
    for (query, words) in [
        (ask(today, today - Days::new(1)), "swap"),
        (ask(today - Days::new(9), today - Days::new(2)), "days ahead"),
        (ask(today, today + Days::new(1_000)), "two years"),
        (ask(NaiveDate::MIN, NaiveDate::MAX), "two years"),
    ] {
        let refused = forecaster.forecast(&past.tenant, query).await.unwrap_err();
        assert!(
            matches!(&refused, ForecastError::Store(StoreError::Invalid { .. }))
                && refused.to_string().contains(words),
            "{refused}"
        );
    }
    // Nothing yet is a forecast too.
    let empty = forecast(&past.tenant).await;
    assert_eq!(empty.total.expected, Decimal::ZERO);
    assert!(empty.past.is_empty() && empty.accuracy.coverage.is_none());
}

#[tokio::test]
async fn what_was_told_is_kept_and_compared_with_what_came() {
    let past = year().await;
    let rep = member(&past, "rep@acme.test").await;
    let other = member(&past, "other@acme.test").await;
    // To the beginning of a quarter.
    let today = past.tenant.clock().now().date_naive();
    let Range::Between { to: Some(last), .. } = quarter(today).period else {
        panic!("a quarter has a last day")
    };
    past.days((last - today).num_days() + 2);
    let deal = open(&past, Some(rep.0), 8_000).await;
    let service = past.tenant.predicting();
    let first = keep(&Forecaster::default(), &service).await.unwrap();
    assert!(first >= 6, "{first}: all, a team and an owner of two quarters");
    let then = forecast(&past.tenant).await;
    let [running] = said_of(&then, then.from, SnapshotScope::All)[..] else {
        panic!("{:?}", then.said)
    };
    assert_eq!((running.expected, running.actual), (then.total.expected, None));
    assert_eq!(then.said_accuracy.periods, 0);
    // What is told later in the quarter does not take the place of what was told first.
    past.days(20);
    past.stage(deal, WON).await;
    keep(&Forecaster::default(), &service).await.unwrap();
    past.days(80);
    let after = forecast(&past.tenant).await;
    let over = after.said.iter().find(|said| said.from == then.from).unwrap();
    assert_eq!(over.expected, then.total.expected);
    assert_eq!(over.actual, Some(Decimal::from(8_000)).map(|sum| sum.round_dp(2)));
    assert_eq!(after.said_accuracy.periods, 1);
    let wape = (then.total.expected - Decimal::from(8_000)).abs() / Decimal::from(8_000);
    let told = Decimal::try_from(after.said_accuracy.wape.unwrap()).unwrap();
    assert!((told - wape).abs() < Decimal::new(1, 3), "{told} {wape}");

    // A rep sees what was told of own deals, and nothing of others.
    let own = forecast(&rep.1).await;
    assert!(!own.said.is_empty());
    assert!(
        own.said.iter().all(|said| said.owner_id == Some(rep.0)),
        "{:?}",
        own.said
    );
    assert!(forecast(&other.1).await.said.is_empty());
}

#[tokio::test]
async fn what_would_have_been_told_of_a_week_is_what_was_told() {
    let past = year().await;
    let rep = member(&past, "rep@acme.test").await;
    let service = past.tenant.predicting();
    // To a Monday, five o'clock, on which three deals are open and one was won.
    let now = past.tenant.clock().now();
    let ahead = Days::new(7 - u64::from(now.weekday().num_days_from_monday()));
    let monday = (now.date_naive() + ahead).and_hms_opt(5, 0, 0).unwrap().and_utc();
    let deals = [
        open(&past, Some(rep.0), 8_000).await,
        open(&past, Some(rep.0), 3_000).await,
        open(&past, None, 5_000).await,
        open(&past, None, 2_000).await,
    ];
    past.clock.advance((monday - now) / 2);
    past.stage(deals[3], WON).await;
    past.clock.advance(monday - past.tenant.clock().now());
    let scored = score_all(&Predictor::default(), &service, ModelKind::Win, Why::Night).await;
    assert_eq!(scored.unwrap().scored, 3);
    keep(&Forecaster::default(), &service).await.unwrap();
    let told = kept(&past).await;
    assert!(told.iter().any(|one| one.expected > Decimal::ZERO), "{told:?}");

    // What happens then has no say in it.
    past.days(10);
    past.stage(deals[0], WON).await;
    past.stage(deals[1], LOST).await;
    let mut tx = past.tenant.begin().await.unwrap();
    let more = Value::Money(crm_store::records::Money::new(Decimal::from(90_000), "EUR"));
    let draft = Draft::new(&OPPORTUNITY).with("amount", more);
    tx.records(&OPPORTUNITY)
        .update(deals[2], draft, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    open(&past, Some(rep.0), 70_000).await;
    past.days(30);
    let again = told_before(&service, vec![monday]).await.unwrap();
    assert_eq!(sorted(again), told);

    // What was really told stays, and what would have been told a month later is beside it.
    let many = keep_before(&service, monday.date_naive()).await.unwrap();
    assert!(many > 0);
    let all = kept(&past).await;
    let mut running = told.iter().filter(|one| one.period_from <= monday.date_naive());
    assert!(running.all(|one| all.contains(one)), "{all:?}");
    assert_eq!(keep_before(&service, monday.date_naive()).await.unwrap(), 0);
}

/// Everything that was kept and is told.
async fn kept(past: &Past) -> Vec<Snapshot> {
    let mut tx = past.tenant.begin().await.unwrap();
    let all = [SnapshotScope::All, SnapshotScope::Team, SnapshotScope::Owner];
    let kept = tx.kept_forecasts(NaiveDate::default(), &all).await.unwrap();
    tx.commit().await.unwrap();
    sorted(kept)
}

fn sorted(mut these: Vec<Snapshot>) -> Vec<Snapshot> {
    these.sort_by_key(|one| {
        (
            one.period_from,
            one.scope.as_str(),
            one.owner_id,
            one.team.clone(),
        )
    });
    these
}
