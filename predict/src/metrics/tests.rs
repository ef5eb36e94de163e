//! Against values worked out by hand, and properties that any data must have.

use proptest::prelude::*;

use super::*;
use crate::Measures;

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
}

const P: [f64; 4] = [0.1, 0.4, 0.35, 0.8];
const Y: [bool; 4] = [false, false, true, true];

#[test]
fn auc_counts_ordered_pairs() {
    // Of the four pairs, (0.35, 0.4) alone is the wrong way round.
    near(auc(&P, &Y).unwrap(), 0.75);
    near(auc(&[0.5, 0.5, 0.5], &[true, false, true]).unwrap(), 0.5);
    near(auc(&[0.2, 0.2, 0.9], &[false, true, true]).unwrap(), 0.75);
    assert_eq!(auc(&[0.2, 0.3], &[true, true]), None);
    assert_eq!(auc(&[], &[]), None);
}

#[test]
fn the_interval_of_auc_is_that_of_the_paper() {
    // Hanley and McNeil's example: 0.893 over 51 abnormal and 58 normal images has a standard error of 0.032.
    let (low, high) = auc_interval(0.893, 51.0, 58.0);
    assert!(((high - low) / 2.0 / 1.96 - 0.032).abs() < 0.001, "{low} {high}");
}

#[test]
fn brier_and_log_loss_are_means() {
    near(brier(&P, &Y), (0.01 + 0.16 + 0.65 * 0.65 + 0.04) / 4.0);
    near(
        log_loss(&P, &Y),
        -(0.9_f64.ln() + 0.6_f64.ln() + 0.35_f64.ln() + 0.8_f64.ln()) / 4.0,
    );
    near(log_loss(&[0.0], &[true]), -(1e-12_f64).ln());
    near(brier(&[], &[]), 0.0);
}

#[test]
fn bins_hold_equally_many_rows_and_ece_weighs_them() {
    let p = [0.1, 0.1, 0.3, 0.3];
    let y = [false, true, true, true];
    let bins = reliability(&p, &y, 2);
    assert_eq!(bins.iter().map(|bin| bin.n).collect::<Vec<_>>(), [2, 2]);
    near(bins[0].observed, 0.5);
    near(bins[1].predicted, 0.3);
    // Ten bins of four rows: ties stay together, so there are two.
    near(ece(&p, &y), 0.5 * 0.4 + 0.5 * 0.7);
    near(ece_equal_width(&p, &y), 0.5 * 0.4 + 0.5 * 0.7);
    near(ece_equal_width(&[1.0], &[true]), 0.0);
}

fn told(rows: &[(f64, bool, f64, usize)]) -> Vec<Told> {
    rows.iter()
        .map(|(probability, label, weight, group)| Told {
            probability: *probability,
            label: *label,
            weight: *weight,
            group: *group,
        })
        .collect()
}

/// Some rows of records that are seen up to three times.
fn some() -> Vec<(f64, bool, f64, usize)> {
    (0..90_usize)
        .map(|row| {
            let p = count(row * 37 % 90) / 90.0;
            (p, p + count(row * 11 % 7) / 7.0 > 1.0, 1.0, row / 3)
        })
        .collect()
}

#[test]
fn a_row_that_counts_twice_is_as_two_rows() {
    let (mut heavy, mut twice) = (some(), some());
    for row in (0..90).step_by(4) {
        heavy[row].2 = 2.0;
        twice.push(heavy[row]);
    }
    for row in &mut twice {
        row.2 = 1.0;
    }
    let (heavy, twice) = (told(&heavy), told(&twice));
    for measure in [
        told::brier,
        told::log_loss,
        told::ece,
        told::ece_equal_width,
        told::rate,
    ] {
        near(measure(&heavy), measure(&twice));
        assert!((measure(&heavy) - measure(&told(&some()))).abs() > 1e-6);
    }
    near(told::auc(&heavy).unwrap(), told::auc(&twice).unwrap());
    let prior = [0.4; 120];
    let (heavy, twice) = (Measures::of(&heavy, &prior), Measures::of(&twice, &prior));
    near(heavy.log_loss_gain_error, twice.log_loss_gain_error);
    near(heavy.log_loss_prior, twice.log_loss_prior);
    near(heavy.brier_base, twice.brier_base);
    for (heavy, twice) in heavy.reliability.iter().zip(&twice.reliability) {
        near(heavy.observed, twice.observed);
        near(heavy.predicted, twice.predicted);
    }
}

#[test]
fn intervals_do_not_narrow_when_the_same_records_are_looked_at_again() {
    let prior = [0.4; 360];
    let measured = |rows: &[(f64, bool, f64, usize)]| Measures::of(&told(rows), &prior);
    let once: Vec<_> = some()
        .into_iter()
        .enumerate()
        .map(|(at, row)| (row.0, row.1, 1.0, at))
        .collect();
    let again: Vec<_> = once.iter().cycle().take(360).copied().collect();
    let apart: Vec<_> = again
        .iter()
        .enumerate()
        .map(|(at, row)| (row.0, row.1, 1.0, at))
        .collect();
    let (once, again, apart) = (measured(&once), measured(&again), measured(&apart));
    let width = |measures: &Measures| measures.auc_interval.map(|(low, high)| high - low).unwrap();
    near(width(&once), width(&again));
    assert!(
        width(&apart) < 0.6 * width(&once),
        "four times as many records say more"
    );
    for ((once, again), apart) in once
        .reliability
        .iter()
        .zip(&again.reliability)
        .zip(&apart.reliability)
    {
        near(once.observed_low, again.observed_low);
        near(once.observed_high, again.observed_high);
        near(once.examples, again.examples);
        assert_eq!(4 * once.n, again.n);
        assert!(apart.observed_high - apart.observed_low < again.observed_high - again.observed_low);
    }
}

#[test]
fn wilson_gives_the_textbook_interval() {
    let (low, high) = wilson(0.9, 30.0);
    assert!((low - 0.7438).abs() < 5e-4 && (high - 0.9654).abs() < 5e-4);
    assert_eq!(wilson(0.0, 0.0), (0.0, 1.0));
}

#[test]
fn psi_is_nothing_for_equal_shares() {
    near(psi(&[10, 20], &[10, 20]), 0.0);
    near(psi(&[], &[]), 0.0);
    near(psi(&[5], &[0]), 0.0);
    let (e, a) = ((50.5 / 101.0, 50.5 / 101.0), (80.5 / 101.0, 20.5 / 101.0));
    let expected: f64 = (a.0 - e.0) * f64::ln(a.0 / e.0) + (a.1 - e.1) * f64::ln(a.1 / e.1);
    near(psi(&[50, 50], &[80, 20]), expected);
    assert!(psi(&[50, 50], &[80, 20]) > 0.25);
}

proptest! {
    #[test]
    fn measures_stay_in_their_range(rows in prop::collection::vec((0.0_f64..=1.0, any::<bool>()), 0..200)) {
        let (p, y): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        if let Some(auc) = auc(&p, &y) {
            prop_assert!((0.0..=1.0).contains(&auc));
            // Turned around, the ranking is as wrong as it was right.
            let turned: Vec<f64> = p.iter().map(|p| -p).collect();
            prop_assert!((super::auc(&turned, &y).unwrap() - (1.0 - auc)).abs() < 1e-9);
        }
        prop_assert!((0.0..=1.0).contains(&brier(&p, &y)));
        prop_assert!((0.0..=1.0).contains(&ece(&p, &y)));
        prop_assert!((0.0..=1.0).contains(&ece_equal_width(&p, &y)));
        prop_assert!(log_loss(&p, &y) >= 0.0);
        let bins = reliability(&p, &y, 10);
        prop_assert!(bins.len() <= 10);
        prop_assert_eq!(bins.iter().map(|bin| bin.n).sum::<usize>(), p.len());
        for bin in bins {
            prop_assert!(bin.observed_low <= bin.observed && bin.observed <= bin.observed_high + 1e-12);
        }
    }
}
