//! Boosted trees as they are kept and asked.

use super::is_sane;
use serde::{Deserialize, Serialize};

/// No column: the node is a leaf.
const LEAF: u16 = u16::MAX;

/// Trees that are walked down side by side: each step waits for the one before it on the same way, and not for those on others.
const ABREAST: usize = 8;

/// A node. Its children stand after it, so that every way down ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    /// The column that it asks, or [`LEAF`].
    column: u16,
    /// Whether rows without a value go left.
    missing_left: bool,
    left: u32,
    right: u32,
    /// Rows below it go left, the others right.
    border: f64,
    /// The mean of the leaves below, each as heavy as its rows; of a leaf its own value.
    mean: f32,
}

impl Node {
    /// Where a row goes from here.
    fn next(&self, row: &[f64]) -> u32 {
        let value = row.get(usize::from(self.column)).copied().unwrap_or(f64::NAN);
        // Without a branch, which would be guessed wrong half the time.
        let left = (value < self.border) | (value.is_nan() & self.missing_left);
        if left { self.left } else { self.right }
    }
}

/// A node to be kept: leaves have no question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Draft {
    pub(super) question: Option<Question>,
    /// The value of a leaf.
    pub(super) value: f64,
    /// How heavy its rows are.
    pub(super) cover: f64,
}

/// What an inner node asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Question {
    pub(super) column: usize,
    pub(super) border: f64,
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) missing_left: bool,
}

/// Trees whose values add up to log-odds.
///
/// The terms of a row are taken from the way down each tree: what the mean changes by at a node is due to the column that the
/// node asks (Saabas, "Interpreting random forests", 2014; the approximate contributions of `XGBoost`). They add up exactly.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Forest {
    /// The log-odds of the average row.
    pub(super) base: f64,
    nodes: Vec<Node>,
    /// Where each tree begins.
    roots: Vec<u32>,
}

impl Forest {
    pub(super) const fn new(base: f64) -> Self {
        Self {
            base,
            nodes: Vec::new(),
            roots: Vec::new(),
        }
    }

    /// Adds a tree whose first node is its root. A tree that leads nowhere, or of more columns than fit, is an error.
    pub(super) fn push(&mut self, tree: &[Draft]) -> Result<(), &'static str> {
        let (start, mut order, mut at) = (self.nodes.len(), vec![0_usize], 0);
        let mut kept: Vec<(Draft, usize, usize)> = Vec::new();
        while let Some(place) = order.get(at).copied() {
            let draft = *tree
                .get(place)
                .ok_or("a tree leads to a node that is not there")?;
            if order.len() > tree.len() {
                return Err("a tree leads back to itself");
            }
            let (left, right) = (start + order.len(), start + order.len() + 1);
            if let Some(question) = draft.question {
                order.extend([question.left, question.right]);
            }
            kept.push((draft, left, right));
            at += 1;
        }
        let mut means = vec![(0.0, 0.0); kept.len()];
        for (place, (draft, left, right)) in kept.iter().enumerate().rev() {
            let mean = if draft.question.is_none() {
                (draft.value, draft.cover.max(f64::MIN_POSITIVE))
            } else {
                let below = |at: usize| means.get(at - start).copied().unwrap_or_default();
                let ((a, weight_a), (b, weight_b)) = (below(*left), below(*right));
                let weight = weight_a + weight_b;
                ((a * weight_a + b * weight_b) / weight, weight)
            };
            if let Some(slot) = means.get_mut(place) {
                *slot = mean;
            }
        }
        let place = |at: usize| u32::try_from(at).map_err(|_| "there are too many nodes");
        self.roots.push(place(start)?);
        for ((draft, left, right), (mean, _)) in kept.iter().zip(&means) {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "leaves are kept in single precision"
            )]
            let mean = *mean as f32;
            self.nodes.push(match draft.question {
                None => Node {
                    column: LEAF,
                    missing_left: false,
                    left: 0,
                    right: 0,
                    border: 0.0,
                    mean,
                },
                Some(question) => Node {
                    column: u16::try_from(question.column).map_err(|_| "there are too many columns")?,
                    missing_left: question.missing_left,
                    left: place(*left)?,
                    right: place(*right)?,
                    border: question.border,
                    mean,
                },
            });
        }
        let root = self.nodes.get(start).map_or(0.0, |node| f64::from(node.mean));
        self.base += root;
        Ok(())
    }

    pub(super) fn add_terms(&self, row: &[f64], terms: &mut [f64]) -> f64 {
        let mut sum = 0.0;
        for roots in self.roots.chunks(ABREAST) {
            let mut ways = [None; ABREAST];
            for (way, root) in ways.iter_mut().zip(roots) {
                *way = self.node(*root);
            }
            let mut goes_on = true;
            while goes_on {
                goes_on = false;
                for way in &mut ways {
                    let Some(asked) = way.filter(|node| node.column != LEAF) else {
                        continue;
                    };
                    *way = self.node(asked.next(row));
                    let Some(next) = *way else { continue };
                    let moved = f64::from(next.mean) - f64::from(asked.mean);
                    if let Some(term) = terms.get_mut(usize::from(asked.column)) {
                        *term += moved;
                    }
                    sum += moved;
                    goes_on = true;
                }
            }
        }
        sum
    }

    fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(at).ok()?)
    }

    /// Whether every way down ends and every number is one.
    pub(super) fn check(&self, columns: usize) -> Result<(), &'static str> {
        let finite = |node: &Node| is_sane(node.mean.into()) && node.border.is_finite();
        if !is_sane(self.base) || !self.nodes.iter().all(finite) {
            return Err("a tree holds what is not a number");
        }
        for (at, node) in (0_u32..).zip(&self.nodes) {
            if node.column == LEAF {
                continue;
            }
            let after = |child: u32| child > at && self.node(child).is_some();
            if usize::from(node.column) >= columns || !after(node.left) || !after(node.right) {
                return Err("a tree leads nowhere");
            }
        }
        if self.roots.iter().any(|root| self.node(*root).is_none()) {
            return Err("a tree has no root");
        }
        Ok(())
    }
}
