//! What is written on the card besides the measures: drift, factors, backtest, warnings.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::{
    ColumnKind, Dataset, Drift, Factor, Model, Period, TrainOptions,
    card::Effect,
    choose::is_mixed,
    encode::{Profile, bin_of, cell, cuts, number, sample, word},
    fit::{Recipe, Weighted, fit},
    metrics::{
        count, psi,
        told::{self, Told},
    },
    split,
};

/// The most rows that strengths are measured on.
const SEEN: usize = 2_000;

/// The most quarters that are measured again, and the refits for each.
const QUARTERS: usize = 8;
const LIGHT: usize = 5;

/// How far each column has moved between two sets of rows, the farthest first.
pub(crate) fn drift(data: &Dataset, profile: &Profile, from: &[usize], to: &[usize]) -> Vec<Drift> {
    let mut found: Vec<Drift> = profile
        .used
        .iter()
        .filter_map(|feature| {
            let column = data.columns.get(*feature)?;
            let classes = |rows: &[usize]| -> Vec<String> {
                let cells = rows.iter().map(|row| cell(data, *row, *feature));
                match column.kind {
                    ColumnKind::Category => cells
                        .map(|cell| word(cell).map(std::borrow::Cow::into_owned).unwrap_or_default())
                        .collect(),
                    ColumnKind::Number => {
                        let learned: Vec<f64> = from
                            .iter()
                            .map(|row| number(cell(data, *row, *feature)))
                            .collect();
                        let cuts = cuts(&learned, 10);
                        cells
                            .map(|cell| bin_of(number(cell), &cuts).to_string())
                            .collect()
                    }
                }
            };
            let (before, after) = (classes(from), classes(to));
            let (before, after) = in_step(tally(&before), &tally(&after));
            Some(Drift {
                feature: *feature,
                name: column.name.clone(),
                psi: psi(&before, &after),
            })
        })
        .collect();
    found.sort_by(|a, b| b.psi.total_cmp(&a.psi));
    found
}

fn tally(classes: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for class in classes {
        *counts.entry(class.as_str()).or_default() += 1;
    }
    counts
}

/// The counts of the most frequent classes before, those of the same classes after, and all others together.
fn in_step(before: BTreeMap<&str, usize>, after: &BTreeMap<&str, usize>) -> (Vec<usize>, Vec<usize>) {
    let (all_before, all_after): (usize, usize) = (before.values().sum(), after.values().sum());
    let mut ranked: Vec<(&str, usize)> = before.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    ranked.truncate(20);
    let mut counts: (Vec<usize>, Vec<usize>) = ranked
        .iter()
        .map(|(class, n)| (*n, after.get(class).copied().unwrap_or(0)))
        .unzip();
    let rest = (
        all_before - counts.0.iter().sum::<usize>(),
        all_after - counts.1.iter().sum::<usize>(),
    );
    if rest != (0, 0) {
        counts.0.push(rest.0);
        counts.1.push(rest.1);
    }
    counts
}

/// The columns that move probabilities most, and which of their values do.
pub(crate) fn factors(data: &Dataset, model: &Model, rows: &[usize]) -> Vec<Factor> {
    let rows = sample(rows, SEEN);
    let mut terms: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for at in &rows {
        let Some(row) = data.rows.get(*at) else { continue };
        for term in model.predict(&row.values, row.prior).terms {
            if let Some(feature) = term.feature {
                terms.entry(feature).or_default().push(term.log_odds);
            }
        }
    }
    let mut found: Vec<Factor> = terms
        .into_iter()
        .filter_map(|(feature, terms)| {
            Some(Factor {
                feature,
                name: data.columns.get(feature)?.name.clone(),
                strength: terms.iter().map(|term| term.abs()).sum::<f64>() / count(terms.len().max(1)),
                values: effects(data, feature, &rows, &terms),
            })
        })
        .collect();
    found.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.feature.cmp(&b.feature)));
    found
}

/// The mean terms of the values of a column that enough rows have: those that move it furthest up, then down.
fn effects(data: &Dataset, feature: usize, rows: &[usize], terms: &[f64]) -> Vec<Effect> {
    let is_number = data
        .columns
        .get(feature)
        .is_some_and(|column| column.kind == ColumnKind::Number);
    let numbers: Vec<f64> = rows.iter().map(|row| number(cell(data, *row, feature))).collect();
    let borders = if is_number { cuts(&numbers, 5) } else { Vec::new() };
    let mut sums = BTreeMap::<String, (f64, usize)>::new();
    for ((row, number), term) in rows.iter().zip(&numbers).zip(terms) {
        let name = if is_number {
            range(*number, &borders)
        } else {
            word(cell(data, *row, feature)).map_or_else(|| "missing".to_owned(), std::borrow::Cow::into_owned)
        };
        let (sum, n) = sums.entry(name).or_default();
        *sum += term;
        *n += 1;
    }
    let mut found: Vec<Effect> = sums
        .into_iter()
        .filter(|(_, (_, n))| *n >= 5)
        .map(|(value, (sum, n))| Effect {
            value,
            log_odds: sum / count(n),
            n,
        })
        .collect();
    found.sort_by(|a, b| b.log_odds.total_cmp(&a.log_odds));
    if found.len() > 4 {
        found.drain(2..found.len() - 2);
    }
    found
}

fn range(number: f64, borders: &[f64]) -> String {
    if number.is_nan() {
        return "missing".to_owned();
    }
    let at = borders.partition_point(|border| *border <= number);
    let low = at.checked_sub(1).and_then(|at| borders.get(at));
    match (low, borders.get(at)) {
        (None, None) => "any number".to_owned(),
        (None, Some(high)) => format!("below {}", short(*high)),
        (Some(low), None) => format!("{} and above", short(*low)),
        (Some(low), Some(high)) => format!("{} to below {}", short(*low), short(*high)),
    }
}

/// A number with four digits that mean something.
fn short(number: f64) -> String {
    if number != 0.0 && !(1e-3..1e9).contains(&number.abs()) {
        return format!("{number:.3e}");
    }
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How the recipe would have done in each quarter with what had ended before it.
pub(crate) fn backtest(
    data: &Dataset,
    profile: &Profile,
    rows: &[usize],
    groups: &[usize],
    recipe: Recipe,
    options: &TrainOptions,
) -> Vec<Period> {
    let mut quarters = BTreeSet::<(i32, u32)>::new();
    for at in rows {
        if let Some(moment) = data.rows.get(*at).and_then(|row| row.at) {
            quarters.insert((moment.year(), moment.month0() / 3));
        }
    }
    let quarters: Vec<(i32, u32)> = quarters.into_iter().collect();
    let light = TrainOptions {
        refits: LIGHT,
        ..options.clone()
    };
    quarters
        .into_iter()
        .rev()
        .take(QUARTERS)
        .rev()
        .filter_map(|quarter| period(data, profile, rows, groups, recipe, &light, quarter))
        .collect()
}

fn begins((year, quarter): (i32, u32)) -> Option<DateTime<Utc>> {
    let day = NaiveDate::from_ymd_opt(year, quarter * 3 + 1, 1)?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

fn period(
    data: &Dataset,
    profile: &Profile,
    rows: &[usize],
    groups: &[usize],
    recipe: Recipe,
    options: &TrainOptions,
    quarter: (i32, u32),
) -> Option<Period> {
    let start = begins(quarter)?;
    let end = begins(if quarter.1 == 3 {
        (quarter.0 + 1, 0)
    } else {
        (quarter.0, quarter.1 + 1)
    })?;
    let mut parts = split::cut_at(data, rows, groups, start);
    parts
        .test
        .retain(|at| data.rows.get(*at).is_some_and(|row| row.at < Some(end)));
    if parts.test.is_empty() || !is_mixed(data, &parts.train, 10) {
        return None;
    }
    let weighted = Weighted::of(data, &parts.train, groups, options.half_life_days);
    let model = fit(data, profile, &weighted, recipe, options, &|_| ())
        .ok()?
        .model;
    let told = model.tell(data, &parts.test);
    let base: Vec<Told> = told
        .iter()
        .map(|row| Told {
            probability: weighted.rate,
            ..*row
        })
        .collect();
    Some(Period {
        period: format!("{}-Q{}", quarter.0, quarter.1 + 1),
        n: told.len(),
        n_train: parts.train.len(),
        observed: told::rate(&told),
        predicted: told::mean(&told, |row| row.probability),
        auc: told::auc(&told),
        brier: told::brier(&told),
        brier_base: told::brier(&base),
    })
}
