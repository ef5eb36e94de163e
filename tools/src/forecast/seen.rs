//! What a forecast is made of: read with a bounded number of rows, however many deals a tenant ever had.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use crm_store::{
    StoreError, TenantStore, TenantTx,
    analytics::Reporting,
    forecast::{PendingDeal, Person, WonSum},
    forecast_snapshots::{Snapshot, SnapshotScope},
};
use uuid::Uuid;

use super::{
    By, MOST_OPEN,
    past::{Past, PastDeal},
};

/// Open deals that are read at once.
const PAGE: u32 = 5_000;
/// How far back it is told what was said.
const KEPT_DAYS: i64 = 731;

/// The deals that an asker sees.
pub(super) struct Seen {
    pub(super) reporting: Reporting,
    pub(super) now: DateTime<Utc>,
    pub(super) open: Vec<PendingDeal>,
    /// Whether there are more open deals than a forecast is made of.
    pub(super) cut: bool,
    /// The closed deals of the past that the asker sees.
    pub(super) closed: HashSet<Uuid>,
    pub(super) people: HashMap<Uuid, Person>,
    /// Who was not there any more.
    pub(super) left: HashSet<Uuid>,
    /// What was said and kept, as far as the asker sees it.
    pub(super) kept: Vec<Snapshot>,
}

/// A period, and what was won in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stretch {
    /// The first day.
    pub(super) from: NaiveDate,
    /// The last day.
    pub(super) to: NaiveDate,
    pub(super) won: Vec<WonSum>,
}

impl Stretch {
    /// The day after the last.
    pub(super) fn end(&self) -> NaiveDate {
        self.to.checked_add_days(Days::new(1)).unwrap_or(self.to)
    }
}

impl Seen {
    /// The closed deals of the past that the asker sees.
    pub(super) fn ended<'p>(&self, past: &'p Past) -> Vec<&'p PastDeal> {
        let all = past.deals.iter();
        all.filter(|deal| self.closed.contains(&deal.id)).collect()
    }

    /// The deals of the past that the asker sees, the open ones too.
    pub(super) fn visible<'p>(&self, past: &'p Past) -> Vec<&'p PastDeal> {
        let open: HashSet<Uuid> = self.open.iter().map(|deal| deal.id).collect();
        let all = past.deals.iter();
        all.filter(|deal| self.closed.contains(&deal.id) || open.contains(&deal.id))
            .collect()
    }
}

/// Reads the deals that the actor sees, and what was won in periods of which the first and the last day are given. What was kept
/// is read for whom it is split by, when that is said.
pub(super) async fn see(
    store: &TenantStore,
    reporting: Reporting,
    past: &Past,
    periods: &[(NaiveDate, NaiveDate)],
    kept: Option<By>,
) -> Result<(Seen, Vec<Stretch>), StoreError> {
    let now = store.clock().now();
    let (mut open, mut after): (Vec<PendingDeal>, _) = (Vec::new(), None);
    while open.len() < MOST_OPEN {
        let mut tx = store.begin().await?;
        let page = tx.pending_deals(after, PAGE).await?;
        tx.commit().await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        open.extend(page);
    }
    let mut tx = store.begin().await?;
    let mut stretches = Vec::with_capacity(periods.len());
    for (from, to) in periods.iter().copied() {
        let won = tx.won_between(from, to).await?;
        stretches.push(Stretch { from, to, won });
    }
    let closed = tx
        .closed_deals_seen(past.since, past.until, past.most_closed())
        .await?;
    let kept = match kept {
        None => Vec::new(),
        Some(by) => said(&mut tx, reporting.on, by).await?,
    };
    let closed: HashSet<Uuid> = closed.into_iter().collect();
    let ended = past.deals.iter().filter(|deal| closed.contains(&deal.id));
    let mut ids: Vec<Uuid> = open
        .iter()
        .filter_map(|deal| deal.owner_id)
        .chain(
            stretches
                .iter()
                .flat_map(|one| one.won.iter().filter_map(|won| won.owner_id)),
        )
        .chain(kept.iter().filter_map(|kept| kept.owner_id))
        .chain(ended.filter_map(|deal| deal.owner))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let people = tx.people(&ids).await?;
    tx.commit().await?;
    let left = people.iter().filter(|person| !person.is_active);
    let seen = Seen {
        cut: open.len() >= MOST_OPEN,
        left: left.map(|person| person.id).collect(),
        people: people.into_iter().map(|person| (person.id, person)).collect(),
        reporting,
        now,
        open,
        closed,
        kept,
    };
    Ok((seen, stretches))
}

/// What was said of all deals, and of the parts into which it is split now; of the owners whose deals the actor sees, where that
/// is not all.
async fn said(tx: &mut TenantTx, today: NaiveDate, by: By) -> Result<Vec<Snapshot>, StoreError> {
    let since = today - TimeDelta::days(KEPT_DAYS);
    let scopes: &[SnapshotScope] = match by {
        By::Nothing => &[SnapshotScope::All],
        By::Owner => &[SnapshotScope::All, SnapshotScope::Owner],
        By::Team => &[SnapshotScope::All, SnapshotScope::Team],
    };
    let kept = tx.kept_forecasts(since, scopes).await?;
    if kept.iter().any(|one| one.scope == SnapshotScope::All) {
        return Ok(kept);
    }
    tx.kept_forecasts(since, &[SnapshotScope::Owner]).await
}
