//! How many cases will come in each week, all together and in each queue: of the cases that the asker may see.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use crm_predict::volume::{Begun, MOST_WEEKS, Season, VolumeAccuracy, WeekAhead, volume};
use crm_store::{StoreError, TenantStore, case_volume::WeekOfCases};
use uuid::Uuid;

use super::ForecastError;

/// How many weeks are looked back at.
const PAST: u64 = 156;
/// Past weeks that are shown.
const SHOWN: usize = 52;
/// The most queues that are forecast; those with the most cases.
const QUEUES: usize = 50;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseQuery {
    /// How many weeks ahead, 1 to 26; the first one is that of today.
    pub weeks: usize,
    /// Only one queue; none for all of them.
    pub queue: Option<Uuid>,
}

/// A week that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekThatWas {
    /// Its Monday.
    pub from: NaiveDate,
    /// How many cases came.
    pub count: u32,
}

/// A week ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeekToCome {
    /// Its Monday.
    pub from: NaiveDate,
    /// What is expected of the whole week; in the week of today what came already is part of it.
    pub said: WeekAhead,
    /// How many came already, in the week of today.
    pub so_far: Option<u32>,
}

/// The cases of a queue, or of all.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseSeries {
    /// The queue; none for all together, and for cases without a queue.
    pub queue: Option<Uuid>,
    /// The name for people.
    pub name: String,
    /// The weeks that are over, oldest first, at most a year.
    pub history: Vec<WeekThatWas>,
    /// The weeks ahead.
    pub weeks: Vec<WeekToCome>,
    /// How good such forecasts were.
    pub accuracy: VolumeAccuracy,
}

/// What is to be expected of the cases.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseForecast {
    /// What was known then is what it rests on.
    pub as_of: DateTime<Utc>,
    /// All together; of one queue when one was asked for.
    pub total: CaseSeries,
    /// Each queue, that with the most cases first.
    pub queues: Vec<CaseSeries>,
    /// Whole weeks that it rests on.
    pub known: usize,
    /// Whether a season of the year was seen.
    pub is_seasonal: bool,
}

/// Forecasts the cases that `store`'s actor may see. Refuses a role that does not show cases, their queue or when they came; a
/// queue that the actor does not see is not found.
pub async fn case_forecast(store: &TenantStore, query: CaseQuery) -> Result<CaseForecast, ForecastError> {
    if !(1..=MOST_WEEKS).contains(&query.weeks) {
        let message = format!("must be between 1 and {MOST_WEEKS}");
        return Err(StoreError::invalid("weeks", message).into());
    }
    let mut tx = store.begin().await?;
    let as_of = tx.now();
    let reporting = tx.reporting().await?;
    let clock = as_of.with_timezone(&reporting.timezone).naive_local();
    let next = monday(clock.date());
    let into = clock - next.and_time(NaiveTime::MIN);
    let since = next.checked_sub_days(Days::new(7 * PAST)).unwrap_or(next);
    let counts = tx.cases_by_week(since, into).await?;
    let names: HashMap<Uuid, String> = tx
        .queue_names()
        .await?
        .into_iter()
        .map(|queue| (queue.id, queue.name))
        .collect();
    tx.commit().await?;
    if let Some(queue) = query.queue
        && !names.contains_key(&queue)
    {
        return Err(StoreError::NotFound { what: "queue" }.into());
    }
    let today = Today { as_of, next, into };
    let made = tokio::task::spawn_blocking(move || make(&counts, &names, &today, query));
    made.await
        .map_err(|error| ForecastError::Broken(error.to_string()))
}

fn monday(day: NaiveDate) -> NaiveDate {
    let past = TimeDelta::days(day.weekday().num_days_from_monday().into());
    day.checked_sub_signed(past).unwrap_or(day)
}

/// Where in a week it is asked.
struct Today {
    as_of: DateTime<Utc>,
    /// The Monday of the first week ahead, which has begun.
    next: NaiveDate,
    /// How far that week is, on the clocks of the tenant's zone.
    into: TimeDelta,
}

/// How many cases came in a week, and how many of them by the point of the week at which it is asked.
#[derive(Debug, Clone, Copy, Default)]
struct Came {
    count: u32,
    by_then: u32,
}

impl Came {
    const fn add(&mut self, other: Self) {
        self.count += other.count;
        self.by_then += other.by_then;
    }
}

/// The cases of each week.
type ByWeek = BTreeMap<NaiveDate, Came>;

fn make(
    counts: &[WeekOfCases],
    names: &HashMap<Uuid, String>,
    today: &Today,
    query: CaseQuery,
) -> CaseForecast {
    let next = today.next;
    let mut all = ByWeek::new();
    let mut queues: BTreeMap<Option<Uuid>, ByWeek> = BTreeMap::new();
    for week in counts {
        let fits = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        let came = Came {
            count: fits(week.count),
            by_then: fits(week.by_then),
        };
        all.entry(week.week).or_default().add(came);
        let own = queues.entry(week.queue).or_default();
        own.entry(week.week).or_default().add(came);
    }
    let whole = Weekly::of(&all, next);
    // As far as few cases do not tell when in a week they come, a queue is like all, and all like the clock.
    let clock = today.into.as_seconds_f64() / TimeDelta::weeks(1).as_seconds_f64();
    let usual = whole.begun(clock).share(&whole.counts);
    let series = |queue: Option<Uuid>, name: String, by_week: &ByWeek| {
        let own = Weekly::of(by_week, next);
        let begun = own.begun(usual);
        let made = volume(&whole.counts, &own.counts, next, query.weeks, Some(&begun));
        CaseSeries {
            queue,
            name,
            history: shown(by_week, own.counts.len(), next),
            weeks: (0_i64..)
                .zip(made.weeks)
                .map(|(at, said)| WeekToCome {
                    from: next + TimeDelta::weeks(at),
                    said,
                    so_far: (at == 0).then_some(own.so_far),
                })
                .collect(),
            accuracy: made.accuracy,
        }
    };
    let nothing = ByWeek::new();
    let name = |queue: Option<Uuid>| {
        queue.map_or_else(
            || "No queue".to_owned(),
            |id| names.get(&id).cloned().unwrap_or_default(),
        )
    };
    let total = match query.queue {
        Some(queue) => series(
            Some(queue),
            name(Some(queue)),
            queues.get(&Some(queue)).unwrap_or(&nothing),
        ),
        None => series(None, "All queues".to_owned(), &all),
    };
    let mut parts: Vec<(&Option<Uuid>, &ByWeek)> = queues
        .iter()
        // Cases of a queue that is gone count in the total alone.
        .filter(|(queue, _)| query.queue.is_none() && queue.is_none_or(|id| names.contains_key(&id)))
        .collect();
    parts.sort_by_key(|(_, by_week)| std::cmp::Reverse(by_week.values().map(|came| came.count).sum::<u32>()));
    parts.truncate(QUEUES);
    CaseForecast {
        as_of: today.as_of,
        total,
        queues: parts
            .into_iter()
            .map(|(queue, by_week)| series(*queue, name(*queue), by_week))
            .collect(),
        known: whole.counts.len(),
        is_seasonal: Season::of(&whole.counts, next).is_seen(),
    }
}

/// The weeks of a series, as forecasts are made of them.
struct Weekly {
    /// How many came in each whole week before the one that has begun, oldest first.
    counts: Vec<f64>,
    /// How many of each of them came by the point at which it is asked.
    by_then: Vec<f64>,
    /// How many came in the week that has begun.
    so_far: u32,
}

impl Weekly {
    /// Begins with the week after the first case: that of the first case may have begun before anybody counted.
    fn of(by_week: &ByWeek, next: NaiveDate) -> Self {
        let came = |week: NaiveDate| by_week.get(&week).copied().unwrap_or_default();
        let first = by_week.keys().next().copied().unwrap_or(next);
        let whole = std::iter::successors(Some(first + TimeDelta::weeks(1)), |week| {
            Some(*week + TimeDelta::weeks(1))
        });
        let (counts, by_then) = whole
            .take_while(|week| *week < next)
            .map(|week| (f64::from(came(week).count), f64::from(came(week).by_then)))
            .unzip();
        Self {
            counts,
            by_then,
            so_far: came(next).count,
        }
    }

    /// The week that has begun; `usual` is the share of a week that comes by now elsewhere.
    fn begun(&self, usual: f64) -> Begun<'_> {
        Begun {
            so_far: f64::from(self.so_far),
            by_then: &self.by_then,
            usual,
        }
    }
}

fn shown(by_week: &ByWeek, known: usize, next: NaiveDate) -> Vec<WeekThatWas> {
    let most = i64::try_from(known.min(SHOWN)).unwrap_or_default();
    (1..=most)
        .rev()
        .map(|back| next - TimeDelta::weeks(back))
        .map(|from| WeekThatWas {
            from,
            count: by_week.get(&from).copied().unwrap_or_default().count,
        })
        .collect()
}
