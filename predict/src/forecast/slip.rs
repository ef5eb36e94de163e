//! How far days and sums of deals that were won were from what was expected of them.

use chrono::NaiveDate;
use rand::Rng;

/// What became of a deal that was open on some day and won later.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slip {
    /// Days from the day on which it was looked at to the one on which it was expected to close; below 0 when overdue.
    pub ahead: i64,
    /// Days from the day on which it was looked at to the one on which it closed.
    pub took: i64,
    /// The sum that was won over the one that was expected; not finite or not above 0 when there was none.
    pub ratio: f64,
}

/// Slips, by how far ahead the close was expected.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Slips {
    bands: [Vec<Slip>; BANDS],
    all: Vec<Slip>,
}

const BANDS: usize = 4;

/// As many slips of its own weigh as much in a band as those of all bands.
const STRENGTH: f64 = 20.0;

/// Sums grow and shrink, but one deal that was entered with a slip of the pen must not scale the others.
const RATIOS: std::ops::RangeInclusive<f64> = 0.2..=5.0;

fn band(ahead: i64) -> usize {
    match ahead {
        ..0 => 0,
        0..=30 => 1,
        31..=90 => 2,
        _ => 3,
    }
}

impl Slips {
    /// Keeps what became of past deals; one that closed before it was looked at is no slip.
    pub fn new(slips: impl IntoIterator<Item = Slip>) -> Self {
        let mut kept = Self::default();
        for slip in slips.into_iter().filter(|slip| slip.took >= 0) {
            if let Some(band) = kept.bands.get_mut(band(slip.ahead)) {
                band.push(slip);
            }
            kept.all.push(slip);
        }
        kept
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Draws when a deal closes that is open on `today` and expected on `close`, and what its sum is multiplied with. Without
    /// a past it closes on the day that is expected, or today when that is over.
    ///
    /// A draw is of the deal's own band with probability n / (n + 20), else of all bands: the empirical distribution, shrunk.
    pub fn draw(&self, today: NaiveDate, close: Option<NaiveDate>, dice: &mut impl Rng) -> (NaiveDate, f64) {
        let ahead = close.map(|close| (close - today).num_days());
        let own = ahead.and_then(|ahead| self.bands.get(band(ahead)));
        let n = own.map_or(0.0, |own| crate::metrics::count(own.len()));
        let from = if dice.random::<f64>() < n / (n + STRENGTH) {
            own.map_or(&[][..], Vec::as_slice)
        } else {
            self.all.as_slice()
        };
        let Some(slip) = pick(from, dice) else {
            return (close.map_or(today, |close| close.max(today)), 1.0);
        };
        // What was overdue has no day to be relative to: it takes as long as others took.
        let days = match ahead {
            Some(ahead) if ahead >= 0 && slip.ahead >= 0 => ahead + (slip.took - slip.ahead),
            _ => slip.took,
        };
        let day = today
            .checked_add_signed(chrono::Duration::days(days.clamp(0, 3_650)))
            .unwrap_or(today);
        let ratio = if RATIOS.contains(&slip.ratio) {
            slip.ratio
        } else {
            1.0
        };
        (day, ratio)
    }
}

/// One of them, each as likely.
pub(super) fn pick<T: Copy>(from: &[T], dice: &mut impl Rng) -> Option<T> {
    if from.is_empty() {
        return None;
    }
    from.get(dice.random_range(0..from.len())).copied()
}
