//! The volume of cases: whole weeks of the tenant's zone, of the cases that the asker sees, and how good it was.

use std::sync::Arc;

use chrono::{DateTime, Datelike as _, Days, TimeDelta, Utc, Weekday};
use crm_store::{
    FixedClock, StoreError, TenantStore,
    auth::MemberToBe,
    catalog::{CASE, QUEUE},
    records::{Draft, Value},
};
use crm_tests::harness::TestDb;
use crm_tools::forecast::{CaseForecast, CaseQuery, ForecastError, case_forecast};
use uuid::Uuid;

use crate::win_support::create;

/// A Monday.
const BEGIN: &str = "2026-03-02T08:00:00Z";

async fn ask(store: &TenantStore, weeks: usize, queue: Option<Uuid>) -> Result<CaseForecast, ForecastError> {
    case_forecast(store, CaseQuery { weeks, queue }).await
}

async fn queue(store: &TenantStore, name: &str) -> Uuid {
    create(store, Draft::new(&QUEUE).with("name", name)).await
}

async fn case(store: &TenantStore, queue: Uuid, owner: Option<Uuid>) {
    let mut draft = Draft::new(&CASE)
        .with("subject", "It does not work")
        .with("queue_id", Value::Id(queue));
    if let Some(owner) = owner {
        draft = draft.with("owner_id", Value::Id(owner));
    }
    create(store, draft).await;
}

#[tokio::test]
async fn weeks_are_counted_and_foretold_of_the_asker_s_cases() {
    let db = TestDb::new().await;
    let start: DateTime<Utc> = BEGIN.parse().unwrap();
    let clock = Arc::new(FixedClock::at(start));
    let store = db.store_at(clock.clone()).await;
    let (tenant, _) = db.tenant_in(&store, "acme").await;
    let member = MemberToBe {
        email: "agent@acme.test",
        name: "Agent",
        role: "support",
        password: None,
    };
    store.ensure_member("acme", &member).await.unwrap();
    let grant = store.operate("acme", Some(member.email)).await.unwrap().unwrap();
    let agent = store.open(&grant);
    let other = MemberToBe {
        email: "other@acme.test",
        ..member
    };
    store.ensure_member("acme", &other).await.unwrap();
    let stranger = store
        .operate("acme", Some(other.email))
        .await
        .unwrap()
        .unwrap()
        .actor()
        .id();
    let (billing, technical) = (queue(&tenant, "Billing").await, queue(&tenant, "Technical").await);
    // Four and two a week; those of the second queue are a stranger's.
    for _ in 0..20 {
        for n in 0..4 {
            case(&tenant, billing, None).await;
            if n % 2 == 0 {
                case(&tenant, technical, Some(stranger)).await;
            }
        }
        clock.advance(TimeDelta::days(7));
    }
    clock.advance(TimeDelta::days(2));
    case(&tenant, billing, None).await;

    let made = ask(&tenant, 3, None).await.unwrap();
    assert_eq!(made.known, 19, "the week of the first case may not be whole");
    assert!(!made.is_seasonal);
    let total = &made.total;
    assert!(total.history.iter().all(|week| week.count == 6), "{total:?}");
    assert_eq!(total.weeks.len(), 3);
    let now = clock_day(&tenant);
    for (at, week) in total.weeks.iter().enumerate() {
        assert_eq!(week.from.weekday(), Weekday::Mon);
        assert_eq!(week.so_far, (at == 0).then_some(1));
        if at > 0 {
            assert!((week.said.expected - 6.0).abs() < 0.2, "{week:?}");
            assert!(week.said.low <= 6.0 && 6.0 <= week.said.high);
        }
    }
    // All cases of a week came on its Monday, so that hardly any are to be expected after the one that came.
    let begun = total.weeks[0].said;
    assert!(
        (1.0..2.0).contains(&begun.expected) && begun.low >= 1.0,
        "{begun:?}"
    );
    assert!(total.weeks[0].from <= now && now < total.weeks[1].from);
    assert_eq!(
        total.history.last().unwrap().from + Days::new(7),
        total.weeks[0].from
    );
    let names: Vec<&str> = made.queues.iter().map(|queue| queue.name.as_str()).collect();
    assert_eq!(names, ["Billing", "Technical"]);
    assert!((made.queues[1].weeks[2].said.expected - 2.0).abs() < 0.1);
    // Nothing changes: whoever says the last week is right, and so is this.
    assert!(
        total.accuracy.origins >= 5 && total.accuracy.mae.unwrap() < 0.2,
        "{total:?}"
    );
    assert_eq!(total.accuracy.coverage, Some(1.0));

    let own = ask(&agent, 1, None).await.unwrap();
    assert!(own.total.history.iter().all(|week| week.count == 4), "{own:?}");
    assert_eq!(own.queues.len(), 1);
    let one = ask(&tenant, 2, Some(technical)).await.unwrap();
    assert_eq!((one.total.name.as_str(), one.queues.len()), ("Technical", 0));
    assert!((one.total.weeks[1].said.expected - 2.0).abs() < 0.1);
}

#[tokio::test]
async fn a_week_that_has_begun_is_what_came_and_what_its_rest_brings() {
    let db = TestDb::new().await;
    let clock = Arc::new(FixedClock::at(BEGIN.parse().unwrap()));
    let store = db.store_at(clock.clone()).await;
    let (tenant, _) = db.tenant_in(&store, "acme").await;
    let (busy, other) = (queue(&tenant, "Busy").await, queue(&tenant, "Other").await);
    // Each week two on Monday morning and two on Thursday; of another queue one each.
    let half = async || {
        for queue in [busy, busy, other] {
            case(&tenant, queue, None).await;
        }
    };
    for _ in 0..15 {
        half().await;
        clock.advance(TimeDelta::days(3));
        half().await;
        clock.advance(TimeDelta::days(4));
    }
    // Tuesday of a week that brought more on its Monday than weeks do.
    for _ in 0..20 {
        case(&tenant, busy, None).await;
    }
    clock.advance(TimeDelta::days(1));
    let made = ask(&tenant, 2, None).await.unwrap();
    let (first, second) = (made.total.weeks[0], made.total.weeks[1]);
    assert_eq!(first.so_far, Some(20));
    assert!(second.said.high < 20.0, "{second:?}");
    assert!(first.said.low >= 20.0, "{first:?}");
    // Half of six is to come.
    assert!((first.said.expected - 23.0).abs() < 0.5, "{first:?}");
    let queues: Vec<(&str, Option<u32>)> = made
        .queues
        .iter()
        .map(|queue| (queue.name.as_str(), queue.weeks[0].so_far))
        .collect();
    assert_eq!(queues, [("Busy", Some(20)), ("Other", Some(0))]);
    // Where nothing came yet, half a week is still expected: the rest is not what the whole was to be.
    let quiet = made.queues[1].weeks[0].said;
    assert!(
        (quiet.expected - 1.0).abs() < 0.3 && quiet.low == 0.0,
        "{quiet:?}"
    );
    // On Sunday night nothing more comes.
    clock.advance(TimeDelta::days(5));
    let late = ask(&tenant, 1, Some(busy)).await.unwrap().total.weeks[0].said;
    assert!(late.expected < 20.5 && late.high <= 21.0, "{late:?}");
}

fn clock_day(tenant: &TenantStore) -> chrono::NaiveDate {
    tenant.clock().now().date_naive()
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_nothing_is_a_forecast_too() {
    let db = TestDb::new().await;
    let (tenant, _) = db.tenant("acme").await;
    for weeks in [0, 27] {
        let refused = ask(&tenant, weeks, None).await.unwrap_err();
        assert!(
            matches!(&refused, ForecastError::Store(StoreError::Invalid { field, .. }) if field == "weeks"),
            "{refused:?}"
        );
    }
    let refused = ask(&tenant, 1, Some(Uuid::now_v7())).await.unwrap_err();
    assert!(matches!(
        refused,
        ForecastError::Store(StoreError::NotFound { .. })
    ));
    let empty = ask(&tenant, 4, None).await.unwrap();
    assert_eq!(
        (empty.known, empty.total.history.len(), empty.queues.len()),
        (0, 0, 0)
    );
    assert!(empty.total.weeks.iter().all(|week| week.said.expected == 0.0));
    assert_eq!(empty.total.accuracy.mase, None);
}
