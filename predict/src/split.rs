//! Which rows are learned from and which are measured on.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::{Counts, Dataset, Split, TrainError, metrics::count};

/// Rows by their places, never one group on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Parts {
    pub(crate) train: Vec<usize>,
    pub(crate) test: Vec<usize>,
}

/// The number of each row's group; rows without a group are one each.
pub(crate) fn groups(data: &Dataset) -> Vec<usize> {
    let mut named = HashMap::<&str, usize>::new();
    let mut next = 0;
    let mut number = || {
        next += 1;
        next - 1
    };
    data.rows
        .iter()
        .map(|row| match row.group.as_deref() {
            Some(name) => *named.entry(name).or_insert_with(&mut number),
            None => number(),
        })
        .collect()
}

/// Rows that count.
pub(crate) fn counted(data: &Dataset) -> Vec<usize> {
    data.rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.weight.is_finite() && row.weight > 0.0)
        .map(|(at, _)| at)
        .collect()
}

/// How many groups there are among the rows, and how they ended; a group ended as its last row says.
pub(crate) fn tally(data: &Dataset, rows: &[usize], groups: &[usize]) -> Counts {
    let ends: HashMap<usize, bool> = rows
        .iter()
        .filter_map(|at| Some((*groups.get(*at)?, data.rows.get(*at)?.label)))
        .collect();
    let won = ends.values().filter(|won| **won).count();
    Counts {
        closed: ends.len(),
        won,
        lost: ends.len() - won,
    }
}

/// Splits the rows that count.
pub(crate) fn split(
    data: &Dataset,
    rows: &[usize],
    groups: &[usize],
    how: Split,
    seed: u64,
) -> Result<Parts, TrainError> {
    let (Split::Random { test_fraction } | Split::Time { test_fraction }) = how;
    if !(test_fraction > 0.0 && test_fraction < 1.0) {
        return Err(TrainError::Option(format!(
            "the test fraction has to be above 0 and below 1, not {test_fraction}"
        )));
    }
    let parts = match how {
        Split::Random { .. } => random(data, rows, groups, test_fraction, seed),
        Split::Time { .. } => by_time(data, rows, groups, test_fraction)?,
    };
    for (side, rows) in [
        ("the training rows", &parts.train),
        ("the test rows", &parts.test),
    ] {
        let won = rows
            .iter()
            .filter(|at| data.rows.get(**at).is_some_and(|row| row.label))
            .count();
        if won == 0 || won == rows.len() {
            return Err(TrainError::OneSided { side });
        }
    }
    Ok(parts)
}

/// A share of the groups of either outcome.
pub(crate) fn random(data: &Dataset, rows: &[usize], groups: &[usize], fraction: f64, seed: u64) -> Parts {
    let mut members = std::collections::BTreeMap::<usize, Vec<usize>>::new();
    for at in rows {
        if let Some(group) = groups.get(*at) {
            members.entry(*group).or_default().push(*at);
        }
    }
    let won = |rows: &[usize]| {
        rows.last()
            .and_then(|at| data.rows.get(*at))
            .is_some_and(|row| row.label)
    };
    let (mut good, mut bad): (Vec<Vec<usize>>, Vec<Vec<usize>>) =
        members.into_values().partition(|rows| won(rows));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut parts = Parts::default();
    for class in [&mut good, &mut bad] {
        class.shuffle(&mut random);
        let wanted = share(class.len(), fraction);
        for (at, rows) in class.iter().enumerate() {
            let side = if at < wanted {
                &mut parts.test
            } else {
                &mut parts.train
            };
            side.extend_from_slice(rows);
        }
    }
    parts.train.sort_unstable();
    parts.test.sort_unstable();
    parts
}

/// A share of a count, rounded.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the product of a count and a fraction is a smaller count"
)]
pub(crate) fn share(of: usize, fraction: f64) -> usize {
    (count(of) * fraction).round() as usize
}

/// What was known at or after a moment is measured on; rows whose outcome was known before it are learned from. Never a
/// group on both sides: what has rows to learn from is not measured on.
fn by_time(data: &Dataset, rows: &[usize], groups: &[usize], fraction: f64) -> Result<Parts, TrainError> {
    let mut moments: Vec<DateTime<Utc>> = rows.iter().filter_map(|at| data.rows.get(*at)?.at).collect();
    moments.sort_unstable();
    let wanted = share(moments.len(), fraction).max(1);
    let cut = moments
        .len()
        .checked_sub(wanted)
        .and_then(|at| moments.get(at))
        .copied()
        .ok_or(TrainError::NoTimes)?;
    Ok(cut_at(data, rows, groups, cut))
}

/// The two sides of a moment.
pub(crate) fn cut_at(data: &Dataset, rows: &[usize], groups: &[usize], cut: DateTime<Utc>) -> Parts {
    // By its own row, not by the last one of its group: groups that ended well often have fewer and earlier rows, and those
    // that have not would be missing from what is learned of the last time before the cut.
    let known = |at: &usize| {
        let row = data.rows.get(*at);
        // Rows without a moment may be from any time: they are learned from, never measured on.
        row.is_some_and(|row| row.ended.or(row.at).is_none_or(|end| end < cut))
    };
    let (train, later): (Vec<usize>, Vec<usize>) = rows.iter().copied().partition(known);
    let learned: HashSet<usize> = train.iter().filter_map(|at| groups.get(*at).copied()).collect();
    let is_asked = |at: &usize| {
        let moment = data.rows.get(*at).and_then(|row| row.at);
        moment.is_some_and(|moment| moment >= cut)
            && groups.get(*at).is_some_and(|group| !learned.contains(group))
    };
    Parts {
        test: later.into_iter().filter(is_asked).collect(),
        train,
    }
}

/// What was seen before a moment, whenever its outcome was known, and what was first seen from then on until another.
pub(crate) fn seen_before(
    data: &Dataset,
    rows: &[usize],
    groups: &[usize],
    cut: DateTime<Utc>,
    end: Option<DateTime<Utc>>,
) -> Parts {
    let at = |row: &usize| data.rows.get(*row).and_then(|row| row.at);
    // Rows without a moment may be from any time: they are learned from, never foretold.
    let (train, later): (Vec<usize>, Vec<usize>) = rows
        .iter()
        .copied()
        .partition(|row| at(row).is_none_or(|at| at < cut));
    let learned: HashSet<usize> = train.iter().filter_map(|row| groups.get(*row).copied()).collect();
    let is_new = |row: &usize| groups.get(*row).is_some_and(|group| !learned.contains(group));
    let is_soon = |row: &usize| end.is_none_or(|end| at(row).is_some_and(|at| at < end));
    Parts {
        test: later
            .into_iter()
            .filter(|row| is_new(row) && is_soon(row))
            .collect(),
        train,
    }
}

#[cfg(test)]
mod tests;
