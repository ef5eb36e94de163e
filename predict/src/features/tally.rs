//! How things ended, counted, and what is believed from it: all of it pulled towards what is expected where there is little.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Z;

/// Records of somebody or something are worth as much as so many examples of what is expected.
pub(super) const STRENGTH: f64 = 8.0;
/// The win rate, or rate of conversion, that is believed before there is any example, and how many it is worth.
pub(super) const AT_FIRST: (f64, f64) = (0.25, 4.0);

/// How many ended, and how many of them well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) of: f64,
    pub(super) good: f64,
}

impl Tally {
    pub(super) fn add(&mut self, good: bool) {
        self.of += 1.0;
        self.good += f64::from(u8::from(good));
    }

    /// The share that ended well, pulled towards another one.
    pub(super) fn rate(self, towards: f64, strength: f64) -> f64 {
        (self.good + towards * strength) / (self.of + strength)
    }

    /// The same share, with how sure it is.
    pub(super) fn belief(self, towards: f64, strength: f64) -> Belief {
        let (rate, of) = (self.rate(towards, strength), self.of + strength);
        Belief {
            log_odds: log_odds(rate),
            deviation: (1.0 / (of * rate) + 1.0 / (of * (1.0 - rate))).sqrt(),
        }
    }
}

/// What is believed of a record before looking at it, and how sure that is: a beta distribution, by its log-odds, which are
/// nearly normal (Gelman et al., "Bayesian Data Analysis", 3rd ed., section 5.3, with the delta method for the deviation).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Belief {
    /// In log-odds.
    pub log_odds: f64,
    /// The standard deviation, in log-odds: the wider, the fewer it rests on.
    pub deviation: f64,
}

impl Belief {
    /// The 90 % interval, in log-odds.
    pub fn interval(self) -> (f64, f64) {
        let doubt = Z * self.deviation;
        (self.log_odds - doubt, self.log_odds + doubt)
    }
}

/// How often it went better than was to be expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) of: f64,
    pub(super) over: f64,
}

/// Numbers by their logarithms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread {
    pub(super) of: f64,
    pub(super) sum: f64,
}

impl Spread {
    pub(super) fn add(&mut self, number: f64) {
        if number > 0.0 && number.is_finite() {
            self.of += 1.0;
            self.sum += number.ln();
        }
    }

    /// The logarithm of what is usual, pulled towards another one.
    pub(super) fn usual(self, towards: Option<f64>) -> Option<f64> {
        match towards {
            Some(towards) => Some((self.sum + towards * STRENGTH) / (self.of + STRENGTH)),
            None => (self.of > 0.0).then(|| self.sum / self.of),
        }
    }
}

/// How things ended: all of them, by type, and the records of whoever and whatever took part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Outcomes {
    pub(super) all: Tally,
    pub(super) types: BTreeMap<String, Tally>,
    pub(super) records: BTreeMap<String, Record>,
}

impl Outcomes {
    pub(super) fn rate(&self) -> f64 {
        self.all.rate(AT_FIRST.0, AT_FIRST.1)
    }

    pub(super) fn expected(&self, kind: Option<&str>) -> f64 {
        let tally = kind.and_then(|kind| self.types.get(kind)).copied();
        tally.unwrap_or_default().rate(self.rate(), STRENGTH)
    }

    pub(super) fn add(&mut self, good: bool, kind: Option<&str>, keys: &[String]) {
        let over = f64::from(u8::from(good)) - self.expected(kind);
        for key in keys {
            let record = self.records.entry(key.clone()).or_default();
            record.of += 1.0;
            record.over += over;
        }
        self.all.add(good);
        if let Some(kind) = kind {
            self.types.entry(kind.to_owned()).or_default().add(good);
        }
    }

    /// The share by which it went better than expected, pulled towards none; and of how many.
    pub(super) fn record(&self, key: &str) -> (f64, f64) {
        let record = self.records.get(key).copied().unwrap_or_default();
        (record.over / (record.of + STRENGTH), record.of)
    }
}

fn log_odds(probability: f64) -> f64 {
    let probability = probability.clamp(0.005, 0.995);
    (probability / (1.0 - probability)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of somebody ended: few say little, and many say nearly all that they are.
    const FEW_AND_MANY: [(&str, u32); 2] = [("few", 2), ("many", 200)];

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9, "{left} is not {right}");
    }

    #[test]
    fn the_record_of_few_is_pulled_towards_none_and_that_of_many_stays() {
        // So many have ended that a few more do not move what is to be expected: a quarter.
        let mut outcomes = Outcomes {
            all: Tally { of: 4e12, good: 1e12 },
            ..Outcomes::default()
        };
        // Of both, half end well.
        for (key, of) in FEW_AND_MANY {
            for at in 0..of {
                outcomes.add(at < of / 2, None, &[key.to_owned()]);
            }
        }
        for (key, of) in FEW_AND_MANY {
            let (points, counted) = outcomes.record(key);
            let of = f64::from(of);
            near(points, 0.25 * of / (of + STRENGTH));
            near(counted, of);
        }
        // 2 of 10 of the quarter above what was to be expected, and 200 of 208 of it.
        near(outcomes.record("few").0, 0.05);
        near(outcomes.record("many").0, 0.25 * 200.0 / 208.0);
        let (points, counted) = outcomes.record("nobody");
        near(points, 0.0);
        near(counted, 0.0);
    }

    #[test]
    fn what_is_usual_of_few_is_pulled_towards_the_whole() {
        for (_, of) in FEW_AND_MANY {
            let (mut tally, mut spread) = (Tally::default(), Spread::default());
            for _ in 0..of {
                tally.add(true);
                spread.add(4.0);
            }
            let of = f64::from(of);
            near(tally.rate(0.5, STRENGTH), (of + 4.0) / (of + 8.0));
            let usual = spread.usual(Some(2.0_f64.ln())).unwrap();
            near(usual, (2.0 * of + 8.0) * 2.0_f64.ln() / (of + 8.0));
            near(spread.usual(None).unwrap(), 4.0_f64.ln());
        }
        // Of a type of which nothing has ended, as much is to be expected as of all.
        let mut outcomes = Outcomes::default();
        outcomes.add(true, Some("renewal"), &[]);
        near(outcomes.rate(), 0.4);
        near(outcomes.expected(Some("upsell")), 0.4);
        near(outcomes.expected(Some("renewal")), (1.0 + 0.4 * 8.0) / 9.0);
    }
}
