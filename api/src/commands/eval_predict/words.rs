//! The report for people.

use std::fmt::Write as _;

use crm_predict::{Bin, Factor};

use super::Report;

/// How wide the reliability curve is drawn.
const WIDTH: usize = 41;

pub(super) fn of(report: &Report) -> String {
    let card = &report.card;
    let measures = &card.measures;
    let mut words = format!(
        "{}: {} = {} or {}; {} split, seed {}, {:.1} s\n",
        report.data,
        report.label,
        report.positive,
        report.negative,
        report.split,
        report.seed,
        report.seconds
    );
    let auc = measures.auc.map_or("none".to_owned(), |auc| format!("{auc:.4}"));
    let (low, high) = measures.auc_interval.unwrap_or((0.0, 1.0));
    let rows = [
        ("auc", format!("{auc}   (95 %: {low:.4} to {high:.4})")),
        (
            "brier",
            format!("{:.4}   (base rate: {:.4})", measures.brier, measures.brier_base),
        ),
        (
            "log_loss",
            format!(
                "{:.4}   (base rate: {:.4})",
                measures.log_loss, measures.log_loss_base
            ),
        ),
        (
            "ece",
            format!(
                "{:.4}   (bins of equal width: {:.4})",
                measures.ece, measures.ece_equal_width
            ),
        ),
        ("base_rate", format!("{:.4}", measures.base_rate)),
        (
            "n_train",
            format!(
                "{} (calibrated on {} {})",
                card.n_train,
                card.n_calibrate,
                if card.calibrated_later { "later" } else { "unseen" }
            ),
        ),
        ("n_test", measures.n_test.to_string()),
    ];
    for (name, value) in rows {
        let _ = writeln!(words, "{name:<10} {value}");
    }
    words.push_str("\nalgorithms, on later or other rows of the training data\n");
    for tried in &card.comparison {
        let mark = if tried.chosen { '*' } else { ' ' };
        let auc = tried.auc.map_or("none".to_owned(), |auc| format!("{auc:.4}"));
        let name = tried.algorithm.name();
        let _ = writeln!(
            words,
            "{mark} {name:<20} log_loss {:.4}  auc {auc}",
            tried.log_loss
        );
    }
    words.push_str("\nreliability: o said, = happened, - its 95 % interval\n");
    for bin in &measures.reliability {
        let _ = writeln!(
            words,
            "{:>6.3} {:>6.3} |{}| {}",
            bin.predicted,
            bin.observed,
            curve(bin),
            bin.n
        );
    }
    words.push_str("\nstrongest factors: mean distance in log-odds, and what its values do\n");
    for factor in &card.factors {
        let _ = writeln!(
            words,
            "{:>6.3} {:<20} {}",
            factor.strength,
            factor.name,
            values(factor)
        );
    }
    if !card.backtest.is_empty() {
        words.push_str("\nbacktest by quarter, each with what was known before it\n");
        for period in &card.backtest {
            let auc = period.auc.map_or("none".to_owned(), |auc| format!("{auc:.3}"));
            let _ = writeln!(
                words,
                "{}  n {:<7} said {:.3}  happened {:.3}  auc {auc}  brier {:.4} (base rate: {:.4})",
                period.period, period.n, period.predicted, period.observed, period.brier, period.brier_base
            );
        }
    }
    for column in &card.unusable {
        let _ = writeln!(words, "\nnot learned from: {} {}", column.column, column.reason);
    }
    for note in report.notes.iter().chain(&card.warnings) {
        let _ = writeln!(words, "\nnote: {note}");
    }
    words
}

/// Where a probability stands in the curve.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a probability times a small width is a small number"
)]
fn place(probability: f64) -> usize {
    ((probability * (WIDTH - 1) as f64).round() as usize).min(WIDTH - 1)
}

fn curve(bin: &Bin) -> String {
    let mut line = vec![' '; WIDTH];
    let (from, to) = (place(bin.observed_low), place(bin.observed_high));
    for (at, mark) in (from..=to)
        .map(|at| (at, '-'))
        .chain([(place(bin.observed), '='), (place(bin.predicted), 'o')])
    {
        if let Some(slot) = line.get_mut(at) {
            *slot = mark;
        }
    }
    line.into_iter().collect()
}

fn values(factor: &Factor) -> String {
    let values = factor.values.iter();
    let values: Vec<String> = values
        .map(|effect| format!("{} {:+.2}", effect.value, effect.log_odds))
        .collect();
    values.join(", ")
}
