//! What would have been said of past quarters on their first day, and what came.

use crm_predict::forecast::{Accuracy, OpenDeal, PastForecast, Simulation, Span, accuracy, simulate};

use super::{
    fresh,
    past::{Past, PastDeal},
    seen::Seen,
    told::seed,
};
use crate::semantic::{Calendar, Grain};

/// How many quarters are looked back.
const QUARTERS: usize = 8;
/// How often each is thrown; fewer times with very many deals.
const THROWS: usize = 300;
/// How many draws one may take.
const MOST_DRAWS: usize = 2_000_000;

/// The last quarters that had open deals on their first day, oldest first. Each is made of what was known by then alone: deals
/// that were open, their probability by what was usual then, slips and spans that were over. `visible` are the deals of the past
/// that the asker sees.
pub(super) fn backtest(
    seen: &Seen,
    past: &Past,
    visible: &[&PastDeal],
) -> (Vec<(Span, PastForecast)>, Accuracy) {
    let today = seen.reporting.on;
    let calendar = Calendar::new(&seen.reporting, today);
    let mut quarters = Vec::new();
    let mut end = calendar.first(Grain::Quarter, today);
    while let Some(to) = end.filter(|_| quarters.len() < QUARTERS) {
        end = to
            .pred_opt()
            .and_then(|last| calendar.first(Grain::Quarter, last));
        let Some(from) = end else { break };
        let Some(quarter) = quarter(visible, past, Span { from, to }) else {
            break;
        };
        quarters.push((Span { from, to }, quarter));
    }
    quarters.reverse();
    let made: Vec<PastForecast> = quarters.iter().map(|(_, past)| *past).collect();
    (quarters, accuracy(&made))
}

fn quarter(visible: &[&PastDeal], past: &Past, span: Span) -> Option<PastForecast> {
    let deals: Vec<OpenDeal> = visible
        .iter()
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
    let over = |deal: &&PastDeal| deal.closed.is_some_and(|(day, _)| day < span.from);
    let before: Vec<&PastDeal> = visible.iter().copied().filter(over).collect();
    let fresh = fresh::of_all(&before, span.from, (0, (span.to - span.from).num_days()));
    let (forecast, _) = simulate(&Simulation {
        today: span.from,
        span,
        deals: &deals,
        groups: 1,
        closed: &[0.0],
        slips: &slips,
        fresh: &fresh,
        correlation: past.correlation(span.from),
        throws: (MOST_DRAWS / (deals.len() + fresh.most()).max(1)).clamp(50, THROWS),
        seed: seed(span.from),
    });
    let actual = visible
        .iter()
        .filter_map(|deal| deal.came())
        .filter(|(day, _)| span.holds(*day))
        .map(|(_, worth)| worth)
        .sum();
    Some(PastForecast { forecast, actual })
}
