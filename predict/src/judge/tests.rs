//! What knows nothing is not activated, what knows something is.

use chrono::{TimeDelta, TimeZone, Utc};
use rand::{Rng, seq::SliceRandom};

use super::*;
use crate::{
    Column, Counts, Dataset, Row, Split, TrainOptions, Value,
    model::{logit, sigmoid},
    train,
};

fn random(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Leads of a year and more, each looked at up to five times: how keen they are shows a little in what they do.
fn leads(n: usize, seed: u64) -> Dataset {
    let mut random = random(seed);
    let start = Utc.with_ymd_and_hms(2025, 1, 1, 0, 0, 0).unwrap();
    let mut rows = Vec::new();
    for lead in 0..n {
        let keen: f64 = random.random_range(-1.5..1.5);
        let source = ["web", "partner", "call"][random.random_range(0..3)];
        let warmth = if source == "partner" { 0.9 } else { 0.0 };
        let label = random.random_bool(sigmoid(-1.4 + 1.2 * keen + warmth));
        let came = start + TimeDelta::hours(i64::try_from(lead * 9_600 / n).unwrap());
        // Who is converted is soon gone.
        let looks = if label { random.random_range(1..4) } else { 5 };
        for (look, days) in (0_u8..).zip([0, 3, 10, 25, 50]).take(looks) {
            let at = came + TimeDelta::days(days);
            let shown = keen + random.random_range(-1.0..1.0);
            rows.push(Row {
                at: Some(at),
                ended: Some(at + TimeDelta::days(60)),
                group: Some(lead.to_string()),
                prior: Some(logit(0.3)),
                ..Row::new(
                    vec![
                        shown.into(),
                        source.into(),
                        Value::Number(look.into()),
                        random.random::<f64>().into(),
                    ],
                    label,
                )
            });
        }
    }
    Dataset {
        columns: vec![
            Column::number("seen"),
            Column::category("source"),
            Column::number("look"),
            Column::number("noise"),
        ],
        rows,
    }
}

/// Deals the outcomes out among the leads.
fn shuffle(data: &mut Dataset, seed: u64) {
    let mut outcomes = BTreeMap::new();
    for row in &data.rows {
        outcomes.insert(row.group.clone().unwrap(), row.label);
    }
    let mut labels: Vec<bool> = outcomes.values().copied().collect();
    labels.shuffle(&mut random(seed));
    for (outcome, label) in outcomes.values_mut().zip(labels) {
        *outcome = label;
    }
    for row in &mut data.rows {
        row.label = outcomes[row.group.as_ref().unwrap()];
    }
}

/// Rows that count alike.
fn told(said: &[f64], labels: &[bool], groups: &[usize]) -> Vec<Told> {
    said.iter()
        .zip(labels)
        .zip(groups)
        .map(|((probability, label), group)| Told {
            probability: *probability,
            label: *label,
            weight: 1.0,
            group: *group,
        })
        .collect()
}

fn verdict(data: &Dataset) -> Verdict {
    let options = TrainOptions {
        split: Split::Time { test_fraction: 0.25 },
        refits: 5,
        minimum: Counts {
            closed: 50,
            won: 10,
            lost: 10,
        },
        ..TrainOptions::default()
    };
    is_better(&train(data, &options, &|_| ()).unwrap().card.measures, None)
}

#[test]
fn shuffled_outcomes_are_hardly_ever_activated_and_true_ones_are() {
    let (mut true_ones, mut shuffled) = (0, 0);
    let seeds = 40;
    for seed in 0..seeds {
        let mut data = leads(500, seed);
        true_ones += u64::from(verdict(&data) == Verdict::Better);
        for again in 0..3 {
            shuffle(&mut data, seed * 3 + again);
            shuffled += u64::from(verdict(&data) == Verdict::Better);
        }
    }
    println!(
        "{true_ones} of {seeds} true ones, {shuffled} of {} shuffled ones",
        3 * seeds
    );
    assert!(true_ones * 100 >= seeds * 90, "{true_ones} of {seeds}");
    assert!(shuffled <= 1, "{shuffled} of {}", 3 * seeds);
}

/// What a model says that knows nothing, of records of which more, or fewer, end well than of those it learned from: near to
/// what really happens by luck alone.
#[test]
fn a_rate_that_is_right_by_luck_is_no_knowledge() {
    let mut activated = 0;
    let tries = 2_000;
    for seed in 0..tries {
        let mut random = random(seed);
        let groups: Vec<usize> = (0..300).map(|row| row / 3).collect();
        let labels: Vec<bool> = (0..100).flat_map(|_| [random.random_bool(0.2); 3]).collect();
        let said: Vec<f64> = groups
            .iter()
            .map(|_| sigmoid(-1.4 + random.random_range(-0.3..0.3)))
            .collect();
        // The prior is far off.
        let measures = Measures::of(&told(&said, &labels, &groups), &[0.4; 300]);
        activated += u64::from(is_better(&measures, None) == Verdict::Better);
    }
    assert!(activated * 100 <= tries, "{activated} of {tries}");
}

/// What a row counts for in training it counts for on the card, and rows of one record stay one record.
#[test]
fn a_row_that_weighs_three_is_measured_as_three_of_the_same_record() {
    let mut data = leads(300, 5);
    let options = TrainOptions {
        split: Split::Time { test_fraction: 0.25 },
        refits: 5,
        ..TrainOptions::default()
    };
    let trained = train(&data, &options, &|_| ()).unwrap();
    let (model, test) = (trained.model, trained.test);
    let alike = model.measure(&data, &test);
    let times = |at: usize| if at.is_multiple_of(3) { 3 } else { 1 };
    let thrice: Vec<usize> = test
        .iter()
        .flat_map(|at| std::iter::repeat_n(*at, times(*at)))
        .collect();
    let thrice = model.measure(&data, &thrice);
    for (at, row) in data.rows.iter_mut().enumerate() {
        row.weight = if times(at) == 3 { 3.0 } else { 1.0 };
    }
    let heavy = model.measure(&data, &test);
    assert_eq!(heavy.n_test, alike.n_test);
    let figures = |of: &Measures| {
        let (low, high) = of.auc_interval.unwrap();
        [
            of.auc.unwrap(),
            of.brier,
            of.brier_base,
            of.log_loss,
            of.log_loss_prior,
            of.log_loss_gain_error,
            of.ece,
            of.base_rate,
            low,
            high,
            of.reliability.last().unwrap().predicted,
            of.reliability.last().unwrap().observed_low,
        ]
    };
    for ((heavy, thrice), alike) in figures(&heavy).iter().zip(figures(&thrice)).zip(figures(&alike)) {
        assert!((heavy - thrice).abs() < 1e-9, "{heavy} and not {thrice}");
        assert!((heavy - alike).abs() > 1e-6, "{heavy} as if all counted alike");
    }
}

#[test]
fn how_often_chance_does_as_well_is_told_exactly() {
    let groups: Vec<usize> = (0..6).collect();
    let said = [0.1, 0.2, 0.3, 0.7, 0.8, 0.9];
    let labels = [false, false, false, true, true, true];
    // One of the twenty ways to deal out three good ones.
    assert!((by_chance(&told(&said, &labels, &groups)) - 0.05).abs() < 0.02);
    let wrong: Vec<bool> = labels.iter().map(|label| !label).collect();
    assert!(by_chance(&told(&said, &wrong, &groups)) > 0.99);
    assert!((by_chance(&told(&[0.4; 6], &labels, &groups)) - 1.0).abs() < f64::EPSILON);
    assert!((by_chance(&told(&said, &labels, &[7; 6])) - 1.0).abs() < f64::EPSILON);
    assert!((by_chance(&told(&[], &[], &[])) - 1.0).abs() < f64::EPSILON);
    // Ten rows of one record are not ten records.
    let many: Vec<usize> = (0..60).map(|row| row / 10).collect();
    let (said, labels): (Vec<f64>, Vec<bool>) = (0..60).map(|row| (said[row / 10], labels[row / 10])).unzip();
    assert!(by_chance(&told(&said, &labels, &many)) > 0.03);
}
