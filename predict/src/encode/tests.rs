//! What becomes of cells, and which columns are left out.

use super::*;
use crate::{Row, fit::Weighted, split};

fn table(columns: Vec<Column>, rows: Vec<(Vec<Value>, bool)>) -> Dataset {
    Dataset {
        columns,
        rows: rows
            .into_iter()
            .map(|(values, label)| Row::new(values, label))
            .collect(),
    }
}

fn all(data: &Dataset) -> Vec<usize> {
    (0..data.rows.len()).collect()
}

fn encoder(data: &Dataset) -> (Encoder, Matrix) {
    let (rows, groups) = (all(data), split::groups(data));
    let weighted = Weighted::of(data, &rows, &groups, None);
    let profile = Profile::of(data, &rows);
    let (encoder, examples) = weighted.examples(data, &profile, 7);
    (encoder, examples.matrix)
}

#[test]
fn columns_that_say_nothing_are_named_with_the_reason() {
    let columns = vec![
        Column::number("empty"),
        Column::number("constant"),
        Column::number("row_id"),
        Column::category("email"),
        Column::number("fine"),
        Column::category("unknown"),
    ];
    let rows = (0..60_u16).map(|at| {
        let number = f64::from(at);
        let values = vec![
            f64::NAN.into(),
            4.0.into(),
            (1_000.0 + number).into(),
            format!("a{at}@b.example").into(),
            (number * 37.5 % 11.0).into(),
            Value::Missing,
        ];
        (values, at % 3 == 0)
    });
    let data = table(columns, rows.collect());
    let profile = Profile::of(&data, &all(&data));

    assert_eq!(profile.used, [4]);
    let said: Vec<_> = profile
        .unusable
        .iter()
        .map(|column| format!("{} {}", column.column, column.reason))
        .collect();
    assert_eq!(
        said,
        [
            "empty has no value in any row",
            "constant is constant",
            "row_id is an identifier: whole numbers, each once, nearly without gaps",
            "email is an identifier or free text: nearly every row has another value",
            "unknown has no value in any row",
        ]
    );
}

/// A customer number of a row: they rise strictly, by 15 to 179, in no even steps.
fn customer(at: u32) -> f64 {
    f64::from(1_000 + at * 97 + at * at % 83)
}

#[test]
fn numbers_that_only_rise_or_come_in_even_steps_are_identifiers_and_measures_are_not() {
    let columns = ["customer", "falling", "order", "balance", "rounded", "cents"];
    let rows = (0..60_u32).map(|at| {
        // Each once and in no order, as balances are.
        let balance = f64::from(at * 7_919 % 10_007);
        let values = [
            customer(at),
            -customer(at),
            f64::from(at * 37 % 60) * 100.0,
            balance,
            balance * 100.0,
            customer(at) / 100.0,
        ];
        (values.map(Value::from).to_vec(), at % 3 == 0)
    });
    let data = table(columns.map(Column::number).to_vec(), rows.collect());
    let profile = Profile::of(&data, &all(&data));
    assert_eq!(profile.used, [3, 4, 5]);
    let said: Vec<_> = profile
        .unusable
        .iter()
        .map(|column| format!("{} {}", column.column, column.reason))
        .collect();
    let in_order = "is an identifier: whole numbers, each once, that only rise or only fall from row to row; if it is a \
                    measure that the file is sorted by, shuffle the rows";
    assert_eq!(
        said,
        [
            format!("customer {in_order}"),
            format!("falling {in_order}"),
            "order is an identifier: whole numbers, each once, in even steps nearly without gaps".to_owned(),
        ]
    );
    // Rows set aside leave the order as it is.
    let some: Vec<usize> = all(&data).into_iter().filter(|at| at % 8 != 0).collect();
    assert_eq!(Profile::of(&data, &some).used, [3, 4, 5]);
    // One row out of its place, or a number twice, and it may be a measure.
    let mut other = data.clone();
    other.rows.swap(20, 40);
    assert_eq!(Profile::of(&other, &all(&other)).used, [0, 1, 3, 4, 5]);
    let mut other = data;
    other.rows[21].values[0] = other.rows[20].values[0].clone();
    assert_eq!(Profile::of(&other, &all(&other)).used, [0, 3, 4, 5]);
}

#[test]
fn few_numbers_in_order_may_be_so_by_chance() {
    let rows = (0..49_u32).map(|at| (vec![customer(at).into()], at % 3 == 0));
    let data = table(vec![Column::number("customer")], rows.collect());
    assert_eq!(Profile::of(&data, &all(&data)).used, [0]);
}

#[test]
fn a_column_that_knows_the_outcome_is_warned_of_and_noise_is_not() {
    let columns = vec![
        Column::number("duration"),
        Column::number("noise"),
        Column::category("leak"),
    ];
    let rows = (0..400_u16).map(|at| {
        let won = at % 4 == 0;
        let values = vec![
            f64::from(at % 17 + if won { 100 } else { 0 }).into(),
            f64::from(at * 79 % 101).into(),
            Value::from(if won { "paid" } else { "open" }),
        ];
        (values, won)
    });
    let data = table(columns, rows.collect());
    let profile = Profile::of(&data, &all(&data));

    assert_eq!(profile.used, [0, 1, 2], "they are learned from all the same");
    let named: Vec<_> = profile.warnings.iter().map(|words| &words[..16]).collect();
    assert_eq!(named, ["column duration ", "column leak alon"]);
}

#[test]
fn a_leak_is_seen_also_where_few_rows_have_it() {
    let rows = (0..150_u16).map(|at| {
        let won = at % 3 == 0;
        (
            vec![
                f64::from(if won { 900 + at } else { 0 }).into(),
                f64::from(at % 7).into(),
            ],
            won,
        )
    });
    let data = table(vec![Column::number("paid"), Column::number("x")], rows.collect());
    let profile = Profile::of(&data, &all(&data));
    assert_eq!(profile.warnings.len(), 1);
    assert!(profile.warnings[0].starts_with("column paid alone ranks almost perfectly (AUC 1.000)"));
}

#[test]
fn words_stand_in_the_order_of_their_rates() {
    let rates = [("cold", 2), ("mild", 5), ("warm", 8)];
    let rows = rates
        .into_iter()
        .flat_map(|(word, good)| (0..50_u8).map(move |at| (vec![Value::from(word)], at % 10 < good)));
    let data = table(vec![Column::category("lead")], rows.collect());
    let (encoder, matrix) = encoder(&data);
    let code = |word: &str| encoder.encode(&[Value::from(word)])[0];

    assert!(code("cold") < code("mild") && code("mild") < code("warm"));
    assert!(encoder.encode(&[])[0].is_nan(), "a missing word is missing");
    let unseen = code("scalding");
    assert!(
        code("cold") < unseen && unseen < code("warm"),
        "an unseen one is as the average"
    );
    assert_eq!(matrix.row(0), [code("cold")]);
    assert!(encoder.coded[0].coder.is_places());
}

#[test]
fn where_words_are_many_a_row_does_not_see_its_own_outcome() {
    // Five rows a word; the word says nothing, every row ends as its number says.
    let rows = (0..600_u16).map(|at| (vec![Value::from(format!("w{}", at % 120))], at * 13 % 7 < 3));
    let data = table(vec![Column::category("city")], rows.collect());
    let (encoder, matrix) = encoder(&data);
    assert!(matches!(encoder.coded[0].coder, Coder::Rates(_)));
    let labels: Vec<bool> = data.rows.iter().map(|row| row.label).collect();

    let unseen = crate::metrics::auc(&matrix.columns[0], &labels).unwrap();
    assert!(unseen < 0.6, "learned by heart: {unseen}");
    let by_heart: Vec<f64> = data
        .rows
        .iter()
        .map(|row| encoder.encode(&row.values)[0])
        .collect();
    assert!(
        crate::metrics::auc(&by_heart, &labels).unwrap() > 0.6,
        "the test tells them apart"
    );
    let other = encoder.encode(&[Value::from("nowhere")])[0];
    assert!(
        (other - crate::model::logit(257.0 / 600.0)).abs() < 0.02,
        "{other}"
    );
}

#[test]
fn absurd_cells_are_kept_finite() {
    assert!(number(Some(&Value::Number(f64::INFINITY))).is_nan());
    assert!(number(Some(&Value::Number(f64::NAN))).is_nan());
    assert!((number(Some(&Value::Number(-1e308))) + FARTHEST).abs() < 1.0);
    assert!(number(Some(&Value::from("12"))).is_nan(), "a word is no number");
    assert!(number(None).is_nan());
    assert_eq!(word(Some(&Value::from(""))), None);
    assert_eq!(word(Some(&Value::Number(2.0))).as_deref(), Some("2"));
}

#[test]
fn a_number_that_is_there_or_not_says_only_that() {
    let rows = (0..40_u8).map(|at| {
        let value = if at % 2 == 0 {
            Value::Number(5.0)
        } else {
            Value::Missing
        };
        (vec![value], at % 4 == 0)
    });
    let data = table(vec![Column::number("discount")], rows.collect());
    let (encoder, _) = encoder(&data);
    assert_eq!(encoder.coded[0].coder, Coder::Present);
    assert_eq!(encoder.encode(&[Value::Number(9.0)]), [1.0]);
    assert_eq!(encoder.encode(&[Value::Missing]), [0.0]);
}
