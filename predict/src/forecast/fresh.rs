//! What is won in a period by deals that do not exist yet when it is forecast, and by whom.

use rand::Rng;

use super::slip::pick;
use crate::metrics::count;

/// As many deals of somebody's own say as much of what they will bring as that there are others who may.
const STRENGTH: f64 = 10.0;

/// What falls to everybody of what was brought by those who have left, beside what falls to who was not there all the time.
const EVEN: f64 = 0.1;

/// A deal that a past span brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewDeal {
    /// What was won, in minor units.
    pub sum: f64,
    /// Who brought it, a place in [`Fresh::people`]; whatever is beyond counts as somebody who is there no more.
    pub by: usize,
}

/// What one past span of the same length brought from deals that began after it was looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PastSpan {
    /// What was won.
    pub won: Vec<NewDeal>,
}

/// Somebody who brings deals and is there still.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bringer {
    /// The group to which it is counted what they bring.
    group: usize,
    /// How likely a deal such as one that they brought is theirs again, 0 to 1.
    keeps: f64,
    /// How much falls to them of what is nobody's again, beside the others.
    takes: f64,
}

impl Bringer {
    /// Somebody who brought so many deals in the past from which it is drawn, and none in the first `absent` of it (0 to 1), as
    /// they were not there yet.
    ///
    /// A deal is theirs again with n / (n + 10), else that of anybody who is there, each as likely: the share, shrunk towards an
    /// even one. What was brought by those who have left falls to those who are there in proportion to how much of the past they
    /// were absent, since who comes takes the place of who went, and a tenth more for everybody.
    pub fn new(group: usize, brought: usize, absent: f64) -> Self {
        let absent = if absent.is_finite() {
            absent.clamp(0.0, 1.0)
        } else {
            0.0
        };
        Self {
            group,
            keeps: count(brought) / (count(brought) + STRENGTH),
            takes: absent + EVEN,
        }
    }

    /// Deals without an owner: as many as there were, and nothing of what others brought.
    pub fn nobody(group: usize, brought: usize) -> Self {
        Self {
            takes: 0.0,
            ..Self::new(group, brought, 0.0)
        }
    }

    /// To whom it all falls when there is nobody else.
    pub const fn last(group: usize) -> Self {
        Self {
            group,
            keeps: 1.0,
            takes: 1.0,
        }
    }

    /// Whether anything falls to them that somebody else brought.
    pub const fn takes_over(&self) -> bool {
        self.takes > 0.0
    }
}

/// Past spans to draw from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fresh {
    /// The spans; none when the tenant has no such past, so that nothing is added.
    pub spans: Vec<PastSpan>,
    /// Who is there; nobody where it does not matter whose deals they are. What is brought is then in no group.
    pub people: Vec<Bringer>,
}

impl Fresh {
    /// The mean sum of a span, in minor units.
    pub fn mean(&self) -> f64 {
        if self.spans.is_empty() {
            return 0.0;
        }
        let total: f64 = self
            .spans
            .iter()
            .flat_map(|span| &span.won)
            .map(|deal| deal.sum)
            .sum();
        total / count(self.spans.len())
    }

    /// The most deals that any span brought.
    pub fn most(&self) -> usize {
        self.spans
            .iter()
            .map(|span| span.won.len())
            .max()
            .unwrap_or_default()
    }

    /// What is drawn from, of all spans together.
    pub(super) fn pool(&self) -> Pool<'_> {
        let deals = self.spans.iter().flat_map(|span| span.won.iter().copied());
        let mut takes = 0.0;
        let heirs = self.people.iter().filter(|person| person.takes_over());
        let heirs = heirs.map(|person| {
            takes += person.takes;
            (takes, *person)
        });
        Pool {
            fresh: self,
            heirs: heirs.collect(),
            deals: deals.filter(|deal| deal.sum.is_finite()).collect(),
        }
    }
}

/// The deals of all spans, each as likely, and who takes over what is not somebody's again.
pub(super) struct Pool<'f> {
    fresh: &'f Fresh,
    deals: Vec<NewDeal>,
    /// Each with what falls to them and to those before them.
    heirs: Vec<(f64, Bringer)>,
}

impl Pool<'_> {
    /// Draws what a span brings: as many deals as one of the past spans had, each any of all that were won. `brought` is told
    /// the group and the sum of each. The sum of all.
    pub(super) fn draw(&self, dice: &mut impl Rng, mut brought: impl FnMut(usize, f64)) -> f64 {
        let spans = &self.fresh.spans;
        if spans.is_empty() {
            return 0.0;
        }
        let at = dice.random_range(0..spans.len());
        let many = spans.get(at).map_or(0, |span| span.won.len());
        let mut total = 0.0;
        for _ in 0..many {
            let Some(deal) = pick(&self.deals, dice) else {
                break;
            };
            total += deal.sum;
            if let Some(person) = self.next(deal.by, dice) {
                brought(person.group, deal.sum);
            }
        }
        total
    }

    /// Whose a deal will be that is such as one that somebody brought.
    fn next(&self, by: usize, dice: &mut impl Rng) -> Option<&Bringer> {
        let own = self.fresh.people.get(by);
        let Some((all, _)) = self.heirs.last() else {
            return own;
        };
        let heir = match own {
            Some(own) if dice.random::<f64>() < own.keeps => return Some(own),
            Some(_) => dice.random_range(0..self.heirs.len()),
            None => {
                let at = dice.random::<f64>() * all;
                self.heirs.partition_point(|(until, _)| *until <= at)
            }
        };
        self.heirs.get(heir).map(|(_, heir)| heir)
    }
}
