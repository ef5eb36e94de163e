use proptest::prelude::*;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;

fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 16).unwrap()
}

/// Counts of chance alone around what is expected of each week.
fn counts(expected: impl Fn(usize) -> f64, weeks: usize, seed: u64) -> Vec<f64> {
    let mut draw = ChaCha8Rng::seed_from_u64(seed);
    (0..weeks)
        .map(|week| {
            // Poisson by the gaps between arrivals.
            let (mut left, mut came) = (expected(week), -1.0);
            while left > 0.0 {
                left += f64::ln(draw.random_range(f64::MIN_POSITIVE..1.0));
                came += 1.0;
            }
            f64::max(came, 0.0)
        })
        .collect()
}

#[test]
fn around_a_steady_level_it_beats_the_week_before_and_its_interval_holds() {
    let (mut error, mut naive, mut held, mut of) = (0.0, 0.0, 0.0, 0.0);
    for seed in 0..20 {
        let series = counts(|_| 9.0, 60, seed);
        let made = volume(&series, &series, monday(), 4, None);
        let told = made.accuracy;
        assert_eq!(made.weeks.len(), 4);
        assert!(!told.is_yearly);
        error += told.mae.unwrap();
        naive += told.naive_mae.unwrap();
        held += told.coverage.unwrap();
        of += 1.0;
        for week in &made.weeks {
            assert!((4.0..15.0).contains(&week.expected), "{week:?}");
        }
    }
    assert!(error / naive < 0.85, "{}", error / naive);
    assert!((0.76..0.92).contains(&(held / of)), "{}", held / of);
}

#[test]
fn where_errors_grow_intervals_widen_until_they_hold_again() {
    let (mut held, mut of) = (0.0, 0.0);
    for seed in 0..20 {
        // Chance alone at first; then weeks that are half or half as much again, which a level cannot follow.
        let mut draw = ChaCha8Rng::seed_from_u64(seed);
        let calm = counts(|_| 30.0, 70, seed);
        let wild: Vec<f64> = calm
            .iter()
            .enumerate()
            .map(|(week, came)| match week {
                ..44 => *came,
                _ => (came * [0.5, 1.0, 1.5][draw.random_range(0..3)]).round(),
            })
            .collect();
        let told = volume(&wild, &wild, monday(), 4, None).accuracy;
        held += told.coverage.unwrap();
        of += 1.0;
    }
    assert!((0.72..0.9).contains(&(held / of)), "{}", held / of);
}

#[test]
fn a_season_is_seen_from_two_years_on_and_then_used() {
    let season = |week: usize| {
        40.0 * (1.0 + 0.5 * (std::f64::consts::TAU * f64::from(u32::try_from(week).unwrap()) / 52.18).sin())
    };
    let long = counts(season, 156, 3);
    assert!(Season::of(&long, monday()).is_seen());
    assert!(!Season::of(&long[60..], monday()).is_seen());
    let with = volume(&long, &long, monday(), 13, None).accuracy;
    let without = volume(&[], &long, monday(), 13, None).accuracy;
    assert!(with.is_yearly);
    assert!(
        with.mae.unwrap() < 0.8 * without.mae.unwrap(),
        "{with:?} {without:?}"
    );
    assert!(with.mase.unwrap() < 1.0, "{with:?}");
}

#[test]
fn what_grows_is_followed() {
    let series = counts(|week| 20.0 + f64::from(u32::try_from(week).unwrap()), 80, 5);
    let made = volume(&series, &series, monday(), 2, None);
    assert!(made.weeks[0].expected > 88.0, "{made:?}");
}

#[test]
fn nothing_and_little_are_forecasts_too() {
    for series in [&[][..], &[0.0; 40][..], &[3.0, 1.0][..]] {
        let made = volume(series, series, monday(), 3, None);
        for week in &made.weeks {
            assert!(week.low <= week.expected && week.expected <= week.high && week.low >= 0.0);
        }
        assert_eq!(made.accuracy.mase, None);
    }
}

/// A week that has begun, of weeks that bring half of what comes by now.
fn begun(so_far: f64, by_then: &[f64]) -> Begun<'_> {
    Begun {
        so_far,
        by_then,
        usual: 0.5,
    }
}

fn halves(series: &[f64]) -> Vec<f64> {
    series.iter().map(|count| (count / 2.0).floor()).collect()
}

#[test]
fn of_a_week_that_has_begun_what_came_counts_and_the_rest_is_foretold() {
    let series = counts(|_| 40.0, 80, 7);
    let by_then = halves(&series);
    let plain = volume(&series, &series, monday(), 2, None);
    let first = |so_far: f64| volume(&series, &series, monday(), 2, Some(&begun(so_far, &by_then))).weeks[0];
    // As usual so far: as much as before, and surer.
    let usual = first(20.0);
    assert!(
        (usual.expected - plain.weeks[0].expected).abs() < 3.0,
        "{usual:?}"
    );
    assert!(usual.high - usual.low < plain.weeks[0].high - plain.weeks[0].low);
    // More came already than the whole week was to bring.
    let much = first(70.0);
    assert!(
        much.low >= 70.0 && plain.weeks[0].high < 70.0,
        "{much:?} {plain:?}"
    );
    assert!((85.0..100.0).contains(&much.expected), "{much:?}");
    // Only the week that has begun is another.
    let both = volume(&series, &series, monday(), 2, Some(&begun(70.0, &by_then)));
    assert_eq!(both.weeks[1], plain.weeks[1]);
    assert_eq!(both.accuracy, plain.accuracy);
}

#[test]
fn a_week_without_a_rest_is_what_came_of_it() {
    let series = counts(|_| 12.0, 60, 2);
    let over = Begun {
        usual: 1.0,
        ..begun(9.0, &series)
    };
    assert!((over.share(&series) - 1.0).abs() < 1e-12);
    let week = volume(&series, &series, monday(), 1, Some(&over)).weeks[0];
    assert_eq!((week.low, week.expected), (9.0, 9.0));
    assert!(week.high <= 10.0, "{week:?}");
}

#[test]
fn where_weeks_differ_by_more_than_chance_the_rest_of_a_full_one_is_full_too() {
    // Quiet and busy weeks take turns at random, so that what came by the middle tells which it is.
    let mut draw = ChaCha8Rng::seed_from_u64(4);
    let series: Vec<f64> = (0..90).map(|_| [20.0, 60.0][draw.random_range(0..2)]).collect();
    let by_then = halves(&series);
    let of = |so_far: f64| volume(&series, &series, monday(), 1, Some(&begun(so_far, &by_then))).weeks[0];
    let (quiet, busy) = (of(10.0), of(30.0));
    assert!(quiet.holds(20.0) && quiet.expected < 25.0, "{quiet:?}");
    assert!(busy.holds(60.0) && busy.expected > 52.0, "{busy:?}");
}

#[test]
fn intervals_of_weeks_that_have_begun_hold_eight_times_in_ten() {
    let (mut held, mut of) = (0.0, 0.0);
    for seed in 0..400 {
        let halves = |seed| counts(|_| 10.0, 61, seed);
        let (early, late) = (halves(seed), halves(1000 + seed));
        let series: Vec<f64> = early
            .iter()
            .zip(&late)
            .map(|(early, late)| early + late)
            .collect();
        let known = &series[..60];
        let week = volume(known, known, monday(), 1, Some(&begun(early[60], &early[..60]))).weeks[0];
        held += f64::from(u8::from(week.holds(series[60])));
        of += 1.0;
    }
    assert!((0.78..0.92).contains(&(held / of)), "{}", held / of);
}

#[test]
fn what_came_last_does_not_change_what_was_foretold_of_earlier_weeks() {
    let series = counts(|_| 12.0, 70, 9);
    let mut wild = series.clone();
    wild[69] = 100_000.0;
    let held = |series: &[f64]| {
        let told = volume(series, series, monday(), 4, None).accuracy;
        told.coverage.unwrap() * crate::metrics::count(told.weeks)
    };
    // The last week is foretold four times, from one to four weeks before.
    let lost = held(&series) - held(&wild);
    assert!((0.0..=4.1).contains(&lost), "{lost}");
}

proptest! {
    #[test]
    fn intervals_hold_what_is_expected_whatever_came(
        series in prop::collection::vec(0.0..500.0_f64, 0..130), weeks in 1..30_usize, so_far in 0..900_u16, usual in 0.0..=1.0_f64
    ) {
        let series: Vec<f64> = series.into_iter().map(f64::round).collect();
        let made = volume(&series, &series, monday(), weeks, None);
        prop_assert_eq!(made.weeks.len(), weeks.min(MOST_WEEKS));
        for week in &made.weeks {
            prop_assert!(week.expected.is_finite() && week.high.is_finite());
            prop_assert!(week.low >= 0.0 && week.low <= week.expected && week.expected <= week.high);
        }
        let so_far = f64::from(so_far);
        let by_then = halves(&series);
        let begun = Begun { usual, ..begun(so_far, &by_then) };
        let first = volume(&series, &series, monday(), weeks, Some(&begun)).weeks[0];
        prop_assert!(first.expected.is_finite() && first.high.is_finite());
        prop_assert!(so_far <= first.low && first.low <= first.expected && first.expected <= first.high);
        let told = made.accuracy;
        prop_assert!(told.coverage.is_none_or(|share| (0.0..=1.0).contains(&share)));
        prop_assert!(told.mae.is_none_or(|error| error >= 0.0));
    }
}
