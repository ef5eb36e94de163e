//! What a rep can change about a deal, and what it was in ended deals.

use crm_predict::Value;

use super::playbook::{Precedent, Tally, number, quantile};

/// Which way a feature can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// There can be more of it.
    More,
    /// There can be less of it.
    Fewer,
    /// It can be set.
    Set,
}

/// A feature that a rep can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lever {
    /// Its place in a row.
    pub at: usize,
    /// Its name.
    pub name: &'static str,
    /// Which way it can be changed.
    pub way: Way,
}

/// A value to be reached, and which values are as good.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The value.
    pub value: Value,
    way: Way,
    /// Of numbers that are set: the range that counts as this value.
    about: Option<(f64, f64)>,
}

impl Target {
    /// Whether a value is as good.
    pub fn is_met_by(&self, value: &Value) -> bool {
        match (&self.value, value) {
            (Value::Number(target), Value::Number(value)) => match (self.way, self.about) {
                (Way::More, _) => value >= target,
                (Way::Fewer, _) => value <= target,
                (Way::Set, Some((from, to))) => (from..=to).contains(value),
                (Way::Set, None) => (value - target).abs() < 1e-9,
            },
            (Value::Category(target), Value::Category(value)) => target == value,
            _ => false,
        }
    }

    /// How ended deals that met it ended, and those that did not. Deals of which it is not known are not counted.
    pub fn tallies(&self, lever: Lever, precedents: &[Precedent]) -> (Tally, Tally) {
        let (mut with, mut without) = (Tally::default(), Tally::default());
        for one in precedents {
            match one.leaving.get(lever.at) {
                None | Some(Value::Missing) => {}
                Some(value) if self.is_met_by(value) => with.count(one.won),
                Some(_) => without.count(one.won),
            }
        }
        (with, without)
    }
}

/// The values that won deals had when they left the stage.
fn of_won(lever: Lever, precedents: &[Precedent]) -> impl Iterator<Item = &Value> {
    let won = precedents.iter().filter(|one| one.won);
    won.filter_map(move |one| one.leaving.get(lever.at))
}

/// The numbers of won deals, sorted.
fn numbers_of_won(lever: Lever, precedents: &[Precedent]) -> Vec<f64> {
    let mut numbers: Vec<f64> = of_won(lever, precedents).filter_map(number).collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

/// Whether numbers say yes or no.
fn is_flag(numbers: &[f64]) -> bool {
    numbers
        .iter()
        .all(|number| *number == 0.0 || (*number - 1.0).abs() < f64::EPSILON)
}

/// What could be reached: values that won deals had at the stage, better than this one.
pub fn targets(lever: Lever, now: &Value, precedents: &[Precedent]) -> Vec<Target> {
    let numbers = numbers_of_won(lever, precedents);
    let target = |value: f64, about| Target {
        value: Value::Number(value),
        way: lever.way,
        about,
    };
    let at = |share: f64| quantile(&numbers, share);
    let now_number = number(now);
    let is_flag = is_flag(&numbers);
    let mut found: Vec<Target> = Vec::new();
    match lever.way {
        Way::More => {
            let better = [0.5, 0.75]
                .into_iter()
                .filter_map(at)
                .filter(|value| now_number.is_none_or(|now| *value > now));
            found.extend(better.map(|value| target(value, None)));
            // Few won deals had it, but it can be had.
            if is_flag && now_number.is_some_and(|now| now < 1.0) && numbers.last() == Some(&1.0) {
                found.push(target(1.0, None));
            }
        }
        Way::Fewer => {
            let better = [0.5, 0.25]
                .into_iter()
                .filter_map(at)
                .filter(|value| now_number.is_none_or(|now| *value < now));
            found.extend(better.map(|value| target(value, None)));
        }
        Way::Set if numbers.is_empty() => found.extend(words(lever, now, precedents)),
        Way::Set if is_flag => found.extend(
            numbers
                .last()
                .filter(|most| now_number.is_some_and(|now| now < **most))
                .map(|most| target(*most, None)),
        ),
        Way::Set => {
            let range = at(0.25).zip(at(0.75));
            let is_outside = range
                .zip(now_number)
                .is_some_and(|((from, to), now)| now < from || now > to);
            found.extend(at(0.5).filter(|_| is_outside).map(|value| target(value, range)));
        }
    }
    found.dedup();
    found
}

/// The word that most won deals had, when it is another one.
fn words(lever: Lever, now: &Value, precedents: &[Precedent]) -> Option<Target> {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for value in of_won(lever, precedents) {
        if let Value::Category(word) = value {
            *counts.entry(word).or_default() += 1;
        }
    }
    let (word, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    let is_it = matches!(now, Value::Category(now) if now == word);
    (!is_it).then(|| Target {
        value: Value::from(word),
        way: Way::Set,
        about: None,
    })
}

/// What most won deals had by the time they left the stage, as something to be met; none when it says nothing.
pub fn standard(lever: Lever, precedents: &[Precedent]) -> Option<Target> {
    let numbers = numbers_of_won(lever, precedents);
    let value = match lever.way {
        Way::More => quantile(&numbers, 0.5).filter(|value| *value > 0.0)?,
        Way::Fewer => quantile(&numbers, 0.75)?,
        // What is set is right or wrong, not done or missing.
        Way::Set => quantile(&numbers, 0.5)
            .filter(|value| (*value - 1.0).abs() < f64::EPSILON && is_flag(&numbers))?,
    };
    Some(Target {
        value: Value::Number(value),
        way: if lever.way == Way::Set {
            Way::More
        } else {
            lever.way
        },
        about: None,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn deals(values: &[(f64, bool)]) -> Vec<Precedent> {
        values
            .iter()
            .map(|(value, won)| Precedent {
                deal: Uuid::now_v7(),
                won: *won,
                halfway: [].into(),
                leaving: [Value::Number(*value)].into(),
            })
            .collect()
    }

    fn lever(way: Way) -> Lever {
        Lever {
            at: 0,
            name: "meetings",
            way,
        }
    }

    #[test]
    fn only_what_won_deals_had_is_proposed_and_only_what_is_better() {
        let seen = deals(&[(1.0, true), (2.0, true), (4.0, true), (9.0, false)]);
        let more = targets(lever(Way::More), &Value::Number(1.0), &seen);
        assert_eq!(
            more.iter()
                .filter_map(|target| number(&target.value))
                .collect::<Vec<_>>(),
            [2.0, 4.0]
        );
        assert!(targets(lever(Way::More), &Value::Number(9.0), &seen).is_empty());
        let fewer = targets(lever(Way::Fewer), &Value::Number(1.5), &seen);
        assert!(fewer.is_empty(), "the quarter of won deals had two: {fewer:?}");
        let fewer = targets(lever(Way::Fewer), &Value::Number(5.0), &seen);
        assert_eq!(fewer.len(), 1, "{fewer:?}");
    }

    #[test]
    fn those_with_and_without_are_counted_apart_and_the_unknown_not_at_all() {
        let mut seen = deals(&[(0.0, false), (0.0, true), (2.0, true), (3.0, true), (3.0, false)]);
        seen.push(Precedent {
            leaving: [Value::Missing].into(),
            ..seen[0].clone()
        });
        let target = standard(lever(Way::More), &seen).unwrap();
        let (with, without) = target.tallies(lever(Way::More), &seen);
        assert_eq!(((with.won, with.of), (without.won, without.of)), ((2, 3), (1, 2)));
    }

    #[test]
    fn a_number_that_is_set_is_right_within_the_middle_half() {
        let seen = deals(&[
            (10.0, true),
            (20.0, true),
            (30.0, true),
            (40.0, true),
            (50.0, true),
        ]);
        let far = targets(lever(Way::Set), &Value::Number(400.0), &seen);
        assert!(far[0].is_met_by(&Value::Number(25.0)) && !far[0].is_met_by(&Value::Number(400.0)));
        assert!(targets(lever(Way::Set), &Value::Number(25.0), &seen).is_empty());
    }
}
