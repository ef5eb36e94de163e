//! Throws the outcomes of open deals many times.

use chrono::NaiveDate;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::{fresh::Fresh, slip::Slips};
use crate::metrics::count;

/// An open deal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OpenDeal {
    /// Of being won at all, 0 to 1.
    pub probability: f64,
    /// What it is thought to be worth, in minor units of one currency for all.
    pub amount: f64,
    /// When it is expected to close.
    pub close: Option<NaiveDate>,
    /// Which of the groups it belongs to, such as an owner; below the number of groups.
    pub group: usize,
}

/// Days from, and to but not including.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
}

impl Span {
    /// Whether a day is in it.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && day < self.to
    }
}

/// What is simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation<'a> {
    /// The day on which it is looked at.
    pub today: NaiveDate,
    /// The period.
    pub span: Span,
    /// What is open.
    pub deals: &'a [OpenDeal],
    /// How many groups there are.
    pub groups: usize,
    /// What was won in the period already, for each group, in minor units.
    pub closed: &'a [f64],
    /// How days and sums turned out before.
    pub slips: &'a Slips,
    /// What deals bring that do not exist yet, and whose groups they will be in.
    pub fresh: &'a Fresh,
    /// How much outcomes go together, 0 to 0.3 ([`super::correlation`]).
    pub correlation: f64,
    /// How many throws; 1,000 give quantiles that are good to about a percentile.
    pub throws: usize,
    /// Everything that is drawn comes from it.
    pub seed: u64,
}

/// What a period is likely to bring, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Forecast {
    /// What was won in it already.
    pub closed: f64,
    /// The mean of what open deals add in the period.
    pub open: f64,
    /// The mean of what deals add that do not exist yet; 0 in groups where nobody is said to bring them.
    pub fresh: f64,
    /// The sum of the three.
    pub expected: f64,
    /// One in ten throws is below.
    pub low: f64,
    /// Half of the throws are below.
    pub median: f64,
    /// One in ten throws is above.
    pub high: f64,
}

/// The forecast of all together, then of each group. A deal with a probability that is no number counts as 0; one without a
/// sum adds nothing. Deterministic by the seed.
///
/// Outcomes share a factor Z: given it, a deal is won with Phi((Phi⁻¹(p) + sqrt(rho) Z) / sqrt(1 - rho)), which keeps p on
/// average (Vasicek 2002).
pub fn simulate(simulation: &Simulation<'_>) -> (Forecast, Vec<Forecast>) {
    let mut dice = ChaCha8Rng::seed_from_u64(simulation.seed);
    let throws = simulation.throws.max(1);
    let rho = simulation.correlation.clamp(0.0, 0.3);
    let thresholds: Vec<f64> = simulation
        .deals
        .iter()
        .map(|deal| threshold(deal.probability))
        .collect();
    let pool = simulation.fresh.pool();
    let mut all = Vec::with_capacity(throws);
    let mut groups = vec![Vec::with_capacity(throws); simulation.groups];
    let (mut open_mean, mut fresh_mean) = (0.0, 0.0);
    let mut means = vec![(0.0, 0.0); simulation.groups];
    let mut throw = vec![0.0; simulation.groups];
    for _ in 0..throws {
        throw.fill(0.0);
        let shock = rho.sqrt() * normal(&mut dice);
        let mut open = 0.0;
        for (deal, threshold) in simulation.deals.iter().zip(&thresholds) {
            let given = below((threshold + shock) / (1.0 - rho).sqrt());
            let won = dice.random::<f64>() < given;
            if !won || !deal.amount.is_finite() {
                continue;
            }
            let (day, ratio) = simulation.slips.draw(simulation.today, deal.close, &mut dice);
            if !simulation.span.holds(day) {
                continue;
            }
            let sum = deal.amount * ratio;
            open += sum;
            if let Some((throw, (mean, _))) = throw.get_mut(deal.group).zip(means.get_mut(deal.group)) {
                *throw += sum;
                *mean += sum / count(throws);
            }
        }
        let fresh = pool.draw(&mut dice, |group, sum| {
            if let Some((throw, (_, mean))) = throw.get_mut(group).zip(means.get_mut(group)) {
                *throw += sum;
                *mean += sum / count(throws);
            }
        });
        open_mean += open / count(throws);
        fresh_mean += fresh / count(throws);
        all.push(open + fresh);
        for (group, sum) in groups.iter_mut().zip(&throw) {
            group.push(*sum);
        }
    }
    let closed: f64 = simulation.closed.iter().sum();
    let total = summary(closed, open_mean, fresh_mean, &mut all);
    let each = groups.iter_mut().zip(means).enumerate();
    let each = each.map(|(at, (throws, (open, fresh)))| {
        let closed = simulation.closed.get(at).copied().unwrap_or_default();
        summary(closed, open, fresh, throws)
    });
    (total, each.collect())
}

fn summary(closed: f64, open: f64, fresh: f64, throws: &mut [f64]) -> Forecast {
    throws.sort_by(f64::total_cmp);
    let at = |share: f64| closed + quantile(throws, share);
    Forecast {
        closed,
        open,
        fresh,
        expected: closed + open + fresh,
        low: at(0.1),
        median: at(0.5),
        high: at(0.9),
    }
}

/// Between the two nearest of sorted values (type 7 of Hyndman and Fan 1996).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let place = share * count(last);
    let floor = place.floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the length"
    )]
    let at = floor as usize;
    let (low, high) = (sorted.get(at), sorted.get((at + 1).min(last)));
    let (low, high) = (
        low.copied().unwrap_or_default(),
        high.copied().unwrap_or_default(),
    );
    low + (high - low) * (place - floor)
}

/// Where the lower tail of the normal distribution is `p`; far out for 0, 1 and what is no number.
pub(super) fn threshold(p: f64) -> f64 {
    let p = if p.is_finite() { p } else { 0.0 };
    Normal::standard().inverse_cdf(p.clamp(1e-9, 1.0 - 1e-9))
}

fn below(at: f64) -> f64 {
    Normal::standard().cdf(at)
}

fn normal(dice: &mut impl Rng) -> f64 {
    threshold(dice.random::<f64>())
}

#[cfg(test)]
mod tests;
