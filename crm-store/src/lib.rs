//! Postgres for crm-ai: the only SQL in the project.

pub mod clock;
pub mod grant;
pub mod ids;

pub use clock::{Clock, FixedClock, SystemClock};
pub use grant::{Actor, Grant};
