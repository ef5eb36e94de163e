//! Gradient boosted trees, by forust.

use forust_ml::{GradientBooster, Matrix, metric::Metric, objective::ObjectiveType, tree::Tree};

use super::{
    Examples,
    forest::{Draft, Forest, Question},
};

/// The most rounds, and how many may pass without a better one.
const ROUNDS: usize = 400;
const PATIENCE: usize = 25;

/// How trees grow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Boosting {
    rounds: usize,
    depth: usize,
    leaves: usize,
    rate: f32,
    heaviest_shrink: f32,
    lightest_leaf: f32,
}

impl Boosting {
    /// With so many rounds.
    pub(crate) const fn rounds(self, rounds: usize) -> Self {
        Self { rounds, ..self }
    }

    /// The more examples there are, the larger the trees.
    pub(crate) const fn for_examples(effective: f64) -> Self {
        let (depth, leaves, rate) = if effective < 400.0 {
            (2, 4, 0.08)
        } else if effective < 2_000.0 {
            (3, 8, 0.08)
        } else if effective < 10_000.0 {
            (4, 12, 0.08)
        } else {
            (6, 20, 0.08)
        };
        Self {
            rounds: ROUNDS,
            depth,
            leaves,
            rate,
            heaviest_shrink: 3.0,
            lightest_leaf: if effective < 2_000.0 { 2.0 } else { 4.0 },
        }
    }

    fn booster(&self, rounds: usize, seed: u64, columns: usize) -> GradientBooster {
        let mut booster = GradientBooster::default();
        booster.objective_type = ObjectiveType::LogLoss;
        booster.iterations = rounds;
        booster.learning_rate = self.rate;
        booster.max_depth = self.depth;
        booster.max_leaves = self.leaves;
        booster.l2 = self.heaviest_shrink;
        booster.min_leaf_weight = self.lightest_leaf;
        // So many that a round always has some, so few that trees differ.
        booster.colsample_bytree = if columns < 5 { 1.0 } else { 0.7 };
        booster.nbins = 128;
        booster.missing = f64::NAN;
        booster.initialize_base_score = true;
        booster.parallel = false;
        booster.seed = seed;
        booster
    }
}

/// Examples as forust takes them, without columns that do not vary, which it refuses.
struct Flat {
    values: Vec<f64>,
    labels: Vec<f64>,
    /// The column of each of its columns.
    columns: Vec<usize>,
}

impl Flat {
    fn of(examples: &Examples, columns: &[usize]) -> Self {
        let columns_of = &examples.matrix.columns;
        Self {
            values: columns
                .iter()
                .filter_map(|at| columns_of.get(*at))
                .flatten()
                .copied()
                .collect(),
            labels: examples
                .labels
                .iter()
                .map(|label| f64::from(u8::from(*label)))
                .collect(),
            columns: columns.to_vec(),
        }
    }

    fn matrix(&self) -> Matrix<'_, f64> {
        Matrix::new(&self.values, self.labels.len(), self.columns.len())
    }
}

fn varying(examples: &Examples) -> Vec<usize> {
    let columns = examples.matrix.columns.iter().enumerate();
    columns
        .filter(|(_, column)| {
            let mut present = column.iter().filter(|value| !value.is_nan());
            let first = present.next();
            present.any(|value| Some(value) != first)
        })
        .map(|(at, _)| at)
        .collect()
}

/// Fits so many rounds.
pub(crate) fn boost(examples: &Examples, how: &Boosting, seed: u64) -> Result<Forest, String> {
    let columns = varying(examples);
    let flat = Flat::of(examples, &columns);
    if columns.is_empty() {
        return Ok(constant(examples));
    }
    let mut booster = how.booster(how.rounds.max(1), seed, columns.len());
    booster
        .fit(&flat.matrix(), &flat.labels, &examples.weights, None)
        .map_err(|error| error.to_string())?;
    keep(&booster, &columns)
}

/// The share of these examples alone.
fn constant(examples: &Examples) -> Forest {
    let all: f64 = examples.weights.iter().sum();
    let pairs = examples.weights.iter().zip(&examples.labels);
    let good: f64 = pairs.filter(|(_, label)| **label).map(|(weight, _)| weight).sum();
    Forest::new(crate::model::logit((good + 0.5) / (all + 1.0)))
}

/// Fits until later examples are no longer foretold better; returns the trees up to the best round and their number.
pub(crate) fn best_rounds(
    examples: &Examples,
    later: &Examples,
    how: &Boosting,
    seed: u64,
) -> Result<(Forest, usize), String> {
    let columns = varying(examples);
    if columns.is_empty() {
        return Ok((constant(examples), 1));
    }
    let (flat, held) = (Flat::of(examples, &columns), Flat::of(later, &columns));
    let mut booster = how.booster(how.rounds, seed, columns.len());
    booster.evaluation_metric = Some(Metric::LogLoss);
    booster.early_stopping_rounds = Some(PATIENCE);
    let evaluation = vec![(held.matrix(), held.labels.as_slice(), later.weights.as_slice())];
    booster
        .fit(&flat.matrix(), &flat.labels, &examples.weights, Some(evaluation))
        .map_err(|error| error.to_string())?;
    let best = booster
        .best_iteration
        .map_or(booster.trees.len(), |best| best + 1)
        .clamp(1, booster.trees.len().max(1));
    booster.trees.truncate(best);
    Ok((keep(&booster, &columns)?, best))
}

fn keep(booster: &GradientBooster, columns: &[usize]) -> Result<Forest, String> {
    let mut forest = Forest::new(booster.base_score);
    for tree in &booster.trees {
        let drafts: Result<Vec<Draft>, String> = drafts(tree, columns);
        forest.push(&drafts?).map_err(str::to_owned)?;
    }
    Ok(forest)
}

fn drafts(tree: &Tree, columns: &[usize]) -> Result<Vec<Draft>, String> {
    tree.nodes
        .iter()
        .map(|node| {
            let question = if node.is_leaf {
                None
            } else {
                Some(Question {
                    column: *columns
                        .get(node.split_feature)
                        .ok_or("a tree asks a column that is not there")?,
                    border: node.split_value,
                    left: node.left_child,
                    right: node.right_child,
                    missing_left: node.missing_node == node.left_child,
                })
            };
            Ok(Draft {
                question,
                value: f64::from(node.weight_value),
                cover: f64::from(node.hessian_sum),
            })
        })
        .collect()
}
