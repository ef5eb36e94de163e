//! What would have been said of past quarters on their first day, and what came.

use chrono::NaiveDate;
use crm_predict::forecast::{Accuracy, OpenDeal, PastForecast, Simulation, Span, accuracy, simulate};

use super::{
    Seen,
    answer::{fresh_before, seed},
    past::{Past, PastDeal},
};
use crate::semantic::{Calendar, Grain};

/// How many quarters are looked back.
const QUARTERS: usize = 8;
/// How often each is thrown.
const THROWS: usize = 300;

/// The last quarters that had open deals on their first day, oldest first. Each is made of what was known by then alone: deals
/// that were open, their probability by what was usual then, slips and spans that were over.
pub(super) fn backtest(seen: &Seen, past: &Past) -> (Vec<(Span, PastForecast)>, Accuracy) {
    let today = seen.reporting.on;
    let calendar = Calendar::new(&seen.reporting, today);
    let open: std::collections::HashSet<_> = seen.open.iter().map(|deal| deal.id()).collect();
    let visible = || {
        let all = past.deals.iter();
        all.filter(|deal| seen.closed.contains(&deal.id) || open.contains(&deal.id))
    };
    let mut quarters = Vec::new();
    let mut end = calendar.first(Grain::Quarter, today);
    while let Some(to) = end.filter(|_| quarters.len() < QUARTERS) {
        end = to
            .pred_opt()
            .and_then(|last| calendar.first(Grain::Quarter, last));
        let Some(from) = end else { break };
        let Some(quarter) = quarter(&visible, past, Span { from, to }) else {
            break;
        };
        quarters.push((Span { from, to }, quarter));
    }
    quarters.reverse();
    let made: Vec<PastForecast> = quarters.iter().map(|(_, past)| *past).collect();
    (quarters, accuracy(&made))
}

fn quarter<'p, I: Iterator<Item = &'p PastDeal>>(
    visible: &impl Fn() -> I,
    past: &Past,
    span: Span,
) -> Option<PastForecast> {
    let deals: Vec<OpenDeal> = visible()
        .filter_map(|deal| deal.look(span.from))
        .map(|look| OpenDeal {
            probability: look.probability,
            amount: look.worth.unwrap_or_default(),
            close: look.close,
            group: 0,
        })
        .collect();
    if deals.is_empty() {
        return None;
    }
    let slips = past.slips(span.from);
    let over = |day: NaiveDate| day < span.from;
    let before = || visible().filter(|deal| deal.closed.is_some_and(|(day, _)| over(day)));
    let fresh = fresh_before(before, span.from, (0, (span.to - span.from).num_days()));
    let (forecast, _) = simulate(&Simulation {
        today: span.from,
        span,
        deals: &deals,
        groups: 1,
        closed: &[0.0],
        slips: &slips,
        fresh: &fresh,
        correlation: past.correlation(span.from),
        throws: THROWS,
        seed: seed(span.from),
    });
    let actual = visible()
        .filter_map(PastDeal::won)
        .filter(|(day, _)| span.holds(*day))
        .map(|(_, worth)| worth)
        .sum();
    Some(PastForecast { forecast, actual })
}
