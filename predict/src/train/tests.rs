//! What comes out of training, on rows whose truth is known.

use std::sync::Mutex;

use chrono::{TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{
    Algorithm, Column, Counts, Prediction, Prior, Row, Stop, TermKind, Value, is_better, model::logit,
};

fn truth(a: f64, b: f64, word: &str) -> f64 {
    let word = if word == "partner" { 1.2 } else { 0.0 };
    // Boosting is at home here: a step and an interaction.
    -1.2 + 2.5 * a + word + if a > 0.5 && b > 0.5 { 1.5 } else { 0.0 }
}

/// Deals over two years, drawn from `truth`, with a column of noise and a cell missing here and there.
fn deals(n: usize, seed: u64) -> Dataset {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let start = Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap();
    let rows = (0..n).map(|at| {
        let (a, b): (f64, f64) = (random.random(), random.random());
        let word = ["web", "partner", "event"][random.random_range(0..3)];
        let label = random.random_bool(sigmoid(truth(a, b, word)));
        let moment = start + TimeDelta::hours(i64::try_from(at * 17_520 / n).unwrap());
        let a = if random.random_bool(0.03) {
            Value::Missing
        } else {
            a.into()
        };
        Row {
            at: Some(moment),
            group: Some(at.to_string()),
            ..Row::new(
                vec![a, b.into(), word.into(), random.random::<f64>().into()],
                label,
            )
        }
    });
    Dataset {
        columns: vec![
            Column::number("a"),
            Column::number("b"),
            Column::category("source"),
            Column::number("noise"),
        ],
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

fn adds_up(said: &Prediction) -> bool {
    let sum: f64 = said.terms.iter().map(|term| term.log_odds).sum();
    (sum - said.log_odds).abs() < 1e-6
        && (sigmoid(said.log_odds) - said.probability).abs() < 1e-9
        && said.low <= said.probability
        && said.probability <= said.high
        && said.terms.first().is_some_and(|term| term.kind == TermKind::Base)
        && said.terms.last().is_some_and(|term| term.kind == TermKind::Prior)
}

#[test]
fn what_matters_is_found_and_what_is_said_is_true() {
    let data = deals(3_000, 1);
    let steps = Mutex::new(Vec::new());
    let trained = train(&data, &options(), &|step| steps.lock().unwrap().push(step)).unwrap();
    let Trained { model, card, test } = trained;

    assert_eq!(card.verdict, Verdict::Better);
    assert!(card.measures.auc.unwrap() > 0.75, "{:?}", card.measures.auc);
    assert!(card.measures.ece < 0.06, "{}", card.measures.ece);
    assert!(card.measures.brier < 0.85 * card.measures.brier_base);
    let leading: Vec<&str> = card.factors.iter().map(|factor| factor.name.as_str()).collect();
    assert_eq!(leading.last(), Some(&"noise"), "{leading:?}");
    let source = card
        .factors
        .iter()
        .find(|factor| factor.name == "source")
        .unwrap();
    assert_eq!(source.values[0].value, "partner");
    assert!(source.values[0].log_odds > 0.3);
    assert_eq!(card.n_train + card.measures.n_test, 3_000);
    assert_eq!(test.len(), card.measures.n_test);
    assert!(card.trained_on.unwrap().1 < card.tested_on.unwrap().0);
    assert_eq!(card.backtest.last().unwrap().period, "2025-Q4");
    assert!(card.backtest.len() >= 6 && card.backtest.iter().all(|period| period.n_train > 0));
    assert_eq!(card.comparison.iter().filter(|tried| tried.chosen).count(), 1);
    let steps = steps.into_inner().unwrap();
    assert_eq!(steps[0], Step::Comparing);
    assert!(steps.contains(&Step::Refit { done: 10, of: 10 }));
    for row in &data.rows {
        assert!(adds_up(&model.predict(&row.values, None)));
    }
}

#[test]
fn a_training_that_is_asked_to_stop_ends_before_the_next_refit() {
    let stop = Stop::default();
    let options = TrainOptions {
        threads: 1,
        stop: stop.clone(),
        ..options()
    };
    let refits = Mutex::new(Vec::new());
    let stopped = train(&deals(300, 1), &options, &|step| {
        if let Step::Refit { done, .. } = step {
            refits.lock().unwrap().push(done);
            stop.ask();
        }
    });
    assert_eq!(stopped, Err(TrainError::Stopped));
    assert_eq!(refits.into_inner().unwrap(), [1]);
}

#[test]
fn intervals_hold_the_truth() {
    let data = deals(1_500, 2);
    let model = train(
        &data,
        &TrainOptions {
            refits: 20,
            ..options()
        },
        &|_| (),
    )
    .unwrap()
    .model;
    let (mut held, mut of) = (0, 0);
    for (at, a) in (0..20_u8).map(|at| (at, f64::from(at) / 20.0)) {
        for word in ["web", "partner", "event"] {
            let b = f64::from(at * 7 % 20) / 20.0;
            let said = model.predict(&[a.into(), b.into(), word.into(), 0.5.into()], None);
            let truth = sigmoid(truth(a, b, word));
            of += 1;
            held += i32::from(said.low <= truth && truth <= said.high);
            assert!(
                said.high - said.low < 0.6,
                "an interval that says nothing: {said:?}"
            );
        }
    }
    assert!(held * 10 >= of * 8, "{held} of {of}");
}

#[test]
fn shuffled_outcomes_teach_nothing() {
    let mut data = deals(1_600, 3);
    let mut labels: Vec<bool> = data.rows.iter().map(|row| row.label).collect();
    labels.shuffle(&mut ChaCha8Rng::seed_from_u64(9));
    for (row, label) in data.rows.iter_mut().zip(labels) {
        row.label = label;
    }
    let card = train(&data, &options(), &|_| ()).unwrap().card;

    assert!(
        (card.measures.auc.unwrap() - 0.5).abs() < 0.08,
        "{:?}",
        card.measures.auc
    );
    assert_eq!(card.verdict, Verdict::NotBetterThanBaseRate);
    assert!(card.warnings[0].starts_with("not better than the base rate"));
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let data = deals(600, 4);
    for algorithm in [Algorithm::Boosting, Algorithm::Logistic] {
        let bytes = |threads, seed| {
            let options = TrainOptions {
                threads,
                seed,
                algorithm: Some(algorithm),
                ..options()
            };
            let trained = train(&data, &options, &|_| ()).unwrap();
            (trained.model.to_bytes().unwrap(), trained.card)
        };
        let one = bytes(1, 5);
        assert_eq!(one, bytes(4, 5));
        assert_ne!(one.0, bytes(1, 6).0);
    }
}

#[test]
fn too_few_examples_are_said_not_guessed() {
    let mut data = deals(30, 5);
    assert!(matches!(
        train(&data, &options(), &|_| ()),
        Err(TrainError::NotEnough {
            have: Counts { closed: 30, .. },
            ..
        })
    ));
    data = deals(200, 5);
    for row in &mut data.rows {
        row.label = true;
    }
    let error = train(&data, &options(), &|_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not enough data: 200 closed (200 with the outcome, 0 without), at least 40 (10 and 10) are needed"
    );
    // Ten snapshots each of 30 deals are 30 examples.
    data = deals(300, 5);
    for (at, row) in data.rows.iter_mut().enumerate() {
        row.group = Some((at % 30).to_string());
    }
    assert!(matches!(
        train(&data, &options(), &|_| ()),
        Err(TrainError::NotEnough {
            have: Counts { closed: 30, .. },
            ..
        })
    ));
    assert!(matches!(
        train(&Dataset::default(), &options(), &|_| ()),
        Err(TrainError::NotEnough { .. })
    ));
}

#[test]
fn options_that_cannot_be_are_refused() {
    let data = deals(100, 6);
    for wrong in [
        TrainOptions {
            refits: 1,
            ..options()
        },
        TrainOptions {
            half_life_days: Some(0.0),
            ..options()
        },
        TrainOptions {
            split: Split::Random { test_fraction: 0.0 },
            ..options()
        },
        TrainOptions {
            algorithm: Some(Algorithm::BaseRate),
            ..options()
        },
    ] {
        assert!(
            matches!(train(&data, &wrong, &|_| ()), Err(TrainError::Option(_))),
            "{wrong:?}"
        );
    }
    let mut timeless = data.clone();
    for row in &mut timeless.rows {
        row.at = None;
    }
    assert_eq!(train(&timeless, &options(), &|_| ()), Err(TrainError::NoTimes));
    let mut wordless = data;
    for row in &mut wordless.rows {
        row.values.clear();
    }
    let error = train(&wordless, &options(), &|_| ()).unwrap_err().to_string();
    assert!(error.contains("a has no value in any row"), "{error}");
}

#[test]
fn few_examples_lean_on_the_prior_and_many_do_not() {
    let share = |n| {
        let trained = train(&deals(n, 7), &options(), &|_| ()).unwrap();
        let row = [0.9.into(), 0.9.into(), Value::from("partner"), Value::Missing];
        let term = |prior| trained.model.predict(&row, prior).terms.last().unwrap().log_odds;
        // A lower prior pulls further down, by its share of the difference.
        let pulled = term(Some(-1.0)) - term(Some(-3.0));
        assert!((pulled - 2.0 * trained.card.prior_share).abs() < 1e-9);
        trained.card.prior_share
    };
    let (few, many) = (share(120), share(2_000));
    assert!(few > 0.1 && few < 0.4, "{few}");
    assert!(many < 0.03, "{many}");
    let options = TrainOptions {
        prior: None,
        ..options()
    };
    let alone = train(&deals(120, 7), &options, &|_| ()).unwrap();
    assert!(alone.card.prior_share.abs() < f64::EPSILON);
}

#[test]
fn what_is_old_counts_less() {
    // In the first year the word is worth much, in the second nothing.
    let mut data = deals(2_000, 8);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for (at, row) in data.rows.iter_mut().enumerate() {
        let partner = row.values[2] == Value::from("partner");
        row.label = random.random_bool(if at < 1_000 && partner { 0.95 } else { 0.3 });
    }
    let effect = |half_life_days| {
        let options = TrainOptions {
            half_life_days,
            algorithm: Some(Algorithm::Logistic),
            ..options()
        };
        let trained = train(&data, &options, &|_| ()).unwrap();
        let term = |word: &str| {
            let row = [Value::Missing, Value::Missing, word.into()];
            let said = trained.model.predict(&row, None);
            said.terms
                .iter()
                .find(|term| term.feature == Some(2))
                .unwrap()
                .log_odds
        };
        (term("partner") - term("web"), trained.card.effective_examples)
    };
    let ((all, all_count), (recent, recent_count)) = (effect(None), effect(Some(60.0)));
    assert!(recent < all / 2.0, "{all} {recent}");
    assert!(recent_count < all_count / 2.0);
}

#[test]
fn a_candidate_has_to_be_better_on_the_same_rows() {
    let data = deals(2_000, 10);
    let good = train(&data, &options(), &|_| ()).unwrap();
    let mut weak = data.clone();
    for row in &mut weak.rows {
        // It never saw what matters most.
        row.values[0] = Value::Missing;
        row.values[2] = Value::Missing;
    }
    let weak = train(&weak, &options(), &|_| ()).unwrap();
    let measure = |model: &Model| model.measure(&data, &good.test);
    let (good_measures, weak_measures) = (measure(&good.model), measure(&weak.model));
    assert_eq!(good_measures, good.card.measures);
    assert_eq!(is_better(&good_measures, Some(&weak_measures)), Verdict::Better);
    assert_ne!(is_better(&weak_measures, Some(&good_measures)), Verdict::Better);
    assert_eq!(
        is_better(&good_measures, Some(&good_measures)),
        Verdict::NotBetterThanActive,
        "the same is not better"
    );
}

#[test]
fn absurd_rows_are_answered() {
    let mut data = deals(400, 11);
    for (at, row) in data.rows.iter_mut().enumerate() {
        if let Some(value) = row.values.get_mut(1) {
            *value = [f64::INFINITY, 1e308, -1e308, f64::NAN, 0.5][at % 5].into();
        }
        row.prior = [None, Some(f64::NAN), Some(1e300), Some(-0.5)][at % 4];
        row.weight = [1.0, f64::INFINITY, 1e-300, -1.0, 2.0][at % 5];
    }
    for algorithm in [Algorithm::Boosting, Algorithm::Logistic] {
        let options = TrainOptions {
            algorithm: Some(algorithm),
            minimum: Counts {
                closed: 20,
                won: 5,
                lost: 5,
            },
            ..options()
        };
        let trained = train(&data, &options, &|_| ()).unwrap();
        for row in &data.rows {
            let said = trained.model.predict(&row.values, row.prior);
            assert!(adds_up(&said), "{said:?}");
            assert!(said.probability > 0.0 && said.probability < 1.0);
        }
        assert!(trained.card.measures.log_loss.is_finite());
    }
}

#[test]
fn many_columns_and_few_rows_are_learned_from() {
    let mut data = deals(150, 12);
    let mut random = ChaCha8Rng::seed_from_u64(4);
    for at in 0..2_000 {
        data.columns.push(Column::number(format!("x{at}")));
    }
    for row in &mut data.rows {
        row.values
            .extend((0..2_000).map(|_| Value::Number(random.random())));
    }
    let trained = train(
        &data,
        &TrainOptions {
            refits: 5,
            ..options()
        },
        &|_| (),
    )
    .unwrap();
    assert_eq!(trained.model.features().count(), 256);
    let left_out = trained
        .card
        .unusable
        .iter()
        .filter(|column| column.reason.starts_with("says less"));
    assert_eq!(left_out.count(), 2_004 - 256);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the rows, terms add up, and what is learned comes back from its bytes.
    #[test]
    fn terms_always_add_up(
        rows in prop::collection::vec(
            (prop::option::of(-1e12_f64..1e12), prop::option::of("[a-e]{0,2}"), any::<bool>(), 0_u8..30, 0_i64..500),
            40..160,
        ),
        algorithm in prop::sample::select(vec![Algorithm::Boosting, Algorithm::Logistic]),
        by_time in any::<bool>(),
        prior in prop::option::of(-30.0_f64..30.0),
    ) {
        let start = Utc.with_ymd_and_hms(2025, 1, 1, 0, 0, 0).unwrap();
        let rows = rows.into_iter().map(|(number, word, label, group, day)| Row {
            at: Some(start + TimeDelta::days(day)),
            group: (group < 20).then(|| group.to_string()),
            ..Row::new(vec![number.into(), word.into()], label)
        });
        let data = Dataset {
            columns: vec![Column::number("n"), Column::category("w")],
            rows: rows.collect(),
        };
        let options = TrainOptions {
            refits: 5,
            algorithm: Some(algorithm),
            split: if by_time { Split::Time { test_fraction: 0.3 } } else { Split::Random { test_fraction: 0.3 } },
            minimum: Counts { closed: 10, won: 2, lost: 2 },
            prior: Some(Prior { log_odds: prior, strength: 30.0 }),
            ..TrainOptions::default()
        };
        let Ok(trained) = train(&data, &options, &|_| ()) else { return Ok(()) };
        for row in &data.rows {
            let said = trained.model.predict(&row.values, row.prior);
            prop_assert!(adds_up(&said), "{said:?}");
        }
        let far = trained.model.predict(&[f64::MAX.into(), "zz".into()], prior);
        prop_assert!(adds_up(&far));
        prop_assert_eq!(Model::from_bytes(&trained.model.to_bytes().unwrap()), Ok(trained.model));
        prop_assert!(logit(trained.card.measures.base_rate.clamp(0.01, 0.99)).is_finite());
    }
}
