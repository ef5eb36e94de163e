//! How to train.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde::{Deserialize, Serialize};

use crate::{Algorithm, TrainError};

/// How rows are set aside to measure on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Split {
    /// A share of the groups, drawn by the seed.
    Random {
        /// Above 0 and below 1.
        test_fraction: f64,
    },
    /// The groups that begin last. Rows without a moment are never tested on.
    Time {
        /// Above 0 and below 1.
        test_fraction: f64,
    },
}

/// What is believed before looking at the columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// Log-odds for rows that have none of their own; the rate of the training rows when `None`.
    pub log_odds: Option<f64>,
    /// How many examples it is worth: with as many effective ones, data and prior weigh the same.
    pub strength: f64,
}

impl Default for Prior {
    fn default() -> Self {
        Self {
            log_odds: None,
            strength: 20.0,
        }
    }
}

/// How many examples of each kind there are, or have to be. Rows of one group are one example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All.
    pub closed: usize,
    /// Those that ended well.
    pub won: usize,
    /// Those that did not.
    pub lost: usize,
}

impl Counts {
    /// Whether these are enough to learn from: at least one of either outcome, whatever is needed.
    pub(crate) fn reach(self, need: Minimum) -> bool {
        self.closed >= need.closed && self.won >= need.won.max(1) && self.lost >= need.lost.max(1)
    }
}

/// The fewest examples to learn from.
pub type Minimum = Counts;

/// Asks a training to break off. Clones ask the same one.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Has the training break off before its next step, with [`TrainError::Stopped`].
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn check(&self) -> Result<(), TrainError> {
        if self.is_asked() {
            return Err(TrainError::Stopped);
        }
        Ok(())
    }
}

/// How to train.
#[derive(Debug, Clone)]
pub struct TrainOptions {
    /// Everything that is drawn comes from it.
    pub seed: u64,
    /// How rows are set aside to measure on.
    pub split: Split,
    /// After how many days a row counts half, from the newest row on; `None`: all count alike.
    pub half_life_days: Option<f64>,
    /// How many bootstrap refits the model is made of, at least 5.
    pub refits: usize,
    /// What to shrink towards.
    pub prior: Option<Prior>,
    /// With fewer examples nothing is learned.
    pub minimum: Minimum,
    /// The algorithm, when it is not to be chosen.
    pub algorithm: Option<Algorithm>,
    /// Threads to work on; 0 for as many as the machine has. What comes out does not depend on it.
    pub threads: usize,
    /// Asks to break off.
    pub stop: Stop,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            split: Split::Random { test_fraction: 0.25 },
            half_life_days: None,
            refits: 20,
            prior: Some(Prior::default()),
            minimum: Counts {
                closed: 40,
                won: 10,
                lost: 10,
            },
            algorithm: None,
            threads: 0,
            stop: Stop::default(),
        }
    }
}

/// How far training is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The algorithms are compared.
    Comparing,
    /// Bootstrap refits.
    Refit {
        /// Done so far.
        done: usize,
        /// All.
        of: usize,
    },
    /// The model is measured on the rows set aside.
    Measuring,
}
