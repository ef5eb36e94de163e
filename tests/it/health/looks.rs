//! What is learned of customers whose contracts run out: when they are looked at, and what is said to have come of it.

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Dataset, Row,
    features::{UsualHistory, account_dataset},
};
use crm_store::{
    history::{AccountHistory, GRACE, Which},
    scores::RISK_DAYS,
};
use uuid::Uuid;

use super::World;

const SPAN: TimeDelta = TimeDelta::days(RISK_DAYS);

/// Customers of whom one a week has a contract that runs out, from the tenth week on, and is not followed.
async fn lapsing(world: &World) -> Vec<Uuid> {
    let mut customers = Vec::new();
    for week in 0..36 {
        let account = world.customer(&format!("Customer {week}")).await;
        world.contract(account, 70 + 7 * week, false).await;
        customers.push(account);
    }
    // Before the first thing that is known nobody is looked at.
    world.trouble(customers[0]).await;
    world.days(420);
    customers
}

async fn known(world: &World) -> Vec<AccountHistory> {
    let mut tx = world.tenant.predicting().begin().await.unwrap();
    tx.account_histories(Which::All, None, 500).await.unwrap()
}

fn dataset(accounts: &[AccountHistory], now: DateTime<Utc>) -> Dataset {
    account_dataset(accounts, &UsualHistory::of_accounts(accounts, now), now)
}

fn of<'d>(data: &'d Dataset, account: &AccountHistory) -> impl Iterator<Item = &'d Row> {
    let id = account.id().to_string();
    data.rows
        .iter()
        .filter(move |row| row.subject.as_ref() == Some(&id))
}

#[tokio::test]
async fn who_left_when_a_contract_ran_out_is_never_said_to_have_stayed() {
    let world = World::new().await;
    lapsing(&world).await;
    let (accounts, now) = (known(&world).await, world.now());
    let data = dataset(&accounts, now);
    let (mut before, mut unknown, mut twice) = (0, 0, 0);
    for account in &accounts {
        let departures = account.departures(now);
        let mut groups = Vec::new();
        for row in of(&data, account) {
            let at = row.at.unwrap();
            let [left] = departures.as_slice() else {
                panic!("{departures:?}")
            };
            assert_eq!(row.label, at + SPAN >= *left, "{at} {left}");
            // Whatever came: else only departures would be known of the last time before a cut.
            assert_eq!(row.ended, Some(at + SPAN + GRACE));
            if row.label {
                groups.push(row.group.clone().unwrap());
                before += u32::from(at < *left);
                unknown += u32::from(at >= *left);
            }
        }
        twice += u32::from(groups.len() == 2);
        groups.dedup();
        assert!(groups.len() <= 1, "a departure is the outcome of one: {groups:?}");
    }
    assert!(
        before > 0 && unknown > 0 && twice > 0,
        "{before} {unknown} {twice}"
    );
}

#[tokio::test]
async fn nobody_is_looked_at_before_it_can_be_known_of_all_what_came() {
    let world = World::new().await;
    lapsing(&world).await;
    let (accounts, now) = (known(&world).await, world.now());
    let data = dataset(&accounts, now);
    let last = data.rows.iter().filter_map(|row| row.at).max().unwrap();
    assert!(last <= now - SPAN - GRACE, "{last}");
    assert!(last > now - SPAN - GRACE - SPAN, "{last}");
    // What was learned of a look stays what it was when more is known.
    world.days(90);
    let later = dataset(&known(&world).await, world.now());
    for account in &accounts {
        for row in of(&data, account) {
            let again = of(&later, account).find(|other| other.at == row.at).unwrap();
            assert_eq!((row.label, row.ended), (again.label, again.ended));
        }
    }
}

/// Outlines read page by page say what whole histories do.
#[tokio::test]
async fn what_is_usual_can_be_told_from_outlines_of_some_at_a_time() {
    let world = World::new().await;
    let customers = lapsing(&world).await;
    for account in &customers[30..] {
        world.leave(*account).await;
    }
    world.days(200);
    let now = world.now();
    let whole = UsualHistory::of_accounts(&known(&world).await, now).at(now);
    assert!(whole.looks_at_customers() > 50.0);
    let mut tx = world.tenant.predicting().begin().await.unwrap();
    let (mut history, mut after) = (UsualHistory::default(), None);
    loop {
        let page = tx.account_outlines(Which::All, after, 5).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        history.join(UsualHistory::of_accounts(&page, now));
    }
    assert_eq!(history.at(now), whole);
}
