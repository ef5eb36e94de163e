//! What a line learns of later rows.

use chrono::{TimeDelta, TimeZone, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{Column, Counts, Row, Trained, train};

/// Deals of two years of which half end well in the first three quarters of a year, and a fifth from then on.
fn deals(n: usize) -> Dataset {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let start = Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap();
    let rows = (0..n).map(|at| {
        let a: f64 = random.random_range(-1.0..1.0);
        let level = if at * 8 < n * 3 { 0.0 } else { -1.4 };
        let label = random.random_bool(sigmoid(level + 1.5 * a));
        Row {
            at: Some(start + TimeDelta::hours(i64::try_from(at * 17_520 / n).unwrap())),
            group: Some((at / 2).to_string()),
            ..Row::new(vec![a.into(), random.random::<f64>().into()], label)
        }
    });
    Dataset {
        columns: vec![Column::number("a"), Column::number("noise")],
        rows: rows.collect(),
    }
}

fn options() -> TrainOptions {
    TrainOptions {
        split: Split::Time { test_fraction: 0.25 },
        refits: 10,
        ..TrainOptions::default()
    }
}

/// How far what is said of the rows set aside is from what happened, on average.
fn too_high(trained: &Trained, data: &Dataset) -> f64 {
    let told = trained.model.tell(data, &trained.test);
    crate::metrics::told::mean(&told, |row| row.probability) - crate::metrics::told::rate(&told)
}

#[test]
fn what_was_said_too_high_of_later_rows_is_said_lower() {
    let data = deals(2_000);
    let later = train(&data, &options(), &|_| ()).unwrap();
    // Half of the rows to learn from are still of the good days: others of their own time say a tenth too much.
    let off = too_high(&later, &data);
    assert!(off.abs() < 0.06, "{off}");
    assert!(later.card.calibrated_later);
    // The second half of the rows to learn from, without the record that the cut goes through.
    assert!(later.card.n_calibrate + 4 >= later.card.n_train / 2);
    assert!(later.card.n_calibrate <= later.card.n_train / 2 + 1);
}

#[test]
fn without_time_or_enough_before_a_cut_others_of_the_same_time_stand_in() {
    let data = deals(2_000);
    let random = TrainOptions {
        split: Split::Random { test_fraction: 0.25 },
        ..options()
    };
    let same_time = train(&data, &random, &|_| ()).unwrap().card;
    assert!(!same_time.calibrated_later);
    assert!(same_time.n_calibrate * 10 > same_time.n_train * 9);
    // Of 750 records to learn from neither half has so many.
    let few = TrainOptions {
        minimum: Counts {
            closed: 700,
            won: 10,
            lost: 10,
        },
        ..options()
    };
    let few = train(&data, &few, &|_| ()).unwrap().card;
    assert!(!few.calibrated_later);
    assert!(few.n_calibrate * 10 > few.n_train * 9);
}

#[test]
fn no_record_is_on_both_sides_of_a_cut() {
    let mut data = deals(400);
    // Each record is seen again some weeks later.
    for at in 0..400 {
        data.rows[at].group = Some((at % 300).to_string());
    }
    let (rows, groups): (Vec<usize>, _) = ((0..400).collect(), split::groups(&data));
    let (cut, end) = (data.rows[200].at.unwrap(), data.rows[350].at);
    let parts = split::seen_before(&data, &rows, &groups, cut, end);
    assert_eq!(parts.train, (0..200).collect::<Vec<_>>());
    // Those from 300 on were seen before.
    assert_eq!(parts.test, (200..300).collect::<Vec<_>>());
    let open = split::seen_before(&data, &rows, &groups, data.rows[250].at.unwrap(), None);
    assert_eq!(open.test, (250..300).collect::<Vec<_>>());
    data.rows[399].at = None;
    let parts = split::seen_before(&data, &rows, &groups, cut, end);
    assert!(parts.train.contains(&399), "what has no time is learned from");
}
