//! All that was ever known of deals, leads and accounts, each thing with the moment from which it was known.
//!
//! A [`DealHistory`], [`LeadHistory`] or [`AccountHistory`] is loaded whole and read only through `at(moment)`: the raw
//! series are private, so what is computed from a [`DealAt`] cannot see what came later. What a field held at a moment is
//! what the first change after it replaced; without one it is what the record holds now. So only tracked fields and things
//! that are written once are read here.
//!
//! From when a thing was known:
//! - a change that the service wrote, from when it was written or took effect, whichever is later;
//! - a change that an import brought along, from when it took effect: the other system knew it then;
//! - a record about the deal (an activity, a role, a quote, a case), from its creation until its deletion, and while it named
//!   the deal; an import may bring the moment of creation along;
//! - what was done and said with a lead, for the account and the contact that it became, from its conversion.
//!
//! What came along with an import is as it was at the end. So before a record came here, its fields that change while things
//! go on (stage, status, amount, close date, type of an account, competitor) are known only from the histories that came along: of
//! a field of which none came within a week of the record, nothing is known.
//!
//! Stages go by the first name that is known of each, in deals and in their pasts, so that a new name is no other stage.
//!
//! Not reconstructed, and accepted: rates of exchange count from the day for which they hold, whenever they were entered; a
//! record that was deleted and restored counts as never deleted; a deal, lead or account that is deleted counts on no day, not even
//! for others before its deletion, as what somebody deleted is not learned from; a message counts for the contact that its own was merged into;
//! what somebody had put under a lead and its later account both counts for the account from the conversion on; what kind of
//! stage one is, and whether a product is paid again and again, count as now; a deal that closed and was opened again is none
//! of those that had ended; deals that came along meet the pipeline as it was when they came;
//! a case that came along solved and was opened again counts as open until it came.

mod account;
mod deal;
mod lead;
mod load;
mod money;
mod parts;
mod past;
mod said;
mod stages;
mod stay;
mod tie;
mod way;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub(crate) use deal::ABSURD;
pub(crate) use past::made_at;

pub use account::{AccountAt, AccountHistory, ContractAt, EarlierDeal};
pub use deal::{Closed, DealAt, DealHistory};
pub use lead::{LeadAt, LeadHistory, MailDomain, is_free_mail};
pub use load::Lessons;
pub use money::Sum;
pub use parts::{ActivityAt, CaseAt, EngagementAt, MessageAt, QuoteAt, RoleAt, Standing};
pub use stay::{Endings, GRACE};
pub use way::StageTime;

/// Which records' histories are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Which<'i> {
    /// All that there are.
    All,
    /// Those that ended since a moment: deals that closed, leads that were converted or found unqualified.
    Closed {
        /// The earliest end.
        since: DateTime<Utc>,
    },
    /// Those that came since a moment, whether they have ended or not.
    Came {
        /// The earliest.
        since: DateTime<Utc>,
    },
    /// A sample, drawn by the ids and so the same each time: those whose hashed id is below a number. Of accounts those that
    /// are or were customers.
    Drawn {
        /// The number; `i64::MAX` for all.
        below: i64,
    },
    /// Those that have not ended.
    Open,
    /// These, as far as the actor sees them.
    Ids(&'i [Uuid]),
}
