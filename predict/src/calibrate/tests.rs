//! A line that is found again, and steps that find what a line cannot.

use proptest::prelude::*;

use super::*;

/// Outcomes in the very shares that log-odds `a + b x` would give, as weights.
fn exact(a: f64, b: f64) -> (Vec<f64>, Vec<bool>, Vec<f64>) {
    let (mut said, mut labels, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for step in -30_i32..=30 {
        let x = f64::from(step) / 10.0;
        let p = sigmoid(a + b * x);
        for (label, weight) in [(true, p), (false, 1.0 - p)] {
            said.push(x);
            labels.push(label);
            weights.push(weight * 10_000.0);
        }
    }
    (said, labels, weights)
}

#[test]
fn the_line_behind_the_outcomes_is_found() {
    for (a, b) in [(0.0, 1.0), (-1.0, 0.5), (0.7, 1.8)] {
        let (said, labels, weights) = exact(a, b);
        let line = Affine::IDENTITY.refit(&said, &labels, &weights, 0.0, &[]);
        assert!((line.intercept - a).abs() < 1e-3, "{line:?}");
        assert!((line.slope - b).abs() < 1e-3, "{line:?}");
        assert!(line.variance_at(0.0) < 1e-4);
    }
}

#[test]
fn what_is_said_in_the_end_is_fitted_where_a_share_of_it_is_anothers() {
    let (said, labels, weights) = exact(-1.0, 0.8);
    let others: Vec<f64> = said.iter().map(|x| 0.5 - 0.1 * x).collect();
    let line = Affine::IDENTITY.refit(&said, &labels, &weights, 0.25, &others);
    for (x, other) in said.iter().zip(&others) {
        let end = 0.75 * line.apply(*x) + 0.25 * other;
        assert!((end - (-1.0 + 0.8 * x)).abs() < 1e-2, "{end} at {x}: {line:?}");
    }
}

#[test]
fn what_ranks_the_wrong_way_round_becomes_the_rate() {
    let (said, labels, weights) = exact(0.0, -1.0);
    let line = Affine::IDENTITY.refit(&said, &labels, &weights, 0.0, &[]);
    assert!(line.slope.abs() < f64::EPSILON);
    assert!((sigmoid(line.apply(3.0)) - 0.5).abs() < 1e-3);
}

#[test]
fn with_nothing_to_go_by_the_line_is_the_identity() {
    let line = Affine::IDENTITY.refit(&[], &[], &[], 0.0, &[]);
    assert!((line.apply(1.25) - 1.25).abs() < 1e-12);
    assert!(line.variance_at(0.0) > 0.5, "and says that it does not know");
}

#[test]
fn steps_see_what_a_line_does_not() {
    // In truth everything above 0.5 happens and nothing below does.
    let said: Vec<f64> = (0..200_u8).map(|at| 0.3 + 0.4 * f64::from(at) / 200.0).collect();
    let labels: Vec<bool> = said.iter().map(|p| *p > 0.5).collect();
    let rows = told(&said, &labels, &[1.0; 200]);
    assert!(isotonic_gain(&rows, &rows) > 0.1);
    // Probabilities that are steps already cannot be bettered by steps.
    let rows = told(&[0.25; 4], &[true, false, false, false], &[1.0; 4]);
    assert!(isotonic_gain(&rows, &rows).abs() < 1e-12);
    assert!(isotonic_gain(&[], &rows).abs() < 1e-12);
    // Nor where the rows that make it so count for more.
    let rows = told(&[0.75, 0.75], &[true, false], &[3.0, 1.0]);
    assert!(isotonic_gain(&rows, &rows).abs() < 1e-12);
}

fn told(said: &[f64], labels: &[bool], weights: &[f64]) -> Vec<Told> {
    let rows = said.iter().zip(labels).zip(weights).enumerate();
    rows.map(|(group, ((probability, label), weight))| Told {
        probability: *probability,
        label: *label,
        weight: *weight,
        group,
    })
    .collect()
}

#[test]
fn what_was_believed_before_looking_stays_where_little_is_seen() {
    let before = Affine {
        intercept: 0.4,
        slope: 1.5,
        variance: [0.01, 0.01, 0.0],
    };
    let unseen = before.refit(&[], &[], &[], 0.0, &[]);
    assert!((unseen.intercept - 0.4).abs() < 1e-12 && (unseen.slope - 1.5).abs() < 1e-12);
    let (said, labels, weights) = exact(-1.0, 1.0);
    let little: Vec<f64> = weights.iter().map(|weight| weight / 1e8).collect();
    let line = before.refit(&said, &labels, &little, 0.0, &[]);
    assert!(
        (line.intercept - 0.4).abs() < 0.01 && (line.slope - 1.5).abs() < 0.01,
        "{line:?}"
    );
    let line = before.refit(&said, &labels, &weights, 0.0, &[]);
    assert!(
        (line.intercept + 1.0).abs() < 0.01,
        "and goes where much is: {line:?}"
    );
}

#[test]
fn a_line_of_another_time_is_left_slowly() {
    let before = Affine {
        intercept: 0.0,
        slope: 1.5,
        variance: [0.02, 0.02, 0.0],
    };
    let (said, labels, weights) = exact(0.0, 0.5);
    let all: f64 = weights.iter().sum();
    let few: Vec<f64> = weights.iter().map(|weight| 30.0 * weight / all).collect();
    let ignorant = Affine {
        variance: [1.0, 1.0, 0.0],
        ..before
    };
    let fitted = |line: Affine| line.refit(&said, &labels, &few, 0.0, &[]).slope;
    let (moved, loose) = (fitted(before.moved()), fitted(ignorant));
    assert!(1.5 - moved < (1.5 - loose) / 2.0, "{moved} {loose}");
    assert!(
        moved < fitted(before),
        "and may be left sooner than in its own time"
    );
}

#[test]
fn equal_weights_count_fully() {
    assert!((effective([2.0; 7].into_iter()) - 7.0).abs() < 1e-12);
    assert!((effective([1.0, 0.0, 0.0].into_iter()) - 1.0).abs() < 1e-12);
    assert!(effective(std::iter::empty()).abs() < 1e-12);
}

proptest! {
    /// Calibration never turns an order around, whatever it is fitted on.
    #[test]
    fn calibration_keeps_the_order(
        rows in prop::collection::vec((-30.0_f64..30.0, any::<bool>(), 0.0_f64..5.0), 0..60),
        a in -50.0_f64..50.0,
        b in -50.0_f64..50.0,
    ) {
        let (mut said, mut labels, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for (x, label, weight) in rows {
            said.push(x);
            labels.push(label);
            weights.push(weight);
        }
        let line = Affine::IDENTITY.refit(&said, &labels, &weights, 0.0, &[]);
        prop_assert!(line.slope >= 0.0 && line.slope.is_finite() && line.intercept.is_finite());
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        prop_assert!(line.apply(low) <= line.apply(high));
        prop_assert!(line.variance_at(a) >= 0.0);
    }
}
