//! What ended deals were like at each stage: what a deal is compared with.

use std::{collections::HashMap, sync::Arc};

use crm_predict::Value;
use uuid::Uuid;

/// A distance of one feature counts at the most so often the usual spread.
const FAR: f64 = 3.0;
/// What a feature weighs that the model does not use.
const LEAST_WEIGHT: f64 = 0.02;

/// An ended deal as it was at one stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Precedent {
    /// The deal.
    pub deal: Uuid,
    /// Whether it was won.
    pub won: bool,
    /// Its features halfway through its time at the stage: what an open deal is compared with.
    pub halfway: Arc<[Value]>,
    /// Its features when it left the stage: what had been done by then. The same row where the two are not told apart.
    pub leaving: Arc<[Value]>,
}

/// A deal that was alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// The deal.
    pub deal: Uuid,
    /// Whether it was won.
    pub won: bool,
    /// How far away it is: 0 is the same, 1 about as far as any two deals.
    pub distance: f64,
}

/// How many were won, of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Won.
    pub won: usize,
    /// All.
    pub of: usize,
}

impl Tally {
    /// Counts one more.
    pub fn count(&mut self, won: bool) {
        self.won += usize::from(won);
        self.of += 1;
    }

    /// The share that was won; none of none.
    pub fn rate(self) -> Option<f64> {
        (self.of > 0).then(|| share(self.won, self.of))
    }
}

/// A share of a whole that is not zero.
#[expect(clippy::cast_precision_loss, reason = "counts of deals")]
pub fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// Ended deals, stage by stage.
#[derive(Debug, Clone, Default)]
pub struct Playbook {
    stages: HashMap<String, Vec<Precedent>>,
    /// The usual spread of each feature that is a number.
    spreads: Vec<Option<f64>>,
    weights: Vec<f64>,
    deals: usize,
}

impl Playbook {
    /// A playbook of deals at stages. `weights` says how much each feature moves the model; it may be empty.
    pub fn new(precedents: Vec<(String, Precedent)>, weights: &[f64]) -> Self {
        let width = precedents
            .iter()
            .map(|(_, one)| one.halfway.len())
            .max()
            .unwrap_or(0);
        let spreads = (0..width).map(|at| spread(&precedents, at)).collect();
        let strongest = weights.iter().copied().fold(0.0, f64::max);
        let weights = (0..width).map(|at| {
            let own = weights
                .get(at)
                .copied()
                .filter(|own| own.is_finite())
                .unwrap_or(0.0);
            if strongest > 0.0 {
                (own / strongest).max(LEAST_WEIGHT)
            } else {
                1.0
            }
        });
        let weights = weights.collect();
        let mut deals: Vec<Uuid> = precedents.iter().map(|(_, one)| one.deal).collect();
        deals.sort_unstable();
        deals.dedup();
        let mut stages: HashMap<String, Vec<Precedent>> = HashMap::new();
        for (stage, one) in precedents {
            stages.entry(stage).or_default().push(one);
        }
        Self {
            stages,
            spreads,
            weights,
            deals: deals.len(),
        }
    }

    /// How many ended deals it knows.
    pub fn deals(&self) -> usize {
        self.deals
    }

    /// The ended deals that were at a stage.
    pub fn at(&self, stage: &str) -> &[Precedent] {
        self.stages.get(stage).map_or(&[], Vec::as_slice)
    }

    /// The ended deals that were at the stage of this row, those that were most like it first.
    pub fn nearest(&self, stage: &str, row: &[Value]) -> Vec<Near> {
        let mut near: Vec<Near> = self
            .at(stage)
            .iter()
            .map(|one| Near {
                deal: one.deal,
                won: one.won,
                distance: self.distance(row, &one.halfway),
            })
            .collect();
        near.sort_by(|left, right| {
            left.distance
                .total_cmp(&right.distance)
                .then(left.deal.cmp(&right.deal))
        });
        near
    }

    /// How far two rows are from each other, 0 to 1: the weighted mean over the features.
    pub fn distance(&self, left: &[Value], right: &[Value]) -> f64 {
        let missing = Value::Missing;
        let (mut sum, mut weights) = (0.0, 0.0);
        for (at, weight) in self.weights.iter().enumerate() {
            let (one, other) = (
                left.get(at).unwrap_or(&missing),
                right.get(at).unwrap_or(&missing),
            );
            let spread = self.spreads.get(at).copied().flatten();
            let Some(apart) = apart(one, other, spread) else {
                continue;
            };
            sum += weight * apart;
            weights += weight;
        }
        if weights > 0.0 { sum / weights } else { 1.0 }
    }
}

/// How far two values are from each other, 0 to 1; none when neither is known.
fn apart(one: &Value, other: &Value, spread: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Value::Missing, Value::Missing) => None,
        (Value::Number(one), Value::Number(other)) => {
            let usual = spread.filter(|usual| *usual > 0.0)?;
            Some(((one - other).abs() / usual).min(FAR) / FAR)
        }
        (Value::Category(one), Value::Category(other)) => Some(if one == other { 0.0 } else { 1.0 }),
        _ => Some(1.0),
    }
}

/// The distance between the quarters of a feature's numbers; their deviation where more than half are the same.
fn spread(precedents: &[(String, Precedent)], at: usize) -> Option<f64> {
    let mut numbers: Vec<f64> = precedents
        .iter()
        .filter_map(|(_, one)| number(one.halfway.get(at)?))
        .collect();
    numbers.sort_by(f64::total_cmp);
    let between = quantile(&numbers, 0.75)? - quantile(&numbers, 0.25)?;
    if between > 0.0 {
        return Some(between);
    }
    let mean = numbers.iter().sum::<f64>() / count(numbers.len());
    let squares = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>();
    Some((squares / count(numbers.len())).sqrt())
}

/// The number in a value.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) if number.is_finite() => Some(*number),
        _ => None,
    }
}

/// The value below which a share of sorted numbers lies: one of them, not a mean of two.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list, clamped"
    )]
    let place = (count(last) * share).round().max(0.0) as usize;
    sorted.get(place.min(last)).copied()
}

#[expect(clippy::cast_precision_loss, reason = "counts of deals")]
const fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deal(id: u128, won: bool, meetings: f64, source: &str) -> (String, Precedent) {
        let values: Arc<[Value]> = [Value::Number(meetings), Value::from(source)].into();
        let one = Precedent {
            deal: Uuid::from_u128(id),
            won,
            halfway: Arc::clone(&values),
            leaving: values,
        };
        ("Proposal".to_owned(), one)
    }

    #[test]
    fn what_is_most_alike_comes_first_and_only_from_the_same_stage() {
        let mut all = vec![
            deal(1, true, 4.0, "web"),
            deal(2, false, 0.0, "fair"),
            deal(3, true, 3.0, "fair"),
        ];
        all.push(("Lead".to_owned(), deal(4, true, 4.0, "web").1));
        let book = Playbook::new(all, &[]);
        let near = book.nearest("Proposal", &[Value::Number(4.0), Value::from("web")]);
        assert_eq!(
            near.iter().map(|near| near.deal.as_u128()).collect::<Vec<_>>(),
            [1, 3, 2]
        );
        assert!(near[0].distance < 1e-9 && near[1].distance > 0.0, "{near:?}");
        assert_eq!((book.deals(), book.at("Nowhere").len()), (4, 0));
    }

    #[test]
    fn features_that_move_the_model_weigh_more() {
        let all = vec![
            deal(1, true, 4.0, "web"),
            deal(2, false, 0.0, "fair"),
            deal(3, true, 2.0, "fair"),
        ];
        let row = [Value::Number(4.0), Value::from("fair")];
        let by = |weights: &[f64]| Playbook::new(all.clone(), weights).nearest("Proposal", &row)[0].deal;
        assert_eq!(by(&[1.0, 0.0]), Uuid::from_u128(1));
        assert_eq!(by(&[0.0, 1.0]), Uuid::from_u128(3));
    }

    #[test]
    fn what_nobody_knows_says_nothing_and_what_one_knows_is_far() {
        let book = Playbook::new(vec![deal(1, true, 4.0, "web"), deal(2, false, 0.0, "web")], &[]);
        let unknown = [Value::Missing, Value::Missing];
        assert!((book.distance(&unknown, &unknown) - 1.0).abs() < 1e-9);
        let same = [Value::Missing, Value::from("web")];
        assert!(book.distance(&same, &same).abs() < 1e-9);
        assert!(book.distance(&same, &[Value::Number(1.0), Value::from("web")]) > 0.4);
    }

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let seen = [1.0, 2.0, 3.0, 10.0];
        assert_eq!(quantile(&seen, 0.5), Some(3.0));
        assert_eq!(
            (quantile(&seen, 0.0), quantile(&seen, 1.0), quantile(&[], 0.5)),
            (Some(1.0), Some(10.0), None)
        );
    }
}
