//! Proportions with honest intervals.

use serde::{Deserialize, Serialize};

/// The normal quantile of a 95% interval.
const Z: f64 = 1.959_963_984_540_054;

/// How many of how many passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proportion {
    /// Those that passed.
    pub passed: u32,
    /// All.
    pub of: u32,
}

impl Proportion {
    /// Counts one more.
    pub fn add(&mut self, passed: bool) {
        self.of += 1;
        self.passed += u32::from(passed);
    }

    /// The share that passed; 0 of nothing.
    pub fn share(self) -> f64 {
        if self.of == 0 {
            0.0
        } else {
            f64::from(self.passed) / f64::from(self.of)
        }
    }

    /// The 95% Wilson score interval, which stays within 0 and 1 and is of use with few cases.
    pub fn wilson(self) -> (f64, f64) {
        if self.of == 0 {
            return (0.0, 1.0);
        }
        let (n, p) = (f64::from(self.of), self.share());
        let z2 = Z * Z;
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
        ((middle - half).max(0.0), (middle + half).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: (f64, f64), expected: (f64, f64)) {
        let close = (found.0 - expected.0).abs() < 5e-4 && (found.1 - expected.1).abs() < 5e-4;
        assert!(close, "{found:?} instead of {expected:?}");
    }

    /// Values from the textbook formula, computed by hand for these counts.
    #[test]
    fn wilson_gives_known_intervals() {
        near(Proportion { passed: 27, of: 30 }.wilson(), (0.7438, 0.9654));
        near(Proportion { passed: 8, of: 8 }.wilson(), (0.6756, 1.0));
        near(Proportion { passed: 0, of: 10 }.wilson(), (0.0, 0.2775));
        near(Proportion { passed: 0, of: 0 }.wilson(), (0.0, 1.0));
    }

    #[test]
    fn counting_counts() {
        let mut proportion = Proportion::default();
        proportion.add(true);
        proportion.add(false);

        assert_eq!(proportion, Proportion { passed: 1, of: 2 });
        assert!((proportion.share() - 0.5).abs() < f64::EPSILON);
    }
}
