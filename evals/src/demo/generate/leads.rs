//! People who asked, were met, or were called: who of them becomes a customer's contact has causes.
//!
//! What adds to the log odds that a lead is converted, from a base of -1.75: its intent, the warmth of its source, the
//! lift of its campaign, 0.45 times the fit of the trade, 0.2 for an address of a company (-0.5 for a free one), and
//! -0.3 times the logarithm of the hours until the first answer over four. The intent is hidden; it shows in what they
//! open, click and visit, and in how they write.

use super::{
    calendar::{FIRST_DAY, Moment, month},
    conversions::Became,
    ctx::Ctx,
    dice::{Dice, sigmoid},
};

/// How many leads there are that deals may be planned to begin with.
const PLANNED: usize = 1200;
/// How many come beside them: what becomes of these moves no deal.
const BESIDE: usize = 1200;

/// Where leads and deals come from, and what that adds to the log odds.
pub(super) const SOURCES: &[(&str, f64)] = &[
    ("Website", 0.1),
    ("Referral", 0.9),
    ("Partner", 0.6),
    ("Trade show", 0.3),
    ("Webinar", 0.25),
    ("Cold call", -0.7),
    ("Paid search", -0.15),
];

/// A lead before it has a name: what it is like, and what becomes of it.
#[derive(Debug, Clone)]
pub(super) struct Lead {
    pub(super) segment: usize,
    pub(super) industry: usize,
    pub(super) source: usize,
    pub(super) campaign: Option<usize>,
    /// How much they want it; hidden.
    pub(super) intent: f64,
    /// From a company's address rather than a free one.
    pub(super) business_mail: bool,
    pub(super) response_hours: f64,
    pub(super) created: Moment,
    pub(super) fate: Fate,
    /// The deal that was planned to begin with it, with the moment.
    pub(super) deal: Option<(usize, Moment)>,
    /// What it has become by now.
    pub(super) became: Option<Became>,
}

/// What becomes of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// A contact, and a deal as a rule.
    Converts,
    /// Nothing, now.
    Fails,
}

/// Draws the leads that deals may be planned to begin with, in the order in which they came.
pub(super) fn draw(ctx: &Ctx<'_>) -> Vec<Lead> {
    let mut dice = ctx.dice("leads");
    let mut leads: Vec<Lead> = (0..PLANNED).map(|_| lead(ctx, &mut dice, false)).collect();
    leads.sort_by_key(|lead| lead.created);
    leads
}

/// All leads of the year in the order in which they came: those, and the ones beside.
pub(super) fn with_others(ctx: &Ctx<'_>, mut leads: Vec<Lead>) -> Vec<Lead> {
    let mut dice = ctx.dice("leads/beside");
    leads.extend((0..BESIDE).map(|_| lead(ctx, &mut dice, true)));
    leads.sort_by_key(|lead| lead.created);
    leads
}

fn lead(ctx: &Ctx<'_>, dice: &mut Dice, beside: bool) -> Lead {
    let world = ctx.world;
    let shares: Vec<f64> = world.segments.iter().map(|segment| segment.share).collect();
    let segment = dice.weighted(&shares);
    let industry = dice.weighted(
        &world
            .industries
            .iter()
            .map(|industry| industry.share)
            .collect::<Vec<_>>(),
    );
    let created = Moment(created_day(dice) * 24 * 60).plus_hours(dice.real(7.0, 20.0));
    let running: Vec<usize> = (0..world.campaigns.len())
        .filter(|at| {
            world
                .campaigns
                .get(*at)
                .is_some_and(|campaign| (beside || !campaign.beside) && runs(campaign, created.day()))
        })
        .collect();
    let campaign = if dice.chance(0.6) {
        running.get(dice.index(running.len())).copied()
    } else {
        None
    };
    let kind = campaign
        .and_then(|at| world.campaigns.get(at))
        .map(|campaign| campaign.kind.as_str());
    let source = match kind {
        Some("webinar") => 4,
        Some("event") => 3,
        Some("paid_search") => 6,
        Some("referral") => 1,
        Some("outbound") => 5,
        Some(_) => 0,
        None => dice.weighted(&[0.42, 0.12, 0.10, 0.0, 0.0, 0.30, 0.06]),
    };
    let intent = dice.normal();
    let business_mail = dice.chance(0.78);
    let response_hours = 4.0 * (dice.normal() * 1.1).exp();
    let odds = -1.75
        + intent
        + SOURCES.get(source).map_or(0.0, |source| source.1)
        + campaign
            .and_then(|at| world.campaigns.get(at))
            .map_or(0.0, |campaign| campaign.lift)
        + 0.45
            * world
                .industries
                .get(industry)
                .map_or(0.0, |industry| industry.fit)
        + if business_mail { 0.2 } else { -0.5 }
        - 0.3 * (response_hours / 4.0).ln();
    let fate = if dice.chance(sigmoid(odds)) {
        Fate::Converts
    } else {
        Fate::Fails
    };
    Lead {
        segment,
        industry,
        source,
        campaign,
        intent,
        business_mail,
        response_hours,
        created,
        fate,
        deal: None,
        became: None,
    }
}

/// Leads come while a campaign runs and three weeks after.
fn runs(campaign: &super::world::Campaign, day: i64) -> bool {
    (campaign.start..campaign.start + campaign.days + 21).contains(&day)
}

/// A day of the year: more of them as the company grows, fewer in summer and at Christmas.
pub(super) fn created_day(dice: &mut Dice) -> i64 {
    loop {
        let share = dice.unit();
        let day = FIRST_DAY + (share * -(FIRST_DAY as f64)) as i64;
        let season = match month(day) {
            7 | 8 => 0.66,
            12 => 0.7,
            1 | 3 | 9 => 1.05,
            10 | 11 => 1.15,
            _ => 0.95,
        };
        if dice.chance(season * (0.8 + 0.35 * share) / 1.35) {
            return day.min(-1);
        }
    }
}
