//! Parts of a forecast: what is not in the books yet is counted to those who are likely to bring it, so that what is kept of an owner
//! or a team can be compared with what came.

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    access::Permissions,
    members::{MemberChange, MemberStatus},
};

use super::*;

/// A year in which three people win a deal every fortnight: Tessa of 2,000, Deniz and Gil of 1,000 each. Gil leaves and Lea comes,
/// with a deal that is open.
struct Team {
    past: Past,
    tessa: (Uuid, TenantStore),
    deniz: Uuid,
    gil: Uuid,
    lea: Uuid,
}

async fn won(past: &Past, owner: Uuid, amount: i64) {
    let deal = open(past, Some(owner), amount).await;
    past.stage(deal, WON).await;
}

impl Team {
    /// The first day of a quarter, at the end of that year.
    async fn new() -> Self {
        let past = Past::new().await;
        let tessa = member(&past, "tessa@acme.test").await;
        let [deniz, gil, lea] = [
            member(&past, "deniz@acme.test").await.0,
            member(&past, "gil@acme.test").await.0,
            member(&past, "lea@acme.test").await.0,
        ];
        let begin = "2026-04-01T09:00:00Z".parse::<DateTime<Utc>>().unwrap() - TimeDelta::days(26 * 14);
        past.clock.advance(begin - past.tenant.clock().now());
        for _ in 0..26 {
            for (owner, amount) in [(tessa.0, 2_000), (deniz, 1_000), (gil, 1_000)] {
                won(&past, owner, amount).await;
            }
            past.days(14);
        }
        leave(&past, gil).await;
        open(&past, Some(lea), 3_000).await;
        Self {
            past,
            tessa,
            deniz,
            gil,
            lea,
        }
    }
}

async fn leave(past: &Past, who: Uuid) {
    let mut tx = past.tenant.begin().await.unwrap();
    let version = tx.members().get(who).await.unwrap().unwrap().version;
    let change = MemberChange {
        status: Some(MemberStatus::Disabled),
        ..MemberChange::default()
    };
    let everything = Permissions::everything();
    tx.members()
        .change(who, change, version, &everything)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_not_in_the_books_yet_is_counted_to_who_is_likely_to_bring_it() {
    let team = Team::new().await;
    let made = forecast(&team.past.tenant).await;
    let new = |owner: Uuid| {
        let line = made.groups.iter().find(|group| group.owner_id == Some(owner));
        line.map(|group| group.line.new)
    };
    let (tessa, deniz) = (new(team.tessa.0).unwrap(), new(team.deniz).unwrap());
    let lea = new(team.lea).unwrap();
    assert!(tessa > deniz * Decimal::new(14, 1), "{tessa} {deniz}");
    assert!(
        lea > deniz / Decimal::TWO,
        "who came gets what Gil brought: {lea} {deniz}"
    );
    assert_eq!(new(team.gil), None);
    let parts = tessa + deniz + lea;
    assert!(
        (parts - made.total.new).abs() < Decimal::ONE,
        "{parts} {:?}",
        made.total
    );
    for group in &made.groups {
        assert!(group.line.low <= group.line.expected && group.line.expected <= group.line.high);
    }
}

#[tokio::test]
async fn what_was_told_of_owners_and_teams_is_of_the_same_deals_as_what_came() {
    let team = Team::new().await;
    let past = &team.past;
    let today = past.tenant.clock().now().date_naive();
    keep(&Forecaster::default(), &past.tenant.predicting())
        .await
        .unwrap();
    let then = forecast(&past.tenant).await;
    assert_eq!(then.from, today);
    // They go on as before, with deals that did not exist.
    for _ in 0..6 {
        won(past, team.tessa.0, 2_000).await;
        won(past, team.deniz, 1_000).await;
        past.days(15);
    }
    past.days(10);
    let own = forecast_by(&team.tessa.1, By::Team).await;
    let [told] = said_of(&own, today, SnapshotScope::Owner)[..] else {
        panic!("{:?}", own.said)
    };
    assert_eq!(
        (told.owner_id, told.actual),
        (Some(team.tessa.0), Some(Decimal::new(1_200_000, 2)))
    );
    assert!(
        told.low <= Decimal::from(12_000) && Decimal::from(12_000) <= told.high,
        "{told:?}"
    );
    let line = then
        .groups
        .iter()
        .find(|group| group.owner_id == told.owner_id)
        .unwrap();
    assert_eq!(told.expected, line.line.expected);
    assert_eq!(
        (own.said_accuracy.periods, own.said_accuracy.coverage),
        (1, Some(1.0))
    );

    // Who sees all deals gets teams beside the whole, and owners when it is split by them; how good is told of the whole.
    let teams = forecast_by(&past.tenant, By::Team).await;
    let [sales] = said_of(&teams, today, SnapshotScope::Team)[..] else {
        panic!("{:?}", teams.said)
    };
    let [whole] = said_of(&teams, today, SnapshotScope::All)[..] else {
        panic!("{:?}", teams.said)
    };
    assert_eq!(sales.name, "sales");
    assert_eq!(
        (sales.actual, whole.actual),
        (whole.actual, Some(Decimal::new(1_800_000, 2)))
    );
    assert!(
        (sales.expected - whole.expected).abs() < Decimal::ONE,
        "{sales:?} {whole:?}"
    );
    assert_eq!(teams.said_accuracy.periods, 1);
    assert!(teams.said.iter().all(|said| said.scope != SnapshotScope::Owner));
    let owners = forecast(&past.tenant).await;
    let came = said_of(&owners, today, SnapshotScope::Owner);
    let came: Decimal = came.iter().filter_map(|said| said.actual).sum();
    assert_eq!(Some(came), whole.actual);
    assert_eq!(owners.said_accuracy, teams.said_accuracy);
    let nothing = forecast_by(&past.tenant, By::Nothing).await;
    assert!(nothing.said.iter().all(|said| said.scope == SnapshotScope::All));
}
