//! The figures that the models of the demo companies have to reach.
//!
//! Models are trained as a job would train them, and all open records scored; then the same is done with outcomes that are
//! dealt out at random, of which nothing may be learned.

mod measure;
mod report;
mod suite;

pub use measure::{Figures, measure};
pub(crate) use report::report;
pub use suite::{WinCheck, WinFigure, WinSuite, win_suite, win_suites};
