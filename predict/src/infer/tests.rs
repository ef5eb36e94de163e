//! Tables as they come.

use super::*;

fn table(header: &str, rows: &[&str]) -> TextTable {
    let cells = |line: &str| line.split(';').map(str::to_owned).collect();
    TextTable {
        header: cells(header),
        rows: rows.iter().map(|row| cells(row)).collect(),
    }
}

fn reading() -> Reading {
    Reading {
        label: "won".to_owned(),
        positive: "yes".to_owned(),
        ..Reading::default()
    }
}

#[test]
fn columns_are_what_their_cells_are() {
    let table = table(
        "amount;share;city;day;code;won",
        &[
            "1,234.50;12%;Rome;2026-03-01;7a;yes",
            "$ 3;1 %;;2026-03-02;8;no",
            "NA;-0.5;Oslo;?;9;no",
            "-2e3;inf;null;2026-03-04;10;",
        ],
    );
    let found = infer(&table, &reading()).unwrap();
    let kinds: Vec<_> = found.data.columns.iter().map(|column| column.kind).collect();
    let (number, category) = (ColumnKind::Number, ColumnKind::Category);
    // A cell in four is no number, so these are words.
    assert_eq!(kinds, [number, number, category, number, category]);
    assert_eq!(found.data.rows.len(), 3, "the one without a label is left out");
    assert_eq!(
        found.data.rows[0].values,
        [
            Value::Number(1_234.5),
            Value::Number(12.0),
            "Rome".into(),
            Value::Number(20_513.0),
            "7a".into()
        ]
    );
    assert_eq!(found.data.rows[1].values[2], Value::Missing);
    assert_eq!(found.data.rows[2].values[3], Value::Missing);
    assert!(found.data.rows[0].label && !found.data.rows[1].label);
    assert_eq!(found.negative, "no");
    assert_eq!(
        found.notes,
        [
            "1 rows without a label were left out",
            "column day: days, learned from as days since 1970"
        ]
    );
}

#[test]
fn a_few_words_among_numbers_are_missing() {
    let rows: Vec<String> = (0..100)
        .map(|at| {
            if at == 7 {
                "n.k.;yes".to_owned()
            } else {
                format!("{at};no")
            }
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let found = infer(&table("x;won", &rows), &reading()).unwrap();
    assert_eq!(found.data.columns[0].kind, ColumnKind::Number);
    assert_eq!(found.data.rows[7].values[0], Value::Missing);
    assert_eq!(
        found.notes,
        ["column x: numbers but for 1 cells, which count as missing"]
    );
}

#[test]
fn time_and_ignored_columns_are_not_learned_from() {
    let table = table(
        "x;at;secret;won",
        &["1;2026-01-01;9;yes", "2;2026-01-02T03:04:05Z;8;no"],
    );
    let reading = Reading {
        ignore: vec!["secret".to_owned()],
        time: Some("at".to_owned()),
        ..reading()
    };
    let found = infer(&table, &reading).unwrap();
    assert_eq!(found.data.columns, [Column::number("x")]);
    let at = found.data.rows[1].at.unwrap();
    assert_eq!(at.to_rfc3339(), "2026-01-02T03:04:05+00:00");
}

#[test]
fn what_cannot_be_is_said_in_a_sentence() {
    let say = |header: &str, rows: &[&str], reading: &Reading| {
        infer(&table(header, rows), reading).unwrap_err().to_string()
    };
    let plain = reading();
    assert_eq!(
        say("x;y", &["1;yes"], &plain),
        "there is no column won; the columns are x, y"
    );
    assert_eq!(
        say("x;won", &["1;yes", "2;no", "3;maybe"], &plain),
        "column won has more than two values (maybe, no, yes): keep the rows of two of them, or write them as two in a \
         column of their own"
    );
    assert_eq!(
        say("x;won", &["1;1", "2;0"], &plain),
        "no row of column won says \"yes\"; what it says is 0, 1"
    );
    assert_eq!(
        say("x;won", &["1;yes", "2;yes"], &plain),
        "every row of column won says \"yes\": without the other outcome there is nothing to learn"
    );
    assert_eq!(
        say("x;won", &["1; ", "2;"], &plain),
        "column won has no value in any row, so no row says how it ended"
    );
    assert_eq!(
        say("x;x;won", &[], &plain),
        "two columns are named \"x\"; give each a name of its own"
    );
    let ignore = Reading {
        ignore: vec!["won".to_owned()],
        ..plain.clone()
    };
    assert_eq!(
        say("x;won", &["1;yes", "2;no"], &ignore),
        "the label won cannot be ignored"
    );
    let time = Reading {
        time: Some("x".to_owned()),
        ..plain
    };
    assert!(
        say("x;won", &["2026-01-01;yes", "yesterday;no"], &time)
            .starts_with("row 2 of column x says \"yesterday\", which is no day")
    );
}

#[test]
fn numbers_are_read_strictly() {
    for (text, number) in [
        ("1,234", 1_234.0),
        ("-1,234,567.5", -1_234_567.5),
        ("€12", 12.0),
        ("7 %", 7.0),
        ("1e3", 1_000.0),
    ] {
        assert_eq!(super::number(text), Some(number), "{text}");
    }
    for text in [
        "1,23", "12-3", "inf", "NaN", "infinity", "12,3456", ",123", "%", "1e999",
    ] {
        assert_eq!(super::number(text), None, "{text}");
    }
}
