//! What is gated, and that nothing passes unseen.

use super::*;
use crate::EvalReport;

fn suite() -> BankSuite {
    bank_suite().unwrap().unwrap()
}

fn reached(auc: f64, ece: f64) -> [Reached; 2] {
    let one = |seed, auc| Reached {
        seed,
        auc,
        ece,
        brier: 0.08,
        brier_base: 0.10,
        seconds: 12.0,
    };
    // The mean is gated, not each of them.
    [one(0, auc - 0.1), one(1, auc + 0.1)]
}

#[test]
fn the_means_are_gated_and_each_seed_is_told() {
    let suite = suite();
    assert_eq!(suite.seeds, [0, 1, 2, 3, 4]);
    assert!(suite.auc_at_least >= 0.795 && suite.ece_at_most <= 0.02 && suite.seconds_at_most <= 60.0);
    let good = judged(&suite, &reached(0.80, 0.01), true);
    assert!(good.passed());
    assert_eq!(good.cases.len(), 3);
    assert_eq!(good.notes.len(), 3);
    assert_eq!(
        good.notes[0],
        "seed 0  AUC 0.7000  ECE 0.0100  Brier 0.0800 (base rate: 0.1000)  12.0 s"
    );
    for (auc, ece) in [(0.79, 0.01), (0.80, 0.021), (f64::NAN, 0.01), (0.80, f64::NAN)] {
        for is_timed in [true, false] {
            assert!(
                !judged(&suite, &reached(auc, ece), is_timed).passed(),
                "{auc} {ece}"
            );
        }
    }
    // Only where time counts does it fail, and only there is it said to hold.
    let slow = reached(0.80, 0.01).map(|one| Reached { seconds: 61.0, ..one });
    assert!(!judged(&suite, &slow, true).passed());
    let untimed = judged(&suite, &slow, false);
    assert!(untimed.passed() && untimed.cases.len() == 2);
    let table = EvalReport {
        live: false,
        suites: vec![good],
    }
    .to_table();
    assert!(table.contains("  - seed 1  AUC 0.9000"), "{table}");
}

#[tokio::test]
async fn without_the_table_it_is_skipped_and_says_so() {
    let away = BankSuite {
        data: PathBuf::from("/nowhere/bank_full.csv"),
        ..suite()
    };
    let report = report(&away).await.unwrap();
    assert!(report.passed() && report.gates.is_empty() && report.cases.is_empty());
    let report = EvalReport {
        live: false,
        suites: vec![report],
    };
    assert!(
        report
            .to_table()
            .contains("SKIPPED: there is no /nowhere/bank_full.csv")
    );
    let notes = &report.to_json()["suites"][0]["notes"];
    assert!(notes[0].as_str().unwrap().starts_with("SKIPPED"));
}

#[tokio::test]
async fn a_table_is_read_learned_from_and_judged() {
    use std::fmt::Write as _;
    let path = std::env::temp_dir().join(format!("crm-ai-bank-{}.csv", std::process::id()));
    let mut text = "age,duration,y\n".to_owned();
    for row in 0..400 {
        // Age says most, and not all.
        let yes = row % 20 > 12 && row % 7 != 0;
        let _ = writeln!(text, "{},{},{}", row % 20, row, if yes { "yes" } else { "no" });
    }
    std::fs::write(&path, text).unwrap();
    let small = BankSuite {
        data: path.clone(),
        seeds: vec![0, 1],
        ..suite()
    };
    let found = report(&small).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let auc: f64 = found.cases[0].text.parse().unwrap();
    assert!(auc > 0.85, "{:?}", found.notes);
    // Every seed in any build, their mean, and the limit of time where it was not held against them.
    for seed in &small.seeds {
        assert!(
            found
                .notes
                .iter()
                .any(|note| note.starts_with(&format!("seed {seed}"))),
            "{:?}",
            found.notes
        );
    }
    assert_eq!(
        found.notes.len(),
        small.seeds.len() + 1 + usize::from(!TIMED),
        "{:?}",
        found.notes
    );
}
