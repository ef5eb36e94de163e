//! What a tenant's deals were like at the beginning of each month, and how they ended: made once, kept for a while.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, Months, NaiveDate, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use crm_predict::{
    features::UsualHistory,
    forecast::{PastQuarter, Slip, Slips, correlation},
};
use crm_store::{
    StoreError, TenantStore,
    analytics::Reporting,
    history::{Closed, DealHistory, Lessons, Standing, Which},
    models::ModelKind,
};
use uuid::Uuid;

use crate::{
    predictions::terms::sigmoid,
    semantic::{Calendar, Grain},
};

/// How far it is looked back.
pub(super) const YEARS: i64 = 3;
/// Deals that are read at once.
const PAGE: u32 = 1_000;
/// The most closed deals that are looked back at, the latest ones; more say little more and need memory.
pub(super) const MOST: u32 = 60_000;

/// An open deal as it was at the beginning of a month.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) on: NaiveDate,
    pub(super) close: Option<NaiveDate>,
    /// In units of the tenant's currency.
    pub(super) worth: Option<f64>,
    /// Of being won, by what was usual then: nothing of it comes from later.
    pub(super) probability: f64,
}

/// A deal of the past.
#[derive(Debug, Clone)]
pub(super) struct PastDeal {
    pub(super) id: Uuid,
    /// Who owned it when it closed.
    pub(super) owner: Option<Uuid>,
    pub(super) created: NaiveDate,
    pub(super) closed: Option<(NaiveDate, bool)>,
    /// What it was worth when it closed.
    pub(super) worth: Option<f64>,
    /// The same by what is known now: amounts are filled in and corrected afterwards.
    worth_now: Option<f64>,
    pub(super) looks: Vec<Look>,
}

impl PastDeal {
    /// When it was won.
    pub(super) fn won_on(&self) -> Option<NaiveDate> {
        self.closed.filter(|(_, won)| *won).map(|(day, _)| day)
    }

    /// What was won with it, and when: what a forecast is compared with, and never made of.
    pub(super) fn came(&self) -> Option<(NaiveDate, f64)> {
        self.won_on().zip(self.worth_now)
    }

    /// What was won with it by what was known when it closed, and when.
    pub(super) fn won(&self) -> Option<(NaiveDate, f64)> {
        self.won_on().zip(self.worth)
    }

    /// Whether it was open at the beginning of a day, and how it looked then.
    pub(super) fn look(&self, on: NaiveDate) -> Option<&Look> {
        self.looks.iter().find(|look| look.on == on)
    }

    fn slips(&self, until: NaiveDate) -> impl Iterator<Item = Slip> {
        let won = self.won().filter(|(day, _)| *day < until);
        won.into_iter().flat_map(|(day, worth)| {
            self.looks.iter().filter_map(move |look| {
                Some(Slip {
                    ahead: (look.close? - look.on).num_days(),
                    took: (day - look.on).num_days(),
                    ratio: look.worth.map_or(f64::NAN, |then| worth / then),
                })
            })
        })
    }
}

/// The past of a tenant.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) deals: Vec<PastDeal>,
    /// The quarters that are over, by their first day, with the last day of each.
    quarters: BTreeMap<NaiveDate, (NaiveDate, PastQuarter)>,
    /// From when on the closed deals are in it.
    pub(super) since: DateTime<Utc>,
    /// What is known then is in it.
    pub(super) until: DateTime<Utc>,
    /// Older deals that are not in it.
    pub(super) left_out: u64,
}

impl Past {
    /// How many closed deals are in it.
    pub(super) fn most_closed(&self) -> u32 {
        let closed = self.deals.iter().filter(|deal| deal.closed.is_some());
        u32::try_from(closed.count()).unwrap_or(u32::MAX)
    }

    /// How days and sums turned out, of what had closed before a day.
    pub(super) fn slips(&self, until: NaiveDate) -> Slips {
        Slips::new(self.deals.iter().flat_map(|deal| deal.slips(until)))
    }

    /// How much outcomes of one quarter go together, by the quarters that were over before a day.
    pub(super) fn correlation(&self, until: NaiveDate) -> f64 {
        let over = self.quarters.values().filter(|(last, _)| *last < until);
        let over: Vec<PastQuarter> = over.map(|(_, quarter)| quarter.clone()).collect();
        correlation(&over)
    }
}

/// What is read of a tenant's past.
pub(super) struct Lived {
    pub(super) deals: Vec<DealHistory>,
    since: DateTime<Utc>,
    left_out: u64,
}

/// The deals that a tenant's past is made of, the latest `most` of the closed ones and the open ones. `store` sees all its deals.
pub(super) async fn lived(store: &TenantStore, most: u32) -> Result<Lived, StoreError> {
    let begin = store.clock().now() - TimeDelta::days(YEARS * 365);
    let mut tx = store.begin().await?;
    let Lessons { which, left_out } = tx.lessons(ModelKind::Win, begin, most).await?;
    tx.commit().await?;
    let mut deals = read(store, which).await?;
    deals.extend(read(store, Which::Open).await?);
    let since = match which {
        Which::Closed { since } => since,
        _ => begin,
    };
    Ok(Lived {
        deals,
        since,
        left_out,
    })
}

/// Reads the past of a tenant. `store` sees all its deals.
pub(super) async fn past(
    store: TenantStore,
    reporting: Reporting,
    most: u32,
) -> Result<Past, super::ForecastError> {
    let now = store.clock().now();
    let lived = lived(&store, most).await?;
    Ok(tokio::task::spawn_blocking(move || make(&lived, &reporting, now)).await?)
}

async fn read(store: &TenantStore, which: Which<'_>) -> Result<Vec<DealHistory>, StoreError> {
    let (mut deals, mut after): (Vec<DealHistory>, _) = (Vec::new(), None);
    // Of open ones not more either; closed ones came with their edge.
    while deals.len() < MOST as usize {
        let mut tx = store.begin().await?;
        let page = tx.deal_outlines(which, after, PAGE).await?;
        tx.commit().await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        deals.extend(page);
    }
    Ok(deals)
}

/// What these deals were like, by what is known `now`.
pub(super) fn make(lived: &Lived, reporting: &Reporting, now: DateTime<Utc>) -> Past {
    let deals = &lived.deals[..];
    let day = |moment: DateTime<Utc>| moment.with_timezone(&reporting.timezone).date_naive();
    let mut past: Vec<PastDeal> = deals
        .iter()
        .map(|deal| {
            let closed = deal.closed();
            PastDeal {
                id: deal.id(),
                owner: closed.and_then(|closed| deal.at(closed.at).owner()),
                created: day(deal.created_at()),
                closed: closed.map(|Closed { at, won }| (day(at), won)),
                worth: closed.and_then(|closed| deal.at(closed.at).worth()),
                worth_now: closed.and_then(|closed| deal.at(now).worth_on(closed.at.date_naive())),
                looks: Vec::new(),
            }
        })
        .collect();
    let starts = months(day(now), reporting.timezone);
    let mut at = starts.iter();
    UsualHistory::new(deals, &[]).walk(starts.iter().map(|(_, moment)| *moment), |usual| {
        let Some((on, moment)) = at.next() else { return };
        for (deal, past) in deals.iter().zip(&mut past) {
            let known = deal.at(*moment);
            if deal.created_at() >= *moment || known.standing() != Standing::Open {
                continue;
            }
            past.looks.push(Look {
                on: *on,
                close: known.close_date(),
                worth: known.worth(),
                probability: sigmoid(usual.deal_prior(&known)),
            });
        }
    });
    Past {
        quarters: quarters(&past, reporting, day(now)),
        since: lived.since,
        until: now,
        left_out: lived.left_out,
        deals: past,
    }
}

/// The first days of the months until a day, oldest first, each with the moment in which it began.
fn months(today: NaiveDate, zone: Tz) -> Vec<(NaiveDate, DateTime<Utc>)> {
    let many = u32::try_from(YEARS * 12).unwrap_or_default();
    let first = today.with_day(1);
    let starts = (0..=many).rev().filter_map(|back| {
        let on = first?.checked_sub_months(Months::new(back))?;
        // Where midnight is left out, the day begins when the clock goes on.
        let begin =
            (0..3).find_map(|hour| zone.from_local_datetime(&on.and_hms_opt(hour, 0, 0)?).earliest())?;
        Some((on, begin.with_timezone(&Utc)))
    });
    starts.collect()
}

/// What the deals that closed in each past quarter had been given, and how many of them were won.
fn quarters(
    deals: &[PastDeal],
    reporting: &Reporting,
    today: NaiveDate,
) -> BTreeMap<NaiveDate, (NaiveDate, PastQuarter)> {
    let calendar = Calendar::new(reporting, today);
    let mut quarters = BTreeMap::<NaiveDate, (NaiveDate, PastQuarter)>::new();
    let this = calendar.first(Grain::Quarter, today);
    for deal in deals {
        let Some(((day, won), look)) = deal.closed.zip(deal.looks.last()) else {
            continue;
        };
        let Some(first) = calendar
            .first(Grain::Quarter, day)
            .filter(|first| Some(*first) != this)
        else {
            continue;
        };
        let (last, quarter) = quarters.entry(first).or_default();
        *last = day.max(*last);
        quarter.given.push(look.probability);
        quarter.won += usize::from(won);
    }
    quarters
}
