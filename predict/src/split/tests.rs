//! No group on both sides, nothing learned that was not known.

use chrono::{TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

use super::*;
use crate::{Column, Row};

fn day(day: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap() + TimeDelta::days(day)
}

/// Snapshots of deals: group, day of the snapshot, day it closed, won.
fn data(rows: &[(u8, i64, i64, bool)]) -> Dataset {
    Dataset {
        columns: vec![Column::number("x")],
        rows: rows
            .iter()
            .map(|(group, at, ended, label)| Row {
                at: Some(day(*at)),
                ended: Some(day(*ended)),
                group: Some(group.to_string()),
                ..Row::new(vec![0.0.into()], *label)
            })
            .collect(),
    }
}

#[test]
fn a_deal_that_is_open_at_the_cut_is_not_learned_from() {
    let data = data(&[
        (1, 0, 9, true),
        (2, 1, 4, false),
        (3, 2, 30, true),
        (3, 20, 30, true),
        (4, 21, 25, false),
    ]);
    let parts = cut_at(&data, &counted(&data), &groups(&data), day(10));

    assert_eq!(parts.train, [0, 1]);
    assert_eq!(parts.test, [3, 4], "of deal 3 only what was known after the cut");
}

#[test]
fn a_split_with_one_outcome_on_a_side_is_refused() {
    let data = data(&[
        (1, 0, 1, true),
        (2, 1, 2, false),
        (3, 5, 6, true),
        (4, 6, 7, true),
    ]);
    let how = Split::Time { test_fraction: 0.5 };
    assert_eq!(
        split(&data, &counted(&data), &groups(&data), how, 0),
        Err(TrainError::OneSided {
            side: "the test rows"
        })
    );
    let how = Split::Random { test_fraction: 1.5 };
    assert!(matches!(
        split(&data, &counted(&data), &groups(&data), how, 0),
        Err(TrainError::Option(_))
    ));
}

#[test]
fn rows_that_do_not_count_are_left_out() {
    let mut data = data(&[(1, 0, 1, true), (2, 1, 2, false), (2, 1, 2, false)]);
    data.rows[0].weight = f64::NAN;
    data.rows[1].weight = 0.0;
    assert_eq!(counted(&data), [2]);
    let tally = tally(&data, &[0, 1, 2], &groups(&data));
    assert_eq!((tally.closed, tally.won, tally.lost), (2, 1, 1));
}

proptest! {
    #[test]
    fn groups_stay_on_one_side_and_time_runs_one_way(
        rows in prop::collection::vec((0_u8..20, 0_i64..50, 0_i64..20, any::<bool>()), 4..120),
        seed in any::<u64>(),
    ) {
        let rows: Vec<_> = rows.into_iter().map(|(g, at, days, won)| (g, at, at + days, won)).collect();
        let data = data(&rows);
        let (rows, groups) = (counted(&data), groups(&data));
        for how in [Split::Random { test_fraction: 0.3 }, Split::Time { test_fraction: 0.3 }] {
            let Ok(parts) = split(&data, &rows, &groups, how, seed) else { continue };
            for at in &parts.train {
                prop_assert!(parts.test.iter().all(|test| groups[*test] != groups[*at]));
            }
            if matches!(how, Split::Time { .. }) {
                let known = parts.train.iter().map(|at| data.rows[*at].ended.unwrap()).max();
                let asked = parts.test.iter().map(|at| data.rows[*at].at.unwrap()).min();
                prop_assert!(known < asked);
            }
            prop_assert_eq!(split(&data, &rows, &groups, how, seed), Ok(parts));
        }
    }
}
