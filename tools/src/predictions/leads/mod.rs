//! What is said of leads beside the model: points, who is alike, and all of it together.

mod card;
mod points;
mod ranked;
mod similar;
mod stand;

pub use card::{LeadCard, LeadPoints, LeadState, Said, card};
pub use points::{Points, points, spoken};
pub use ranked::{LeadOrder, LeadReason, OpenLeads, RankedLead, ranked};
pub(super) use similar::{LeadBooks, lead_books};
pub use similar::{SimilarLead, SimilarLeads, similar};
pub(super) use stand::{JustSaid, stand};
