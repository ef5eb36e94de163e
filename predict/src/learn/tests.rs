//! What is kept of learners says what they say.

use super::{
    forest::{Draft, Question},
    *,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    Column, Dataset, Row, Value,
    encode::{Coded, Coder, Encoder, Profile},
    fit::Weighted,
    model::logit,
    split,
};

/// Numbers that look drawn, the same every time.
fn noise(at: u32) -> f64 {
    ChaCha8Rng::seed_from_u64(u64::from(at)).random()
}

/// Rows whose log-odds are -1 + 3 a, with a word that says nothing, cells missing here and there.
fn examples(n: u32) -> (Encoder, Examples) {
    let rows = (0..n).map(|at| {
        let a = noise(at);
        let label = noise(at + 500_000) < crate::model::sigmoid(3.0 * a - 1.0);
        let a = if at % 13 == 0 { Value::Missing } else { a.into() };
        let word = ["x", "y", "z"][at as usize % 3];
        Row::new(vec![a, word.into(), noise(at + 900_000).into()], label)
    });
    let data = Dataset {
        columns: vec![Column::number("a"), Column::category("b"), Column::number("c")],
        rows: rows.collect(),
    };
    let rows: Vec<usize> = (0..data.rows.len()).collect();
    let weighted = Weighted::of(&data, &rows, &split::groups(&data), None);
    weighted.examples(&data, &Profile::of(&data, &rows), 3)
}

#[test]
fn a_tree_is_walked_and_its_terms_add_up() {
    let leaf = |value, cover| Draft {
        question: None,
        value,
        cover,
    };
    let asks = |column, border, left, right, missing_left| Draft {
        question: Some(Question {
            column,
            border,
            left,
            right,
            missing_left,
        }),
        value: 0.0,
        cover: 0.0,
    };
    let mut forest = Forest::new(-1.0);
    forest
        .push(&[
            asks(0, 5.0, 1, 2, true),
            leaf(1.0, 30.0),
            asks(1, 0.5, 3, 4, false),
            leaf(-1.0, 5.0),
            leaf(3.0, 5.0),
        ])
        .unwrap();
    // The mean of the right side is (−1·5 + 3·5) / 10 = 1, so the first question moves nothing.
    assert!((forest.base - 0.0).abs() < 1e-6);
    let ask = |row: &[f64]| {
        let mut terms = vec![0.0; 2];
        let sum = forest.add_terms(row, &mut terms);
        (terms, sum)
    };
    assert_eq!(ask(&[4.9, 9.0]), (vec![0.0, 0.0], 0.0));
    assert_eq!(ask(&[5.0, 0.0]), (vec![0.0, -2.0], -2.0));
    assert_eq!(ask(&[7.0, f64::NAN]), (vec![0.0, 2.0], 2.0));
    assert_eq!(ask(&[f64::NAN, 0.0]), (vec![0.0, 0.0], 0.0));
    assert_eq!(forest.check(2), Ok(()));
    assert!(forest.check(1).is_err(), "it asks for a second column");
    assert!(
        Forest::new(0.0).push(&[asks(0, 1.0, 0, 0, true)]).is_err(),
        "it goes in circles"
    );
    assert!(Forest::new(0.0).push(&[asks(0, 1.0, 1, 9, true)]).is_err());
    assert!(Forest::new(f64::NAN).check(1).is_err());
}

#[test]
fn boosting_finds_what_matters() {
    let (_, examples) = examples(3_000);
    let (first, later) = (
        examples.take(&(0..2_000).collect::<Vec<_>>()),
        examples.take(&(2_000..3_000).collect::<Vec<_>>()),
    );
    let how = Boosting::for_examples(2_000.0);
    let (forest, rounds) = best_rounds(&first, &later, &how, 1).unwrap();
    assert!(rounds > 3, "{rounds}");
    forest.check(3).unwrap();
    let said: Vec<f64> = (0..1_000)
        .map(|at| Learner::Forest(forest.clone()).log_odds(&later.matrix.row(at)))
        .collect();
    assert!(crate::metrics::auc(&said, &later.labels).unwrap() > 0.68);
    let mut strength = vec![0.0; 3];
    for at in 0..1_000 {
        let mut terms = vec![0.0; 3];
        forest.add_terms(&later.matrix.row(at), &mut terms);
        for (strength, term) in strength.iter_mut().zip(terms) {
            *strength += term.abs();
        }
    }
    assert!(
        strength[0] > 3.0 * strength[1] && strength[0] > 3.0 * strength[2],
        "{strength:?}"
    );
    let again = best_rounds(&first, &later, &how, 1).unwrap();
    assert_eq!(again, (forest, rounds), "the same every time");
}

#[test]
fn columns_that_do_not_vary_are_no_obstacle() {
    let (_, mut examples) = examples(200);
    examples.matrix.columns[0] = vec![f64::NAN; 200];
    examples.matrix.columns[1] = vec![2.0; 200];
    let how = Boosting::for_examples(200.0).rounds(5);
    boost(&examples, &how, 0).unwrap().check(3).unwrap();
    examples.matrix.columns[2] = vec![1.0; 200];
    let forest = boost(&examples, &how, 0).unwrap();
    let good = crate::metrics::count(examples.labels.iter().filter(|label| **label).count());
    assert!((forest.base - logit((good + 0.5) / 201.0)).abs() < 1e-9);
}

#[test]
fn the_linear_model_finds_the_line() {
    let (encoder, examples) = examples(4_000);
    let linear = logistic(&examples, &encoder, 1.0).unwrap();
    let at = |a: f64| Learner::Linear(linear.clone()).log_odds(&[a, 0.0, 0.5]);
    // Between the first and the last percentile; beyond, it is held.
    let slope = (at(0.9) - at(0.1)) / 0.8;
    assert!((slope - 3.0).abs() < 0.4, "{slope}");
    assert!((at(7.0) - at(1.0)).abs() < 1e-9);
    // A missing number is taken as the average: its own term is small.
    let mut terms = vec![0.0; 3];
    linear.add_terms(&[f64::NAN, f64::NAN, f64::NAN], &mut terms);
    assert!(terms.iter().all(|term| term.abs() < 0.5), "{terms:?}");
    let flat = logistic(&examples, &encoder, 1e9).unwrap();
    let flat = Learner::Linear(flat);
    assert!(
        (flat.log_odds(&[1.0, 0.0, 0.5]) - flat.base()).abs() < 1e-3,
        "a large penalty leaves the rate"
    );
}

#[test]
fn separable_rows_do_not_run_away() {
    let (encoder, mut examples) = examples(300);
    examples.labels = examples.matrix.columns[2].iter().map(|c| *c > 0.5).collect();
    let linear = logistic(&examples, &encoder, 0.1).unwrap();
    linear.check(3).unwrap();
    assert!(Learner::Linear(linear).log_odds(&[0.5, 0.0, 0.95]).abs() < 60.0);
}

/// Columns of noise, and after them one that log-odds rise with, from -3 to 3.
fn noise_first(noises: usize, rows: usize) -> (Encoder, Examples) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let columns: Vec<Vec<f64>> = (0..=noises)
        .map(|_| (0..rows).map(|_| random.random()).collect())
        .collect();
    let labels = columns[noises]
        .iter()
        .map(|a| random.random::<f64>() < crate::model::sigmoid(6.0 * a - 3.0))
        .collect();
    let coded = (0..=noises)
        .map(|source| Coded {
            source,
            coder: Coder::Number,
        })
        .collect();
    let examples = Examples {
        matrix: Matrix { columns, rows },
        labels,
        weights: vec![1.0; rows],
    };
    (Encoder { coded }, examples)
}

#[test]
fn the_linear_model_finds_what_stands_last_among_many() {
    // Four slots a column are more than a fit takes.
    let (encoder, examples) = noise_first(120, 1_500);
    let (first, later) = (
        examples.take(&(0..1_000).collect::<Vec<_>>()),
        examples.take(&(1_000..1_500).collect::<Vec<_>>()),
    );
    let linear = Learner::Linear(logistic(&first, &encoder, 100.0).unwrap());
    let said: Vec<f64> = (0..500)
        .map(|at| linear.log_odds(&later.matrix.row(at)))
        .collect();
    let auc = crate::metrics::auc(&said, &later.labels).unwrap();
    assert!(auc > 0.7, "{auc}");
}

#[test]
fn slots_that_tell_least_are_dropped_and_the_others_keep_their_order() {
    let (encoder, mut examples) = noise_first(5, 500);
    let all = Slots::of(&encoder, &examples, usize::MAX);
    assert_eq!(Slots::of(&encoder, &examples, all.0.len()), all, "all fit");
    let few = Slots::of(&encoder, &examples, 8);
    let mut rest = all.0.iter();
    assert!(few.0.iter().all(|slot| rest.any(|of_all| of_all == slot)));
    let columns = |slots: &Slots| slots.0.iter().map(|slot| slot.column).collect::<Vec<_>>();
    assert_eq!(few.0.len(), 8);
    assert_eq!(columns(&few)[4..], [5, 5, 5, 5]);
    // What does not count does not tell: the first column is the label where rows weigh nothing.
    for at in 0..400 {
        examples.matrix.columns[0][at] = f64::from(u8::from(examples.labels[at]));
        examples.weights[at] = 0.0;
    }
    assert_eq!(columns(&Slots::of(&encoder, &examples, 1)), [5]);
    let same = examples.matrix.columns[5].clone();
    examples.matrix.columns.fill(same);
    let few = Slots::of(&encoder, &examples, 3);
    assert_eq!(columns(&few), [0, 1, 2], "of equal ones the first");
}
