//! Whether later rows look like those that were learned from.

use super::count;

/// The population stability index of two counts over the same classes: 0 when the shares are equal; by custom below 0.1 is
/// no change, above 0.25 a large one. 0 when either side is empty.
///
/// The sum of (a - e) ln(a / e) over the shares: Siddiqi, "Credit Risk Scorecards", Wiley 2006; it is the symmetric
/// divergence of Kullback and Leibler 1951. Half a row is added to each class, so that an empty one does not make it infinite.
pub fn psi(expected: &[usize], actual: &[usize]) -> f64 {
    let classes = expected.len().min(actual.len());
    let total = |counts: &[usize]| count(counts.iter().take(classes).sum());
    let (all_expected, all_actual) = (total(expected), total(actual));
    if all_expected <= 0.0 || all_actual <= 0.0 {
        return 0.0;
    }
    let room = count(classes) / 2.0;
    expected
        .iter()
        .zip(actual)
        .map(|(e, a)| {
            let e = (count(*e) + 0.5) / (all_expected + room);
            let a = (count(*a) + 0.5) / (all_actual + room);
            (a - e) * (a / e).ln()
        })
        .sum()
}
