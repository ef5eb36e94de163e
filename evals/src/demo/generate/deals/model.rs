//! Why deals are won: the model behind the year's outcomes.
//!
//! Every deal has causes. Some are plain in the records from the start (kind, segment, source, owner, trade), some come
//! to be known while it runs (a competitor, a decision maker who takes part, a handover to another seller, a discount),
//! some stay hidden and only show in what people do: `need` in meetings, answers and their tone, `health` of an account
//! in its cases. The outcome is one throw with the log odds below, so no model can be certain; what is known three
//! quarters of the way reaches an AUC of 0.80 to 0.88 (the test in `generate/tests` says how much). Nothing that is
//! written before a deal closes depends on the outcome but through these causes.

/// How much the causes weigh against chance.
const WEIGHT: f64 = 1.55;

/// How a deal came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// A company that is no customer.
    New,
    /// More of the same for a customer.
    Upsell,
    /// Something else for a customer.
    CrossSell,
    /// The contract of a customer comes to its end.
    Renewal,
}

impl Kind {
    /// The word of the catalogue.
    pub(in super::super) fn word(self) -> &'static str {
        match self {
            Self::New => "new_business",
            Self::Upsell => "upsell",
            Self::CrossSell => "cross_sell",
            Self::Renewal => "renewal",
        }
    }
}

/// What makes a deal go one way or the other.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Causes {
    pub(in super::super) kind: Kind,
    /// How much they want it; hidden.
    pub(in super::super) need: f64,
    /// How content the account is, or how open to the product; hidden.
    pub(in super::super) health: f64,
    /// How well the product suits the trade.
    pub(in super::super) fit: f64,
    /// What the seller adds.
    pub(in super::super) skill: f64,
    /// What the source adds.
    pub(in super::super) warmth: f64,
    /// What the competitor takes; 0 without one.
    pub(in super::super) competitor: f64,
    /// The logarithm of the units over what is usual in the segment.
    pub(in super::super) size: f64,
    /// Whether somebody takes part whose word decides.
    pub(in super::super) decider: bool,
    /// Percent off the list.
    pub(in super::super) discount: f64,
    /// Whether another seller took over on the way.
    pub(in super::super) handed_over: bool,
    /// Whether it is meant to close in the last days of a quarter.
    pub(in super::super) quarter_end: bool,
}

/// The log odds that a deal is won.
pub(in super::super) fn log_odds(causes: &Causes) -> f64 {
    let Causes {
        kind,
        need,
        health,
        fit,
        skill,
        warmth,
        competitor,
        size,
        decider,
        discount,
        handed_over,
        quarter_end,
    } = *causes;
    let met = if decider { 0.75 } else { -0.75 };
    let price = match discount {
        little if little < 1.0 => 0.0,
        fair if fair <= 15.0 => 0.35,
        // Whoever needs this much is mostly looking for a reason to say no.
        _ => -0.15,
    };
    let shared =
        0.9 * skill + price + if handed_over { -0.5 } else { 0.0 } + if quarter_end { 0.25 } else { 0.0 };
    // How much all of it decides, against the throw.
    let (base, causes) = match kind {
        Kind::New => (
            -2.45,
            1.1 * need + 1.15 * health + met + 0.6 * fit + warmth - 0.9 * competitor - 0.35 * size + shared,
        ),
        Kind::Upsell | Kind::CrossSell => (
            -0.35,
            1.05 * need + 0.7 * met + 0.7 * health + 0.35 * fit - 0.6 * competitor - 0.25 * size + shared,
        ),
        Kind::Renewal => (
            2.4,
            1.25 * health + 0.5 * met + 0.3 * need - 0.9 * competitor + 0.6 * shared,
        ),
    };
    base + WEIGHT * causes
}
