//! `crm-ai eval predict` as a process: figures of a table whose truth is known, and tables that cannot be learned from.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;

/// A folder for tables, without a database: none is needed.
struct Tables(PathBuf);

/// What the command said.
#[derive(Debug)]
struct Ran {
    code: i32,
    json: Value,
    stdout: String,
    stderr: String,
}

impl Tables {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("crm-ai-predict-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn run(&self, table: &Path, more: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_cli"))
            .args(["eval", "predict", "--data", table.to_str().unwrap()])
            .args(["--label", "won", "--positive", "yes"])
            .args(more)
            .env_remove("DATABASE_URL")
            .env("DATA_DIR", self.0.join("data"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            json: serde_json::from_str(&stdout).unwrap_or(Value::Null),
            stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Fails with this in its one sentence, on paper and as JSON.
    fn refuses(&self, name: &str, content: impl AsRef<[u8]>, more: &[&str], because: &str) {
        let table = self.file(name, content);
        let ran = self.run(&table, &[more, &["--json"]].concat());
        assert_eq!(ran.code, 1, "{name}: {ran:?}");
        let said = ran.json["error"].as_str().unwrap_or_default();
        assert!(said.contains(because), "{name} says {said:?}, not {because:?}");
        assert_eq!(ran.stderr.trim_end(), format!("error: {said}"), "{name}");
    }
}

impl Drop for Tables {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Deals that partners win in 7 of 10 cases and others in 2 of 10, later in the year as earlier.
fn deals(rows: u32) -> String {
    let mut table = "id,day,source,amount,region,note,won\n".to_owned();
    let mut random = StdRng::seed_from_u64(11);
    for at in 0..rows {
        let partner = random.random_bool(0.33);
        let won = random.random_bool(if partner { 0.7 } else { 0.2 });
        let drawn: u32 = random.random_range(0..90_000);
        let cells = [
            format!("D-{at}"),
            format!("2025-{:02}-{:02}", at * 12 / rows + 1, at % 28 + 1),
            if partner { "partner" } else { "web" }.to_owned(),
            if at % 11 == 0 {
                String::new()
            } else {
                format!("\"{},{:03}.50\"", drawn % 90 + 1, drawn % 1_000)
            },
            "EMEA".to_owned(),
            String::new(),
            if won { "yes" } else { "no" }.to_owned(),
        ];
        table.push_str(&cells.join(","));
        table.push('\n');
    }
    table
}

#[test]
fn figures_factors_and_unusable_columns_are_given() {
    let tables = Tables::new();
    let table = tables.file("deals.csv", deals(1_200));
    let ran = tables.run(&table, &["--ignore", "day", "--seed", "3", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let json = ran.json;

    let figure = |name: &str| json[name].as_f64().unwrap();
    assert!(figure("auc") > 0.68, "{}", json["auc"]);
    assert!(figure("brier") < figure("brier_base") && figure("log_loss") < figure("log_loss_base"));
    assert!(figure("ece") < 0.08);
    assert!((0.3..0.45).contains(&figure("base_rate")));
    assert_eq!(
        json["n_train"].as_u64().unwrap() + json["n_test"].as_u64().unwrap(),
        1_200
    );
    assert_eq!(json["factors"][0]["name"], "source");
    assert_eq!(json["factors"][0]["values"][0]["value"], "partner");
    let bins = json["reliability"].as_array().unwrap();
    let in_bins: u64 = bins.iter().map(|bin| bin["n"].as_u64().unwrap()).sum();
    assert_eq!(in_bins, json["n_test"].as_u64().unwrap());
    let unusable: Vec<_> = json["unusable"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| {
            format!(
                "{} {}",
                column["column"].as_str().unwrap(),
                column["reason"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        unusable,
        [
            "id is an identifier or free text: nearly every row has another value",
            "region is constant",
            "note has no value in any row"
        ]
    );
    assert_eq!(json["split"], "random");

    let again = tables
        .run(&table, &["--ignore", "day", "--seed", "3", "--json"])
        .json;
    let without_clock = |mut json: Value| {
        json["seconds"].take();
        json
    };
    assert_eq!(without_clock(again), without_clock(json));
}

#[test]
fn people_get_words_and_a_curve_and_time_splits_by_time() {
    let tables = Tables::new();
    let table = tables.file("deals.csv", deals(800));
    let ran = tables.run(&table, &["--ignore", "id", "--time", "day"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for expected in [
        "won = yes or no; time split",
        "\nauc ",
        "\nreliability",
        "o",
        "strongest factors",
        "backtest by quarter",
        "2025-Q4",
    ] {
        assert!(
            ran.stdout.contains(expected),
            "{expected:?} is not in\n{}",
            ran.stdout
        );
    }
    let json = tables
        .run(&table, &["--ignore", "id", "--time", "day", "--json"])
        .json;
    assert_eq!(json["split"], "time");
    assert!(json["trained_on"][1].as_str().unwrap() < json["tested_on"][0].as_str().unwrap());
    assert!(
        json["factors"]
            .as_array()
            .unwrap()
            .iter()
            .all(|factor| factor["name"] != "day")
    );
}

#[test]
fn a_column_that_knows_the_outcome_is_warned_of() {
    let tables = Tables::new();
    let mut table = "paid,x,won\n".to_owned();
    for at in 0..200 {
        let won = at % 3 == 0;
        let row = format!(
            "{},{},{}\n",
            if won { 900 + at } else { 0 },
            at % 7,
            if won { "yes" } else { "no" }
        );
        table.push_str(&row);
    }
    let table = tables.file("leak.csv", table);
    let ran = tables.run(&table, &["--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let warning = ran.json["warnings"][0].as_str().unwrap();
    assert!(
        warning.starts_with("column paid alone ranks almost perfectly"),
        "{warning}"
    );
}

#[test]
fn outcomes_without_any_reason_are_said_to_be_no_better_than_the_base_rate() {
    let tables = Tables::new();
    let mut table = "x,y,won\n".to_owned();
    let mut random = StdRng::seed_from_u64(12);
    for _ in 0..900 {
        let won = if random.random_bool(0.3) { "yes" } else { "no" };
        let (x, y): (u8, u8) = (random.random_range(0..100), random.random_range(0..5));
        writeln!(table, "{x},{y},{won}").unwrap();
    }
    let ran = tables.run(&tables.file("noise.csv", table), &["--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        (ran.json["auc"].as_f64().unwrap() - 0.5).abs() < 0.12,
        "{}",
        ran.json["auc"]
    );
    assert_eq!(ran.json["verdict"], "not_better_than_base_rate");
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one table of tables and what is said of each"
)]
fn what_cannot_be_learned_from_is_refused_in_a_sentence() {
    let tables = Tables::new();
    let few = "x,won\n1,yes\n2,no\n3,no\n";
    tables.refuses(
        "three.csv",
        few,
        &[],
        "not enough data: 3 closed (1 with the outcome, 2 without)",
    );
    tables.refuses(
        "empty.csv",
        "",
        &[],
        "is empty: the first row must name the columns",
    );
    tables.refuses(
        "header.csv",
        "x,won\n",
        &[],
        "has no rows below the names of its columns",
    );
    tables.refuses(
        "label.csv",
        "x,y\n1,2\n",
        &[],
        "there is no column won; the columns are x, y",
    );
    tables.refuses(
        "three_labels.csv",
        "x,won\n1,yes\n2,no\n3,maybe\n",
        &[],
        "column won has more than two values (maybe, no, yes)",
    );
    tables.refuses(
        "positive.csv",
        "x,won\n1,1\n2,0\n",
        &[],
        "no row of column won says \"yes\"; what it says is 0, 1",
    );
    tables.refuses(
        "one.csv",
        "x,won\n1,yes\n2,yes\n",
        &[],
        "without the other outcome there is nothing to learn",
    );
    tables.refuses(
        "ragged.csv",
        "x,won\n1,yes\n2\n",
        &[],
        "ragged.csv:3: has 1 columns, the first row names 2",
    );
    tables.refuses(
        "quote.csv",
        "x,won\n1,yes\n\"2,no\n",
        &[],
        "quote.csv:3: a quote that opens in column 1 is never closed",
    );
    tables.refuses(
        "bytes.csv",
        b"x,won\n1,yes\n\xC3\xBC,no\n\xFF\xC3\xA4,no\n",
        &[],
        "bytes.csv:4: column x is not UTF-8",
    );
    let huge = format!("x,won\n1,yes\n{},no\n", "a".repeat(100_000));
    tables.refuses("huge.csv", huge, &[], "huge.csv:3: column x has 100000 bytes");
    tables.refuses(
        "archive.csv",
        b"PK\x03\x04rest",
        &[],
        "is a spreadsheet or another archive, not text",
    );
    tables.refuses(
        "table.jsonl",
        "{\"x\":1}\n",
        &[],
        "has to be a CSV file whose first row names the columns",
    );
    tables.refuses(
        "only.csv",
        "won\nyes\nno\n",
        &[],
        "has no column besides the label",
    );
    tables.refuses("ignore.csv", few, &["--ignore", "x,z"], "there is no column z");
    tables.refuses(
        "fraction.csv",
        deals(200),
        &["--test-fraction", "1.5"],
        "the test fraction has to be above 0 and below 1, not 1.5",
    );
    tables.refuses(
        "time.csv",
        deals(60),
        &["--time", "source"],
        "row 1 of column source says",
    );
    let missing: String = std::iter::once("x,y,won\n".to_owned())
        .chain((0..100).map(|at| format!(",,{}\n", if at % 2 == 0 { "yes" } else { "no" })))
        .collect();
    tables.refuses(
        "missing.csv",
        missing,
        &[],
        "no column can be used: x has no value in any row; y has no value in any row",
    );
    let ran = tables.run(Path::new("/nowhere/at/all.csv"), &[]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("cannot open /nowhere/at/all.csv"),
        "{}",
        ran.stderr
    );
}

#[test]
fn two_thousand_columns_are_looked_through() {
    let tables = Tables::new();
    let names: Vec<String> = (0..2_000).map(|at| format!("c{at}")).collect();
    let mut table = format!("{},won\n", names.join(","));
    for row in 0..120_u32 {
        let won = row % 3 == 0;
        let cells: Vec<String> = (0..2_000_u32)
            .map(|at| match at {
                1_234 => (row % 10 + if won { 8 } else { 0 }).to_string(),
                _ => ((row * 31 + at * 17).wrapping_mul(2_654_435_761) >> 24).to_string(),
            })
            .collect();
        writeln!(table, "{},{}", cells.join(","), if won { "yes" } else { "no" }).unwrap();
    }
    let ran = tables.run(&tables.file("wide.csv", table), &["--refits", "5", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json["factors"][0]["name"], "c1234");
    let left_out = ran.json["unusable"].as_array().unwrap().len();
    assert_eq!(left_out, 2_000 - 256);
}
