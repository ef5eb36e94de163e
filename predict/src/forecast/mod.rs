//! What is likely to be won in a period: expected sums, and intervals from simulated outcomes.
//!
//! A forecast is closed + open + new. What is closed is a fact. Of the open deals each has a probability of being won, a day
//! on which it is expected to close and a sum; [`Slips`] says from the tenant's own past how days and sums turned out. What is
//! not in the books yet, but was in every such span before, is drawn from [`Fresh`], with who is likely to bring it, so that groups
//! add up to the whole. [`simulate`] throws all of it many times
//! under one shared shock, because deals of one company do not end independently of each other.

mod accuracy;
mod fresh;
mod shock;
mod simulate;
mod slip;

pub use accuracy::{Accuracy, PastForecast, accuracy};
pub use fresh::{Bringer, Fresh, NewDeal, PastSpan};
pub use shock::{PastQuarter, correlation};
pub use simulate::{Forecast, OpenDeal, Simulation, Span, simulate};
pub use slip::{Slip, Slips};
